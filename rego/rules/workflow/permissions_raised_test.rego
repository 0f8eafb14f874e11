package gate.rules.workflow.permissions_raised_test

import data.gate.rules.workflow.permissions_raised

_input(permissions) := {"workflows": [{
	"path": ".github/workflows/ci.yml",
	"change": "changed",
	"kind": "workflow",
	"permissions": permissions,
}]}

test_finds_write_in_a_job if {
	found := permissions_raised.findings with input as _input([{
		"job": "deploy",
		"scope": "contents",
		"access": "write",
		"line": 9,
		"raised": true,
	}])
	found == {{
		"at": {"path": ".github/workflows/ci.yml", "line": 9},
		"subject": "deploy",
		"values": {"where": "deploy", "scope": "contents", "access": "write"},
		"evidence": "contents",
	}}
}

test_finds_removed_block if {
	found := permissions_raised.findings with input as _input([{
		"scope": "*",
		"access": "default",
		"line": 1,
		"raised": true,
	}])
	found == {{
		"at": {"path": ".github/workflows/ci.yml", "line": 1},
		"subject": ".github/workflows/ci.yml",
		"values": {
			"where": "the workflow",
			"scope": "every scope",
			"access": "what the repository's setting gives",
		},
		"evidence": "*",
	}}
}

test_silent_on_what_stood if {
	found := permissions_raised.findings with input as _input([{
		"scope": "contents",
		"access": "write",
		"line": 3,
	}])
	count(found) == 0
}
