# METADATA
# title: Agent acts outside of its grants
# description: |
#   The change does something that no grant of the agent's record covers: another surface,
#   environment, action or path. A record grants nothing by itself, and each grant says why it is
#   needed.
# custom:
#   severity: high
#   enforcement: block
#   surface: agent
#   needs: [provenance]
#   message: "Agent {agent} has no grant to {action} {subject} ({surface}, {environment}); missing: {grant}"
#   remediation: Let a person make this change, or add the missing grant to the agent's record in a pull request of its own.
#   controls: [S1-14, S1-17, S2-01]
package gate.rules.agents.outside_grants

import data.gate.lib.agent

findings contains object.union(agent.place(missing), {
	"subject": agent.name(missing),
	"values": {
		"agent": input.agent.id,
		"action": missing.action,
		"surface": missing.surface,
		"environment": agent.environment(missing),
		"grant": missing.grant,
	},
	"evidence": missing.grant,
}) if {
	some missing in input.agent.missing_grants
}
