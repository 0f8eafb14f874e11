# METADATA
# title: Change attaches an administrative role
# description: |
#   A role or managed policy that governs a whole account, project, subscription or cluster is newly
#   bound to somebody: AWS AdministratorAccess, IAMFullAccess or PowerUserAccess; Google Cloud owner or
#   editor; Azure Owner, Contributor or User Access Administrator on a subscription or management
#   group; Kubernetes cluster-admin or system:masters.
# related_resources:
#   - ref: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
#     description: AdministratorAccess
#   - ref: https://learn.microsoft.com/en-us/azure/role-based-access-control/built-in-roles
#     description: Azure built-in roles
# custom:
#   severity: critical
#   enforcement: block
#   surface: iam
#   needs: [terraform]
#   message: "{subject}: {attribute} binds {role}, which is administrative"
#   remediation: Bind a role that holds only what the change needs, at the smallest scope.
package gate.rules.terraform.admin_attached

import data.gate.lib.finding

findings contains {
	"at": finding.at_value(r, binding.attribute, binding.role),
	"subject": r.address,
	"values": {"attribute": binding.attribute, "role": binding.role},
	"evidence": binding.role,
} if {
	some resources in input.terraform.by_type
	some r in resources
	some binding in r.bindings
	binding.admin
	not binding.stood
	r.action != "no-op"
	not r.deposed
}
