package gate.rules.terraform.destroy_mode_test

import data.gate.rules.terraform.destroy_mode

_findings(destroy, roots) := found if {
	plan := {"root": "", "name": "plan.json", "destroy_mode": destroy, "changed": 3}
	found := destroy_mode.findings with input as {"terraform": {"plans": [plan], "roots": roots}}
}

test_finds_a_destroy_plan if {
	_findings(true, []) == {{"subject": ".", "values": {"plan": "plan.json", "count": 3}, "evidence": "destroy"}}
}

test_points_at_a_changed_file_of_the_root if {
	some finding in _findings(true, [{"root": "", "path": "main.tf"}])
	finding.at.path == "main.tf"
}

test_silent_on_another_plan if _findings(false, []) == set()
