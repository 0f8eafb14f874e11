package gate.rules.agents.read_only_pushed_test

import data.gate.rules.agents.read_only_pushed as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_agent(only) := {"match": "registered", "id": "helper", "kind": "assistant", "read_only": only}

test_finds_read_only_agent_that_pushed if {
	_found(_agent(true)) == {{
		"subject": "helper",
		"values": {"kind": "assistant"},
		"evidence": "read-only",
	}}
}

test_silent_on_agent_that_may_write if _found(_agent(false)) == set()

test_silent_on_a_person if _found(null) == set()
