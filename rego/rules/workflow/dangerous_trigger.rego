# METADATA
# title: Workflow newly runs on a stranger's input
# description: |
#   pull_request_target, workflow_run and issue_comment run with the secrets and the token of the base
#   repository while a stranger decides what they work on. Also found: such a trigger stood, and the
#   workflow now checks out the pull request's head.
# related_resources:
#   - ref: https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
#     description: Preventing pwn requests
# custom:
#   severity: critical
#   enforcement: block
#   surface: pipeline
#   needs: [workflows]
#   message: "{subject} runs on {event}, with the repository's rights on a stranger's input{extra}"
#   remediation: Use pull_request; where rights are needed, split the workflow so that no step with rights touches the pull request's code.
package gate.rules.workflow.dangerous_trigger

findings contains {
	"at": {"path": workflow.path, "line": trigger.line},
	"subject": workflow.path,
	"values": {"event": trigger.event, "extra": _extra(trigger)},
	"evidence": trigger.event,
} if {
	some workflow in input.workflows
	some trigger in workflow.triggers
	trigger.dangerous == true
	not trigger.stood == true
}

_extra(trigger) := ", and checks out the pull request's head" if {
	trigger.checks_out_head == true
} else := ""
