# METADATA
# title: Observed agent acts outside of its sandbox
# description: |
#   The agent is still observed, and the change goes beyond its sandbox: another environment or
#   path, or more files or resources than it may change at once.
# custom:
#   severity: high
#   enforcement: block
#   surface: agent
#   needs: [provenance]
#   message: "Agent {agent} is observed and {subject} is outside of its sandbox ({environment}): {limit}"
#   remediation: Let a person make this change, make it smaller, or wait until the agent is promoted.
#   controls: [S1-17, S2-55]
package gate.rules.agents.outside_sandbox

import data.gate.lib.agent

findings contains object.union(agent.place(outside), {
	"subject": agent.name(outside),
	"values": {
		"agent": input.agent.id,
		"environment": agent.environment(outside),
		"limit": outside.grant,
	},
	"evidence": "sandbox",
}) if {
	some outside in input.agent.outside_sandbox
}
