package gate.rules.agents.unregistered_test

import data.gate.rules.agents.unregistered as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_finding := {"subject": "devin", "values": {}, "evidence": "unregistered"}

test_finds_unregistered_agent if {
	_found({"match": "unregistered", "agent": "devin", "has_registry": true}) == {_finding}
}

test_warns_without_a_registry if {
	found := _found({"match": "unregistered", "agent": "devin", "has_registry": false})
	found == {object.union(_finding, {"enforcement": "warn"})}
}

test_finds_agent_beside_a_registered_one if {
	_found({"match": "registered", "agent": "x", "has_registry": true, "others": ["devin"]}) == {_finding}
}

test_silent_on_registered_agent if {
	_found({"match": "registered", "agent": "x", "has_registry": true, "others": []}) == set()
}

test_silent_on_a_person if _found(null) == set()
