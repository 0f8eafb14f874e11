package gate.rules.limits.accumulated_test

import data.gate.rules.limits.accumulated as rule

_found(limits) := found if {
	found := rule.findings with input as {"usage": {"limits": limits}}
}

_use := {
	"name": "split",
	"count": "surfaces",
	"whose": "agent tf-bot",
	"window": "7d",
	"max": 1,
	"used": 1,
	"wanted": 1,
	"exceeded": true,
	"touching": "iam, network",
	"others": ["acme/infra#6"],
}

test_finds_surfaces_that_add_up if {
	_found([_use]) == {{
		"subject": "split",
		"values": {
			"whose": "agent tf-bot",
			"surfaces": "iam, network",
			"used": 1,
			"wanted": 1,
			"window": "7d",
			"max": 1,
			"latest": "acme/infra#6",
		},
		"evidence": "agent tf-bot",
	}}
}

test_says_that_it_alone_is_too_much if {
	some found in _found([object.union(_use, {"others": []})])
	found.values.latest == "none"
}

test_silent_below_the_limit if _found([object.union(_use, {"exceeded": false})]) == set()

test_silent_on_what_blocks if _found([object.union(_use, {"count": "pulls"})]) == set()

test_silent_without_limits if _found([]) == set()
