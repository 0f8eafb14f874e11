# METADATA
# title: Change grants wildcard IAM permissions
# description: |
#   A policy or role that this change creates or widens allows everything, or everything of a service
#   that hands out access (iam, sts, organizations, kms, secretsmanager), on every resource, or all but
#   a few actions. A document that cannot be read counts, since nobody can say what it allows.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
#     description: Apply least-privilege permissions
# custom:
#   severity: critical
#   enforcement: block
#   surface: iam
#   needs: [terraform]
#   message: "{subject}: {attribute} {does} {action}{where}"
#   remediation: Name the actions and the resources that the change needs.
package gate.rules.terraform.wildcard_iam

import data.gate.lib.finding

findings contains {
	"at": finding.at_value(r, grant.attribute, grant.action),
	"subject": r.address,
	"values": {
		"attribute": grant.attribute,
		"does": "allows",
		"action": grant.action,
		"where": " on every resource",
	},
	"evidence": grant.action,
} if {
	some resources in input.terraform.by_type
	some r in resources
	some grant in r.grants
	grant.wide
	grant.every_resource
	not grant.stood
	_counts(r)
}

findings contains {
	"at": finding.at(r, policy.attribute),
	"subject": r.address,
	"values": {
		"attribute": policy.attribute,
		"does": "cannot be read:",
		"action": policy.reason,
		"where": "",
	},
	"evidence": policy.attribute,
} if {
	some resources in input.terraform.by_type
	some r in resources
	some policy in r.policies
	policy.state == "unparsable"
	_counts(r)
}

_counts(r) if {
	r.action != "no-op"
	not r.deposed
}
