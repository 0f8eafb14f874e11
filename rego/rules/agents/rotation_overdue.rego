# METADATA
# title: Rotation of a credential is overdue
# description: |
#   A credential of the agent has not been rotated within the days of its tier: high 30, medium 90,
#   low 180. Credentials that live for one run only need no rotation.
# custom:
#   severity: medium
#   enforcement: approve
#   surface: agent
#   needs: [provenance]
#   message: "Credential {credential} of agent {subject} was due for rotation on {due} and is {days} d late"
#   remediation: Rotate it and note that with `gate agents rotation --done`, or use one that is issued for each run.
#   controls: [S1-03]
package gate.rules.agents.rotation_overdue

findings contains {
	"subject": input.agent.id,
	"values": {"credential": late.what, "due": late.due, "days": late.days},
	"evidence": late.what,
} if {
	some late in input.agent.overdue
	late.what != "review"
}
