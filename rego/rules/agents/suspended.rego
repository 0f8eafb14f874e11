# METADATA
# title: Agent may not change anything now
# description: |
#   The agent is proposed, suspended or decommissioned. Only an observed agent and an active one may
#   change anything; the ledger stops an agent at once, its record when that is merged.
# custom:
#   severity: critical
#   enforcement: block
#   surface: agent
#   needs: [provenance]
#   message: "Agent {subject} is {state} (source: {source})"
#   remediation: Let a person make this change, or resume the agent with `gate agents resume` once the reason is gone.
#   controls: [S1-03, S1-47, S2-01]
package gate.rules.agents.suspended

findings contains {
	"subject": input.agent.id,
	"values": {"state": input.agent.state, "source": input.agent.state_source},
	"evidence": input.agent.state,
} if {
	input.agent.match == "registered"
	not input.agent.state in {"observing", "active"}
}
