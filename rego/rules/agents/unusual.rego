# METADATA
# title: Change is unusual for its agent
# description: |
#   The change is unlike what the ledger knows of its agent: more pull requests on one day, a larger
#   change, other directories, another time, a protected surface that it never touched, a burst of
#   blocked changes or of hasty approvals. It may well be right, and a person should say so.
# custom:
#   severity: medium
#   enforcement: approve
#   surface: agent
#   needs: [provenance]
#   message: "Unusual for agent {subject} ({signal}): {text}"
#   remediation: Find out why the agent does this now, and approve it if it is meant. What is usual is frozen by `gate agents review --close`.
#   controls: [S1-26, S1-27, S1-28, S1-29, S1-31]
package gate.rules.agents.unusual

findings contains {
	"subject": anomaly.agent,
	"values": {"signal": anomaly.signal, "text": anomaly.text},
	"evidence": _evidence(anomaly),
} if {
	some anomaly in input.usage.anomalies
}

# Numbers and directories change from one head to the next; which surface is new does not.
_evidence(anomaly) := anomaly.detail if {
	anomaly.signal == "first_touch"
} else := anomaly.signal
