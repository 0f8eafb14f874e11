# METADATA
# title: Attacker-controlled text becomes part of a script
# description: |
#   An expression with text of a stranger (a title, a branch name, a comment) is expanded inside `run`,
#   inside the script of actions/github-script, or inside the prompt of an AI agent. The text is put
#   there before the shell, the interpreter or the model sees it, so it can hold commands.
# related_resources:
#   - ref: https://docs.github.com/en/actions/concepts/security/script-injections
#     description: Script injections
# custom:
#   severity: critical
#   enforcement: block
#   surface: pipeline
#   needs: [workflows]
#   message: "{where}: {context} is expanded inside a {sink}, where its author can put commands"
#   remediation: Hand the value over in an environment variable of the step and read that variable, in quotes, inside the script.
package gate.rules.workflow.script_injection

findings contains {
	"at": {"path": workflow.path, "line": injection.line},
	"subject": _where(injection, workflow),
	"values": {
		"where": _where(injection, workflow),
		"context": injection.context,
		"sink": _sink(injection),
	},
	"evidence": injection.context,
} if {
	some workflow in input.workflows
	some injection in workflow.injections
	not injection.stood == true
}

_where(injection, workflow) := workflow.path if {
	injection.job == ""
} else := injection.job

_sink(injection) := "script" if {
	injection.sink == "run"
} else := "write to an environment file" if {
	injection.sink == "env-file"
} else := injection.sink
