package gate.rules.terraform.root_without_plan_test

import data.gate.rules.terraform.root_without_plan

_found(root, planned) := found if {
	roots := [{"root": root, "planned": planned, "path": "x.tf"}]
	found := root_without_plan.findings with input as {"terraform": {"roots": roots}}
}

test_finds_a_changed_root_without_a_plan if {
	_found("infra", false) == {{"at": {"path": "x.tf"}, "subject": "infra", "evidence": "no plan"}}
}

test_names_the_repository_root if {
	some finding in _found("", false)
	finding.subject == "."
}

test_silent_on_a_planned_root if _found("infra", true) == set()
