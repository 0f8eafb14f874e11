package gate.rules.terraform.iam_changed_test

import data.gate.rules.terraform.iam_changed

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "aws_iam_role.a", "type": "aws_iam_role", "action": "update", "surfaces": ["iam"]}, fields)
	findings := iam_changed.findings with input as {"terraform": {"by_type": {"aws_iam_role": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

test_finds_an_update if _found({}) == ["resource"]

test_finds_a_deletion if _found({"action": "delete"}) == ["resource"]

test_finds_a_resource_taken_out_of_the_state if _found({"action": "forget"}) == ["resource"]

test_finds_a_policy_document_in_hcl if {
	_found({"mode": "data", "source": "hcl", "type": "aws_iam_policy_document"}) == ["resource"]
}

test_silent_on_other_surfaces if _found({"surfaces": ["network"]}) == []

test_silent_on_unchanged_resources if _found({"action": "no-op"}) == []

test_silent_on_data_sources if {
	_found({"mode": "data", "source": "plan", "type": "aws_iam_policy_document", "action": "read"}) == []
	_found({"mode": "data", "source": "hcl", "type": "aws_iam_role"}) == []
}
