# METADATA
# title: Small changes add up on protected surfaces
# description: |
#   Each pull request looked harmless, but together those of the window touch more protected surfaces
#   than the site lets pass unseen: one attack may be split over several pull requests.
# custom:
#   severity: high
#   enforcement: approve
#   surface: agent
#   needs: [provenance]
#   message: "With its other pull requests within {window}, {whose} touches {surfaces} ({used} by others, {wanted} added here; limit {subject} is {max}); latest other pull request: {latest}"
#   remediation: Review the pull requests of the window together, then approve this one.
#   controls: [S2-32]
package gate.rules.limits.accumulated

findings contains {
	"subject": use.name,
	"values": {
		"whose": use.whose,
		"surfaces": use.touching,
		"used": use.used,
		"wanted": use.wanted,
		"window": use.window,
		"max": use.max,
		"latest": _latest(use),
	},
	"evidence": use.whose,
} if {
	some use in input.usage.limits
	use.exceeded == true
	use.count == "surfaces"
}

_latest(use) := "none" if {
	use.others == []
} else := use.others[0]
