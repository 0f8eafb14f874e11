# METADATA
# title: What rules say of an agent
# description: |
#   Builds the parts of a finding that are the same for every rule about what an agent may change.
package gate.lib.agent

# METADATA
# title: who(agent)
# description: The registry id of an agent, or what the traces call it where it has none.
# scope: document
who(agent) := agent.agent if {
	agent.id == ""
} else := agent.id

# METADATA
# title: place(item)
# description: |
#   `{"at": ...}` of something that is not allowed: the resource, the file, or nothing where the change
#   as a whole is meant.
# scope: document
place(item) := {} if {
	item.surface == ""
} else := {"at": {"path": item.path}} if {
	item.subject == ""
} else := {"at": {"root": item.path, "address": item.subject, "attribute": ""}}

# METADATA
# title: name(item)
# description: What is not allowed, the resource's address or the file's path.
# scope: document
name(item) := item.path if {
	item.subject == ""
} else := item.subject

# METADATA
# title: environment(item)
# description: Its environment, in words where there is none.
# scope: document
environment(item) := "all environments" if {
	item.surface == ""
} else := "no environment mapped" if {
	item.environment == ""
} else := item.environment
