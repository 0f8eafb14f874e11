# METADATA
# title: What the state holds, or where it is kept, changes
# description: |
#   Backend, cloud, moved, removed and import blocks, and moves, imports and forgotten resources of a
#   plan, change which objects Terraform manages. A wrong one loses track of real infrastructure or
#   takes over somebody else's.
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/language/state
#     description: State
# custom:
#   severity: medium
#   enforcement: approve
#   surface: state
#   needs: [terraform]
#   message: "{subject}: {what} {change}; what the state holds, or where it is kept, changes"
#   remediation: Let somebody who knows this state compare the addresses and the place with what is there.
package gate.rules.terraform.state_changed

import data.gate.lib.finding

findings contains {
	"at": block.at,
	"subject": _subject(block),
	"values": {"what": _blocks[block.kind], "change": block.change},
	"evidence": block.kind,
} if {
	some block in input.hcl
	_blocks[block.kind]
}

findings contains _finding(r, "moved", "to another address") if {
	some resources in input.terraform.by_type
	some r in resources
	r.source == "plan"
	r.previous_address
}

findings contains _finding(r, "imported", "into the state") if {
	some resources in input.terraform.by_type
	some r in resources
	r.source == "plan"
	r.imported == true
}

findings contains _finding(r, "forgotten", "by the state") if {
	some resources in input.terraform.by_type
	some r in resources
	r.source == "plan"
	r.action == "forget"
}

_blocks := {
	"backend": "backend block",
	"cloud": "cloud block",
	"moved": "moved block",
	"removed": "removed block",
	"import": "import block",
}

_subject(block) := block.name if {
	block.name
	block.name != ""
} else := block.kind

_finding(r, what, change) := {
	"at": finding.at(r, ""),
	"subject": r.address,
	"values": {"what": what, "change": change},
	"evidence": what,
}
