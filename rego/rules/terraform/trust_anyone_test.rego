package gate.rules.terraform.trust_anyone_test

import data.gate.rules.terraform.trust_anyone

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "aws_iam_role.a", "type": "aws_iam_role", "action": "update", "surfaces": ["iam"]}, fields)
	findings := trust_anyone.findings with input as {"terraform": {"by_type": {"aws_iam_role": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

_grant := {"attribute": "assume_role_policy", "action": "sts:AssumeRole", "principal": "*", "anyone": true}

test_finds_an_open_principal if _found({"grants": [_grant]}) == ["sts:AssumeRole"]

test_finds_a_binding_of_everybody if {
	_found({"bindings": [{"attribute": "member", "role": "roles/viewer", "member": "allUsers", "anyone": true}]}) == ["roles/viewer"]
}

test_silent_on_a_bounded_principal if {
	_found({"grants": [object.union(_grant, {"bounded": true})]}) == []
}

test_silent_on_trust_that_stood if {
	_found({"grants": [object.union(_grant, {"stood": true})]}) == []
	_found({"bindings": [{"attribute": "member", "role": "r", "member": "allUsers", "anyone": true, "stood": true}]}) == []
}

test_silent_on_a_wildcard_of_an_identity if {
	_found({"grants": [{"attribute": "policy", "action": "*", "wide": true, "every_resource": true}]}) == []
}

test_silent_on_unchanged_resources if _found({"action": "no-op", "grants": [_grant]}) == []
