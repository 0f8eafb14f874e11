package gate.lib.finding_test

import data.gate.lib.finding

test_at_of_an_hcl_resource_keeps_its_block if {
	block := {"path": "main.tf", "line": 3, "end_line": 5, "side": "RIGHT"}
	at := finding.at({"at": block, "root": "", "address": "db.a"}, "public")
	at == {"root": "", "address": "db.a", "attribute": "public", "block": block}
}

test_at_is_an_anchor_for_a_plan_resource if {
	finding.at({"root": "", "address": "db.a"}, "public") == {"root": "", "address": "db.a", "attribute": "public"}
}

test_of_hit_names_what_where_and_value if {
	resource := {"root": "r", "address": "db.a"}
	finding.of_hit({"resource": resource, "row": {"path": "public", "label": "is public"}, "value": true}) == {
		"at": {"root": "r", "address": "db.a", "attribute": "public"},
		"subject": "db.a",
		"values": {"what": "is public", "attribute": "public", "value": true},
		"evidence": "public",
	}
}

test_of_hit_says_not_set_for_an_absent_attribute if {
	finding.of_hit({"resource": {"root": "", "address": "a"}, "row": {"path": "p"}, "value": null}).values == {
		"what": "p", "attribute": "p", "value": "not set",
	}
}

test_of_hit_speaks_of_the_resource_without_a_path if {
	made := finding.of_hit({"resource": {"root": "", "address": "a"}, "row": {"deleted": true, "label": "lock"}, "value": true})
	made.evidence == "resource"
	made.at.attribute == ""
	made.values.value == "deleted"
}
