# METADATA
# title: Policy-relevant value cannot be judged before apply
# description: |
#   A policy document, an address range or another value that decides who gets in is known only after
#   apply, or is there and cannot be read. Nobody can say from the plan that it is harmless.
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/internals/json-format#change-representation
#     description: after_unknown in the JSON output format
# custom:
#   severity: medium
#   enforcement: approve
#   surface: iam
#   needs: [terraform]
#   message: "{subject}: {attribute} {why}, so what it allows cannot be judged"
#   remediation: Write the value literally, apply what it depends on in a change of its own first, or let somebody who knows the value approve.
package gate.rules.terraform.unknown_until_apply

import data.gate.lib.finding

findings contains _finding(r, row.path, row.surface, "is known only after apply") if {
	table := data.gate.tables.terraform.unknown_until_apply
	some type in object.keys(table)
	rows := table[type]
	some r in input.terraform.by_type[type]
	some row in rows
	row.path in r.unknown
	_counts(r)
}

findings contains _finding(r, policy.attribute, _surface(r), _reasons[policy.state]) if {
	some resources in input.terraform.by_type
	some r in resources
	some policy in r.policies
	_counts(r)
	not _told(r, policy.attribute)
}

# NOTE: the table knows the surface better than the type does.
_told(r, attribute) if {
	attribute in r.unknown
	some row in data.gate.tables.terraform.unknown_until_apply[r.type]
	row.path == attribute
}

_counts(r) if {
	r.source == "plan"
	r.action in {"create", "update", "replace", "unclear"}
	not r.deposed == true
	not r.mode == "data"
}

_reasons := {
	"unknown": "is known only after apply",
	"unparsable": "cannot be read as a policy document",
}

_surface(r) := "iam" if {
	"iam" in r.surfaces
} else := r.surfaces[0] if {
	count(r.surfaces) > 0
} else := "iam"

_finding(r, attribute, surface, why) := {
	"at": finding.at(r, attribute),
	"subject": r.address,
	"values": {"attribute": attribute, "why": why},
	"evidence": attribute,
	"surface": surface,
}
