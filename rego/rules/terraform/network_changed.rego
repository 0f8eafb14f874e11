# METADATA
# title: The network changes
# description: |
#   A network, route, firewall, gateway, load balancer or name is created, changed or removed, or a
#   resource of another kind opens port 80 or 443 to the whole internet. Whether that is right is for
#   people to say.
# related_resources:
#   - ref: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-security-best-practices.html
#     description: Security best practices for a VPC
# custom:
#   severity: medium
#   enforcement: approve
#   surface: network
#   needs: [terraform]
#   message: "{subject}: the network changes ({action})"
#   remediation: Have it approved by somebody who answers for the network.
package gate.rules.terraform.network_changed

import data.gate.lib.finding

findings contains _finding(r) if {
	some resources in input.terraform.by_type
	some r in resources
	"network" in r.surfaces
	_counts(r)
}

findings contains _finding(r) if {
	some resources in input.terraform.by_type
	some r in resources
	some opening in r.ingress
	not opening.stood
	_counts(r)
}

_counts(r) if {
	not r.action in {"no-op", "read"}
	not r.mode == "data"
	not r.deposed
}

_finding(r) := {
	"at": finding.at(r, ""),
	"subject": r.address,
	"values": {"action": r.action},
	"evidence": "resource",
}
