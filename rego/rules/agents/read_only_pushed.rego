# METADATA
# title: Read-only agent changed something
# description: |
#   An agent that may only read wrote or pushed this change: its kind changes nothing, or its record
#   grants nothing. Then its account has rights that its record does not give.
# custom:
#   severity: critical
#   enforcement: block
#   surface: agent
#   needs: [provenance]
#   message: "Agent {subject} ({kind}) has no grant to change anything, and wrote or pushed this"
#   remediation: Take the right to push from its account or App, or register it as an agent that writes.
#   controls: [S1-15, S2-38]
package gate.rules.agents.read_only_pushed

findings contains {
	"subject": input.agent.id,
	"values": {"kind": input.agent.kind},
	"evidence": "read-only",
} if {
	input.agent.match == "registered"
	input.agent.read_only == true
}
