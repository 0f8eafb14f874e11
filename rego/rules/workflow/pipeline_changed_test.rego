package gate.rules.workflow.pipeline_changed_test

import data.gate.rules.workflow.pipeline_changed

_input(surfaces) := {"changes": [{
	"path": ".github/workflows/ci.yml",
	"previous_path": null,
	"status": "removed",
	"kind": "workflow",
	"surfaces": surfaces,
}]}

test_finds_removed_workflow if {
	found := pipeline_changed.findings with input as _input(["gate", "pipeline"])
	found == {{
		"at": {"path": ".github/workflows/ci.yml"},
		"subject": ".github/workflows/ci.yml",
		"values": {"status": "removed"},
		"evidence": "pipeline",
	}}
}

test_silent_on_other_files if {
	count(pipeline_changed.findings) == 0 with input as _input(["agent"])
	count(pipeline_changed.findings) == 0 with input as _input([])
}
