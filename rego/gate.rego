# METADATA
# title: Composition
# description: >-
#   Puts every rule's findings together and names the rules that answered. A rule is found by its
#   package path alone, so this file is never edited to add one.
package gate

# METADATA
# title: Findings
# description: Every finding of every rule; `rule` is written last, so no rule can forge its id.
findings contains finding if {
	some family, name
	some raw in data.gate.rules[family][name].findings
	finding := object.union(raw, {"rule": concat(".", [family, name])})
}

findings contains finding if {
	some family, name
	some raw in data.site.rules[family][name].findings
	finding := object.union(raw, {"rule": concat(".", ["site", family, name])})
}

# METADATA
# title: Evaluated
# description: Ids of the rules that answered, with or without findings.
evaluated contains concat(".", [family, name]) if {
	some family, name
	_ = data.gate.rules[family][name].findings
}

evaluated contains concat(".", ["site", family, name]) if {
	some family, name
	_ = data.site.rules[family][name].findings
}
