package gate.rules.agents.outside_sandbox_test

import data.gate.rules.agents.outside_sandbox as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_outside := {
	"surface": "network",
	"environment": "staging",
	"action": "update",
	"path": "infra",
	"subject": "aws_subnet.a",
	"grant": "the sandbox is sandbox, **",
}

test_finds_what_lies_outside if {
	_found({"id": "tf-bot", "outside_sandbox": [_outside]}) == {{
		"at": {"root": "infra", "address": "aws_subnet.a", "attribute": ""},
		"subject": "aws_subnet.a",
		"values": {"agent": "tf-bot", "environment": "staging", "limit": "the sandbox is sandbox, **"},
		"evidence": "sandbox",
	}}
}

test_finds_too_much_at_once if {
	many := {
		"surface": "",
		"environment": "",
		"action": "",
		"path": "",
		"subject": "21 changed files",
		"grant": "at most 20 files",
	}
	_found({"id": "tf-bot", "outside_sandbox": [many]}) == {{
		"subject": "21 changed files",
		"values": {"agent": "tf-bot", "environment": "all environments", "limit": "at most 20 files"},
		"evidence": "sandbox",
	}}
}

test_silent_inside if _found({"id": "tf-bot", "outside_sandbox": []}) == set()

test_silent_on_a_person if _found(null) == set()
