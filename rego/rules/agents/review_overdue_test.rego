package gate.rules.agents.review_overdue_test

import data.gate.rules.agents.review_overdue as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_agent(what) := {"id": "tf-bot", "overdue": [{"what": what, "due": "2026-11-01", "days": 23}]}

test_finds_overdue_review if {
	_found(_agent("review")) == {{
		"subject": "tf-bot",
		"values": {"due": "2026-11-01", "days": 23},
		"evidence": "review",
	}}
}

test_silent_on_rotation_and_on_nothing if {
	_found(_agent("vault:kv/tf-bot")) == set()
	_found({"id": "tf-bot", "overdue": []}) == set()
}

test_silent_on_a_person if _found(null) == set()
