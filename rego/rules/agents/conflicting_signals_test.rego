package gate.rules.agents.conflicting_signals_test

import data.gate.rules.agents.conflicting_signals as rule

_found(conflicts) := found if {
	found := rule.findings with input as {"provenance": {"conflicts": conflicts}}
}

test_finds_conflict if {
	_found(["devin, and codex"]) == {{
		"subject": "authorship",
		"values": {"conflict": "devin, and codex"},
		"evidence": "conflict",
	}}
}

test_silent_on_no_conflict if _found([]) == set()
