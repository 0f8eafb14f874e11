# METADATA
# title: Code is executed by Terraform
# description: |
#   A provisioner, an external program or an action runs code where Terraform runs, with its
#   credentials, or on the machine that is made.
# related_resources:
#   - ref: https://developer.hashicorp.com/terraform/language/provisioners
#     description: Provisioners are a last resort
# custom:
#   severity: high
#   enforcement: approve
#   surface: execution
#   needs: [terraform]
#   message: "{subject} runs code: {kind} ({attribute})"
#   remediation: Use a provider, or let somebody who has read the code approve.
package gate.rules.terraform.execution_added

import data.gate.lib.finding

findings contains {
	"at": finding.at(r, execution.attribute),
	"subject": r.address,
	"values": {"kind": execution.kind, "attribute": execution.attribute},
	"evidence": execution.kind,
} if {
	some resources in input.terraform.by_type
	some r in resources
	some execution in r.executions
	not execution.stood == true
	r.action != "no-op"
}
