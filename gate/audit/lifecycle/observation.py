"""Report on the observation of an agent: what the ledger tells of its last 30 days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Literal

import msgspec

from gate.audit.lifecycle.dossier import Dossier, Item, gather, pull_of
from gate.audit.lifecycle.refusals import Refusal, Span, refusals_of
from gate.errors import RecordError
from gate.moment import read_day
from gate.schema.agents import OBSERVATION_DAYS, AgentRecord
from gate.schema.bodies import DecisionBody, EntryName
from gate.store.snapshot import Snapshot
from gate.text import neutralise

PAYLOAD = "application/vnd.agent-pr-gate.observation+json"
"""Payload type of a signed report."""


class Observation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was observed of one agent; the same ledger gives the same bytes."""

    version: Literal[1] = 1
    """Version of this document."""
    agent: str
    """Registry id."""
    observing_since: str
    """Day its record says that the observation began, YYYY-MM-DD."""
    known_since: str
    """Day of the first entry that tells of it; empty: the ledger knows nothing of it."""
    day: int
    """Day of the observation, from the later of the two; -1: it has not begun."""
    since: str
    """First day of the span that is reported on."""
    until: str
    """The moment of the report, RFC 3339 UTC."""
    ledger: tuple[EntryName, ...]
    """The last entry of every stream that it was made from."""
    active_days: int
    """Days with a decision."""
    pulls: int
    """Pull requests; a local range counts once for each head."""
    decisions: dict[str, int]
    """Decision -> how many."""
    blocked_pulls: int
    """Pull requests that were blocked at least once."""
    blocked: dict[str, int]
    """Rule -> pull requests in which it blocked."""
    outside_sandbox: int
    """Pull requests that left its sandbox."""
    anomalies: dict[str, int]
    """Signal -> how often."""
    kills: int
    """Times it, its models or everything was stopped."""
    suspensions: int
    """Times it was suspended."""
    waivers: dict[str, int]
    """Waiver -> findings that it waived."""
    break_glass: int
    """Pull requests that an emergency override let through."""
    follow_ups_open: int
    """Overrides that nobody has reviewed, of whatever age."""
    incidents: int
    """Incidents about it, opened in the span."""
    incidents_open: int
    """Those that are open, of whatever age."""
    outcomes: dict[str, int]
    """merged, closed, fixed, reverted, false_block -> how many."""
    refusals: tuple[Refusal, ...]
    """What stands against a promotion; empty: nothing."""

    @property
    def digest(self) -> str:
        """SHA-256 of its canonical bytes, hex."""
        import hashlib

        return hashlib.sha256(canonical_bytes(self)).hexdigest()


def observe(snapshot: Snapshot, registry: str, record: AgentRecord, now: str) -> Observation:
    """Report on an agent from what the ledger tells of it.

    Args:
        snapshot: the ledger.
        registry: the stream in which the life of agents stands.
        record: the agent.
        now: RFC 3339 UTC.

    Raises:
        TamperedError: something was done to a stream.
        RecordError: one cannot be read, or an entry is malformed.
    """
    dossier = gather(snapshot, registry, record)
    span = _span(dossier, record, now)
    decisions = [item for item in dossier.decisions if item.at >= span.since]
    return Observation(
        agent=record.id,
        observing_since=record.observing_since,
        known_since=dossier.known_since,
        day=span.day,
        since=span.since,
        until=now,
        ledger=snapshot.names(),
        active_days=len({item.at[:10] for item in decisions}),
        pulls=len({pull_of(item.body) for item in decisions}),
        decisions=_counted(item.body.decision for item in decisions),
        blocked_pulls=len({pull_of(one.body) for one in decisions if one.body.decision == "block"}),
        blocked=_blocked(decisions),
        outside_sandbox=_blocked(decisions, "").get("agents.outside_sandbox", 0),
        anomalies=_counted(one.signal for item in decisions for one in item.body.anomalies),
        kills=_in_span(((one.body.event, one.at) for one in dossier.kills), "killed", span),
        suspensions=_in_span(
            ((one.body.event, one.at) for one in dossier.events), "suspended", span
        ),
        waivers=_waivers(decisions),
        break_glass=len({pull_of(one.body) for one in decisions if _overridden(one.body)}),
        follow_ups_open=len(span.open_follow_ups(dossier)),
        incidents=sum(one.opened >= span.since for one in dossier.incidents),
        incidents_open=sum(one.state != "closed" for one in dossier.incidents),
        outcomes=_counted(one.body.outcome for one in dossier.outcomes if one.at >= span.since),
        refusals=refusals_of(dossier, decisions, span),
    )


def canonical_bytes(document: msgspec.Struct) -> bytes:
    """The RFC 8785 form of a document: what is written, signed and hashed."""
    import rfc8785  # NOTE: only what is signed needs it

    return rfc8785.dumps(msgspec.to_builtins(document))


def _span(dossier: Dossier, record: AgentRecord, now: str) -> Span:
    """The last 30 days. A day of which the ledger knows nothing was not observed."""
    today = _day(now[:10])
    begun = max(record.observing_since, dossier.known_since)
    known = bool(record.observing_since and dossier.known_since and begun <= now)
    first = (today - timedelta(days=OBSERVATION_DAYS)).isoformat()
    return Span(since=max(first, begun), day=(today - _day(begun)).days if known else -1)


def _day(text: str) -> date:
    day = read_day(text)
    if day is None:
        raise RecordError(
            f"{neutralise(text, 40)!a} is not a day", "A day is written as 2026-11-24."
        )
    return day


def _in_span(events: Iterable[tuple[str, str]], wanted: str, span: Span) -> int:
    return sum(event == wanted and at >= span.since for event, at in events)


def _counted(names: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(neutralise(name, 120) for name in names).items()))


def _blocked(decisions: list[Item[DecisionBody]], only: str = "block") -> dict[str, int]:
    """Rule -> pull requests in which it blocked, or had any finding."""
    pairs = {
        (finding.rule, pull_of(item.body))
        for item in decisions
        for finding in item.body.findings
        if not only or (finding.enforcement == only and finding.waived_by is None)
    }
    return _counted(rule for rule, _ in pairs)


def _waivers(decisions: list[Item[DecisionBody]]) -> dict[str, int]:
    pairs = {
        (finding.waived_by, finding.id)
        for item in decisions
        for finding in item.body.findings
        if finding.waived_by not in (None, "break-glass")
    }
    return _counted(str(waiver) for waiver, _ in pairs)


def _overridden(body: DecisionBody) -> bool:
    return body.votes.break_glass is not None and body.votes.break_glass.in_force
