package gate.rules.agents.suspended_test

import data.gate.rules.agents.suspended as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_agent(state) := {"match": "registered", "id": "tf-bot", "state": state, "state_source": "ledger 4"}

test_finds_suspended_agent if {
	_found(_agent("suspended")) == {{
		"subject": "tf-bot",
		"values": {"state": "suspended", "source": "ledger 4"},
		"evidence": "suspended",
	}}
}

test_finds_every_other_state if {
	every state in ["proposed", "decommissioned"] { count(_found(_agent(state))) == 1 }
}

test_silent_on_agents_that_may if {
	every state in ["observing", "active"] { _found(_agent(state)) == set() }
}

test_silent_on_unregistered_agent if _found({"match": "unregistered", "id": "", "state": ""}) == set()

test_silent_on_a_person if _found(null) == set()
