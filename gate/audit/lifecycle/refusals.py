"""Say what stands against the promotion of an agent, each thing with the entries that show it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

import msgspec

from gate.audit.lifecycle.dossier import Dossier, Item, pull_of
from gate.enquire.killed import same_target
from gate.record.incidents import Incident
from gate.schema.agents import OBSERVATION_DAYS
from gate.schema.bodies import DecisionBody, EntryName, PullName
from gate.schema.events import KillBody
from gate.text import neutralise

MIN_PULLS = 5
"""Pull requests of an observation: fewer are too little to judge an agent by."""
MAX_ENTRIES = 20
"""Entries that one refusal names."""

RefusalCode = Literal[
    "early",
    "evidence",
    "blocked",
    "secrets",
    "anomaly",
    "killed",
    "suspended",
    "incident",
    "follow_up",
    "reverted",
]
"""What may stand against a promotion; explained one by one in docs/agents.md."""


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reason not to promote."""

    code: RefusalCode
    """Which kind."""
    text: str
    """Why, in one line, neutralised."""
    entries: tuple[EntryName, ...] = ()
    """The entries that show it, oldest first; at most 20."""


class Span(NamedTuple):
    """The days that are reported on."""

    since: str
    """First day, YYYY-MM-DD."""
    day: int
    """Day of the observation; -1: it has not begun."""

    def open_follow_ups(self, dossier: Dossier) -> tuple[EntryName, ...]:
        """Overrides, of whatever age, that no closed incident is about."""
        reviewed = _closed_over(dossier.incidents, "break_glass")
        left = [
            dossier.follow_ups[item.name.hash]
            for item in dossier.decisions
            if item.name.hash in dossier.follow_ups and not _marks(item) & reviewed
        ]
        return tuple(sorted(left, key=lambda name: (name.stream, name.seq)))


def refusals_of(
    dossier: Dossier, decisions: Sequence[Item[DecisionBody]], span: Span
) -> tuple[Refusal, ...]:
    """Everything that stands against a promotion.

    What happened counts within the span, what still stands counts whatever its age.

    Args:
        dossier: what the ledger tells.
        decisions: those of the span.
        span: the days reported on.
    """
    return (
        *_early(decisions, span),
        *_blocks(decisions),
        *_secrets(decisions),
        *_anomalies(decisions, dossier.incidents),
        *_kills(dossier, span),
        *_suspensions(dossier, span),
        *_incidents(dossier),
        *_follow_ups(dossier, span),
        *_reverts(dossier, span),
    )


def _early(decisions: Sequence[Item[DecisionBody]], span: Span) -> Iterator[Refusal]:
    if span.day < OBSERVATION_DAYS:
        day = f"day {span.day} of the observation" if span.day >= 0 else "nothing was observed"
        yield Refusal(code="early", text=f"{day}; {OBSERVATION_DAYS} days are asked for")
    pulls = {pull_of(item.body) for item in decisions}
    if len(pulls) < MIN_PULLS:
        text = f"{_several(len(pulls), 'pull request')} observed; {MIN_PULLS} are asked for"
        yield Refusal(code="evidence", text=text)


def _blocks(decisions: Sequence[Item[DecisionBody]]) -> Iterator[Refusal]:
    """Rules about agents that blocked; what an emergency override let through was blocked too."""
    found: dict[str, list[Item[DecisionBody]]] = {}
    for item in decisions:
        rules = {
            finding.rule
            for finding in item.body.findings
            if finding.rule.startswith("agents.")
            and finding.enforcement == "block"
            and finding.waived_by in (None, "break-glass")
        }
        # NOTE: a stop of everything says nothing of this agent; one of its own is told by _kills
        for rule in rules - {"agents.killed"}:
            found.setdefault(rule, []).append(item)
    for rule, items in sorted(found.items()):
        pulls = len({pull_of(item.body) for item in items})
        text = f"{neutralise(rule, 120)} blocked {_several(pulls, 'pull request')}"
        yield _refuse("blocked", text, (item.name for item in items))


