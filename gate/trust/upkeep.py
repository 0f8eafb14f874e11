"""Say when the reviews and rotations of an agent fall due."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from gate.moment import read_day
from gate.schema.agents import OBSERVATION_DAYS, ROTATION_DAYS, AgentRecord, CredentialTier
from gate.schema.gate_input import Overdue
from gate.trust.history import History, Standing

REVIEW_DAYS = 92
"""Days that an access review may reach ahead: a quarter."""


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that falls due."""

    agent: str
    """Registry id."""
    what: str
    """`review`, or the reference of a credential."""
    tier: CredentialTier | None = None
    """Of a credential."""
    due: str
    """Day, YYYY-MM-DD; that day is still in time."""
    days: int
    """Days until then; below 0: overdue."""
    source: str
    """Who says when it was done last: `file` or `ledger`."""


def review_of(record: AgentRecord, history: History, today: str) -> Due | None:
    """When the next access review of an agent falls due; `None` once it is decommissioned.

    The ledger's latest review says when the next one is; without one the file does.
    """
    if record.state == "decommissioned":
        return None
    ledger = history.get(record.id, Standing())
    due = ledger.review_due or record.review_due
    return Due(
        agent=record.id,
        what="review",
        due=due,
        days=_days(today, due),
        source="ledger" if ledger.review_due else "file",
    )


def rotations_of(record: AgentRecord, history: History, today: str) -> tuple[Due, ...]:
    """When the credentials of an agent fall due, soonest first; those of one run never do.

    A rotation that is dated later than today has not happened: it is due today.
    """
    ledger = history.get(record.id, Standing())
    found = []
    for credential in record.credentials:
        if credential.ephemeral:
            continue
        rotated = ledger.rotated.get(credential.ref) or credential.rotated_at
        due = _plus(rotated, ROTATION_DAYS[credential.tier]) if rotated <= today else today
        found.append(
            Due(
                agent=record.id,
                what=credential.ref,
                tier=credential.tier,
                due=due,
                days=_days(today, due) if rotated <= today else -1,
                source="ledger" if credential.ref in ledger.rotated else "file",
            )
        )
    return tuple(sorted(found, key=lambda item: (item.days, item.what)))


def overdue(record: AgentRecord, history: History, today: str) -> tuple[Overdue, ...]:
    """The review and the rotations of an agent that should have happened by now."""
    review = review_of(record, history, today)
    every = ((review,) if review else ()) + rotations_of(record, history, today)
    return tuple(
        Overdue(what=item.what, due=item.due, days=-item.days) for item in every if item.days < 0
    )


def observation_day(record: AgentRecord, today: str) -> int:
    """Day of the observation, from 0 on its first day; -1 where none has begun."""
    since = read_day(record.observing_since)
    if since is None or record.observing_since > today:
        return -1
    return (date.fromisoformat(today) - since).days


def may_be_promoted(record: AgentRecord, today: str) -> bool:
    """Whether the observation has been long enough."""
    return observation_day(record, today) >= OBSERVATION_DAYS


def _days(today: str, due: str) -> int:
    return (date.fromisoformat(due) - date.fromisoformat(today)).days


def _plus(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
