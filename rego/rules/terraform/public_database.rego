# METADATA
# title: Change makes a database public
# description: |
#   A database, cache, broker or search cluster becomes reachable from the internet, takes clients
#   without login, or gets a policy or binding for everybody.
# related_resources:
#   - ref: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
#     description: RDS instances in a VPC
#   - ref: https://cloud.google.com/sql/docs/mysql/configure-ip
#     description: Public addresses of Cloud SQL
#   - ref: https://learn.microsoft.com/en-us/azure/azure-sql/database/connectivity-settings
#     description: Connectivity of Azure SQL
# custom:
#   severity: critical
#   enforcement: block
#   surface: data
#   needs: [terraform]
#   message: "{subject}: {what} ({attribute}: {value})"
#   remediation: Keep the database in a private network and let clients in by private endpoint, proxy or VPN.
package gate.rules.terraform.public_database

import data.gate.lib.finding
import data.gate.lib.table

findings contains finding.of_hit(hit) if {
	some hit in table.hits(data.gate.tables.terraform.public_database)
	not _is_new_and_unset(hit)
}

findings contains _finding(r, opening.attribute, opening.source) if {
	some type in data.gate.tables.terraform.database_types
	some r in input.terraform.by_type[type]
	_counts(r)
	some opening in r.ingress
	not opening.stood
}

findings contains _finding(r, grant.attribute, grant.principal) if {
	some type in data.gate.tables.terraform.database_types
	some r in input.terraform.by_type[type]
	_counts(r)
	some grant in r.grants
	grant.anyone
	not grant.bounded
	not grant.stood
}

findings contains _finding(r, binding.attribute, binding.member) if {
	some type in data.gate.tables.terraform.database_types
	some r in input.terraform.by_type[type]
	_counts(r)
	some binding in r.bindings
	binding.anyone
	not binding.stood
}

# NOTE: a `cleared` row speaks of something taken away; a new resource never had it.
_is_new_and_unset(hit) if {
	hit.row.cleared
	hit.resource.action == "create"
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
