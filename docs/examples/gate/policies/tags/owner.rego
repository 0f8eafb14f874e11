# METADATA
# title: A queue without an owner tag
# description: Every queue names the team that answers for it.
# custom:
#   severity: low
#   enforcement: warn
#   needs: [terraform]
#   message: "{subject} has no owner tag"
#   remediation: Add an owner tag.
package site.rules.tags.owner

findings contains {"subject": resource.address, "at": {"root": resource.root, "address": resource.address, "attribute": "tags"}, "values": {}} if {
	some resource in input.terraform.by_type.aws_sqs_queue
	resource.source == "plan"
	not resource.change.after.tags.owner
}
