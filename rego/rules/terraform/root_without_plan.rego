# METADATA
# title: Changed root module without a plan
# description: |
#   Terraform files of this directory change and no plan covers it. What the change does is judged
#   from the code alone, which does not show values from variables, modules and data sources.
# custom:
#   severity: medium
#   enforcement: approve
#   surface: state
#   needs: [terraform]
#   message: "Terraform files in {subject} change and no plan shows what that does"
#   remediation: Hand in a plan of this root module, or of the root that calls it as a local module.
package gate.rules.terraform.root_without_plan

findings contains {
	"at": {"path": root.path},
	"subject": _name(root),
	"evidence": "no plan",
} if {
	some root in input.terraform.roots
	root.planned == false
}

_name(root) := "." if {
	root.root == ""
} else := root.root
