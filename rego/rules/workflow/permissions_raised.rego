# METADATA
# title: Workflow token gets more rights
# description: |
#   A workflow or job may write with its token, or ask for an OpenID Connect identity, where it could
#   not before; or a narrower `permissions` block is removed, so that the repository's setting
#   applies. Whoever gets code into that job gets the right with it.
# related_resources:
#   - ref: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax#permissions
#     description: permissions
# custom:
#   severity: high
#   enforcement: block
#   surface: pipeline
#   needs: [workflows]
#   message: "{where}: the token's permission for {scope} becomes {access}"
#   remediation: Give the token only what one job needs, on that job, in a change of its own that a person asks for.
package gate.rules.workflow.permissions_raised

findings contains {
	"at": {"path": workflow.path, "line": permission.line},
	"subject": _subject(workflow, permission),
	"values": {
		"where": _where(permission),
		"scope": _scope(permission),
		"access": _access(permission),
	},
	"evidence": permission.scope,
} if {
	some workflow in input.workflows
	some permission in workflow.permissions
	permission.raised == true
}

_subject(workflow, permission) := object.get(permission, "job", workflow.path)

_where(permission) := object.get(permission, "job", "the workflow")

_scope(permission) := "every scope" if {
	permission.scope == "*"
} else := permission.scope

_access(permission) := "what the repository's setting gives" if {
	permission.access == "default"
} else := permission.access
