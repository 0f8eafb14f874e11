package gate.rules.agents.outside_grants_test

import data.gate.rules.agents.outside_grants as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_missing := {
	"surface": "iam",
	"environment": "production",
	"action": "update",
	"path": "infra",
	"subject": "aws_iam_role.a",
	"grant": "- {surfaces: [iam]}",
}

test_finds_resource if {
	_found({"id": "tf-bot", "missing_grants": [_missing]}) == {{
		"at": {"root": "infra", "address": "aws_iam_role.a", "attribute": ""},
		"subject": "aws_iam_role.a",
		"values": {
			"agent": "tf-bot",
			"action": "update",
			"surface": "iam",
			"environment": "production",
			"grant": "- {surfaces: [iam]}",
		},
		"evidence": "- {surfaces: [iam]}",
	}}
}

test_finds_file_where_nothing_is_mapped if {
	file := object.union(_missing, {"subject": "", "environment": ""})
	some finding in _found({"id": "tf-bot", "missing_grants": [file]})
	finding.at == {"path": "infra"}
	finding.subject == "infra"
	finding.values.environment == "no environment mapped"
}

test_silent_within_grants if _found({"id": "tf-bot", "missing_grants": []}) == set()

test_silent_on_a_person if _found(null) == set()
