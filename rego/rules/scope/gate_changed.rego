# METADATA
# title: Change touches the gate itself
# description: |
#   The gate's configuration, policies, waivers or registries, the CODEOWNERS file, or the workflow that
#   runs the gate is added, changed, renamed or deleted. Whoever changes these changes what the next
#   pull request is held to, so a person has to approve it, whoever wrote it.
# related_resources:
#   - ref: https://docs.github.com/en/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
#     description: Where GitHub reads CODEOWNERS
# custom:
#   severity: high
#   enforcement: approve
#   surface: gate
#   integrity: true
#   needs: [changes]
#   message: "{subject} belongs to the gate ({status})"
#   remediation: Put the change of the gate into a pull request of its own and ask its owners to approve it.
package gate.rules.scope.gate_changed

findings contains {
	"at": {"path": change.path},
	"subject": change.path,
	"values": {"status": change.status},
	"evidence": "gate",
} if {
	some change in input.changes
	"gate" in change.surfaces
}
