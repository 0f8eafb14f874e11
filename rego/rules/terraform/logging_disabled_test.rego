package gate.rules.terraform.logging_disabled_test

import data.gate.rules.terraform.logging_disabled

_found(type, fields) := {finding.evidence | some finding in _findings(type, fields)}

_findings(type, fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "x.a", "name": "a", "type": type, "action": "update"}, fields)
	found := logging_disabled.findings with input as {"terraform": {"by_type": {type: [resource]}}}
}

test_finds_a_trail_stopped_or_removed if {
	_found("aws_cloudtrail", {"before": {"enable_logging": [true]}, "after": {"enable_logging": [false]}}) == {"enable_logging"}
	_found("aws_cloudtrail", {"action": "delete"}) == {"resource"}
}

test_finds_detectors_off if {
	_found("aws_guardduty_detector", {"before": {"enable": [true]}, "after": {"enable": [false]}}) == {"enable"}
	_found("google_monitoring_alert_policy", {"before": {"enabled": [true]}, "after": {"enabled": [false]}}) == {"enabled"}
	_found("azurerm_security_center_subscription_pricing", {"before": {"tier": ["Standard"]}, "after": {"tier": ["Free"]}}) == {"tier"}
}

test_finds_fewer_logs_for_a_shorter_time if {
	_found("aws_eks_cluster", {"before": {"enabled_cluster_log_types": ["api", "audit"]}, "after": {"enabled_cluster_log_types": ["api"]}}) == {"enabled_cluster_log_types"}
	_found("aws_cloudwatch_log_group", {"before": {"retention_in_days": [0]}, "after": {"retention_in_days": [1]}}) == {"retention_in_days"}
	_found("azurerm_log_analytics_workspace", {"before": {"retention_in_days": [90]}, "after": {"retention_in_days": [30]}}) == {"retention_in_days"}
}

test_finds_log_exclusions_created if {
	_found("google_logging_project_exclusion", {"action": "create"}) == {"resource"}
}

test_asks_about_another_filter if {
	found := _findings("google_logging_project_sink", {"before": {"filter": ["severity>=INFO"]}, "after": {"filter": ["severity>=ERROR"]}})
	{finding.enforcement | some finding in found} == {"approve"}
}

test_finds_access_logs_taken_away if {
	_found("aws_api_gateway_stage", {"before": {"access_log_settings.destination_arn": ["arn"]}, "after": {}}) == {"access_log_settings.destination_arn"}
	_found("aws_api_gateway_stage", {"action": "create", "after": {}}) == set()
}

test_silent_on_more_logs_for_a_longer_time if {
	_found("aws_cloudwatch_log_group", {"before": {"retention_in_days": [30]}, "after": {"retention_in_days": [0]}}) == set()
	_found("aws_eks_cluster", {"before": {"enabled_cluster_log_types": ["api"]}, "after": {"enabled_cluster_log_types": ["api", "audit"]}}) == set()
}

test_silent_on_what_stood_before if {
	_found("aws_cloudtrail", {"before": {"enable_logging": [false]}, "after": {"enable_logging": [false]}}) == set()
	_found("aws_cloudtrail", {"action": "no-op", "after": {"enable_logging": [false]}}) == set()
}

test_silent_on_logging_that_goes_with_its_bucket if {
	logging := {"source": "hcl", "root": "", "address": "b", "name": "a", "type": "aws_s3_bucket_logging", "action": "delete", "at": {"path": "a.tf"}}
	gone := {"source": "hcl", "root": "", "address": "a", "name": "a", "type": "aws_s3_bucket", "action": "delete", "at": {"path": "a.tf"}}
	findings := logging_disabled.findings with input as {"terraform": {"by_type": {"aws_s3_bucket_logging": [logging], "aws_s3_bucket": [gone]}}}
	count(findings) == 0
}
