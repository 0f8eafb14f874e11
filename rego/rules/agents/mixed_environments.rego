# METADATA
# title: Agent changes several environments at once
# description: |
#   One change of an agent touches two or more environments. What is tried in one of them reaches
#   the other in the same merge, and one identity works in both.
# custom:
#   severity: medium
#   enforcement: approve
#   surface: agent
#   needs: [provenance]
#   message: "Agent {subject} changes {count} environments at once, {first} and {last} among them"
#   remediation: Split it into one pull request for each environment, the least important first.
#   controls: [S1-17]
package gate.rules.agents.mixed_environments

import data.gate.lib.agent

findings contains {
	"subject": agent.who(input.agent),
	"values": {"count": count(names), "first": names[0], "last": names[count(names) - 1]},
	"evidence": "environments",
} if {
	names := [name | some name in input.agent.environments; name != "unmapped"]
	count(names) > 1
}
