package gate.rules.workflow.dangerous_trigger_test

import data.gate.rules.workflow.dangerous_trigger

_path := ".github/workflows/ci.yml"

_input(triggers) := {"workflows": [{
	"path": _path,
	"change": "changed",
	"kind": "workflow",
	"triggers": triggers,
}]}

test_finds_new_trigger if {
	found := dangerous_trigger.findings with input as _input([
		{"event": "push", "line": 2},
		{"event": "pull_request_target", "line": 3, "dangerous": true},
	])
	found == {{
		"at": {"path": _path, "line": 3},
		"subject": _path,
		"values": {"event": "pull_request_target", "extra": ""},
		"evidence": "pull_request_target",
	}}
}

test_says_that_the_head_is_checked_out if {
	found := dangerous_trigger.findings with input as _input([{
		"event": "workflow_run",
		"line": 3,
		"dangerous": true,
		"checks_out_head": true,
	}])
	found == {{
		"at": {"path": _path, "line": 3},
		"subject": _path,
		"values": {"event": "workflow_run", "extra": ", and checks out the pull request's head"},
		"evidence": "workflow_run",
	}}
}

test_silent_on_what_stood if {
	found := dangerous_trigger.findings with input as _input([
		{"event": "issue_comment", "line": 3, "dangerous": true, "stood": true},
		{"event": "pull_request", "line": 4},
	])
	count(found) == 0
}
