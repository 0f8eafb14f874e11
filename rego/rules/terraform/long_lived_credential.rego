# METADATA
# title: Change creates a long-lived credential
# description: |
#   An access key, password, service account key or token that stays valid until somebody revokes it.
#   Its value also lies in the state. Short-lived credentials by federation do the same work.
# related_resources:
#   - ref: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
#     description: Alternatives to long-term access keys
#   - ref: https://cloud.google.com/iam/docs/best-practices-for-managing-service-account-keys
#     description: Best practices for managing service account keys
# custom:
#   severity: high
#   enforcement: block
#   surface: secrets
#   needs: [terraform]
#   message: "{subject} {what} ({attribute}: {value})"
#   remediation: Use a role, workload identity or federation instead, or a token with a short life.
package gate.rules.terraform.long_lived_credential

import data.gate.lib.finding
import data.gate.lib.table

findings contains finding.of_hit(hit) if {
	some hit in table.hits(data.gate.tables.terraform.long_lived_credential)
}
