# METADATA
# title: Change makes stored data public
# description: |
#   A bucket, container, snapshot, image, registry or data set becomes readable or writable by everybody,
#   or what prevented that is taken away: public access blocks, access lists, default network rules,
#   policies and bindings for everybody.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
#     description: S3 Block Public Access
#   - ref: https://cloud.google.com/storage/docs/public-access-prevention
#     description: Public access prevention in Cloud Storage
#   - ref: https://learn.microsoft.com/en-us/azure/storage/blobs/anonymous-read-access-prevent
#     description: Anonymous access in Azure Storage
# custom:
#   severity: critical
#   enforcement: block
#   surface: data
#   needs: [terraform]
#   message: "{subject}: {what} ({attribute}: {value})"
#   remediation: Keep the data private. What must be public goes through a distribution or signed links.
package gate.rules.terraform.public_storage

import data.gate.lib.bucket
import data.gate.lib.finding
import data.gate.lib.table

findings contains finding.of_hit(hit) if {
	some hit in table.hits(data.gate.tables.terraform.public_storage)
	not _goes_too(hit)
}

findings contains _finding(r, grant.attribute, grant.principal) if {
	some type in data.gate.tables.terraform.storage_types
	some r in input.terraform.by_type[type]
	_counts(r)
	some grant in r.grants
	grant.anyone
	not grant.bounded
	not grant.stood
}

findings contains _finding(r, binding.attribute, binding.member) if {
	some type in data.gate.tables.terraform.storage_types
	some r in input.terraform.by_type[type]
	_counts(r)
	some binding in r.bindings
	binding.anyone
	not binding.stood
}

_goes_too(hit) if {
	hit.row.deleted
	bucket.goes_too(hit.resource)
}

_counts(r) if {
	not r.action in {"no-op", "read", "delete", "forget"}
	not r.deposed
	not r.mode == "data"
}

_finding(r, attribute, who) := {
	"at": finding.at(r, attribute),
	"subject": r.address,
	"values": {"what": "lets everybody in", "attribute": attribute, "value": who},
	"evidence": attribute,
}
