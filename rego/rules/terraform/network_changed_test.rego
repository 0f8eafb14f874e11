package gate.rules.terraform.network_changed_test

import data.gate.rules.terraform.network_changed

_found(fields) := found if {
	resource := object.union({"source": "plan", "root": "", "address": "aws_vpc.a", "type": "aws_vpc", "action": "update", "surfaces": ["network"]}, fields)
	findings := network_changed.findings with input as {"terraform": {"by_type": {"aws_vpc": [resource]}}}
	found := [finding.evidence | some finding in findings]
}

_web := {"attribute": "vpc_config.public_access_cidrs", "source": "0.0.0.0/0", "ports": "443", "web_only": true}

test_finds_an_update if _found({}) == ["resource"]

test_finds_a_deletion if _found({"action": "delete"}) == ["resource"]

test_finds_a_resource_taken_out_of_the_state if _found({"action": "forget"}) == ["resource"]

test_finds_an_opening_of_another_kind_of_resource if {
	_found({"surfaces": ["data"], "ingress": [_web]}) == ["resource"]
}

test_finds_one_per_resource if {
	_found({"ingress": [_web, object.union(_web, {"ports": "80"})]}) == ["resource"]
}

test_silent_on_other_surfaces if _found({"surfaces": ["iam"]}) == []

test_silent_on_another_kind_of_resource_whose_opening_stood if {
	_found({"surfaces": ["data"], "ingress": [object.union(_web, {"stood": true})]}) == []
}

test_silent_on_unchanged_resources if _found({"action": "no-op"}) == []

test_silent_on_data_sources if _found({"mode": "data", "action": "read"}) == []

test_silent_on_deposed_objects if _found({"deposed": true, "action": "delete"}) == []
