# METADATA
# title: Agent is stopped by the kill switch
# description: |
#   Somebody stopped the organisation's agents, those of this repository, this agent or its model.
#   It holds at once and for every pull request until it is lifted; people go on.
# custom:
#   severity: critical
#   enforcement: block
#   surface: agent
#   integrity: true
#   needs: [provenance]
#   message: "Kill switch: {scope} {subject} is stopped since {at} by {by}: {reason}"
#   remediation: Find out why at the incident, then lift it with `gate kill lift`.
#   controls: [S1-03, S1-34]
package gate.rules.agents.killed

findings contains {
	"subject": _target(kill),
	"values": {"scope": kill.scope, "at": kill.at, "by": kill.by, "reason": kill.reason},
	"evidence": kill.scope,
} if {
	some kill in input.usage.killed
}

_target(kill) := "(every agent)" if {
	kill.target == ""
} else := kill.target
