# METADATA
# title: Change turns encryption off
# description: |
#   Data is stored or sent unencrypted, old TLS is taken, or a key is disabled; or a new resource is made
#   so, where the provider's default is unencrypted. Giving up a key of one's own for the provider's is
#   no loss of encryption, and asks for approval only.
# related_resources:
#   - ref: https://docs.aws.amazon.com/prescriptive-guidance/latest/encryption-best-practices/welcome.html
#     description: Encryption on AWS
#   - ref: https://learn.microsoft.com/en-us/azure/security/fundamentals/encryption-overview
#     description: Encryption on Azure
# custom:
#   severity: high
#   enforcement: block
#   surface: data
#   needs: [terraform]
#   message: "{subject}: {what} ({attribute}: {value})"
#   remediation: Leave encryption on, at rest and in transit.
package gate.rules.terraform.encryption_disabled

import data.gate.lib.bucket
import data.gate.lib.finding
import data.gate.lib.table

findings contains finding.of_hit(hit) if {
	some hit in table.hits(data.gate.tables.terraform.encryption_disabled)
	not hit.row.cleared
	not _is_fine(hit)
}

findings contains object.union(finding.of_hit(hit), {"enforcement": "approve"}) if {
	some hit in table.hits(data.gate.tables.terraform.encryption_disabled)
	hit.row.cleared

	# A new resource never had a key of its own.
	hit.resource.action != "create"
}

_is_fine(hit) if {
	hit.row.deleted
	bucket.goes_too(hit.resource)
}

# A replica or a restored database takes its encryption from where it comes from.
_is_fine(hit) if {
	hit.value == null
	hit.row.path == "storage_encrypted"
	some path in [
		"replicate_source_db",
		"replication_source_identifier",
		"snapshot_identifier",
		"global_cluster_identifier",
	]
	_is_set(hit.resource, path)
}

# A queue with a key of its own does not use the managed one.
_is_fine(hit) if {
	hit.row.path == "sqs_managed_sse_enabled"
	_is_set(hit.resource, "kms_master_key_id")
}

_is_set(resource, path) if some _ in resource.after[path]

_is_set(resource, path) if path in resource.unknown
