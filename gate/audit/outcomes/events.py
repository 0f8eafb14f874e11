"""Read from an event of Actions what became of a pull request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

import msgspec

from gate.audit.outcomes.record import record_outcome
from gate.errors import CollectError, DecodeError
from gate.jsondoc import parse_json
from gate.moment import read_time, show_time
from gate.pattern import pattern
from gate.schema.bodies import DecisionBody, PullName
from gate.schema.entry import Entry
from gate.schema.events import OutcomeBody, OutcomeName
from gate.schema.facts import Actor, PullRef, Repository
from gate.store.body import read_body
from gate.store.recent import recent
from gate.store.streams import Streams
from gate.text import neutralise

MAY_APPROVE = ("admin", "maintain", "write")
"""Permissions of who may approve."""
MIN_REASON = 10
"""Characters of a reason to call a block false."""
MEMORY = timedelta(days=90)
"""How far back the block is looked for."""

_COMMAND = pattern(r"/gate false-block (\S[^\r\n]{0,499})")
EXACT = "`/gate false-block <reason>`, alone on the first line"
"""How the command is written."""


class Seen(NamedTuple):
    """What an event told of a pull request."""

    entries: tuple[Entry, ...] = ()
    """What was written."""
    why: str = ""
    """Why nothing was, where somebody may have expected it; one line, neutralised."""


class _Pull(msgspec.Struct):
    number: int
    base: PullRef
    head: PullRef
    created_at: str = ""
    closed_at: str | None = None
    merged_at: str | None = None
    merge_commit_sha: str | None = None
    updated_at: str = ""


class _Issue(msgspec.Struct):
    number: int
    user: Actor | None = None
    pull_request: dict[str, object] | None = None


class _Comment(msgspec.Struct):
    user: Actor | None = None
    body: str | None = None
    created_at: str = ""
    updated_at: str | None = None
    performed_via_github_app: dict[str, object] | None = None


class _Payload(msgspec.Struct):
    action: str = ""
    repository: Repository | None = None
    pull_request: _Pull | None = None
    issue: _Issue | None = None
    comment: _Comment | None = None
    sender: Actor | None = None


def record_event(
    streams: Streams, content: bytes, permission: Callable[[str], str], now: str
) -> Seen:
    """Record what an event says became of a pull request: opened, merged, closed, a false block.

    Args:
        streams: the ledger.
        content: the event's document, as GITHUB_EVENT_PATH has it.
        permission: login -> what the account may do, as `Forge.permission`.
        now: RFC 3339 UTC.

    Raises:
        CollectError: the event cannot be understood, or GitHub did not say what somebody may do.
        RecordError: it could not be written, or the ledger not be read.
    """
    payload = _read(content)
    body = _of_pull(payload)
    if body is None and payload.comment is not None:
        found = _of_comment(streams, payload, permission, now)
        if isinstance(found, str):
            return Seen(why=found)
        body = found
    return Seen(record_outcome(streams, body, now)) if body is not None else Seen()


def _read(content: bytes) -> _Payload:
    try:
        return msgspec.convert(parse_json(content, "the event"), _Payload)
    except DecodeError as error:
        raise CollectError(error.message, error.hint) from error
    except msgspec.ValidationError as error:
        raise CollectError(f"the event: {neutralise(str(error))}") from error


def _of_pull(payload: _Payload) -> OutcomeBody | None:
    pull = payload.pull_request
    if pull is None or payload.repository is None or payload.comment is not None:
        return None
    name: OutcomeName
    if payload.action == "closed":
        name, at = "merged" if pull.merged_at else "closed", pull.merged_at or pull.closed_at or ""
    elif payload.action in ("opened", "reopened"):
        name, at = "opened", pull.created_at if payload.action == "opened" else pull.updated_at
    else:
        return None
    return OutcomeBody(
        pull=_name(payload.repository.full_name, pull.number, pull.head.sha, pull.base.sha),
        outcome=name,
        by=neutralise(payload.sender.login, 100) if payload.sender else "",
        at=_utc(at),
        merge=neutralise(pull.merge_commit_sha or "", 64) if name == "merged" else "",
    )


def _of_comment(
    streams: Streams, payload: _Payload, permission: Callable[[str], str], now: str
) -> OutcomeBody | str | None:
    """The false block that a comment tells of, why it tells of none, or `None`: ordinary talk."""
    issue, comment, repository = payload.issue, payload.comment, payload.repository
    if issue is None or issue.pull_request is None or comment is None or repository is None:
        return None
    body = comment.body or ""
    if payload.action != "created" or not body.startswith("/gate false-block"):
        return None
    reason = _reason(body)
    if not reason:
        return f"{EXACT}: a reason of at least {MIN_REASON} characters is missing"
    barred = _bar(issue, comment, permission)
    if barred:
        return barred
    blocked = _blocked(streams, repository.full_name, issue.number, now)
    if blocked is None or blocked.pull is None:
        return f"#{issue.number} is not blocked: there is no block to call false"
    login = comment.user.login if comment.user else ""
    asked = (*blocked.requesters, blocked.requester or "")
    if login.lower() in {name.lower() for name in asked if name}:
        return (
            f"{neutralise(login, 60)} asked an agent for it, somebody else has to call the block "
            "false"
        )
    return OutcomeBody(
        pull=_name(repository.full_name, issue.number, blocked.pull.head, ""),
        outcome="false_block",
        by=neutralise(login, 100),
        at=_utc(comment.created_at),
        reason=reason,
    )


def _reason(body: str) -> str:
    line = body.splitlines()[0].rstrip() if body else ""
    match = _COMMAND.fullmatch(line)
    shown = neutralise(" ".join(match[1].split())) if match else ""
    return shown if len(shown) >= MIN_REASON else ""


def _bar(issue: _Issue, comment: _Comment, permission: Callable[[str], str]) -> str:
    """Why the writer's word does not count; empty: it does."""
    user = comment.user
    if user is None or user.type != "User" or comment.performed_via_github_app is not None:
        return "only a person calls a block false"
    who = neutralise(user.login, 60)
    if issue.user is not None and issue.user.id == user.id:
        return f"{who} opened the pull request, somebody else has to call the block false"
    if permission(user.login) not in MAY_APPROVE:
        return f"{who} may not approve here, so neither call a block false"
    return ""


def _blocked(streams: Streams, repo: str, number: int, now: str) -> DecisionBody | None:
    """The latest decision on a pull request, if it blocks its head; `None`: it blocks none."""
    moment = read_time(now)
    since = show_time(moment - MEMORY) if moment else ""
    last: DecisionBody | None = None
    for entry in recent(streams.store, streams.decisions_name(repo), since)[0]:
        if entry.kind == "decision":
            body = read_body(entry, DecisionBody)
            pull = body.pull
            if pull and (pull.repo.lower(), pull.number) == (repo.lower(), number):
                last = body
    return last if last is not None and last.decision == "block" else None


def _name(repo: str, number: int, head: str, base: str) -> PullName:
    return PullName(
        origin="github",
        repo=neutralise(repo, 200),
        number=number,
        head=neutralise(head, 64),
        base=neutralise(base, 64),
    )


def _utc(text: str) -> str:
    return show_time(read_time(text))
