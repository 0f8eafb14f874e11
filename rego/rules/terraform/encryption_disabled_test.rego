package gate.rules.terraform.encryption_disabled_test

import data.gate.rules.terraform.encryption_disabled

_found(type, fields) := {finding.evidence | some finding in _findings(type, fields)}

_findings(type, fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "x.a", "name": "a", "type": type, "action": "update"}, fields)
	found := encryption_disabled.findings with input as {"terraform": {"by_type": {type: [resource]}}}
}

test_finds_storage_encryption_off_or_never_on if {
	_found("aws_db_instance", {"action": "create", "after": {"storage_encrypted": [false]}}) == {"storage_encrypted"}
	_found("aws_db_instance", {"action": "create", "after": {}}) == {"storage_encrypted"}
	_found("aws_ebs_volume", {"before": {"encrypted": [true]}, "after": {"encrypted": [false]}}) == {"encrypted"}
	_found("azurerm_mssql_database", {"before": {"transparent_data_encryption_enabled": [true]}, "after": {"transparent_data_encryption_enabled": [false]}}) == {"transparent_data_encryption_enabled"}
}

test_finds_encryption_in_transit_off if {
	_found("aws_lb_listener", {"before": {"protocol": ["HTTPS"]}, "after": {"protocol": ["HTTP"]}}) == {"protocol"}
	_found("google_sql_database_instance", {"action": "create", "after": {"settings.ip_configuration.ssl_mode": ["ALLOW_UNENCRYPTED_AND_ENCRYPTED"]}}) == {"settings.ip_configuration.ssl_mode"}
	_found("azurerm_storage_account", {"before": {"min_tls_version": ["TLS1_2"]}, "after": {"min_tls_version": ["TLS1_0"]}}) == {"min_tls_version"}
}

test_finds_a_key_disabled if {
	_found("aws_kms_key", {"before": {"is_enabled": [true]}, "after": {"is_enabled": [false]}}) == {"is_enabled"}
}

test_asks_about_a_key_of_ones_own_given_up if {
	found := _findings("aws_sns_topic", {"before": {"kms_master_key_id": ["alias/own"]}, "after": {}})
	{finding.enforcement | some finding in found} == {"approve"}
	_found("aws_sns_topic", {"action": "create", "after": {}}) == set()
}

test_silent_on_replicas_and_restored_databases if {
	_found("aws_db_instance", {"action": "create", "after": {"replicate_source_db": ["main"]}}) == set()
	_found("aws_rds_cluster", {"action": "create", "after": {}, "unknown": ["snapshot_identifier"]}) == set()
	_found("aws_db_instance", {"action": "create", "after": {"replicate_source_db": ["main"], "storage_encrypted": [false]}}) == {"storage_encrypted"}
}

test_silent_on_a_queue_with_a_key_of_its_own if {
	_found("aws_sqs_queue", {"before": {"sqs_managed_sse_enabled": [true]}, "after": {"sqs_managed_sse_enabled": [false], "kms_master_key_id": ["alias/own"]}}) == set()
	_found("aws_sqs_queue", {"before": {"sqs_managed_sse_enabled": [true]}, "after": {"sqs_managed_sse_enabled": [false]}}) == {"sqs_managed_sse_enabled"}
}

test_silent_on_encryption_kept_or_added if {
	_found("aws_db_instance", {"action": "create", "after": {"storage_encrypted": [true]}}) == set()
	_found("aws_db_instance", {"before": {"storage_encrypted": [false]}, "after": {"storage_encrypted": [true]}}) == set()
	_found("aws_db_instance", {"action": "create", "after": {}, "unknown": ["storage_encrypted"]}) == set()
}

test_silent_on_what_stood_before if {
	_found("aws_db_instance", {"before": {"storage_encrypted": [false]}, "after": {"storage_encrypted": [false]}}) == set()
	_found("aws_db_instance", {"before": {}, "after": {}}) == set()
	_found("aws_db_instance", {"action": "no-op", "after": {"storage_encrypted": [false]}}) == set()
}
