"""Write a change as a share of the limits, and find the shares that runs took before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from gate.errors import RecordError
from gate.moment import read_time, show_time
from gate.schema.bodies import Measures
from gate.schema.entry import Entry
from gate.schema.happenings import ReserveBody
from gate.schema.question import Question
from gate.store.streams import LIMITS
from gate.text import neutralise

_SETTLING = ("commit", "release")


def share(question: Question, at: str, lease: timedelta) -> dict[str, Any]:
    """The body of a reservation."""
    body = ReserveBody(
        pull=question.pull,
        agent=question.agent,
        requester=question.requester,
        measures=question.measures,
        plans=question.plans,
        lease=back(at, -lease),
    )
    plain: dict[str, Any] = msgspec.to_builtins(body)
    return plain


def covering(entries: Sequence[Entry], question: Question, since: str) -> str:
    """Event id of a committed reservation of this very head that covers all it takes.

    Args:
        entries: of the stream, in order.
        question: the change.
        since: reservations up to then are too old: a window that is shorter than others would no
            longer count them.

    Raises:
        RecordError: an entry is malformed.
    """
    ends: dict[object, str] = {}
    for entry in entries:
        if entry.kind in _SETTLING:
            ends.setdefault(entry.body.get("reservation"), entry.kind)
    for entry in reversed(entries):
        if entry.kind == "reserve" and entry.at > since and ends.get(entry.id) == "commit":
            body = _read(entry)
            if _is_same(body, question) and _covers(body.measures, question.measures):
                return str(entry.id)
    return ""


def is_settled(entries: Sequence[Entry], reservation: str) -> bool:
    """Whether a reservation was committed or released."""
    return any(
        entry.kind in _SETTLING and entry.body.get("reservation") == reservation
        for entry in entries
    )


def lease_of(entries: Sequence[Entry], reservation: str) -> str:
    """Until when a reservation holds; empty: it is not among the entries."""
    for entry in reversed(entries):
        if entry.id == reservation and entry.kind == "reserve":
            return _read(entry).lease
    return ""


def back(now: str, length: timedelta) -> str:
    """The moment so long before another, RFC 3339 UTC, whole seconds.

    Raises:
        RecordError: that is not a time.
    """
    moment = read_time(now)
    if moment is None:
        raise RecordError(f"stream {LIMITS}: {neutralise(now, 40)} is not a time")
    return show_time(moment - length)


def _is_same(body: ReserveBody, question: Question) -> bool:
    return (
        body.agent == question.agent
        and body.requester == question.requester
        and body.pull.repo.lower() == question.pull.repo.lower()
        and (body.pull.number, body.pull.head) == (question.pull.number, question.pull.head)
        and body.plans == question.plans
    )


def _covers(taken: Measures, wanted: Measures) -> bool:
    amounts = (taken.files, taken.lines, taken.resources, taken.destroyed)
    needed = (wanted.files, wanted.lines, wanted.resources, wanted.destroyed)
    return (
        all(had >= needs for had, needs in zip(amounts, needed, strict=True))
        and set(wanted.surfaces) <= set(taken.surfaces)
        and all(
            name in taken.environments
            and taken.environments[name].resources >= amount.resources
            and taken.environments[name].destroyed >= amount.destroyed
            for name, amount in wanted.environments.items()
        )
    )


def _read(entry: Entry) -> ReserveBody:
    try:
        return msgspec.convert(entry.body, ReserveBody, strict=True)
    except msgspec.ValidationError as error:
        raise RecordError(
            f"stream {LIMITS}, entry {entry.seq}: {neutralise(str(error), 200)}",
            "It was written by another version of the gate, or by something else.",
        ) from error
