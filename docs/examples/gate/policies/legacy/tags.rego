package main

deny[msg] {
	rc := input.resource_changes[_]
	rc.type == "aws_sqs_queue"
	not rc.change.after.tags.cost_centre
	msg := sprintf("%s has no cost centre", [rc.address])
}
