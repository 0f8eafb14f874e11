# METADATA
# title: Protection against loss removed
# description: |
#   Deletion protection, prevent_destroy, a lock, a final snapshot or backups are taken away, or
#   force_destroy is set: the next change may destroy what the resource holds.
# custom:
#   severity: high
#   enforcement: approve
#   surface: data
#   needs: [terraform]
#   message: "{subject}: {what} ({attribute}: {value})"
#   remediation: Leave the protection on. Where it must go, let somebody who owns the data approve.
package gate.rules.terraform.protection_removed

import data.gate.lib.finding
import data.gate.lib.table

findings contains finding.of_hit(hit) if {
	some hit in table.hits(data.gate.tables.terraform.protection_removed)
}
