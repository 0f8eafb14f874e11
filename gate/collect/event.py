"""Read from the Actions event what is to be judged.

Source: https://docs.github.com/en/actions/reference/events-that-trigger-workflows
"""

from __future__ import annotations

import re

import msgspec

from gate.errors import CollectError, DecodeError, UsageError
from gate.jsondoc import parse_json
from gate.pattern import pattern
from gate.schema.facts import Actor, PullRef, Repository
from gate.text import neutralise

MAX_EVENT_BYTES = 32 * 1024**2
"""Bytes of an event; GitHub caps webhook payloads at 25 MB."""

_ABOUT_PULLS = (
    "pull_request, pull_request_target, pull_request_review, issue_comment, workflow_run,"
    " merge_group, schedule, workflow_dispatch"
)
_QUEUE = pattern(
    r"(?:refs/heads/)?gh-readonly-queue/([^\x00-\x20\x7f]{1,200})/pr-(\d{1,9})-([0-9a-f]{40})\Z"
)
_SHA = pattern(r"[0-9a-f]{40}\Z")
_NUMBER = pattern(r"#?(\d{1,9})\Z", re.ASCII)


class PullEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One pull request."""

    repository: str
    """`owner/name` of the base repository."""
    number: int
    """Number."""
    head: str | None = None
    """Head commit when the event happened; `None` where the event does not say."""
    commenter: Actor | None = None
    """Who wrote the comment that the event is about; `None` where it is about none."""


class RunEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Whatever pull requests another workflow ran for; it relays events that see no secrets."""

    repository: str
    """`owner/name` of the base repository."""
    source: str
    """`owner/name` of the head's repository; empty where it is gone."""
    branch: str
    """Head branch."""
    head: str
    """Head commit."""


class QueueEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One pull request in a merge queue, as the name of its branch says."""

    number: int
    """Its number."""
    parent: str
    """Commit that it was put on."""


class GroupEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A merge queue's group: everything between two commits goes in together."""

    repository: str
    """`owner/name`."""
    base: str
    """Branch it goes into."""
    base_sha: str
    """Commit it was put on."""
    head: str
    """Its head commit, on which the status is asked for."""
    last: QueueEntry
    """The last pull request of the group."""


class SweepEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Every open pull request: a schedule, or a start by hand that names none."""

    repository: str
    """`owner/name`."""


Event = PullEvent | RunEvent | GroupEvent | SweepEvent
"""What an event asks for."""


class _Pull(msgspec.Struct):
    number: int
    head: PullRef
    base: PullRef


class _Issue(msgspec.Struct):
    number: int
    pull_request: dict[str, object] | None = None


class _Comment(msgspec.Struct):
    user: Actor | None = None


class _Run(msgspec.Struct):
    head_sha: str
    head_branch: str | None = None
    head_repository: Repository | None = None


class _Group(msgspec.Struct):
    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str


class _Repository(Repository, frozen=True, kw_only=True):
    default_branch: str = ""


class _Payload(msgspec.Struct):
    repository: _Repository | None = None
    pull_request: _Pull | None = None
    issue: _Issue | None = None
    comment: _Comment | None = None
    workflow_run: _Run | None = None
    merge_group: _Group | None = None
    schedule: str | None = None
    inputs: dict[str, object] | None | msgspec.UnsetType = msgspec.UNSET


def read_event(path: str, repository: str = "") -> Event:
    """What the event in a file asks for.

    Args:
        path: GITHUB_EVENT_PATH.
        repository: `owner/name` where the event itself names none, as a schedule may not.

    Raises:
        CollectError: the file cannot be read or is not an event.
        UsageError: the event is not about pull requests.
    """
    return decode_event(read_content(path), repository)


def read_default_branch(path: str) -> str:
    """The default branch as the event in a file names it; empty where it names none.

    Raises:
        CollectError: the file cannot be read or is not an event.
    """
    repository = _payload(read_content(path)).repository
    return repository.default_branch if repository else ""


def read_content(path: str) -> bytes:
    """The bytes of an event.

    Raises:
        CollectError: the file cannot be read, or is too large.
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
    return content


def decode_event(content: bytes, repository: str = "") -> Event:
    """What an event asks for. Arguments and errors as `read_event`."""
    payload = _payload(content)
    name = payload.repository.full_name if payload.repository else ""
    name = name or (repository if payload.schedule is not None else "")
    if not name:
        raise CollectError(
            "the event names no repository", f"Run the gate on one of: {_ABOUT_PULLS}."
        )
    return _asked(payload, name)


def _payload(content: bytes) -> _Payload:
    try:
        return msgspec.convert(parse_json(content, "the event"), _Payload)
    except DecodeError as error:
        raise CollectError(error.message, error.hint) from error
    except msgspec.ValidationError as error:
        raise CollectError(f"the event: {neutralise(str(error))}") from error


def entry_of(ref: str, base: str) -> QueueEntry | None:
    """The pull request that a merge queue's branch stands for.

    Args:
        ref: `refs/heads/gh-readonly-queue/<base>/pr-<n>-<commit>`, which GitHub makes.
        base: branch that the queue is for.
    """
    match = _QUEUE.match(ref)
    if match is None or match[1] != base:
        return None
    return QueueEntry(number=int(match[2]), parent=match[3])


def _asked(payload: _Payload, name: str) -> Event:
    if payload.pull_request is not None:
        pull = payload.pull_request
        return PullEvent(repository=name, number=pull.number, head=pull.head.sha)
    if payload.issue is not None and payload.issue.pull_request is not None:
        commenter = payload.comment.user if payload.comment else None
        return PullEvent(repository=name, number=payload.issue.number, commenter=commenter)
    if payload.workflow_run is not None:
        return _relayed(payload.workflow_run, name)
    if payload.merge_group is not None:
        return _group(payload.merge_group, name)
    if payload.schedule is not None:
        return SweepEvent(repository=name)
    # NOTE: nothing but a start by hand has inputs; without any they are null
    if payload.inputs is not msgspec.UNSET and payload.issue is None:
        return _by_hand(payload.inputs or {}, name)
    raise UsageError(
        "the event is not about a pull request", f"Run the gate on one of: {_ABOUT_PULLS}."
    )


def _relayed(run: _Run, name: str) -> RunEvent:
    if not _SHA.match(run.head_sha):
        raise CollectError("the event: workflow_run.head_sha is not a commit")
    source = run.head_repository.full_name if run.head_repository else ""
    return RunEvent(repository=name, source=source, branch=run.head_branch or "", head=run.head_sha)


def _group(group: _Group, name: str) -> GroupEvent:
    base = group.base_ref.removeprefix("refs/heads/")
    last = entry_of(group.head_ref, base)
    if last is None or not _SHA.match(group.head_sha) or not _SHA.match(group.base_sha):
        raise CollectError(
            f"the event: {neutralise(group.head_ref, 200)} does not say which pull requests are"
            " in the group",
            "GitHub calls it gh-readonly-queue/<base>/pr-<n>-<commit>.",
        )
    return GroupEvent(
        repository=name, base=base, base_sha=group.base_sha, head=group.head_sha, last=last
    )


def _by_hand(inputs: dict[str, object], name: str) -> Event:
    given = inputs.get("pull")
    if given is None or given == "":
        return SweepEvent(repository=name)
    match = _NUMBER.match(str(given).strip())
    if match is None:
        raise UsageError(
            f"input pull: {neutralise(str(given), 40)} is not the number of a pull request"
        )
    return PullEvent(repository=name, number=int(match[1]))
