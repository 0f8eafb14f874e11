# METADATA
# title: Change touches what instructs coding agents
# description: |
#   A file that coding agents read as instructions or settings is added, changed, renamed or deleted:
#   AGENTS.md, CLAUDE.md, rules and skills, MCP servers, hooks, permissions, editor tasks. An agent
#   that edits them decides what later agents do and what they may run, so a person has to approve it.
# related_resources:
#   - ref: https://agents.md/
#     description: AGENTS.md
# custom:
#   severity: high
#   enforcement: approve
#   surface: agent
#   needs: [changes]
#   message: "{subject} instructs coding agents ({status})"
#   remediation: Ask somebody who answers for the agents to read the whole file and approve the change.
package gate.rules.scope.agent_instructions_changed

findings contains {
	"at": {"path": change.path},
	"subject": change.path,
	"values": {"status": change.status},
	"evidence": "agent",
} if {
	some change in input.changes
	"agent" in change.surfaces
}
