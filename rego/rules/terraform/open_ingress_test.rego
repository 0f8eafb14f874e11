package gate.rules.terraform.open_ingress_test

import data.gate.rules.terraform.open_ingress

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "aws_security_group.a", "type": "aws_security_group", "action": "update", "surfaces": ["network"]}, fields)
	findings := open_ingress.findings with input as {"terraform": {"by_type": {"aws_security_group": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

_opening := {"attribute": "ingress.cidr_blocks", "source": "0.0.0.0/0", "ports": "22"}

test_finds_an_opening if _found({"ingress": [_opening]}) == ["22"]

test_finds_an_opening_of_a_new_resource if _found({"action": "create", "ingress": [_opening]}) == ["22"]

test_finds_an_opening_of_a_replaced_resource if {
	_found({"action": "replace", "ingress": [_opening]}) == ["22"]
}

test_finds_an_opening_of_unknown_ports if {
	_found({"ingress": [object.union(_opening, {"ports": "unknown"})]}) == ["unknown"]
}

test_finds_each_opening if {
	_found({"ingress": [_opening, object.union(_opening, {"ports": "3389"})]}) == ["22", "3389"]
}

test_finds_the_worse_beside_the_web if {
	_found({"ingress": [_opening, object.union(_opening, {"ports": "443", "web_only": true})]}) == ["22"]
}

test_silent_on_the_web if {
	_found({"ingress": [object.union(_opening, {"ports": "443", "web_only": true})]}) == []
}

test_silent_on_an_opening_that_stood if {
	_found({"ingress": [object.union(_opening, {"stood": true})]}) == []
}

test_silent_on_unchanged_resources if _found({"action": "no-op", "ingress": [_opening]}) == []

test_silent_on_data_sources if _found({"mode": "data", "ingress": [_opening]}) == []

test_silent_without_openings if _found({}) == []
