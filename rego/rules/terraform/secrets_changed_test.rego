package gate.rules.terraform.secrets_changed_test

import data.gate.rules.terraform.secrets_changed

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "aws_secretsmanager_secret.a", "type": "aws_secretsmanager_secret", "action": "update", "surfaces": ["secrets"]}, fields)
	findings := secrets_changed.findings with input as {"terraform": {"by_type": {"aws_secretsmanager_secret": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

test_finds_an_update if _found({}) == ["resource"]

test_finds_a_deletion if _found({"action": "delete"}) == ["resource"]

test_finds_the_policy_of_a_secret if _found({"surfaces": ["iam", "secrets"]}) == ["resource"]

test_silent_on_other_surfaces if _found({"surfaces": ["iam"]}) == []

test_silent_on_unchanged_resources if _found({"action": "no-op"}) == []

test_silent_on_reading_a_secret if _found({"mode": "data", "action": "read"}) == []
