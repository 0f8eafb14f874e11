# METADATA
# title: Traces of authorship contradict each other
# description: |
#   Strong traces name different agents, or a trace names an agent where the description says that
#   none took part. Somebody is mistaken, or hides who wrote it.
# custom:
#   severity: high
#   enforcement: approve
#   surface: agent
#   needs: [provenance]
#   message: "Traces of authorship contradict each other: {conflict}"
#   remediation: Find out who wrote the change, correct the traces, and let a person who knows approve it.
#   controls: [S1-02]
package gate.rules.agents.conflicting_signals

findings contains {
	"subject": "authorship",
	"values": {"conflict": input.provenance.conflicts[0]},
	"evidence": "conflict",
} if {
	count(input.provenance.conflicts) > 0
}
