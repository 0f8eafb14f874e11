package gate.rules.scope.agent_instructions_changed_test

import data.gate.rules.scope.agent_instructions_changed

_found(changes) := found if {
	found := agent_instructions_changed.findings with input as {"changes": changes}
}

_change(path, surfaces) := {"path": path, "status": "added", "surfaces": surfaces}

test_finds_a_change_of_instructions if {
	_found([_change("AGENTS.md", ["agent"])]) == {{
		"at": {"path": "AGENTS.md"},
		"subject": "AGENTS.md",
		"values": {"status": "added"},
		"evidence": "agent",
	}}
}

test_finds_each_path if {
	count(_found([_change("CLAUDE.md", ["agent"]), _change(".mcp.json", ["agent"])])) == 2
}

test_silent_on_other_surfaces if {
	_found([_change("a.py", []), _change(".gate/gate.yml", ["gate"])]) == set()
}
