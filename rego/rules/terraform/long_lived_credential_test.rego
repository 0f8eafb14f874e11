package gate.rules.terraform.long_lived_credential_test

import data.gate.rules.terraform.long_lived_credential

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "aws_iam_access_key.a", "type": "aws_iam_access_key", "action": "update", "surfaces": ["iam"]}, fields)
	findings := long_lived_credential.findings with input as {"terraform": {"by_type": {"aws_iam_access_key": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

_of(type, fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "x.a", "type": type, "action": "create"}, fields)
	findings := long_lived_credential.findings with input as {"terraform": {"by_type": {type: [resource]}}}
	found := [finding.evidence | some finding in findings]
}

test_finds_a_new_access_key if _found({"action": "create"}) == ["resource"]

test_finds_a_new_service_account_key if _of("google_service_account_key", {}) == ["resource"]

test_finds_a_new_client_secret if _of("azuread_application_password", {}) == ["resource"]

test_finds_an_admin_password_turned_on if {
	_of("azurerm_container_registry", {"action": "update", "before": {"admin_enabled": [false]}, "after": {"admin_enabled": [true]}}) == ["admin_enabled"]
}

test_finds_ssh_keys_in_project_metadata if {
	_of("google_compute_project_metadata", {"after": {"metadata.ssh-keys": ["a:ssh-ed25519 AAAA"]}}) == ["metadata.ssh-keys"]
}

test_finds_a_token_without_lifetime if _of("vault_token", {}) == ["ttl"]

test_silent_on_a_key_that_changes_or_goes if {
	_found({"action": "update"}) == []
	_found({"action": "delete"}) == []
}

test_silent_on_an_ordinary_secret if {
	_of("kubernetes_secret_v1", {"after": {"type": ["Opaque"]}}) == []
}

test_silent_on_a_deploy_key_that_reads if {
	_of("github_repository_deploy_key", {"after": {"read_only": [true]}}) == []
}
