# METADATA
# title: Two records fit the agent
# description: |
#   Several records of the registry fit the agent of this change equally well. Then nobody can say
#   whose grants hold and who answers for it, so none of them is taken.
# custom:
#   severity: high
#   enforcement: block
#   surface: agent
#   needs: [provenance]
#   message: "Records {first} and {second} of the registry fit equally well ({count} in all)"
#   remediation: Give every agent an identity of its own, and let one agent make one pull request.
#   controls: [S1-01, S1-02]
package gate.rules.agents.ambiguous

findings contains {
	"subject": "registry",
	"values": {"first": names[0], "second": names[1], "count": count(names)},
	"evidence": "ambiguous",
} if {
	input.agent.match == "ambiguous"
	names := input.agent.candidates
}
