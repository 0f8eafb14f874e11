package gate.rules.agents.ambiguous_test

import data.gate.rules.agents.ambiguous as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

test_finds_ambiguous_agent if {
	_found({"match": "ambiguous", "candidates": ["a", "b", "c"]}) == {{
		"subject": "registry",
		"values": {"first": "a", "second": "b", "count": 3},
		"evidence": "ambiguous",
	}}
}

test_silent_on_registered_agent if _found({"match": "registered", "candidates": []}) == set()

test_silent_on_a_person if _found(null) == set()
