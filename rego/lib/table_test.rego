package gate.lib.table_test

import data.gate.lib.table

_rows := {
	"db": [{"path": "public", "bad": [true], "label": "public"}],
	"bucket": [{"path": "acl", "good": ["private"], "absent": true, "label": "acl"}],
	"lock": [{"deleted": true, "label": "lock"}],
	"guard": [{"path": "protected", "lost": [true], "label": "protected"}],
	"trail": [{"path": "regions", "shrinks": true, "label": "regions"}],
	"log": [{"path": "days", "decreases": true, "endless": [0], "label": "days"}],
	"filter": [{"created": true, "label": "filter"}],
	"*": [{"path": "lifecycle.prevent_destroy", "good": [true], "label": "prevent_destroy"}],
}

_hits(type, resource) := total if {
	total := count(table.hits(_rows)) with input as {"terraform": {"by_type": {type: [resource]}}}
}

test_bad_value_counts_on_create if {
	_hits("db", {"action": "create", "after": {"public": [true]}}) == 1
}

test_bad_value_counts_when_new if {
	_hits("db", {"action": "update", "before": {"public": [false]}, "after": {"public": [true]}}) == 1
}

test_bad_value_counts_on_replace_when_new if {
	_hits("db", {"action": "replace", "after": {"public": [true]}}) == 1
}

test_bad_value_that_stood_is_baseline if {
	_hits("db", {"action": "update", "before": {"public": [true]}, "after": {"public": [true]}}) == 0
	_hits("db", {"action": "replace", "before": {"public": [true]}, "after": {"public": [true]}}) == 0
}

test_good_value_is_silent if {
	_hits("db", {"action": "create", "after": {"public": [false]}}) == 0
}

test_unchanged_deposed_data_and_deleted_are_silent if {
	_hits("db", {"action": "no-op", "after": {"public": [true]}}) == 0
	_hits("db", {"action": "create", "deposed": true, "after": {"public": [true]}}) == 0
	_hits("db", {"action": "create", "mode": "data", "after": {"public": [true]}}) == 0
	_hits("db", {"action": "delete", "before": {"public": [true]}}) == 0
}

test_unclear_action_is_judged if {
	_hits("db", {"action": "unclear", "after": {"public": [true]}}) == 1
}

test_value_outside_good_counts if {
	_hits("bucket", {"action": "create", "after": {"acl": ["public-read"]}}) == 1
	_hits("bucket", {"action": "create", "after": {"acl": ["private"]}}) == 0
}

test_absent_counts_on_create if {
	_hits("bucket", {"action": "create"}) == 1
}

test_absent_is_not_unknown if {
	_hits("bucket", {"action": "create", "unknown": ["acl"]}) == 0
}

test_removed_attribute_counts if {
	_hits("bucket", {"action": "update", "before": {"acl": ["private"]}}) == 1
}

test_attribute_unknown_before_and_absent_now_counts if {
	_hits("bucket", {"action": "update", "unknown_before": ["acl"]}) == 1
}

test_absent_that_stood_is_baseline if {
	_hits("bucket", {"action": "update"}) == 0
	_hits("bucket", {"action": "update", "after": {"acl": ["public-read"]}}) == 0
	_hits("bucket", {"action": "update", "before": {"acl": ["public-read"]}}) == 0
}

test_deleted_counts_only_deletion if {
	_hits("lock", {"action": "delete"}) == 1
	_hits("lock", {"action": "unclear"}) == 1
	_hits("lock", {"action": "replace"}) == 0
	_hits("lock", {"action": "delete", "deposed": true}) == 0
}

test_created_counts_only_creation if {
	_hits("filter", {"action": "create"}) == 1
	_hits("filter", {"action": "update"}) == 0
}

test_shrunk_list_counts_each_missing_value if {
	_hits("trail", {"action": "update", "before": {"regions": ["a", "b", "c"]}, "after": {"regions": ["a"]}}) == 2
	_hits("trail", {"action": "update", "before": {"regions": ["a"]}, "after": {"regions": ["a", "b"]}}) == 0
	_hits("trail", {"action": "update", "before": {"regions": ["a"]}, "unknown": ["regions"]}) == 0
	_hits("trail", {"action": "delete", "before": {"regions": ["a"]}}) == 0
}

test_decreased_number_counts if {
	_hits("log", {"action": "update", "before": {"days": [30]}, "after": {"days": [7]}}) == 1
	_hits("log", {"action": "update", "before": {"days": [0]}, "after": {"days": [7]}}) == 1
	_hits("log", {"action": "update", "before": {"days": [30]}, "after": {"days": [0]}}) == 0
	_hits("log", {"action": "update", "before": {"days": [7]}, "after": {"days": [7]}}) == 0
}

test_star_covers_every_type if {
	resource := {
		"action": "update",
		"before": {"lifecycle.prevent_destroy": [true]},
		"after": {"lifecycle.prevent_destroy": [false]},
	}
	_hits("anything", resource) == 1
	_hits("other", resource) == 1
}

test_hit_carries_resource_row_and_value if {
	resource := {"action": "create", "address": "db.a", "after": {"public": [true]}}
	hits := table.hits(_rows) with input as {"terraform": {"by_type": {"db": [resource]}}}
	hits == [{"resource": resource, "row": {"path": "public", "bad": [true], "label": "public"}, "value": true}]
}

test_lost_protection_counts if {
	_hits("guard", {"action": "update", "before": {"protected": [true]}, "after": {"protected": [false]}}) == 1
	_hits("guard", {"action": "update", "before": {"protected": [true]}}) == 1
	_hits("guard", {"action": "replace", "before": {"protected": [true]}, "after": {"protected": [false]}}) == 1
	_hits("guard", {"action": "update", "unknown_before": ["protected"], "after": {"protected": [false]}}) == 1
}

test_protection_that_stands_or_never_stood_is_silent if {
	_hits("guard", {"action": "update", "before": {"protected": [true]}, "after": {"protected": [true]}}) == 0
	_hits("guard", {"action": "update", "before": {"protected": [false]}, "after": {"protected": [true]}}) == 0
	_hits("guard", {"action": "update", "before": {"protected": [false]}}) == 0
	_hits("guard", {"action": "update", "before": {"protected": [true]}, "unknown": ["protected"]}) == 0
	_hits("guard", {"action": "create", "after": {"protected": [false]}}) == 0
	_hits("guard", {"action": "delete", "before": {"protected": [true]}}) == 0
}
