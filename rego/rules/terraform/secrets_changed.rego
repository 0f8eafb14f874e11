# METADATA
# title: Secret store changes
# description: |
#   A secret, a key, a store of secrets, or the policy of one is created, changed or removed.
# related_resources:
#   - ref: https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html
#     description: Secrets management
# custom:
#   severity: medium
#   enforcement: approve
#   surface: secrets
#   needs: [terraform]
#   message: "{subject}: a secret store or its policy changes ({action})"
#   remediation: Have it approved by somebody who answers for the secrets.
package gate.rules.terraform.secrets_changed

import data.gate.lib.finding

findings contains {
	"at": finding.at(r, ""),
	"subject": r.address,
	"values": {"action": r.action},
	"evidence": "resource",
} if {
	some resources in input.terraform.by_type
	some r in resources
	"secrets" in r.surfaces
	not r.action in {"no-op", "read"}
	not r.deposed
	not r.mode == "data"
}
