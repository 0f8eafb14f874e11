"""Raise an alert, once, for every review and every credential that is overdue."""

from __future__ import annotations

from datetime import date, timedelta

from gate.record.alerts import raise_alerts
from gate.schema.agents import AgentRecord
from gate.schema.entry import Entry
from gate.schema.events import AlertBody
from gate.store.streams import Streams
from gate.text import neutralise
from gate.trust.history import read_history, state_in_force
from gate.trust.upkeep import Due, review_of, rotations_of


def overdue_reviews(
    streams: Streams, records: tuple[AgentRecord, ...], now: str
) -> tuple[tuple[Due, ...], tuple[Entry, ...]]:
    """What is overdue of access reviews, and the alerts and incidents that are new.

    Args:
        streams: the ledger.
        records: the registry.
        now: RFC 3339 UTC.

    Raises:
        RecordError: the ledger cannot be read, or did not take an alert.
    """
    history, today = read_history(streams.registry()), now[:10]
    found = [
        item
        for record in records
        if state_in_force(record, history)[0] != "decommissioned"
        and (item := review_of(record, history, today)) is not None
        and item.days < 0
    ]
    return tuple(found), _raise(streams, found, now)


def overdue_rotations(
    streams: Streams, records: tuple[AgentRecord, ...], now: str
) -> tuple[tuple[Due, ...], tuple[Entry, ...]]:
    """As `overdue_reviews`, of the rotation of credentials."""
    history, today = read_history(streams.registry()), now[:10]
    found = [
        item
        for record in records
        if state_in_force(record, history)[0] != "decommissioned"
        for item in rotations_of(record, history, today)
        if item.days < 0
    ]
    return tuple(found), _raise(streams, found, now)


def _raise(streams: Streams, found: list[Due], now: str) -> tuple[Entry, ...]:
    return raise_alerts(streams, [_alert(item) for item in found], now)


def _alert(item: Due) -> AlertBody:
    is_review = item.what == "review"
    what = "the access review" if is_review else f"the rotation of {item.what}"
    text = f"{what} of {item.agent} was due on {item.due}"
    key = f"overdue:{item.agent}:{'review' if is_review else f'rotation:{item.what}'}"
    # NOTE: of one due day there is one alert, however late it becomes
    first = date.fromisoformat(item.due) + timedelta(days=1)
    return AlertBody(
        source="overdue",
        key=neutralise(key, 200),
        severity="high" if item.tier == "high" else "medium",
        agent=neutralise(item.agent, 100),
        first_at=f"{first.isoformat()}T00:00:00Z",
        text=neutralise(text, 300),
        values={"due": item.due},
    )
