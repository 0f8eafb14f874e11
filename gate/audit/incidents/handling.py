"""Open incidents by hand, lead them to their end, and show that their evidence still stands."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from gate.errors import UsageError
from gate.moment import read_time
from gate.record.alerts import raise_alerts
from gate.record.incidents import (
    Incident,
    IncidentLog,
    append_incidents,
    draft,
    read_incidents,
)
from gate.schema.bodies import EntryName
from gate.schema.entry import Entry
from gate.schema.events import AlertBody, IncidentBody
from gate.schema.ledger import Draft
from gate.store.ledger import entry_hash
from gate.store.port import Store
from gate.store.streams import Streams
from gate.store.tampering import TamperedError
from gate.text import neutralise

HandEvent = Literal["acknowledged", "closed", "note"]
"""What a person does to an incident."""

_SHORTEST = 4


def open_incident(streams: Streams, alert: AlertBody, now: str) -> Incident:
    """Raise an alert by hand; the incident that it opened or joined.

    Args:
        streams: the ledger.
        alert: the alert; the same one is not written twice.
        now: RFC 3339 UTC.

    Raises:
        UsageError: the very same alert belongs to an incident that is closed.
        RecordError: it was not durably written.
    """
    raise_alerts(streams, [alert], now)
    found = read_incidents(streams.store).open_with(alert.key)
    if found is None:
        raise UsageError(
            f"the alert {neutralise(alert.key, 100)} was raised before, and its incident is closed",
            "Give another --key, or a later --since.",
        )
    return found


def find_incident(log: IncidentLog, name: str) -> Incident:
    """The incident of an id, or of its beginning or end where only one fits.

    Raises:
        UsageError: none fits, or several do.
    """
    given = name.upper()
    found = [one for one in log.incidents if one.id == given]
    if not found and len(given) >= _SHORTEST:
        found = [one for one in log.incidents if one.id.startswith(given) or one.id.endswith(given)]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"{neutralise(name, 40)}: {len(found)} incidents fit", "Give more of it.")
    raise UsageError(
        f"there is no incident {neutralise(name, 40)}", "`gate incident list --all` names them."
    )


def lead_on(
    streams: Streams, name: str, event: HandEvent, by: str, reason: str, now: str
) -> tuple[Incident, Entry]:
    """Acknowledge an incident, close it, or write a note to it.

    Args:
        streams: the ledger.
        name: its id, as `find_incident` takes it.
        event: what is done.
        by: login of the person.
        reason: why; of `closed` the resolution.
        now: RFC 3339 UTC.

    Returns:
        The incident as it is then, and the entry.

    Raises:
        UsageError: there is no such incident, it was done before, it is closed, or the resolution
            is missing.
        RecordError: it was not durably written.
    """
    if event != "acknowledged" and not reason.strip():
        what = "resolution" if event == "closed" else "note"
        raise UsageError(f"the {what} is missing", "Give it with --reason TEXT.")

    def plan(log: IncidentLog) -> list[Draft]:
        incident = find_incident(log, name)
        _require_open(incident, event)
        body = IncidentBody(
            incident=incident.id, event=event, by=by, reason=neutralise(reason, 1000)
        )
        return [draft("incident", now, body)]

    written = append_incidents(streams.store, plan)
    return find_incident(read_incidents(streams.store), name), written[0]


def seconds_to(incident: Incident, event: Literal["acknowledged", "closed"]) -> int | None:
    """Seconds from an incident's opening to its acknowledgement or end; `None`: not yet."""
    happened = incident.acknowledged if event == "acknowledged" else incident.closed
    begin = read_time(incident.opened)
    end = read_time(happened.at) if happened else None
    return _seconds(begin, end) if begin and end else None


def check_frozen(store: Store, incident: Incident) -> int:
    """Check that every stream still holds the entry that was its end when an incident was opened.

    Returns:
        How many streams were looked at.

    Raises:
        TamperedError: one does not.
        RecordError: one cannot be read.
    """
    for name in (*incident.frozen, *(about for one in incident.alerts for about in one.body.about)):
        found = next(iter(store.read(name.stream, name.seq, name.seq)), None)
        if found is None or found.hash != name.hash or entry_hash(found) != name.hash:
            raise TamperedError(
                "truncated" if found is None else "rewritten",
                f"stream {neutralise(name.stream, 130)}: entry {name.seq} is not what it was when "
                f"incident {incident.id} was opened",
                "The evidence of the incident was tampered with: `gate ledger verify` tells more.",
            )
    return len(incident.frozen)


def entry_named(store: Store, text: str) -> tuple[EntryName, str]:
    """The entry that `STREAM:SEQ` names, and its time.

    Raises:
        UsageError: it names none.
    """
    stream, _, number = text.rpartition(":")
    if stream and number.isascii() and number.isdigit() and len(number) <= 15:
        found = next(iter(store.read(stream, int(number), int(number))), None)
        if found is not None:
            return EntryName(stream=stream, seq=found.seq, hash=found.hash), found.at
    raise UsageError(
        f"{neutralise(text, 150)}: no entry of the ledger",
        "Write STREAM:NUMBER, as main:12; `gate ledger show --stream STREAM` lists them.",
    )


def _require_open(incident: Incident, event: HandEvent) -> None:
    closed, acknowledged = incident.closed, incident.acknowledged
    if closed and event != "note":
        raise UsageError(
            f"incident {incident.id} was closed by {neutralise(closed.body.by, 60)} at {closed.at}",
            "What comes up later is a new incident, or a note: `gate incident note`.",
        )
    if acknowledged and event == "acknowledged":
        raise UsageError(
            f"incident {incident.id} was acknowledged by "
            f"{neutralise(acknowledged.body.by, 60)} at {acknowledged.at}",
            "`gate incident note` adds to it, `gate incident close` ends it.",
        )


def _seconds(begin: datetime, end: datetime) -> int:
    return max(0, int((end - begin).total_seconds()))
