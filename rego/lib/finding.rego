# METADATA
# title: What rules say of a resource
# description: |
#   Builds the parts of a finding that are the same for every rule over Terraform resources, so that
#   a plan and the HCL of the same resource give findings that can be merged.
package gate.lib.finding

# METADATA
# title: at(resource, attribute)
# description: |
#   Where the resource stands: an anchor `{root, address, attribute}` that is looked up later, with
#   the location of its `block` where HCL showed it.
# scope: document
at(resource, attribute) := {
	"root": resource.root,
	"address": resource.address,
	"attribute": attribute,
	"block": resource.at,
} if {
	resource.at
} else := {
	"root": resource.root,
	"address": resource.address,
	"attribute": attribute,
}

# METADATA
# title: at_value(resource, attribute, value)
# description: |
#   The same, with a text that tells which of several nested blocks of one name is meant.
# scope: document
at_value(resource, attribute, value) := object.union(at(resource, attribute), {"value": value})

# METADATA
# title: of_hit(hit)
# description: |
#   The finding of one hit of `gate.lib.table.hits`: values `what` (the row's label), `attribute` (its
#   path, or `resource`) and `value` (the bad value, `not set`, `created` or `deleted`; text that no
#   table knows is never shown). Evidence is the path.
# scope: document
of_hit(hit) := {
	"at": at(hit.resource, _path(hit.row)),
	"subject": hit.resource.address,
	"values": {
		"what": _label(hit.row),
		"attribute": _attribute(hit.row),
		"value": _shown(hit),
	},
	"evidence": _attribute(hit.row),
}

_path(row) := object.get(row, "path", "")

_attribute(row) := object.get(row, "path", "resource")

_label(row) := object.get(row, "label", _attribute(row))

_shown(hit) := "created" if {
	hit.row.created == true
} else := "deleted" if {
	hit.row.deleted == true
} else := "not set" if {
	hit.value == null
} else := hit.value if {
	hit.value in object.get(hit.row, "bad", [])
} else := hit.value if {
	hit.value in data.gate.tables.terraform.shown_values
} else := hit.value if {
	is_number(hit.value)
} else := hit.value if {
	is_boolean(hit.value)
} else := "another value"
