# METADATA
# title: Access review of the agent is overdue
# description: |
#   Nobody has looked lately at whether the agent is still needed, has the right grants and the
#   right owner. A review holds for a quarter.
# custom:
#   severity: medium
#   enforcement: approve
#   surface: agent
#   needs: [provenance]
#   message: "The access review of agent {subject} was due on {due} and is {days} d late"
#   remediation: The owner or backup closes it with `gate agents review --close`.
#   controls: [S1-46]
package gate.rules.agents.review_overdue

findings contains {
	"subject": input.agent.id,
	"values": {"due": late.due, "days": late.days},
	"evidence": "review",
} if {
	some late in input.agent.overdue
	late.what == "review"
}
