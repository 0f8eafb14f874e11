package gate.rules.workflow.script_injection_test

import data.gate.rules.workflow.script_injection

_input(kind, path, injection) := {"workflows": [{
	"path": path,
	"change": "changed",
	"kind": kind,
	"injections": [injection],
}]}

test_finds_expansion_in_run if {
	path := ".github/workflows/ci.yml"
	found := script_injection.findings with input as _input("workflow", path, {
		"job": "triage",
		"context": "github.event.issue.title",
		"sink": "run",
		"line": 12,
	})
	found == {{
		"at": {"path": path, "line": 12},
		"subject": "triage",
		"values": {"where": "triage", "context": "github.event.issue.title", "sink": "script"},
		"evidence": "github.event.issue.title",
	}}
}

test_finds_expansion_in_an_action if {
	found := script_injection.findings with input as _input("action", "action.yml", {
		"job": "",
		"context": "github.head_ref",
		"sink": "env-file",
		"line": 5,
	})
	found == {{
		"at": {"path": "action.yml", "line": 5},
		"subject": "action.yml",
		"values": {
			"where": "action.yml",
			"context": "github.head_ref",
			"sink": "write to an environment file",
		},
		"evidence": "github.head_ref",
	}}
}

test_silent_on_what_stood if {
	found := script_injection.findings with input as _input("workflow", "w.yml", {
		"job": "triage",
		"context": "github.head_ref",
		"sink": "run",
		"line": 12,
		"stood": true,
	})
	count(found) == 0
}
