"""Read from the Actions event which pull request is to be judged.

Source: https://docs.github.com/en/actions/reference/events-that-trigger-workflows
"""

from __future__ import annotations

import msgspec

from gate.errors import CollectError, DecodeError, UsageError
from gate.jsondoc import parse_json
from gate.schema.facts import PullRef, Repository
from gate.text import neutralise

MAX_EVENT_BYTES = 32 * 1024**2
"""Bytes of an event; GitHub caps webhook payloads at 25 MB."""

_ABOUT_PULLS = "pull_request, pull_request_target, pull_request_review, issue_comment"


class PullEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Which pull request an event is about."""

    repository: str
    """`owner/name` of the base repository."""
    number: int
    """Number."""
    head: str | None = None
    """Head commit when the event happened; `None` where the event does not say."""
    fork: bool = False
    """The head lies in another repository, or in none any more."""


class _Pull(msgspec.Struct):
    number: int
    head: PullRef
    base: PullRef


class _Issue(msgspec.Struct):
    number: int
    pull_request: dict[str, object] | None = None


class _Event(msgspec.Struct):
    repository: Repository | None = None
    pull_request: _Pull | None = None
    issue: _Issue | None = None
    merge_group: dict[str, object] | None = None


def read_event(path: str) -> PullEvent:
    """The pull request of the event in a file.

    Args:
        path: GITHUB_EVENT_PATH.

    Raises:
        CollectError: the file cannot be read or is not an event.
        UsageError: the event is not about a pull request.
    """
    try:
        with open(path, "rb") as handle:
            content = handle.read(MAX_EVENT_BYTES + 1)
    except OSError as error:
        raise CollectError(
            f"the event: {error.strerror or type(error).__name__}", "GITHUB_EVENT_PATH names it."
        ) from error
    if len(content) > MAX_EVENT_BYTES:
        raise CollectError(f"the event: larger than {MAX_EVENT_BYTES} bytes")
    return decode_event(content)


def decode_event(content: bytes) -> PullEvent:
    """The pull request of an event. Raises as `read_event`."""
    try:
        event = msgspec.convert(parse_json(content, "the event"), _Event)
    except DecodeError as error:
        raise CollectError(error.message, error.hint) from error
    except msgspec.ValidationError as error:
        raise CollectError(f"the event: {neutralise(str(error))}") from error
    if event.repository is None or not event.repository.full_name:
        raise CollectError(
            "the event names no repository", f"Run the gate on one of: {_ABOUT_PULLS}."
        )
    name = event.repository.full_name
    if event.pull_request is not None:
        pull = event.pull_request
        return PullEvent(
            repository=name, number=pull.number, head=pull.head.sha, fork=_is_fork(pull)
        )
    if event.issue is not None and event.issue.pull_request is not None:
        return PullEvent(repository=name, number=event.issue.number)
    if event.merge_group is not None:
        raise UsageError(
            "merge_group: a merge queue's group is not judged yet",
            "Require the gate on the pull request itself; its decision stands in the queue.",
        )
    raise UsageError(
        "the event is not about a pull request", f"Run the gate on one of: {_ABOUT_PULLS}."
    )


def _is_fork(pull: _Pull) -> bool:
    head, base = pull.head.repo, pull.base.repo
    if head is None or base is None:
        return True
    return (head.id, head.full_name) != (base.id, base.full_name)
