package gate.rules.workflow.unpinned_action_test

import data.gate.rules.workflow.unpinned_action

_path := ".github/workflows/ci.yml"

_input(use) := {"workflows": [{
	"path": _path,
	"change": "changed",
	"kind": "workflow",
	"uses": [use],
}]}

_finding := {
	"at": {"path": _path, "line": 7},
	"subject": "vendor/tool",
	"values": {"ref": "v1"},
	"evidence": "v1",
}

test_finds_tag_of_third_party if {
	use := {"job": "a", "action": "vendor/tool", "ref": "v1", "line": 7}
	found := unpinned_action.findings with input as _input(use)
	found == {_finding}
}

test_warns_of_first_party if {
	use := {"job": "a", "action": "vendor/tool", "ref": "v1", "line": 7, "first_party": true}
	found := unpinned_action.findings with input as _input(use)
	found == {object.union(_finding, {"enforcement": "warn"})}
}

test_finds_image_without_version if {
	use := {"job": "a", "action": "docker://alpine", "line": 7}
	found := unpinned_action.findings with input as _input(use)
	found[_].evidence == "no version"
}

test_silent_on_pinned_and_on_what_stood if {
	pinned := {"job": "a", "action": "vendor/tool", "ref": "v1", "line": 7, "pinned": true}
	stood := {"job": "a", "action": "vendor/tool", "ref": "v1", "line": 7, "stood": true}
	count(unpinned_action.findings) == 0 with input as _input(pinned)
	count(unpinned_action.findings) == 0 with input as _input(stood)
}
