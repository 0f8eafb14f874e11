"""Ask what Actions' own token may do, and who else approves."""

from __future__ import annotations

from collections.abc import Iterator

from gate.forge_settings import Unread
from gate.verify.questions import Reply, cannot_tell, say_no, say_yes
from gate.verify.seen import Seen


def ask_actions(seen: Seen) -> Iterator[Reply]:
    """Everything about Actions and Copilot."""
    found = seen.token
    if isinstance(found, Unread):
        for here in ("actions.approve", "actions.token"):
            yield cannot_tell(here, found.reason, found.permission, is_failure=found.is_failure)
    else:
        yield (
            say_no("actions.approve", "a workflow may approve")
            if found.can_approve_pull_request_reviews
            else say_yes("actions.approve", "they may not")
        )
        yield (
            say_yes("actions.token", "it only reads")
            if found.default_workflow_permissions == "read"
            else say_no("actions.token", "it may write")
        )
    yield cannot_tell("actions.copilot", "GitHub's API does not show this setting")
