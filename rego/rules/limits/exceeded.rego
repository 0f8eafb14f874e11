# METADATA
# title: Agent is over a limit of the site
# description: |
#   The agent, or whoever the limit adds up, did as much in the window as the site allows. Nothing was
#   taken of any limit for this change; each pull request counts once in a window, at its maximum.
# custom:
#   severity: high
#   enforcement: block
#   surface: agent
#   needs: [provenance]
#   message: "Limit {subject} for {whose}: {used} used within {window} and {wanted} wanted, at most {max} {count} allowed; it fits at {fits}"
#   remediation: Wait until it fits, close what is not needed, or let the site's maintainers raise the limit in `.gate/gate.yml`.
#   controls: [S2-31, S2-32, S2-33, S2-55]
package gate.rules.limits.exceeded

findings contains {
	"subject": use.name,
	"values": {
		"whose": use.whose,
		"used": use.used,
		"wanted": use.wanted,
		"window": use.window,
		"max": use.max,
		"count": use.count,
		"fits": _fits(use),
	},
	"evidence": use.whose,
} if {
	some use in input.usage.limits
	use.exceeded == true
	use.count != "surfaces"
}

_fits(use) := "no time" if {
	use.fits_at == ""
} else := use.fits_at
