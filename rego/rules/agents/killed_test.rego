package gate.rules.agents.killed_test

import data.gate.rules.agents.killed as rule

_found(killed) := found if {
	found := rule.findings with input as {"usage": {"killed": killed}}
}

_kill := {
	"scope": "agent",
	"target": "tf-bot",
	"reason": "it deletes",
	"by": "olga",
	"at": "2026-01-15T11:00:00Z",
	"seq": 4,
}

test_finds_kill if {
	_found([_kill]) == {{
		"subject": "tf-bot",
		"values": {
			"scope": "agent",
			"at": "2026-01-15T11:00:00Z",
			"by": "olga",
			"reason": "it deletes",
		},
		"evidence": "agent",
	}}
}

test_finds_every_kill if {
	count(_found([_kill, object.union(_kill, {"scope": "org", "target": ""})])) == 2
}

test_says_who_is_meant_by_the_organisation if {
	some found in _found([object.union(_kill, {"scope": "org", "target": ""})])
	found.subject == "(every agent)"
}

test_silent_where_nothing_is_stopped if _found([]) == set()
