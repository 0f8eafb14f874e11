# METADATA
# title: Identity or access changes
# description: |
#   A role, user, policy, binding or trust is created, changed or removed. Whether that is right is for
#   people to say.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
#     description: Security best practices in IAM
# custom:
#   severity: medium
#   enforcement: approve
#   surface: iam
#   needs: [terraform]
#   message: "{subject}: identity or access changes ({action})"
#   remediation: Have it approved by somebody who answers for access.
package gate.rules.terraform.iam_changed

import data.gate.lib.finding

findings contains {
	"at": finding.at(r, ""),
	"subject": r.address,
	"values": {"action": r.action},
	"evidence": "resource",
} if {
	some resources in input.terraform.by_type
	some r in resources
	"iam" in r.surfaces
	not r.action in {"no-op", "read"}
	not r.deposed
	_is_decided_here(r)
}

# Data sources decide nothing, except those that spell a policy, which only their block shows.
_is_decided_here(r) if not r.mode == "data"

_is_decided_here(r) if {
	r.source == "hcl"
	r.type in {"aws_iam_policy_document", "google_iam_policy"}
}