def _secrets(decisions: Sequence[Item[DecisionBody]]) -> Iterator[Refusal]:
    items = [
        item
        for item in decisions
        if any(one.rule == "secrets.added" and one.waived_by is None for one in item.body.findings)
    ]
    if items:
        pulls = len({pull_of(item.body) for item in items})
        text = f"secrets.added found something in {_several(pulls, 'pull request')}"
        yield _refuse("secrets", text, (item.name for item in items))


def _anomalies(
    decisions: Sequence[Item[DecisionBody]], incidents: Sequence[Incident]
) -> Iterator[Refusal]:
    """Anomalies that no closed incident is about, signal by signal."""
    found: dict[str, list[EntryName]] = {}
    for item in decisions:
        for anomaly in item.body.anomalies:
            if not _marks(item) & _closed_over(incidents, "anomaly", anomaly.signal):
                found.setdefault(anomaly.signal, []).append(item.name)
    for signal, names in sorted(found.items()):
        text = f"anomaly {neutralise(signal, 60)} was found {_times(len(names))} and not closed"
        yield _refuse("anomaly", text, names)


def _kills(dossier: Dossier, span: Span) -> Iterator[Refusal]:
    """Kills that stand, and those of the agent or its models that stood in the span."""
    standing: dict[tuple[str, str], Item[KillBody]] = {}
    found: list[Item[KillBody]] = []
    for item in dossier.kills:
        kill = item.body
        if kill.event == "lifted":
            standing.pop((kill.scope, same_target(kill.scope, kill.target)), None)
        elif kill.event == "killed":
            standing.setdefault((kill.scope, same_target(kill.scope, kill.target)), item)
            if kill.scope != "org" and item.at >= span.since:
                found.append(item)
    names = {item.name.seq: item for item in (*found, *standing.values())}
    for _, item in sorted(names.items()):
        kill = item.body
        what = f"{kill.scope} {neutralise(kill.target, 80)}".strip()
        on = " and still is" if item in standing.values() else ""
        text = f"{what} was killed on {item.at[:10]} by {neutralise(kill.by, 60)}{on}"
        yield _refuse("killed", text, (item.name,))


def _suspensions(dossier: Dossier, span: Span) -> Iterator[Refusal]:
    for item in dossier.events:
        if item.body.event == "suspended" and item.at >= span.since:
            text = f"suspended on {item.at[:10]} by {neutralise(item.body.by, 60)}"
            yield _refuse("suspended", text, (item.name,))


def _incidents(dossier: Dossier) -> Iterator[Refusal]:
    for incident in dossier.incidents:
        if incident.state != "closed":
            text = f"incident {incident.id} of {incident.opened[:10]} is {incident.state}: "
            yield _refuse("incident", text + neutralise(incident.text, 160), (incident.entry,))


def _follow_ups(dossier: Dossier, span: Span) -> Iterator[Refusal]:
    names = span.open_follow_ups(dossier)
    if names:
        text = f"{_several(len(names), 'emergency override')} not reviewed"
        yield _refuse("follow_up", text, names)


def _reverts(dossier: Dossier, span: Span) -> Iterator[Refusal]:
    for item in dossier.outcomes:
        if item.body.outcome == "reverted" and item.at >= span.since:
            pull = neutralise(item.body.pull.name, 160)
            yield _refuse("reverted", f"{pull} was reverted after its merge", (item.name,))


def _closed_over(incidents: Iterable[Incident], source: str, signal: str = "") -> set[str]:
    """Marks of what the alerts of closed incidents are about."""
    alerts = [
        alert.body
        for incident in incidents
        if incident.state == "closed"
        for alert in incident.alerts
        if alert.body.source == source and (not signal or signal in alert.body.key.split(":"))
    ]
    heads = {_mark(body.pull) for body in alerts} - {""}
    return heads | {name.hash for body in alerts for name in body.about}


def _marks(item: Item[DecisionBody]) -> set[str]:
    """By what an alert may name a decision; a second run of a head raises no alert of its own."""
    return {item.name.hash, _mark(item.body.pull)} - {""}


def _mark(pull: PullName | None) -> str:
    return f"{pull.name.lower()}@{pull.head}" if pull and pull.head else ""


def _refuse(code: RefusalCode, text: str, entries: Iterable[EntryName]) -> Refusal:
    return Refusal(code=code, text=text, entries=tuple(entries)[:MAX_ENTRIES])


def _several(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"
