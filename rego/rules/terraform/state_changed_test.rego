package gate.rules.terraform.state_changed_test

import data.gate.rules.terraform.state_changed

_of_block(block) := found if {
	findings := state_changed.findings with input as {"hcl": [block], "terraform": {"by_type": {}}}
	found := [[finding.subject, finding.evidence] | some finding in findings]
}

_of_resource(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "a.b", "type": "a", "action": "no-op"}, fields)
	findings := state_changed.findings with input as {"hcl": [], "terraform": {"by_type": {"a": [resource]}}}
	found := {finding.evidence | some finding in findings}
}

test_finds_each_kind_of_block if {
	at := {"path": "main.tf", "line": 1}
	_of_block({"kind": "backend", "name": "s3", "change": "changed", "at": at}) == [["s3", "backend"]]
	_of_block({"kind": "cloud", "change": "added", "at": at}) == [["cloud", "cloud"]]
	_of_block({"kind": "moved", "name": "", "change": "removed", "at": at}) == [["moved", "moved"]]
	_of_block({"kind": "removed", "change": "added", "at": at}) == [["removed", "removed"]]
	_of_block({"kind": "import", "change": "added", "at": at}) == [["import", "import"]]
}

test_silent_on_other_blocks if {
	_of_block({"kind": "provider", "name": "aws", "change": "changed", "at": {"path": "main.tf"}}) == []
}

test_finds_moves_imports_and_forgotten_resources if {
	_of_resource({"previous_address": "a.c"}) == {"moved"}
	_of_resource({"imported": true}) == {"imported"}
	_of_resource({"action": "forget"}) == {"forgotten"}
	_of_resource({"imported": true, "previous_address": "a.c", "action": "update"}) == {"moved", "imported"}
}

test_silent_on_other_changes if {
	_of_resource({"action": "update"}) == set()
	_of_resource({"action": "delete"}) == set()
	_of_resource({"source": "hcl", "action": "forget"}) == set()
}
