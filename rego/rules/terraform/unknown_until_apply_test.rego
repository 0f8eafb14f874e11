package gate.rules.terraform.unknown_until_apply_test

import data.gate.rules.terraform.unknown_until_apply

_table := {"aws_security_group": [{"path": "ingress.cidr_blocks", "surface": "network"}]}

_resource := {
	"source": "plan", "root": "", "address": "aws_security_group.a", "type": "aws_security_group", "action": "create",
	"surfaces": ["network"], "unknown": ["ingress.cidr_blocks"],
}

_found(fields) := found if {
	resource := object.union(_resource, fields)
	findings := unknown_until_apply.findings with input as {"terraform": {"by_type": {"aws_security_group": [resource]}}}
		with data.gate.tables.terraform.unknown_until_apply as _table
	found := [[finding.evidence, finding.surface] | some finding in findings]
}

test_finds_an_unknown_range if _found({}) == [["ingress.cidr_blocks", "network"]]

test_finds_an_unknown_document if {
	_found({"unknown": [], "surfaces": ["data"], "policies": [{"attribute": "policy", "state": "unknown"}]}) == [["policy", "data"]]
}

test_finds_an_unreadable_document if {
	found := _found({"unknown": [], "surfaces": ["data", "iam"], "policies": [{"attribute": "policy", "state": "unparsable"}]})
	found == [["policy", "iam"]]
}

test_document_of_a_type_without_surface_touches_iam if {
	_found({"unknown": [], "surfaces": [], "policies": [{"attribute": "policy", "state": "unknown"}]}) == [["policy", "iam"]]
}

test_tells_an_attribute_once if {
	_found({"surfaces": ["data"], "policies": [{"attribute": "ingress.cidr_blocks", "state": "unknown"}]}) == [["ingress.cidr_blocks", "network"]]
}

test_silent_on_other_unknown_values if _found({"unknown": ["arn"]}) == []

test_silent_on_deletions_and_data_sources if {
	_found({"action": "delete"}) == []
	_found({"action": "no-op"}) == []
	_found({"mode": "data", "action": "read"}) == []
	_found({"deposed": true}) == []
}

test_silent_on_code_alone if _found({"source": "hcl"}) == []
