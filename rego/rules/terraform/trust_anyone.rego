# METADATA
# title: Change trusts everybody
# description: |
#   A trust or resource policy, or a binding, newly lets in everybody: principal `*`, allUsers,
#   allAuthenticatedUsers, system:anonymous, or an OIDC provider that serves everybody without a
#   condition that bounds the subject. A condition that ties it to an organisation, account or network
#   of one's own bounds it; an audience alone does not.
# related_resources:
#   - ref: https://docs.github.com/en/actions/concepts/security/openid-connect
#     description: OpenID Connect in GitHub Actions
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
#     description: The Principal element
# custom:
#   severity: critical
#   enforcement: block
#   surface: iam
#   needs: [terraform]
#   message: "{subject}: {attribute} trusts {principal} with {action}, and nothing ties that to somebody of your own"
#   remediation: Name the principals, or bound them by a condition on your organisation, account, network or the token's subject.
package gate.rules.terraform.trust_anyone

import data.gate.lib.finding

findings contains _finding(r, grant.attribute, grant.principal, grant.action) if {
	some resources in input.terraform.by_type
	some r in resources
	some grant in r.grants
	grant.anyone
	not grant.bounded
	not grant.stood
	_counts(r)
}

findings contains _finding(r, binding.attribute, binding.member, binding.role) if {
	some resources in input.terraform.by_type
	some r in resources
	some binding in r.bindings
	binding.anyone
	not binding.stood
	_counts(r)
}

_counts(r) if {
	r.action != "no-op"
	not r.deposed
}

_finding(r, attribute, principal, action) := {
	"at": finding.at_value(r, attribute, principal),
	"subject": r.address,
	"values": {"attribute": attribute, "principal": principal, "action": action},
	"evidence": action,
}
