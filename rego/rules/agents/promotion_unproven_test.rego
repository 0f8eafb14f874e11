package gate.rules.agents.promotion_unproven_test

import data.gate.rules.agents.promotion_unproven as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

test_finds_unproven_promotion if {
	_found({"match": "registered", "id": "tf-bot", "promotion_proven": false}) == {{
		"subject": "tf-bot",
		"values": {},
		"evidence": "promotion",
	}}
}

test_silent_on_proven_promotion if {
	_found({"match": "registered", "id": "tf-bot", "promotion_proven": true}) == set()
}

test_silent_on_a_person if _found(null) == set()
