# METADATA
# title: Plan destroys everything
# description: |
#   Every managed resource of the plan is deleted without a reason, the mark of `terraform plan
#   -destroy`. A change of code does not do that.
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/cli/commands/plan#planning-modes
#     description: Planning modes
# custom:
#   severity: critical
#   enforcement: block
#   surface: data
#   needs: [terraform]
#   message: "The plan {plan} of root {subject} destroys every resource it knows ({count})"
#   remediation: Hand in a plan made without -destroy. To take a root down, remove its resources in a change of its own.
package gate.rules.terraform.destroy_mode

findings contains _finding(plan) if {
	some plan in input.terraform.plans
	plan.destroy_mode == true
}

_finding(plan) := {
	"at": {"path": places[0]},
	"subject": _name(plan),
	"values": {"plan": plan.name, "count": plan.changed},
	"evidence": "destroy",
} if {
	places := [root.path | some root in input.terraform.roots; root.root == plan.root]
	count(places) > 0
} else := {
	"subject": _name(plan),
	"values": {"plan": plan.name, "count": plan.changed},
	"evidence": "destroy",
}

_name(plan) := "." if {
	plan.root == ""
} else := plan.root
