package gate.rules.agents.rotation_overdue_test

import data.gate.rules.agents.rotation_overdue as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_agent(what) := {"id": "tf-bot", "overdue": [{"what": what, "due": "2026-11-01", "days": 23}]}

test_finds_overdue_rotation if {
	_found(_agent("vault:kv/tf-bot")) == {{
		"subject": "tf-bot",
		"values": {"credential": "vault:kv/tf-bot", "due": "2026-11-01", "days": 23},
		"evidence": "vault:kv/tf-bot",
	}}
}

test_silent_on_review_and_on_nothing if {
	_found(_agent("review")) == set()
	_found({"id": "tf-bot", "overdue": []}) == set()
}

test_silent_on_a_person if _found(null) == set()
