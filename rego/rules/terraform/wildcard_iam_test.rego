package gate.rules.terraform.wildcard_iam_test

import data.gate.rules.terraform.wildcard_iam

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "aws_iam_policy.a", "type": "aws_iam_policy", "action": "update", "surfaces": ["iam"]}, fields)
	findings := wildcard_iam.findings with input as {"terraform": {"by_type": {"aws_iam_policy": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

_grant := {"attribute": "policy", "action": "iam:*", "wide": true, "every_resource": true}

test_finds_a_wildcard_on_every_resource if _found({"grants": [_grant]}) == ["iam:*"]

test_finds_a_document_that_cannot_be_read if {
	_found({"policies": [{"attribute": "policy", "state": "unparsable", "reason": "duplicate key"}]}) == ["policy"]
}

test_finds_both_from_hcl_and_plan if {
	_found({"source": "hcl", "at": {"path": "main.tf", "line": 1, "end_line": 2, "side": "RIGHT"}, "grants": [_grant]}) == ["iam:*"]
}

test_silent_on_a_grant_that_stood if {
	_found({"grants": [object.union(_grant, {"stood": true})]}) == []
}

test_silent_on_named_resources if {
	_found({"grants": [{"attribute": "policy", "action": "iam:*", "wide": true}]}) == []
}

test_silent_on_an_unknown_document if {
	_found({"policies": [{"attribute": "policy", "state": "unknown"}]}) == []
}

test_silent_on_a_bucket_open_to_everyone if {
	_found({"grants": [{"attribute": "policy", "action": "s3:GetObject", "anyone": true}]}) == []
}

test_silent_on_unchanged_resources if _found({"action": "no-op", "grants": [_grant]}) == []

test_silent_on_deposed_objects if _found({"deposed": true, "grants": [_grant]}) == []
