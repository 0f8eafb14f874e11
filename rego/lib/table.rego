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
	[{"resource": r, "row": row, "value": value} |
		some type in object.keys(rows_of)
		rows := rows_of[type]
		some r in input.terraform.by_type[type]
		_counts(r)
		some row in rows
		some value in _worse(r, row)
	],
	[{"resource": r, "row": row, "value": value} |
		rows := rows_of["*"]
		some resources in input.terraform.by_type
		some r in resources
		_counts(r)
		some row in rows
		some value in _worse(r, row)
	],
)

_counts(r) if {
	r.action in {"create", "update", "replace", "delete", "unclear"}
	not r.deposed == true
	not r.mode == "data"
}

# NOTE: a replacement has a before to compare with, so it is judged as an update is.
_lives(r) if r.action in {"create", "update", "replace", "unclear"}

_worse(r, row) := [null] if {
	row.absent == true
	_lives(r)
	_absent_after(r, row.path)
	not _bad_before(r, row)
} else := [value |
	_lives(r)
	not _absent_before(r, row)
	some value in r.after[row.path]
	_bad(row, value)
	not _held(r, row.path, value)
] if {
	_judges_values(row)
} else := [true | r.action == "create"] if {
	row.created == true
} else := [true | r.action in {"delete", "unclear"}] if {
	row.deleted == true
} else := [value |
	r.action in {"update", "replace", "unclear"}
	not row.path in _unknown(r)
	some value in r.before[row.path]
	not _has(r, row.path, value)
] if {
	row.shrinks == true
} else := [_now(r, row.path) |
	r.action in {"update", "replace", "unclear"}
	not row.path in _unknown(r)
	_stood(r, row)
	not _stands(r, row)
] if {
	row.lost
} else := [value |
	r.action in {"update", "replace", "unclear"}
	some value in r.after[row.path]
	some previous in r.before[row.path]
	_below(row, value, previous)
] if {
	row.decreases == true
} else := []

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
	count([value | some value in r.before[row.path]]) == 0
}

_absent_after(r, path) if {
	not path in _unknown(r)
	count([value | some value in r.after[path]]) == 0
}

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
