"""Fold entries into what metrics ask about: pull requests, alerts, kills, incidents, walks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from gate.audit.reading import Told
from gate.errors import RecordError
from gate.moment import read_time
from gate.schema.bodies import DecisionBody
from gate.schema.events import (
    AlertBody,
    IncidentBody,
    KillBody,
    OutcomeBody,
    ReconciliationBody,
)
from gate.text import neutralise

_STRICTEST = ("agent", "co-authored", "unknown", "human")
_STOPS = ("hold", "block")


class Unchecked(msgspec.Struct, frozen=True, kw_only=True):
    """Of a decision: what the gate did not look at; `None`: the entry does not say."""

    limits_unchecked: str | None = None
    """Why no limit was held against the change; empty: they were."""
    anomalies_unchecked: str | None = None
    """Why nothing unusual was looked for; empty: it was."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One decision."""

    at: datetime
    """When."""
    body: DecisionBody
    """What it says."""
    unchecked: Unchecked
    """What was not looked at."""

    @property
    def decision(self) -> str:
        """The decision as it was enforced: a site that only observes stops nothing."""
        name = self.body.decision
        return "warn" if self.body.observe and name in _STOPS else name

    @property
    def waivers(self) -> frozenset[str]:
        """By what its findings that block or ask for approval are covered."""
        return frozenset(
            finding.waived_by
            for finding in self.body.findings
            if finding.waived_by and finding.enforcement in ("block", "approve")
        )


@dataclass(frozen=True, slots=True)
class Change:
    """One pull request, as far as the ledger knows it."""

    name: str
    """`owner/name#number`, neutralised."""
    judged: tuple[Judged, ...]
    """Its decisions, oldest first; at least one."""
    outcomes: tuple[OutcomeBody, ...]
    """What became of it, oldest first."""

    @property
    def authorship(self) -> str:
        """The strictest of its decisions."""
        return min((one.body.authorship for one in self.judged), key=_strictness)

    @property
    def is_ai(self) -> bool:
        """Whether an agent took part, or nobody can tell."""
        return self.authorship != "human"

    @property
    def agent(self) -> str:
        """The agent by the best name there is, neutralised; empty for a person's change."""
        names = [one.body.who for one in self.judged if one.body.is_ai]
        known = [name for name in names if name not in ("", "unknown")]
        return neutralise(known[-1], 60) if known else ("unknown" if self.is_ai else "")

    @property
    def last(self) -> Judged:
        """The latest decision that is not `error`, else the latest."""
        return next(
            (one for one in reversed(self.judged) if one.decision != "error"), self.judged[-1]
        )

    @property
    def worst(self) -> str:
        """`block`, `hold` or `pass`: the worst that was decided; `error`: nothing ever was."""
        found = {one.decision for one in self.judged}
        worst = next((name for name in ("block", "hold") if name in found), "pass")
        return "error" if found == {"error"} else worst

    def outcome(self, *names: str) -> OutcomeBody | None:
        """The latest outcome of these names."""
        return next((one for one in reversed(self.outcomes) if one.outcome in names), None)

    @property
    def end(self) -> str:
        """`merged` or `closed`; empty: it is open, or the ledger does not know."""
        found = self.outcome("opened", "merged", "closed")
        return found.outcome if found is not None and found.outcome != "opened" else ""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert."""

    at: datetime
    """When it was raised."""
    since: datetime | None
    """When the oldest thing happened that it names; `None`: unreadable."""
    contained: datetime | None
    """When the first kill that names it was ordered; `None`: none was."""
    body: AlertBody
    """What it says."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One incident."""

    opened: datetime
    """When it was opened."""
    acknowledged: datetime | None
    """When somebody took it."""
    closed: datetime | None
    """When it was closed."""


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill that was ordered."""

    at: datetime
    """When."""
    body: KillBody
    """What it says."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk of a protected branch."""

    at: datetime
    """When."""
    body: ReconciliationBody
    """What it found."""


