package gate.rules.terraform.public_database_test

import data.gate.rules.terraform.public_database

_found(type, fields) := {finding.evidence | some finding in _findings(type, fields)}

_findings(type, fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "x.a", "name": "a", "type": type, "action": "update"}, fields)
	found := public_database.findings with input as {"terraform": {"by_type": {type: [resource]}}}
}

test_finds_public_access if {
	_found("aws_db_instance", {"before": {"publicly_accessible": [false]}, "after": {"publicly_accessible": [true]}}) == {"publicly_accessible"}
	_found("aws_redshift_cluster", {"action": "create", "after": {"publicly_accessible": [true]}}) == {"publicly_accessible"}
	_found("google_sql_database_instance", {"action": "create", "after": {"settings.ip_configuration.ipv4_enabled": [true]}}) == {"settings.ip_configuration.ipv4_enabled"}
	_found("azurerm_mssql_server", {"before": {"public_network_access_enabled": [false]}, "after": {"public_network_access_enabled": [true]}}) == {"public_network_access_enabled"}
}

test_finds_openings_of_a_database_firewall if {
	opening := {"attribute": "settings.ip_configuration.authorized_networks.value", "source": "0.0.0.0/0", "ports": "3306"}
	_found("google_sql_database_instance", {"ingress": [opening]}) == {"settings.ip_configuration.authorized_networks.value"}
	_found("azurerm_mssql_firewall_rule", {"action": "create", "after": {"end_ip_address": ["0.0.0.0"]}}) == {"end_ip_address"}
}

test_finds_clients_without_login if {
	_found("aws_msk_cluster", {"before": {"client_authentication.unauthenticated": [false]}, "after": {"client_authentication.unauthenticated": [true]}}) == {"client_authentication.unauthenticated"}
	_found("google_redis_instance", {"before": {"auth_enabled": [true]}, "after": {"auth_enabled": [false]}}) == {"auth_enabled"}
}

test_finds_policies_and_bindings_for_everybody if {
	_found("aws_dynamodb_resource_policy", {"grants": [{"attribute": "policy", "action": "dynamodb:GetItem", "anyone": true, "principal": "*"}]}) == {"policy"}
	_found("google_spanner_database_iam_member", {"bindings": [{"attribute": "member", "role": "roles/spanner.databaseReader", "member": "allAuthenticatedUsers", "anyone": true}]}) == {"member"}
}

test_finds_a_private_network_left if {
	_found("aws_opensearch_domain", {"before": {"vpc_options.subnet_ids": ["subnet-1"]}, "after": {}}) == {"vpc_options.subnet_ids"}
}

test_silent_on_a_new_domain_without_a_network if _found("aws_opensearch_domain", {"action": "create"}) == set()

test_silent_on_a_new_server_that_does_not_say if _found("azurerm_mssql_server", {"action": "create"}) == set()

test_finds_a_new_server_that_says_it_is_public if {
	_found("azurerm_mssql_server", {"action": "create", "after": {"public_network_access_enabled": [true]}}) == {"public_network_access_enabled"}
}

test_silent_on_what_stood_before if {
	_found("aws_db_instance", {"before": {"publicly_accessible": [true]}, "after": {"publicly_accessible": [true]}}) == set()
	_found("aws_db_instance", {"action": "no-op", "after": {"publicly_accessible": [true]}}) == set()
	_found("google_sql_database_instance", {"ingress": [{"attribute": "a", "source": "0.0.0.0/0", "ports": "3306", "stood": true}]}) == set()
	_found("google_sql_database_instance", {"action": "delete", "ingress": [{"attribute": "a", "source": "0.0.0.0/0", "ports": "3306"}]}) == set()
}

test_silent_on_other_types if {
	_found("google_compute_firewall", {"ingress": [{"attribute": "a", "source": "0.0.0.0/0", "ports": "22"}]}) == set()
}
