package gate.rules.agents.owner_missing_test

import data.gate.rules.agents.owner_missing as rule

_found(agent) := found if {
	found := rule.findings with input as {"agent": agent}
}

_agent(exists) := {"match": "registered", "id": "tf-bot", "owner": "alice", "owner_exists": exists}

test_finds_agent_whose_people_left if {
	_found(_agent(false)) == {{"subject": "tf-bot", "values": {"owner": "alice"}, "evidence": "owner"}}
}

test_silent_where_somebody_is_there if _found(_agent(true)) == set()

test_silent_on_a_person if _found(null) == set()
