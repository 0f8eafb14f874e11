# METADATA
# title: Pipeline changes
# description: |
#   A file of the CI system is added, changed, renamed or deleted. It decides what runs with the
#   repository's secrets and which checks stand between a change and production, so a person has to
#   approve it.
# custom:
#   severity: medium
#   enforcement: approve
#   surface: pipeline
#   needs: [changes]
#   message: "{subject} is part of the pipeline ({status})"
#   remediation: Ask a maintainer of the pipeline to review and approve the change.
package gate.rules.workflow.pipeline_changed

findings contains {
	"at": {"path": change.path},
	"subject": change.path,
	"values": {"status": change.status},
	"evidence": "pipeline",
} if {
	some change in input.changes
	"pipeline" in change.surfaces
}
