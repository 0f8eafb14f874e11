package gate.rules.terraform.protection_removed_test

import data.gate.rules.terraform.protection_removed

_found(type, fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "x.a", "type": type, "action": "update"}, fields)
	findings := protection_removed.findings with input as {"terraform": {"by_type": {type: [resource]}}}
	found := {finding.evidence | some finding in findings}
}

test_finds_deletion_protection_taken_away if {
	_found("aws_db_instance", {"before": {"deletion_protection": [true]}, "after": {"deletion_protection": [false]}}) == {"deletion_protection"}
	_found("aws_lb", {"before": {"enable_deletion_protection": [true]}}) == {"enable_deletion_protection"}
}

test_finds_force_destroy if {
	_found("aws_s3_bucket", {"action": "create", "after": {"force_destroy": [true]}}) == {"force_destroy"}
	_found("google_storage_bucket", {"before": {"force_destroy": [false]}, "after": {"force_destroy": [true]}}) == {"force_destroy"}
}

test_finds_a_final_snapshot_skipped if {
	_found("aws_rds_cluster", {"before": {"skip_final_snapshot": [false]}, "after": {"skip_final_snapshot": [true]}}) == {"skip_final_snapshot"}
}

test_finds_prevent_destroy_removed_from_any_type if {
	_found("anything", {"source": "hcl", "at": {"path": "a.tf"}, "before": {"lifecycle.prevent_destroy": [true]}}) == {"lifecycle.prevent_destroy"}
}

test_finds_a_lock_deleted if {
	_found("azurerm_management_lock", {"action": "delete"}) == {"resource"}
}

test_finds_fewer_backups if {
	_found("aws_rds_cluster", {"before": {"backup_retention_period": [30]}, "after": {"backup_retention_period": [1]}}) == {"backup_retention_period"}
}

test_silent_on_protection_kept_or_added if {
	_found("aws_db_instance", {"before": {"deletion_protection": [true]}, "after": {"deletion_protection": [true]}}) == set()
	_found("aws_db_instance", {"before": {"deletion_protection": [false]}, "after": {"deletion_protection": [true]}}) == set()
	_found("aws_rds_cluster", {"before": {"backup_retention_period": [1]}, "after": {"backup_retention_period": [30]}}) == set()
}

test_silent_on_what_stood_before if {
	_found("aws_s3_bucket", {"before": {"force_destroy": [true]}, "after": {"force_destroy": [true]}}) == set()
	_found("aws_s3_bucket", {"action": "no-op", "after": {"force_destroy": [true]}}) == set()
}
