# METADATA
# title: Change opens a port to the whole internet
# description: |
#   A security group, firewall rule, access list, database firewall or load balancer newly lets the
#   whole internet in to a port other than 80 and 443, or widens what it let in. Ranges that only
#   together are the whole internet count, however they are split or spelled.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
#     description: Security group rules
#   - ref: https://cloud.google.com/firewall/docs/firewalls
#     description: VPC firewall rules
#   - ref: https://learn.microsoft.com/en-us/azure/virtual-network/network-security-groups-overview
#     description: Network security groups
# custom:
#   severity: critical
#   enforcement: block
#   surface: network
#   needs: [terraform]
#   message: "{subject}: {attribute} lets {source} in (ports: {ports})"
#   remediation: Name the ranges that need access, or put a VPN, bastion or load balancer in front.
package gate.rules.terraform.open_ingress

import data.gate.lib.finding

findings contains {
	"at": finding.at_value(r, opening.attribute, opening.source),
	"subject": r.address,
	"values": {"attribute": opening.attribute, "source": opening.source, "ports": opening.ports},
	"evidence": opening.ports,
} if {
	some resources in input.terraform.by_type
	some r in resources
	some opening in r.ingress
	not opening.web_only
	not opening.stood
	not r.action in {"no-op", "read", "delete", "forget"}
	not r.mode == "data"
	not r.deposed
}
