# METADATA
# title: Nobody answers for the agent any more
# description: |
#   Neither the owner nor the backup of the agent has access to the repository any more, so nobody
#   answers for what it does.
# custom:
#   severity: high
#   enforcement: block
#   surface: agent
#   needs: [provenance]
#   message: "Owner {owner} and the backup of agent {subject} have no access any more"
#   remediation: Name people who have access as owner and backup in the agent's record.
#   controls: [S1-42, S1-43]
package gate.rules.agents.owner_missing

findings contains {
	"subject": input.agent.id,
	"values": {"owner": input.agent.owner},
	"evidence": "owner",
} if {
	input.agent.match == "registered"
	input.agent.owner_exists == false
}
