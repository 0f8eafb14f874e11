package gate.rules.terraform.execution_added_test

import data.gate.rules.terraform.execution_added

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "null_resource.a", "type": "null_resource", "action": "create"}, fields)
	findings := execution_added.findings with input as {"terraform": {"by_type": {"null_resource": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

test_finds_a_provisioner if {
	_found({"executions": [{"attribute": "provisioner", "kind": "local-exec"}]}) == ["local-exec"]
}

test_finds_a_program_of_a_data_source if {
	_found({"mode": "data", "action": "read", "executions": [{"attribute": "program", "kind": "external"}]}) == ["external"]
}

test_silent_on_what_stood_before if {
	_found({"executions": [{"attribute": "provisioner", "kind": "local-exec", "stood": true}]}) == []
}

test_silent_without_executions if _found({}) == []

test_silent_on_unchanged_resources if {
	_found({"action": "no-op", "executions": [{"attribute": "provisioner", "kind": "local-exec"}]}) == []
}
