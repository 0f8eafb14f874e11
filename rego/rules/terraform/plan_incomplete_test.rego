package gate.rules.terraform.plan_incomplete_test

import data.gate.rules.terraform.plan_incomplete

_plan := {
	"root": "", "name": "plan.json", "errored": false, "applyable": true, "complete": true, "targeted": false,
	"deferred": 0, "changed": 1, "foreign_root": false, "refresh_only": false,
}

_evidence(fields, roots) := found if {
	plan := object.union(_plan, fields)
	findings := plan_incomplete.findings with input as {"terraform": {"plans": [plan], "roots": roots}}
	found := {finding.evidence | some finding in findings}
}

test_finds_an_errored_plan if {
	_evidence({"errored": true, "complete": false, "applyable": false}, []) == {"errored"}
}

test_finds_a_targeted_plan if _evidence({"targeted": true, "complete": false}, []) == {"targeted"}

test_finds_deferred_changes if _evidence({"deferred": 2, "complete": false}, []) == {"deferred"}

test_finds_an_incomplete_plan if _evidence({"complete": false}, []) == {"incomplete"}

test_finds_changes_that_cannot_be_applied if _evidence({"applyable": false}, []) == {"not_applyable"}

test_finds_another_root if _evidence({"foreign_root": true}, []) == {"foreign_root"}

test_finds_a_refresh_only_plan_of_a_changed_root if {
	_evidence({"refresh_only": true, "changed": 0}, [{"root": "", "path": "main.tf"}]) == {"refresh_only"}
}

test_silent_on_a_refresh_only_plan_of_an_unchanged_root if {
	_evidence({"refresh_only": true, "changed": 0}, [{"root": "other", "path": "other/main.tf"}]) == set()
}

test_silent_on_a_complete_plan if _evidence({}, []) == set()

test_silent_on_a_plan_without_changes if _evidence({"applyable": false, "changed": 0}, []) == set()

test_points_at_a_changed_file_of_the_root if {
	findings := plan_incomplete.findings with input as {"terraform": {
		"plans": [object.union(_plan, {"root": "a", "errored": true})],
		"roots": [{"root": "a", "path": "a/main.tf"}],
	}}
	some finding in findings
	finding.at == {"path": "a/main.tf"}
	finding.subject == "a"
}
