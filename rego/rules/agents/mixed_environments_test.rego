package gate.rules.agents.mixed_environments_test

import data.gate.rules.agents.mixed_environments as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_agent(names) := {"id": "tf-bot", "agent": "devin", "environments": names}

test_finds_two_environments if {
	_found(_agent(["production", "staging", "unmapped"])) == {{
		"subject": "tf-bot",
		"values": {"count": 2, "first": "production", "last": "staging"},
		"evidence": "environments",
	}}
}

test_finds_unregistered_agent if {
	agent := {"id": "", "agent": "devin", "environments": ["a", "b", "c"]}
	{finding.subject | some finding in _found(agent)} == {"devin"}
}

test_silent_on_one if {
	_found(_agent(["staging", "unmapped"])) == set()
	_found(_agent([])) == set()
}

test_silent_on_a_person if _found(null) == set()
