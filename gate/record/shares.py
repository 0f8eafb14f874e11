"""Write a change as a share of the limits, and find the shares that runs took before."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec

from gate.schema.bodies import Measures
from gate.schema.events import OutcomeBody, ReserveBody, SettleBody
from gate.schema.question import Question
from gate.store.taken import Taken, back


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


def covering(entries: Sequence[Taken], question: Question, since: str) -> str:
    """Event id of a committed reservation of this very head that covers all it takes.

    Args:
        entries: of the stream, in order.
        question: the change.
        since: reservations up to then are too old: a window that is shorter than others would no
            longer count them.
    """
    ends: dict[str, str] = {}
    for entry in entries:
        if isinstance(entry.body, SettleBody):
            ends.setdefault(entry.body.reservation, entry.kind)
    closed = _closed(entries, question)
    for entry in reversed(entries):
        if entry.seq < closed:
            return ""
        body = entry.body
        if not isinstance(body, ReserveBody) or not (
            body.agent == question.agent and entry.at > since
        ):
            continue
        if (
            ends.get(entry.id) == "commit"
            and _is_same(body, question)
            and _covers(body.measures, question.measures)
        ):
            return entry.id
    return ""


def _closed(entries: Sequence[Taken], question: Question) -> int:
    """The entry that says that the pull request was closed, unless it was opened again since; -1:
    none does. Judged again nevertheless it is open, and whatever it took then ended with it."""
    pull = question.pull
    for entry in reversed(entries):
        body = entry.body
        if not isinstance(body, OutcomeBody) or body.pull.number != pull.number:
            continue
        if body.pull.repo.lower() == pull.repo.lower():
            return -1 if body.outcome == "opened" else entry.seq
    return -1


def is_settled(entries: Sequence[Taken], reservation: str) -> bool:
    """Whether a reservation was committed or released."""
    return any(
        isinstance(entry.body, SettleBody) and entry.body.reservation == reservation
        for entry in entries
    )


def lease_of(entries: Sequence[Taken], reservation: str) -> str:
    """Until when a reservation holds; empty: it is not among the entries."""
    for entry in reversed(entries):
        if entry.id == reservation and isinstance(entry.body, ReserveBody):
            return entry.body.lease
    return ""


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
