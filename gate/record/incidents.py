"""Fold the stream of incidents, and append to it only what still holds when it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from gate.errors import ConflictError, RecordError, UnknownOutcomeError
from gate.schema.bodies import EntryName
from gate.schema.entry import Entry
from gate.schema.events import AlertBody, HookBody, IncidentBody
from gate.schema.finding import Severity
from gate.schema.ledger import Draft, Head
from gate.store.body import read_body
from gate.store.ids import new_id
from gate.store.ledger import head_of, walk
from gate.store.port import Store
from gate.store.streams import INCIDENTS
from gate.store.tries import Tries
from gate.text import neutralise

SEVERITIES: tuple[Severity, ...] = ("low", "medium", "high", "critical")
"""Mildest first."""


class Raised(msgspec.Struct, frozen=True, kw_only=True):
    """One alert, as it stands in the stream."""

    id: str
    """Its event id."""
    at: str
    """When it was raised, RFC 3339 UTC."""
    body: AlertBody
    """What it says."""


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that happened to an incident."""

    at: str
    """When, RFC 3339 UTC."""
    body: IncidentBody
    """What."""


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """One incident, as the stream tells it."""

    id: str
    """Event id of its `opened` entry."""
    key: str
    """Key of its alerts."""
    entry: EntryName
    """Its `opened` entry."""
    opened: str
    """When it was opened, RFC 3339 UTC."""
    opened_severity: str
    """How bad it was thought to be then."""
    frozen: tuple[EntryName, ...] = ()
    """The head of every stream when it was opened."""
    alerts: tuple[Raised, ...] = ()
    """Its alerts, oldest first."""
    events: tuple[Happening, ...] = ()
    """Everything after it was opened, oldest first."""
    hooks: tuple[HookBody, ...] = ()
    """Commands that ran for it."""

    @property
    def severity(self) -> Severity:
        """The worst of its alerts."""
        found = {self.opened_severity, *(alert.body.severity for alert in self.alerts)}
        return next((name for name in reversed(SEVERITIES) if name in found), SEVERITIES[0])

    @property
    def text(self) -> str:
        """What its first alert says."""
        return self.alerts[0].body.text if self.alerts else self.key

    @property
    def acknowledged(self) -> Happening | None:
        """Its first acknowledgement."""
        return self._first("acknowledged")

    @property
    def closed(self) -> Happening | None:
        """When it was closed, by whom and with which resolution."""
        return self._first("closed")

    @property
    def state(self) -> str:
        """open | acknowledged | closed."""
        if self.closed:
            return "closed"
        return "acknowledged" if self.acknowledged else "open"

    def _first(self, event: str) -> Happening | None:
        return next((item for item in self.events if item.body.event == event), None)


class IncidentLog(msgspec.Struct, frozen=True, kw_only=True):
    """The whole stream of incidents."""

    incidents: tuple[Incident, ...] = ()
    """Oldest first."""
    alerts: tuple[Raised, ...] = ()
    """Every alert, oldest first."""
    head: Head | None = None
    """Where the stream ends; `None`: nothing was written to it."""

    def open_with(self, key: str) -> Incident | None:
        """The open incident of a key."""
        found = (one for one in self.incidents if one.key == key and one.state != "closed")
        return next(found, None)


def read_incidents(store: Store) -> IncidentLog:
    """Everything the ledger says of incidents, the chain verified; no stream says nothing.

    Raises:
        TamperedError: something was done to the stream.
        RecordError: it cannot be read, or an entry is malformed.
    """
    return _fold(_entries(store))


def append_incidents(store: Store, plan: Callable[[IncidentLog], Sequence[Draft]]) -> list[Entry]:
    """Write what a plan makes of the stream, behind exactly the entries that it saw.

    Where somebody else wrote first, the stream is read again and the plan is asked again.

    Args:
        store: the store.
        plan: what to write, all of it or nothing; may raise a GateError, then nothing is written.

    Returns:
        The entries; none where the plan has nothing to write.

    Raises:
        RecordError: it was not durably written.
    """
    tries, tried = Tries(INCIDENTS), frozenset[str]()
    with store.turn(INCIDENTS):
        while True:
            entries = _entries(store)
            written = [entry for entry in entries if entry.id in tried]
            if written:
                return written
            log = _fold(entries)
            drafts = plan(log)
            if not drafts:
                return []
            try:
                return list(store.append(INCIDENTS, log.head, drafts))
            except (ConflictError, UnknownOutcomeError) as error:
                tried |= {draft.id for draft in drafts}
                tries.wait(error)


