# METADATA
# title: Action is not pinned to a commit
# description: |
#   A tag or branch can be moved to other code after the review; a full commit hash, or an image
#   digest, cannot. Actions of GitHub and of the repository's own owner only warn.
# related_resources:
#   - ref: https://docs.github.com/en/actions/reference/security/secure-use#using-third-party-actions
#     description: Using third-party actions
# custom:
#   severity: high
#   enforcement: block
#   surface: pipeline
#   needs: [workflows]
#   message: "{subject} is used at {ref}, which its owner can move to other code"
#   remediation: Pin it to the full commit hash of the version you have looked at, and note the version in a comment.
package gate.rules.workflow.unpinned_action

findings contains {
	"at": {"path": workflow.path, "line": use.line},
	"subject": use.action,
	"values": {"ref": _ref(use)},
	"evidence": _ref(use),
} if {
	some workflow in input.workflows
	some use in workflow.uses
	_moves(use)
	not use.first_party == true
}

findings contains {
	"at": {"path": workflow.path, "line": use.line},
	"subject": use.action,
	"values": {"ref": _ref(use)},
	"evidence": _ref(use),
	"enforcement": "warn",
} if {
	some workflow in input.workflows
	some use in workflow.uses
	_moves(use)
	use.first_party == true
}

_moves(use) if {
	not use.pinned == true
	not use.stood == true
}

_ref(use) := object.get(use, "ref", "no version")
