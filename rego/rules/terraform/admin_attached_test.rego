package gate.rules.terraform.admin_attached_test

import data.gate.rules.terraform.admin_attached

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "aws_iam_role_policy_attachment.a", "type": "aws_iam_role_policy_attachment", "action": "update", "surfaces": ["iam"]}, fields)
	findings := admin_attached.findings with input as {"terraform": {"by_type": {"aws_iam_role_policy_attachment": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

_binding := {"attribute": "policy_arn", "role": "arn:aws:iam::aws:policy/AdministratorAccess", "admin": true}

test_finds_an_administrative_role if _found({"bindings": [_binding]}) == [_binding.role]

test_finds_one_per_role_whatever_the_members if {
	_found({"bindings": [object.union(_binding, {"member": "a"}), object.union(_binding, {"member": "b"})]}) == [_binding.role]
}

test_silent_on_a_binding_that_stood if {
	_found({"bindings": [object.union(_binding, {"stood": true})]}) == []
}

test_silent_on_other_roles if {
	_found({"bindings": [{"attribute": "member", "role": "roles/viewer", "anyone": true}]}) == []
}

test_silent_on_unchanged_resources if _found({"action": "no-op", "bindings": [_binding]}) == []
