# METADATA
# title: Agent is not registered
# description: |
#   An agent took part that no record of the site's registry names, so nobody answers for it and
#   nothing says what it may change. Without a registry this is a warning; with one the change needs
#   approval.
# custom:
#   severity: medium
#   enforcement: approve
#   surface: agent
#   needs: [provenance]
#   message: "Agent {subject} has no record in the registry"
#   remediation: Register it with `gate agents onboard`, in a pull request of its own.
#   controls: [S1-01, S1-45, S2-01, S2-03]
package gate.rules.agents.unregistered

findings contains _finding(input.agent.agent) if input.agent.match == "unregistered"

# NOTE: an agent that no record names is not covered by a registered one that took part as well
findings contains _finding(name) if {
	input.agent.match == "registered"
	some name in input.agent.others
}

_finding(name) := {"subject": name, "values": {}, "evidence": "unregistered"} if {
	input.agent.has_registry == true
} else := {"subject": name, "values": {}, "evidence": "unregistered", "enforcement": "warn"}
