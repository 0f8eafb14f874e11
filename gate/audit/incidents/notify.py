"""Tell people of incidents, as the plan has it: at once, and again while nobody acknowledges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol

import msgspec

from gate.errors import GateError
from gate.moment import read_time
from gate.record.incidents import Incident, append_incidents, draft, read_incidents
from gate.schema.events import IncidentBody
from gate.schema.response import Contact, ResponsePlan
from gate.store.streams import Streams
from gate.text import neutralise

MAX_ALERTS = 20
"""Alerts of an incident that a message lists."""


class Telling(NamedTuple):
    """One message that is due."""

    incident: Incident
    """About which incident."""
    contact: Contact
    """To whom."""
    minutes: int
    """Minutes without an acknowledgement after which it comes."""

    @property
    def id(self) -> str:
        """The same however often it is sent, so that the receiver recognises a second one."""
        return f"{self.incident.id}/{self.minutes}/{self.contact.name}"

    @property
    def whom(self) -> str:
        """`oncall via webhook`."""
        return f"{self.contact.name} via {self.contact.via}"

    @property
    def reason(self) -> str:
        """Why it is sent, as the ledger has it."""
        return f"{self.minutes} minutes without an acknowledgement" if self.minutes else "opened"


class Sender(Protocol):
    """A way of telling people."""

    def __call__(self, telling: Telling) -> None:
        """Deliver one message.

        Raises:
            GateError: it was not delivered, or nobody knows whether it was.
        """


class Announced(NamedTuple):
    """What came of telling people."""

    lines: tuple[str, ...]
    """Who was told of what, one line each."""
    failures: tuple[str, ...]
    """Who was not, and why."""


def due(incidents: Sequence[Incident], plan: ResponsePlan, now: str) -> tuple[Telling, ...]:
    """The messages whose turn has come and that were not sent.

    A step counts from the opening of the incident, whose severity is that of its worst alert. Who
    is told at once is told even where somebody was quicker and acknowledged it; nobody is told of
    a closed one.

    Args:
        incidents: all of them.
        plan: who is told.
        now: RFC 3339 UTC.
    """
    found = []
    for incident in incidents:
        if incident.state == "closed":
            continue
        for step in plan.escalation.get(incident.severity, ()):
            is_over = incident.acknowledged is not None and step.after_minutes > 0
            if is_over or not _has_come(incident.opened, step.after_minutes, now):
                continue
            found += [
                Telling(incident, contact, step.after_minutes)
                for contact in plan.contacts
                if contact.name in step.tell
            ]
    return tuple(telling for telling in found if not _was_told(telling))


def notify(
    streams: Streams, plan: ResponsePlan, senders: Mapping[str, Sender], now: Callable[[], str]
) -> Announced:
    """Send what is due; one that fails keeps the others from nothing, and is tried next time.

    Args:
        streams: the ledger; each delivery becomes an entry.
        plan: who is told.
        senders: by the contact's `via`.
        now: the clock, RFC 3339 UTC.

    Raises:
        RecordError: the ledger cannot be read, or did not take an entry.
    """
    lines, failures = [], []
    for telling in due(read_incidents(streams.store).incidents, plan, now()):
        try:
            senders[telling.contact.via](telling)
        except GateError as error:
            failures.append(neutralise(f"{telling.whom}: {error.message}", 400))
            continue
        body = IncidentBody(
            incident=telling.incident.id,
            event="escalated" if telling.minutes else "told",
            reason=telling.reason,
            whom=(telling.whom,),
        )
        made = draft("incident", now(), body)
        append_incidents(streams.store, lambda _, made=made: [made])  # type: ignore[misc]
        lines.append(neutralise(f"{telling.whom}: incident {telling.incident.id}", 400))
    return Announced(tuple(lines), tuple(failures))


def message_of(telling: Telling) -> dict[str, object]:
    """What a webhook is sent; one line of every text, neutralised."""
    incident = telling.incident
    return {
        "version": 1,
        "id": telling.id,
        "event": "escalated" if telling.minutes else "opened",
        "incident": incident.id,
        "key": neutralise(incident.key, 300),
        "severity": incident.severity,
        "state": incident.state,
        "opened": incident.opened,
        "minutes": telling.minutes,
        "text": neutralise(incident.text),
        "alerts": [
            {
                "id": alert.id,
                "at": alert.at,
                "first_at": alert.body.first_at,
                "source": alert.body.source,
                "severity": alert.body.severity,
                "agent": alert.body.agent or None,
                "pull": neutralise(alert.body.pull.name, 200) if alert.body.pull else None,
                "text": neutralise(alert.body.text),
                "values": alert.body.values,
                "about": msgspec.to_builtins(alert.body.about),
            }
            for alert in incident.alerts[-MAX_ALERTS:]
        ],
        "alerts_total": len(incident.alerts),
    }


def _has_come(opened: str, minutes: int, now: str) -> bool:
    begin, end = read_time(opened), read_time(now)
    # NOTE: a moment that cannot be read keeps nobody from being told
    return begin is None or end is None or end >= begin + timedelta(minutes=minutes)


def _was_told(telling: Telling) -> bool:
    return any(
        item.body.event in ("told", "escalated")
        and item.body.reason == telling.reason
        and telling.whom in item.body.whom
        for item in telling.incident.events
    )
