package gate.rules.terraform.stateful_destroyed_test

import data.gate.rules.terraform.stateful_destroyed

_resource := {
	"source": "plan", "root": "", "address": "aws_db_instance.a", "type": "aws_db_instance", "action": "delete",
	"action_reason": "delete_because_no_resource_config",
}

_found(fields, others) := findings if {
	resources := array.concat([object.union(_resource, fields)], others)
	findings := stateful_destroyed.findings with input as {"terraform": {"by_type": {"aws_db_instance": resources}}}
		with data.gate.tables.terraform.stateful as {"aws_db_instance": true}
}

_values(fields, others) := [finding.values | some finding in _found(fields, others)]

test_finds_a_deletion if {
	_values({}, []) == [{"what": "deleted", "because": "its block is gone", "hint": ""}]
}

test_finds_a_replacement_and_names_what_forces_it if {
	fields := {"action": "replace", "action_reason": "replace_because_cannot_update", "replace_paths": ["engine", "name"]}
	_values(fields, []) == [{"what": "replaced", "because": "engine", "hint": ""}]
	some finding in _found(fields, [])
	finding.at.attribute == "engine"
}

test_finds_a_forgotten_resource if {
	_values({"action": "forget"}, [])[0].what == "dropped from the state"
}

test_finds_an_action_nobody_knows if {
	_values({"action": "unclear", "action_reason": ""}, [])[0].because == "the plan gives no reason"
}

test_finds_a_removed_block_in_code if {
	found := _found({"source": "hcl", "action_reason": "", "at": {"path": "main.tf", "line": 2, "side": "LEFT"}}, [])
	some finding in found
	finding.at.block.side == "LEFT"
	finding.values.because == "its block changes"
}

test_hints_at_a_rename if {
	other := {"source": "plan", "root": "", "address": "aws_db_instance.b", "type": "aws_db_instance", "action": "create"}
	contains(_values({}, [other])[0].hint, "rename")
	contains(_values({"action_reason": "delete_because_each_key"}, [other])[0].hint, "for_each")
}

test_silent_on_what_keeps_the_resource if {
	_found({"action": "update"}, []) == set()
	_found({"action": "create"}, []) == set()
	_found({"action": "no-op", "previous_address": "aws_db_instance.z"}, []) == set()
}

test_silent_on_deposed_objects_and_data_sources if {
	_found({"deposed": true}, []) == set()
	_found({"mode": "data"}, []) == set()
}

test_silent_on_other_types if {
	findings := stateful_destroyed.findings with input as {"terraform": {"by_type": {"null_resource": [_resource]}}}
		with data.gate.tables.terraform.stateful as {"aws_db_instance": true}
	findings == set()
}
