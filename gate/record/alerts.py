"""Raise alerts, each of which opens an incident or joins the open one of its key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gate.record.earlier import DAILY, Earlier
from gate.record.incidents import SEVERITIES, IncidentLog, append_incidents, draft
from gate.schema.bodies import EntryName, PullName
from gate.schema.entry import Entry
from gate.schema.events import AlertBody, AlertSource, IncidentBody
from gate.schema.finding import Severity
from gate.schema.ledger import Draft
from gate.schema.report import EntryRef, PullRefInfo, Report
from gate.schema.usage import Anomaly, Killed, LimitUse
from gate.store.ids import new_id
from gate.store.port import Store
from gate.store.streams import Streams
from gate.text import neutralise

_TEXT = 300
_NAME = 100
_ABOUT = 50
_SEVERITY: dict[str, Severity] = {"first_touch": "high", "denials": "high", "hours": "low"}
"""Signal -> how bad; the others are medium."""


def raise_alerts(streams: Streams, drafts: Sequence[AlertBody], now: str) -> tuple[Entry, ...]:
    """Write alerts, and open an incident for each key that has no open one, in one append.

    The same alert is never written twice: of a pull request's head there is one of a source and
    key, of anything else one that names the same entries and the same first moment.

    Args:
        streams: the ledger.
        drafts: the alerts.
        now: RFC 3339 UTC.

    Returns:
        The entries that were written, of both kinds; none where every alert is there already.

    Raises:
        RecordError: they were not durably written.
    """
    if not drafts:
        return ()

    def plan(log: IncidentLog) -> list[Draft]:
        known = {_identity(raised.body) for raised in log.alerts}
        fresh = {_identity(body): body for body in drafts if _identity(body) not in known}
        return _drafts(streams.store, log, list(fresh.values()), now)

    return tuple(append_incidents(streams.store, plan))


def alerts_of(
    report: Report, entry: EntryRef, earlier: Sequence[Earlier] = ()
) -> tuple[AlertBody, ...]:
    """The alerts that a decision calls for: what is unusual, over a limit, killed, or overridden.

    Args:
        report: the report of the decision.
        entry: where the decision stands; it has to be durable.
        earlier: older decisions, as `earlier_of` finds them; those that belong to the same matter
            are named too, and the time to detect counts from the oldest of them.

    Returns:
        Alerts, in order of their keys.
    """
    usage, told = report.usage, _Told(report, entry, tuple(earlier))
    found = [
        *(_of_anomaly(item, told) for item in usage.anomalies),
        *(_of_limit(use, told) for use in usage.limits if use.exceeded),
        *(_of_kill(kill, told) for kill in usage.killed),
        *_of_break_glass(told),
    ]
    return tuple(sorted(found, key=lambda item: item.key))


class _Told:
    """A decision that was recorded, and what came before it."""

    def __init__(self, report: Report, entry: EntryRef, earlier: tuple[Earlier, ...]) -> None:
        self.report = report
        self._name = EntryName(stream=entry.stream, seq=entry.seq, hash=entry.hash)
        self._earlier = earlier

    def alert(
        self,
        source: AlertSource,
        key: tuple[str, ...],
        severity: Severity,
        text: str,
        values: dict[str, str | int | float],
        who: tuple[str, Callable[[Earlier], bool]] = ("", lambda _: False),
    ) -> AlertBody:
        """One alert about it; `who` says which agent, and what before it is the same matter."""
        agent, behind = who
        found = [one for one in self._earlier if one.name != self._name and behind(one)]
        found.sort(key=lambda one: (one.at, one.name.stream, one.name.seq))
        found = found[:_ABOUT]
        return AlertBody(
            source=source,
            key=":".join(neutralise(part, _NAME) for part in (source, *key)),
            severity=severity,
            agent=neutralise(agent, _NAME),
            pull=_pull(self.report.pull),
            about=(*(one.name for one in found), self._name),
            first_at=min((self.report.at, *(one.at for one in found))),
            text=neutralise(text, _TEXT),
            values=values,
        )


def _of_anomaly(item: Anomaly, told: _Told) -> AlertBody:
    values: dict[str, str | int | float] = {
        "signal": item.signal,
        "value": item.value,
        "expected": item.expected,
        "baseline": neutralise(item.baseline, _NAME),
    }
    if item.probability is not None:
        values["probability"] = item.probability
    day = told.report.at[:10]

    def is_behind(one: Earlier) -> bool:
        return item.signal in DAILY and one.agent == item.agent and one.at.startswith(day)

    return told.alert(
        "anomaly",
        (item.agent, item.signal),
        _SEVERITY.get(item.signal, "medium"),
        item.text,
        values,
        (item.agent, is_behind),
    )


def _of_limit(use: LimitUse, told: _Told) -> AlertBody:
    # NOTE: the same plan tried again and again, destruction, and a surface taken in small steps are
    # what an attack looks like; too many pull requests mostly are a bot in a loop
    is_grave = use.count in ("attempts", "destroyed", "surfaces")
    whose = ", ".join(f"{key} {value}" for key, value in sorted(use.per.items())) or "everybody"
    counted = use.count.replace("_", " ")
    return told.alert(
        "limit",
        (use.name, *(value for _, value in sorted(use.per.items()))),
        "high" if is_grave else "medium",
        f"limit {use.name}: {use.used + use.wanted} {counted} of {use.max} in {use.window} "
        f"for {whose}",
        {"max": use.max, "used": use.used, "wanted": use.wanted, "window": use.window},
        (use.per.get("agent", ""), lambda one: one.pull in use.others),
    )


def _of_kill(kill: Killed, told: _Told) -> AlertBody:
    provenance = told.report.provenance
    who = provenance.registered or provenance.agent or "an unknown agent"
    target = f"{kill.scope} {kill.target}".strip()
    return told.alert(
        "killed",
        (kill.scope, kill.target),
        "high",
        f"{who} goes on after the kill of {target} at {kill.at}",
        {"scope": kill.scope, "kill": kill.seq},
        (provenance.registered or "", lambda _: False),
    )


def _of_break_glass(told: _Told) -> list[AlertBody]:
    glass = told.report.votes.break_glass
    if glass is None or not glass.in_force:
        return []
    where = _pull(told.report.pull)
    text = f"overridden by {' and '.join(glass.by)}: {glass.reason}"
    values: dict[str, str | int | float] = {"review_by": glass.review_by}
    return [told.alert("break_glass", (where.name if where else "",), "high", text, values)]


def _drafts(store: Store, log: IncidentLog, fresh: Sequence[AlertBody], now: str) -> list[Draft]:
    if not fresh:
        return []
    drafts = [draft("alert", now, body) for body in fresh]
    named = list(zip(fresh, drafts, strict=True))
    keys = [key for key in dict.fromkeys(body.key for body in fresh) if not log.open_with(key)]
    frozen = _heads(store) if keys else ()
    for key in keys:
        name = new_id()
        mine = [(body, made.id) for body, made in named if body.key == key]
        opened = IncidentBody(
            incident=name,
            event="opened",
            key=key,
            severity=max((body.severity for body, _ in mine), key=SEVERITIES.index),
            alerts=tuple(alert for _, alert in mine),
            frozen=frozen,
        )
        drafts.append(draft("incident", now, opened, name))
    return drafts


def _heads(store: Store) -> tuple[EntryName, ...]:
    """The head of every stream, so that what an incident is about cannot be exchanged later."""
    heads = ((stream, store.head(stream)) for stream in store.streams())
    return tuple(
        EntryName(stream=stream, seq=head.seq, hash=head.hash) for stream, head in heads if head
    )


def _identity(body: AlertBody) -> tuple[object, ...]:
    pull = body.pull
    if pull is not None and pull.head:
        return (body.source, body.key, pull.repo.lower(), pull.number, pull.head)
    return (body.source, body.key, body.first_at, body.about)


def _pull(pull: PullRefInfo | None) -> PullName | None:
    if pull is None:
        return None
    return PullName(
        origin=pull.origin, repo=pull.repo, number=pull.number, head=pull.head, base=pull.base
    )
