package gate.rules.terraform.public_storage_test

import data.gate.rules.terraform.public_storage

_found(type, fields) := {finding.evidence | some finding in _findings(type, fields)}

_findings(type, fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "x.a", "name": "a", "type": type, "action": "update"}, fields)
	found := public_storage.findings with input as {"terraform": {"by_type": {type: [resource]}}}
}

test_finds_a_public_access_block_weakened_or_removed if {
	_found("aws_s3_bucket_public_access_block", {"before": {"block_public_acls": [true], "block_public_policy": [true], "ignore_public_acls": [true], "restrict_public_buckets": [true]}, "after": {"block_public_acls": [true], "block_public_policy": [false], "ignore_public_acls": [true], "restrict_public_buckets": [true]}}) == {"block_public_policy"}
	_found("aws_s3_bucket_public_access_block", {"action": "delete"}) == {"resource"}
}

test_finds_public_access_lists if {
	_found("aws_s3_bucket_acl", {"action": "create", "after": {"acl": ["public-read"]}}) == {"acl"}
	_found("google_storage_bucket_access_control", {"action": "create", "after": {"entity": ["allUsers"]}}) == {"entity"}
	_found("azurerm_storage_container", {"before": {"container_access_type": ["private"]}, "after": {"container_access_type": ["blob"]}}) == {"container_access_type"}
}

test_finds_shared_snapshots_and_images if {
	_found("aws_db_snapshot", {"before": {"shared_accounts": ["123456789012"]}, "after": {"shared_accounts": ["123456789012", "all"]}}) == {"shared_accounts"}
	_found("aws_ami_launch_permission", {"action": "create", "after": {"group": ["all"]}}) == {"group"}
}

test_finds_prevention_lost if {
	_found("google_storage_bucket", {"before": {"public_access_prevention": ["enforced"]}, "after": {"public_access_prevention": ["inherited"]}}) == {"public_access_prevention"}
	_found("azurerm_storage_account", {"before": {"allow_nested_items_to_be_public": [false]}, "after": {"allow_nested_items_to_be_public": [true]}}) == {"allow_nested_items_to_be_public"}
}

test_finds_policies_and_bindings_for_everybody if {
	_found("aws_s3_bucket_policy", {"grants": [{"attribute": "policy", "action": "s3:GetObject", "anyone": true, "principal": "*"}]}) == {"policy"}
	_found("google_storage_bucket_iam_member", {"action": "create", "bindings": [{"attribute": "member", "role": "roles/storage.objectViewer", "member": "allUsers", "anyone": true}]}) == {"member"}
}

test_silent_on_bounded_or_standing_policies if {
	_found("aws_s3_bucket_policy", {"grants": [{"attribute": "policy", "action": "s3:GetObject", "anyone": true, "bounded": true}]}) == set()
	_found("aws_s3_bucket_policy", {"grants": [{"attribute": "policy", "action": "s3:GetObject", "anyone": true, "stood": true}]}) == set()
	_found("aws_iam_role", {"grants": [{"attribute": "policy", "action": "s3:GetObject", "anyone": true}]}) == set()
}

test_silent_on_what_stood_before if {
	_found("aws_s3_bucket_acl", {"before": {"acl": ["public-read"]}, "after": {"acl": ["public-read"]}}) == set()
	_found("aws_s3_bucket_acl", {"action": "no-op", "after": {"acl": ["public-read"]}}) == set()
}

test_silent_on_a_block_that_goes_with_its_bucket if {
	block := {"source": "plan", "root": "", "address": "b", "name": "a", "type": "aws_s3_bucket_public_access_block", "action": "delete", "before": {"bucket": ["x"]}}
	gone := {"source": "plan", "root": "", "address": "a", "name": "a", "type": "aws_s3_bucket", "action": "delete", "before": {"bucket": ["x"]}}
	findings := public_storage.findings with input as {"terraform": {"by_type": {"aws_s3_bucket_public_access_block": [block], "aws_s3_bucket": [gone]}}}
	count(findings) == 0
}