@dataclass(frozen=True, slots=True)
class History:
    """All of it, up to the end of the period, each kind oldest first."""

    changes: tuple[Change, ...]
    """Pull requests; local ranges have no number and are not among them."""
    judged: tuple[Judged, ...]
    """Every decision, those on local ranges too."""
    alerts: tuple[Alert, ...]
    """Alerts."""
    kills: tuple[Kill, ...]
    """Kills."""
    incidents: tuple[Incident, ...]
    """Incidents."""
    walks: tuple[Walk, ...]
    """Walks of protected branches."""

    @property
    def knows_ends(self) -> bool:
        """Whether it was recorded of any pull request that it was merged or closed."""
        return any(one.outcome("merged", "closed") for one in self.changes)

    @property
    def knows_outcomes(self) -> bool:
        """Whether anything was recorded of what became of pull requests."""
        return any(one.outcomes for one in self.changes)


def read_history(told: Sequence[Told]) -> History:
    """What entries say, sorted by time.

    Raises:
        RecordError: a body is not what its kind has, or a time is none.
    """
    by_kind: defaultdict[str, list[Told]] = defaultdict(list)
    for one in told:
        by_kind[one.entry.kind].append(one)
    judged = [
        Judged(time_of(one), one.body(DecisionBody), one.body(Unchecked))
        for one in by_kind["decision"]
    ]
    kills = [Kill(time_of(one), one.body(KillBody)) for one in by_kind["kill"]]
    ordered = tuple(kill for kill in kills if kill.body.event == "killed")
    return History(
        changes=_changes(judged, [one.body(OutcomeBody) for one in by_kind["outcome"]]),
        judged=tuple(judged),
        alerts=_alerts(by_kind["alert"], told, ordered),
        kills=ordered,
        incidents=_incidents(by_kind["incident"]),
        walks=tuple(
            Walk(time_of(one), one.body(ReconciliationBody)) for one in by_kind["reconciliation"]
        ),
    )


def time_of(told: Told) -> datetime:
    """When an entry was written.

    Raises:
        RecordError: its time is none.
    """
    found = read_time(told.entry.at)
    if found is None:
        raise RecordError(
            f"stream {told.stream}, entry {told.entry.seq}: `at` is no time",
            "Something other than the gate wrote it.",
        )
    return found


def _changes(judged: Iterable[Judged], outcomes: Iterable[OutcomeBody]) -> tuple[Change, ...]:
    found: defaultdict[str, list[Judged]] = defaultdict(list)
    for one in judged:
        pull = one.body.pull
        if pull is not None and pull.number > 0:
            found[pull.name.lower()].append(one)
    # NOTE: an end is told to the repository's stream and to that of the limits
    ends: defaultdict[str, list[OutcomeBody]] = defaultdict(list)
    for outcome in outcomes:
        if outcome not in ends[outcome.pull.name.lower()]:
            ends[outcome.pull.name.lower()].append(outcome)
    return tuple(
        Change(neutralise(key, 140), tuple(ones), tuple(sorted(ends[key], key=_when)))
        for key, ones in found.items()
    )


def _alerts(alerts: list[Told], told: Sequence[Told], kills: Sequence[Kill]) -> tuple[Alert, ...]:
    named = {name.hash for one in alerts for name in one.body(AlertBody).about}
    times = {one.entry.hash: time_of(one) for one in told if one.entry.hash in named}
    contained: dict[str, datetime] = {}
    for kill in kills:
        contained.setdefault(kill.body.alert, kill.at)
    found = []
    for one in alerts:
        body = one.body(AlertBody)
        known = [times[name.hash] for name in body.about if name.hash in times]
        since = min(known) if known else read_time(body.first_at)
        end = contained.get(one.entry.id) if isinstance(one.entry.id, str) else None
        found.append(Alert(time_of(one), since, end, body))
    return tuple(found)


def _incidents(told: Iterable[Told]) -> tuple[Incident, ...]:
    opened: dict[str, datetime] = {}
    acknowledged: dict[str, datetime] = {}
    closed: dict[str, datetime] = {}
    steps = {"opened": opened, "acknowledged": acknowledged, "closed": closed}
    for one in told:
        body = one.body(IncidentBody)
        if body.event in steps:
            steps[body.event].setdefault(body.incident, time_of(one))
    return tuple(Incident(at, acknowledged.get(key), closed.get(key)) for key, at in opened.items())


def _when(outcome: OutcomeBody) -> str:
    return outcome.at


def _strictness(authorship: str) -> int:
    return _STRICTEST.index(authorship) if authorship in _STRICTEST else len(_STRICTEST) - 2
