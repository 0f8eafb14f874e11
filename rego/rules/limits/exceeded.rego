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
#   message: "Limit {subject} for {whose}: {used} used within {window} and {wanted} wanted, at most {max} allowed ({what}); latest other pull request: {latest}; free again: {fits}"
#   remediation: Wait until there is room again, close what is not needed, or let the site's maintainers raise the limit in `.gate/gate.yml`.
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
		"what": _what[use.count],
		"latest": _latest(use),
		"fits": _fits(use),
	},
	"evidence": use.whose,
} if {
	some use in input.usage.limits
	use.exceeded == true
	use.count != "surfaces"
}

_what := {
	"pulls": "pull requests",
	"open_pulls": "open pull requests",
	"attempts": "tries of the same plans",
	"resources": "resources changed",
	"destroyed": "resources deleted or replaced",
	"files": "files",
	"lines": "lines",
}

_latest(use) := "none" if {
	use.others == []
} else := use.others[0]

_fits(use) := "never" if {
	use.fits_at == ""
} else := use.fits_at
