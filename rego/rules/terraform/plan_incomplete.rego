# METADATA
# title: Plan does not show the whole change
# description: |
#   The plan ended in an error, was made with -target or -replace, defers changes, belongs to another
#   root module or only refreshes the state. What it does not show cannot be judged, so it is not
#   taken for a look at the change.
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/internals/json-format
#     description: errored, complete and applyable in the JSON output format
# custom:
#   severity: high
#   enforcement: block
#   integrity: true
#   needs: [terraform]
#   message: "The plan {plan} of root {subject} {why}"
#   remediation: Make the plan again for this root, without -target, -replace or -refresh-only, let it end without an error, and hand in its JSON.
package gate.rules.terraform.plan_incomplete

findings contains _finding(plan, "errored", "ended in an error and shows only a part of the change") if {
	some plan in input.terraform.plans
	plan.errored == true
}

findings contains _finding(plan, "targeted", "was made with -target or -replace") if {
	some plan in input.terraform.plans
	plan.targeted == true
}

findings contains _finding(plan, "deferred", "defers changes to a later plan") if {
	some plan in input.terraform.plans
	plan.deferred > 0
}

findings contains _finding(plan, "incomplete", "says itself that it is not complete") if {
	some plan in input.terraform.plans
	plan.complete == false
	not _explained(plan)
}

findings contains _finding(plan, "not_applyable", "has changes but says itself that it cannot be applied") if {
	some plan in input.terraform.plans
	plan.applyable == false
	plan.changed > 0
	not plan.errored == true
}

findings contains _finding(plan, "foreign_root", "belongs to another root module") if {
	some plan in input.terraform.plans
	plan.foreign_root == true
}

# NOTE: where no file of the root changes, a refresh-only plan hides nothing.
findings contains _finding(plan, "refresh_only", "only refreshes the state and shows no change") if {
	some plan in input.terraform.plans
	plan.refresh_only == true
	some root in input.terraform.roots
	root.root == plan.root
}

_explained(plan) if plan.errored == true

_explained(plan) if plan.targeted == true

_explained(plan) if plan.deferred > 0

_finding(plan, evidence, why) := {
	"at": {"path": places[0]},
	"subject": _name(plan),
	"values": {"plan": plan.name, "why": why},
	"evidence": evidence,
} if {
	places := [root.path | some root in input.terraform.roots; root.root == plan.root]
	count(places) > 0
} else := {
	"subject": _name(plan),
	"values": {"plan": plan.name, "why": why},
	"evidence": evidence,
}

_name(plan) := "." if {
	plan.root == ""
} else := plan.root
