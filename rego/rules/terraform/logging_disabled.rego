# METADATA
# title: Change turns logging or detection off
# description: |
#   An audit trail, flow log, diagnostic setting, detector, alarm or log sink is removed, disabled or made
#   to record less, or logs are kept for a shorter time. Who works unseen begins here.
# related_resources:
#   - ref: https://attack.mitre.org/techniques/T1562/008/
#     description: Disable or modify cloud logs
# custom:
#   severity: high
#   enforcement: block
#   surface: data
#   needs: [terraform]
#   message: "{subject}: {what} ({attribute}: {value})"
#   remediation: Leave logging and detection as they are; where they move, add the new ones first, in a change of their own.
package gate.rules.terraform.logging_disabled

import data.gate.lib.bucket
import data.gate.lib.finding
import data.gate.lib.table

findings contains _finding(hit) if {
	some hit in table.hits(data.gate.tables.terraform.logging_disabled)
	not _is_new_and_unset(hit)
	not _goes_too(hit)
}

_finding(hit) := object.union(finding.of_hit(hit), {"enforcement": hit.row.lower}) if {
	hit.row.lower
} else := finding.of_hit(hit)

# NOTE: a `cleared` row speaks of something taken away; a new resource never had it.
_is_new_and_unset(hit) if {
	hit.row.cleared
	hit.resource.action == "create"
}

_goes_too(hit) if {
	hit.row.deleted
	bucket.goes_too(hit.resource)
}
