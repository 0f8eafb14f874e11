# METADATA
# title: The one comparator of row tables
# description: |
#   A row table is `rego/data/<family>/<stem>.json`:
#   `{"<stem>": {"<resource type>": [row, ...], ...}}`, keyed by type so that only resources of a
#   named type are looked at; the type `*` stands for every type. A row is an object of:
#
#   - `path`: attribute path, dot-separated, lists transparent (needed by all but `created`, `deleted`)
#   - one of (`absent` may stand beside `bad` or `good`):
#     - `bad`: values that are bad
#     - `good`: the only values that are not bad
#     - `absent: true`: bad where the attribute is neither known nor unknown, the provider's default
#       being the insecure one
#     - `lost`: values that protect: bad where one of them stood before and does not any more; the hit's
#       value is what stands there now
#     - `created: true`, `deleted: true`: the resource itself comes or goes
#     - `shrinks: true`: some value of before is missing after
#     - `decreases: true`: the number after is below the one before; values listed in `endless`
#       (such as 0 for "keep for ever") count as above every number
#   - `label`: short words for the message
#
#   Only a change for the worse is a hit: what stood before in the same way is baseline. No-op
#   resources, deposed objects and data sources are never hits. A value known only after apply is no
#   hit here; terraform.unknown_until_apply speaks of it.
package gate.lib.table

# METADATA
# title: hits(table)
# description: |
#   Array of `{resource, row, value}`, one per row that a changed resource breaks anew. `value` is
#   the bad value; `null` where the attribute is absent; `true` for rows on the resource itself.
# scope: document
hits(rows_of) := array.concat(
	array.concat(_values(rows_of), _absences(rows_of)),
	array.concat(_losses(rows_of), array.concat(_lives(rows_of), _shifts(rows_of))),
)

# NOTE: most tables name many types and a change has few: to go through all rows took longer than all
# other rules together.
_present := object.keys(input.terraform.by_type) | {"*"}

# NOTE: rows of one kind are told apart before any resource is looked at, and the test that most
# resources fail comes first: with 2,000 changed resources that is the difference between 1 s and 0.1 s.
_values(rows_of) := [{"resource": r, "row": row, "value": value} |
	some type in _present
	some row in rows_of[type]
	_judges_values(row)
	some name in _types(type)
	some r in input.terraform.by_type[name]
	some value in r.after[row.path]
	_bad(row, value)
	_counts(r)
	r.action != "delete"
	not _held(r, row.path, value)
	not _absent_before(r, row)
]

_absences(rows_of) := [{"resource": r, "row": row, "value": null} |
	some type in _present
	some row in rows_of[type]
	row.absent == true
	some name in _types(type)
	some r in input.terraform.by_type[name]
	_counts(r)
	r.action != "delete"
	_absent_after(r, row.path)
	not _bad_before(r, row)
]

_losses(rows_of) := [{"resource": r, "row": row, "value": _now(r, row.path)} |
	some type in _present
	some row in rows_of[type]
	row.lost
	some name in _types(type)
	some r in input.terraform.by_type[name]
	r.action in {"update", "replace", "unclear"}
	_stood(r, row)
	_stays(r)
	not row.path in _unknown(r)
	not _stands(r, row)
]

_lives(rows_of) := [{"resource": r, "row": row, "value": true} |
	some type in _present
	some row in rows_of[type]
	ends := _actions(row)
	some name in _types(type)
	some r in input.terraform.by_type[name]
	r.action in ends
	_counts(r)
]

_shifts(rows_of) := array.concat(
	[{"resource": r, "row": row, "value": value} |
		some type in _present
		some row in rows_of[type]
		row.shrinks == true
		some name in _types(type)
		some r in input.terraform.by_type[name]
		some value in r.before[row.path]
		not _has(r, row.path, value)
		_stays(r)
		not row.path in _unknown(r)
	],
	[{"resource": r, "row": row, "value": value} |
		some type in _present
		some row in rows_of[type]
		row.decreases == true
		some name in _types(type)
		some r in input.terraform.by_type[name]
		some value in r.after[row.path]
		some previous in r.before[row.path]
		_below(row, value, previous)
		_stays(r)
	],
)

_types(type) := object.keys(input.terraform.by_type) if {
	type == "*"
} else := {type}

_counts(r) if {
	r.action in {"create", "update", "replace", "delete", "unclear"}
	not r.deposed == true
	not r.mode == "data"
}

# NOTE: a replacement has a before to compare with, so it is judged as an update is.
_stays(r) if {
	r.action in {"update", "replace", "unclear"}
	_counts(r)
}

_actions(row) := {"create"} if {
	row.created == true
} else := {"delete", "unclear"} if {
	row.deleted == true
}

_now(r, path) := r.after[path][0] if {
	count(r.after[path]) > 0
} else := null

_stood(r, row) if {
	some value in r.before[row.path]
	value in row.lost
}

# NOTE: what was not literal before may have been the protection.
_stood(r, row) if row.path in _unknown_before(r)

_stands(r, row) if {
	some value in r.after[row.path]
	value in row.lost
}

_judges_values(row) if row.bad

_judges_values(row) if row.good

_bad(row, value) if value in row.bad

_bad(row, value) if {
	row.good
	not value in row.good
}

_has(r, path, value) if value in r.after[path]

_held(r, path, value) if value in r.before[path]

# A created resource has no before, so nothing of it was bad before.
_bad_before(r, row) if {
	some value in r.before[row.path]
	_bad(row, value)
}

_bad_before(r, row) if _absent_before(r, row)

_absent_before(r, row) if {
	row.absent == true
	r.action != "create"
	not row.path in _unknown_before(r)
	not _any(object.get(r, "before", {}), row.path)
}

_absent_after(r, path) if {
	not path in _unknown(r)
	not _any(object.get(r, "after", {}), path)
}

# NOTE: no comprehension here. Inside a function rego-cpp 1.5.2 takes `path` in
# `[value | some value in r.after[path]]` for a variable of the comprehension, and finds the values of
# every path.
_any(values, path) if some _ in values[path]

_unknown(r) := object.get(r, "unknown", [])

_unknown_before(r) := object.get(r, "unknown_before", [])

_below(row, value, previous) if {
	not _endless(row, value)
	_endless(row, previous)
}

_below(row, value, previous) if {
	not _endless(row, value)
	not _endless(row, previous)
	is_number(value)
	is_number(previous)
	value < previous
}

_endless(row, value) if value in row.endless
