package gate.rules.scope.gate_changed_test

import data.gate.rules.scope.gate_changed

_found(changes) := found if {
	found := gate_changed.findings with input as {"changes": changes}
}

_change(path, surfaces) := {"path": path, "status": "modified", "surfaces": surfaces}

test_finds_a_change_of_the_gate if {
	_found([_change(".gate/gate.yml", ["gate"])]) == {{
		"at": {"path": ".gate/gate.yml"},
		"subject": ".gate/gate.yml",
		"values": {"status": "modified"},
		"evidence": "gate",
	}}
}

test_finds_one_per_path if {
	count(_found([_change("CODEOWNERS", ["gate"]), _change(".github/workflows/gate.yml", ["gate", "pipeline"])])) == 2
}

test_silent_on_other_surfaces if {
	_found([_change("a.py", []), _change("AGENTS.md", ["agent"]), _change("ci.yml", ["pipeline"])]) == set()
}

test_silent_on_no_changes if _found([]) == set()