def draft(kind: str, at: str, body: msgspec.Struct, name: str = "") -> Draft:
    """A draft with a body of `gate.schema.events`.

    Args:
        kind: kind of the entry.
        at: RFC 3339 UTC.
        body: what happened.
        name: event id; empty: a new one.
    """
    return Draft(kind=kind, at=at, body=plain(body), id=name or new_id())


def plain(body: msgspec.Struct) -> dict[str, Any]:
    """A body as the ledger takes it."""
    told: dict[str, Any] = msgspec.to_builtins(body)
    return told


def _entries(store: Store) -> list[Entry]:
    return [entry for entry, _ in walk(enumerate(store.read(INCIDENTS), 1))]


class _Case:
    """One incident while the stream is read."""

    def __init__(self, opened: Incident, alerts: Iterable[Raised]) -> None:
        self.opened = opened
        self.alerts = list(alerts)
        self.events: list[Happening] = []
        self.hooks: list[HookBody] = []

    def told(self) -> Incident:
        """The incident as it stands."""
        return msgspec.structs.replace(
            self.opened,
            alerts=tuple(self.alerts),
            events=tuple(self.events),
            hooks=tuple(self.hooks),
        )


class _Folding:
    """The stream as far as it was read, each thing found at once: agents raise thousands."""

    def __init__(self) -> None:
        self.alerts: dict[str, Raised] = {}
        self.cases: list[_Case] = []
        self._known: dict[str, _Case] = {}
        self._entries: dict[EntryName, _Case] = {}
        self._open: dict[str, list[_Case]] = {}

    def alert(self, entry: Entry) -> None:
        """An alert was raised: it joins the open incident of its key."""
        raised = Raised(id=_id(entry), at=entry.at, body=read_body(entry, AlertBody))
        self.alerts[raised.id or f"entry {entry.seq}"] = raised
        for case in self._open.get(raised.body.key, ())[:1]:
            case.alerts.append(raised)

    def incident(self, entry: Entry) -> None:
        """Something happened to an incident."""
        body = read_body(entry, IncidentBody)
        if body.event == "opened":
            self._begin(entry, body)
            return
        case = self._known.get(body.incident)
        if case is None:
            raise RecordError(
                f"stream {INCIDENTS}, entry {entry.seq}: no incident "
                f"{neutralise(body.incident, 40)} was opened",
                "It was written by something else than the gate.",
            )
        case.events.append(Happening(at=entry.at, body=body))
        left = self._open.get(case.opened.key, [])
        if body.event == "closed" and case in left:
            left.remove(case)

    def hook(self, entry: Entry) -> None:
        """A command ran, maybe for an incident."""
        body = read_body(entry, HookBody)
        case = self._entries.get(body.of)
        if case is not None:
            case.hooks.append(body)

    def _begin(self, entry: Entry, body: IncidentBody) -> None:
        opened = Incident(
            id=_id(entry),
            key=body.key,
            entry=EntryName(stream=INCIDENTS, seq=entry.seq, hash=entry.hash),
            opened=entry.at,
            opened_severity=body.severity,
            frozen=body.frozen,
        )
        case = _Case(opened, (self.alerts[name] for name in body.alerts if name in self.alerts))
        self.cases.append(case)
        self._known.setdefault(opened.id, case)
        self._entries[opened.entry] = case
        self._open.setdefault(opened.key, []).append(case)


def _fold(entries: Iterable[Entry]) -> IncidentLog:
    folding = _Folding()
    steps = {"alert": folding.alert, "incident": folding.incident, "hook": folding.hook}
    last: Entry | None = None
    for entry in entries:
        if entry.kind in steps:
            steps[entry.kind](entry)
        last = entry
    return IncidentLog(
        incidents=tuple(case.told() for case in folding.cases),
        alerts=tuple(folding.alerts.values()),
        head=head_of(last),
    )


def _id(entry: Entry) -> str:
    return entry.id if isinstance(entry.id, str) else ""
