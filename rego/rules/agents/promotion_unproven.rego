# METADATA
# title: Promotion of the agent is not proven
# description: |
#   The record says that the agent is active, and the ledger does not know the report that allowed
#   it. An agent becomes active by the report of its observation, not by an edit of a file.
# custom:
#   severity: high
#   enforcement: block
#   surface: agent
#   needs: [provenance]
#   message: "Agent {subject} is active, and the report that allowed it is not the one in the ledger"
#   remediation: Promote it with `gate agents promote`, which writes the report's digest to record and ledger.
#   controls: [S1-46, S2-01]
package gate.rules.agents.promotion_unproven

findings contains {
	"subject": input.agent.id,
	"values": {},
	"evidence": "promotion",
} if {
	input.agent.match == "registered"
	input.agent.promotion_proven == false
}
