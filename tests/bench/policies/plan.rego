# Rules over a raw plan, as a plan scanner has them; as many as the gate has, for a fair comparison.
package main

deny_wildcard_iam contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_iam_role_policy"
	not rc.change.actions == ["no-op"]
	s := json.unmarshal(rc.change.after.policy).Statement[_]
	s.Effect == "Allow"
	s.Action == "*"
	s.Resource == "*"
}

deny_admin_aws contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_iam_role_policy_attachment"
	not rc.change.actions == ["no-op"]
	endswith(rc.change.after.policy_arn, "/AdministratorAccess")
}

deny_admin_gcp contains rc.address if {
	some rc in input.resource_changes
	rc.type == "google_project_iam_member"
	not rc.change.actions == ["no-op"]
	rc.change.after.role in {"roles/owner", "roles/editor"}
}

deny_admin_azure contains rc.address if {
	some rc in input.resource_changes
	rc.type == "azurerm_role_assignment"
	not rc.change.actions == ["no-op"]
	rc.change.after.role_definition_name in {"Owner", "Contributor"}
}

deny_trust_anyone contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_iam_role"
	not rc.change.actions == ["no-op"]
	contains(rc.change.after.assume_role_policy, "\"AWS\":\"*\"")
}

deny_iam_changed contains rc.address if {
	some rc in input.resource_changes
	startswith(rc.type, "aws_iam_")
	not rc.change.actions == ["no-op"]
	rc.change.after.name == "forbidden"
}

deny_ingress_rule contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_security_group_rule"
	not rc.change.actions == ["no-op"]
	rc.change.after.cidr_blocks[_] == "0.0.0.0/0"
	not rc.change.after.from_port in {80, 443}
}

deny_ingress_group contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_security_group"
	not rc.change.actions == ["no-op"]
	some block in rc.change.after.ingress
	block.cidr_blocks[_] == "0.0.0.0/0"
}

deny_ingress_gcp contains rc.address if {
	some rc in input.resource_changes
	rc.type == "google_compute_firewall"
	not rc.change.actions == ["no-op"]
	rc.change.after.source_ranges[_] == "0.0.0.0/0"
}

deny_ingress_azure contains rc.address if {
	some rc in input.resource_changes
	rc.type == "azurerm_network_security_rule"
	not rc.change.actions == ["no-op"]
	rc.change.after.source_address_prefix in {"*", "0.0.0.0/0", "Internet"}
}

deny_public_bucket contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_s3_bucket"
	not rc.change.actions == ["no-op"]
	rc.change.after.acl in {"public-read", "public-read-write"}
}

deny_public_block contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_s3_bucket_public_access_block"
	not rc.change.actions == ["no-op"]
	rc.change.after.block_public_acls == false
}

deny_public_gcs contains rc.address if {
	some rc in input.resource_changes
	rc.type == "google_storage_bucket"
	not rc.change.actions == ["no-op"]
	rc.change.after.uniform_bucket_level_access == false
}

deny_public_azure contains rc.address if {
	some rc in input.resource_changes
	rc.type == "azurerm_storage_account"
	not rc.change.actions == ["no-op"]
	rc.change.after.allow_nested_items_to_be_public == true
}

deny_public_database contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_db_instance"
	not rc.change.actions == ["no-op"]
	rc.change.after.publicly_accessible == true
}

deny_unencrypted_db contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_db_instance"
	not rc.change.actions == ["no-op"]
	rc.change.after.storage_encrypted == false
}

deny_unencrypted_disk contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_ebs_volume"
	not rc.change.actions == ["no-op"]
	rc.change.after.encrypted == false
}

deny_unencrypted_queue contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_sqs_queue"
	not rc.change.actions == ["no-op"]
	rc.change.after.sqs_managed_sse_enabled == false
}

deny_protection contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_db_instance"
	not rc.change.actions == ["no-op"]
	rc.change.before.deletion_protection == true
	rc.change.after.deletion_protection == false
}

deny_force_destroy contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_s3_bucket"
	not rc.change.actions == ["no-op"]
	rc.change.after.force_destroy == true
}

deny_stateful contains rc.address if {
	some rc in input.resource_changes
	rc.type in {"aws_db_instance", "aws_dynamodb_table", "aws_s3_bucket", "aws_kms_key"}
	not rc.change.actions == ["no-op"]
	rc.change.actions[_] == "delete"
}

deny_logging contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_cloudtrail"
	not rc.change.actions == ["no-op"]
	rc.change.after.enable_logging == false
}

deny_log_retention contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_cloudwatch_log_group"
	not rc.change.actions == ["no-op"]
	rc.change.after.retention_in_days < rc.change.before.retention_in_days
}

deny_credential contains rc.address if {
	some rc in input.resource_changes
	rc.type in {"aws_iam_access_key", "google_service_account_key"}
	not rc.change.actions == ["no-op"]
	rc.change.actions[_] == "create"
}

deny_secret contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_secretsmanager_secret_policy"
	not rc.change.actions == ["no-op"]
	rc.change.actions[_] == "update"
}

deny_instance_metadata contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_instance"
	not rc.change.actions == ["no-op"]
	rc.change.after.metadata_options[_].http_tokens == "optional"
}

deny_key_rotation contains rc.address if {
	some rc in input.resource_changes
	rc.type == "aws_kms_key"
	not rc.change.actions == ["no-op"]
	rc.change.after.enable_key_rotation == false
}

deny_cluster_admin contains rc.address if {
	some rc in input.resource_changes
	rc.type == "kubernetes_cluster_role_binding"
	not rc.change.actions == ["no-op"]
	rc.change.after.role_ref[_].name == "cluster-admin"
}
