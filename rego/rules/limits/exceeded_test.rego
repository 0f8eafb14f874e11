package gate.rules.limits.exceeded_test

import data.gate.rules.limits.exceeded as rule

_found(limits) := found if {
	found := rule.findings with input as {"usage": {"limits": limits}}
}

_use := {
	"name": "pulls-a-day",
	"count": "pulls",
	"whose": "agent tf-bot",
	"window": "1d",
	"max": 5,
	"used": 5,
	"wanted": 1,
	"exceeded": true,
	"fits_at": "2026-01-16T09:00:00Z",
	"others": ["acme/infra#6", "acme/infra#5"],
}

test_finds_exceeded_limit if {
	_found([_use]) == {{
		"subject": "pulls-a-day",
		"values": {
			"whose": "agent tf-bot",
			"used": 5,
			"wanted": 1,
			"window": "1d",
			"max": 5,
			"what": "pull requests",
			"latest": "acme/infra#6",
			"fits": "2026-01-16T09:00:00Z",
		},
		"evidence": "agent tf-bot",
	}}
}

test_finds_each_environment if {
	count(_found([
		object.union(_use, {"whose": "environment prod"}),
		object.union(_use, {"whose": "environment staging"}),
	])) == 2
}

test_says_that_it_never_fits if {
	some found in _found([object.union(_use, {"fits_at": ""})])
	found.values.fits == "never"
}

test_says_that_it_alone_is_too_much if {
	some found in _found([object.union(_use, {"others": []})])
	found.values.latest == "none"
}

test_silent_below_the_limit if _found([object.union(_use, {"exceeded": false})]) == set()

test_silent_on_surfaces if _found([object.union(_use, {"count": "surfaces"})]) == set()

test_silent_without_limits if _found([]) == set()
