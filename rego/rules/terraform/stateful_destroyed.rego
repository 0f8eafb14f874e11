# METADATA
# title: Stateful resource destroyed
# description: |
#   A resource that holds data, keys or names is deleted, replaced (in either order) or dropped from
#   the state. Code can be restored, what it held cannot.
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/language/block/moved
#     description: Rename with a moved block instead
# custom:
#   severity: high
#   enforcement: approve
#   surface: data
#   needs: [terraform]
#   message: "{subject} would be {what}: {because}{hint}"
#   remediation: Keep the resource, rename with a moved block, or back up what it holds and let somebody who owns the data approve.
package gate.rules.terraform.stateful_destroyed

import data.gate.lib.finding

findings contains {
	"at": finding.at(r, _forcing(r)),
	"subject": r.address,
	"values": {
		"what": _whats[r.action],
		"because": _because(r),
		"hint": _hint(r),
	},
	"evidence": _whats[r.action],
} if {
	some type in object.keys(input.terraform.by_type)
	data.gate.tables.terraform.stateful[type]
	some r in input.terraform.by_type[type]
	_whats[r.action]
	not r.deposed == true
	not r.mode == "data"
}

_whats := {
	"delete": "deleted",
	"replace": "replaced",
	"forget": "dropped from the state",
	"unclear": "changed in a way this gate does not know",
}

_forcing(r) := r.replace_paths[0] if {
	count(r.replace_paths) > 0
} else := ""

_because(r) := r.replace_paths[0] if {
	count(r.replace_paths) > 0
} else := _reasons[r.action_reason] if {
	_reasons[r.action_reason]
} else := "the plan gives no reason" if {
	r.source == "plan"
} else := "its block changes"

_reasons := {
	"delete_because_no_resource_config": "its block is gone",
	"delete_because_no_module": "its module call is gone",
	"delete_because_wrong_repetition": "count or for_each came or went",
	"delete_because_count_index": "count shrinks",
	"delete_because_each_key": "its for_each key is gone",
	"delete_because_no_move_target": "nothing is configured where it was moved",
	"delete_because_enabled_false": "it is disabled",
	"replace_because_tainted": "it is tainted",
	"replace_because_cannot_update": "it cannot be updated in place",
	"replace_by_request": "the plan was made with -replace",
	"replace_by_triggers": "a trigger changes",
	"forgot_because_lifecycle_destroy_in_state": "destroy is off in its lifecycle",
	"forgot_because_lifecycle_destroy_in_config": "destroy is off in its lifecycle",
}

# NOTE: a hint never hides the finding: the object is lost all the same unless a moved block is added.
_hint(r) := "; looks like a rename: a moved block would keep it" if {
	r.action == "delete"
	r.action_reason in {"delete_because_no_resource_config", "delete_because_no_module"}
	_made_alike(r)
} else := "; looks like a change of count or for_each: moved blocks would keep it" if {
	r.action == "delete"
	r.action_reason in {"delete_because_wrong_repetition", "delete_because_count_index", "delete_because_each_key"}
	_made_alike(r)
} else := ""

_made_alike(r) if {
	some other in input.terraform.by_type[r.type]
	other.action == "create"
	other.source == r.source
	other.root == r.root
}
