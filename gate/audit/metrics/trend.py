"""Cut the changes of a period into days, weeks or months, and sum them up by agent."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gate.audit.metrics.history import Change

MAX_DAYS = 31
"""A longer period is cut into weeks."""
MAX_WEEKS = 26
"""A longer one into months."""
MAX_MONTHS = 36
"""Only so many of the latest are kept."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The changes that were first judged in one stretch of the period."""

    begin: str
    """Its first day, YYYY-MM-DD."""
    length: str
    """day | week | month."""
    passed: int
    """AI changes that were never held or blocked."""
    held: int
    """AI changes that were held and never blocked."""
    blocked: int
    """AI changes that were blocked at least once."""
    unjudged: int
    """AI changes that never could be judged."""
    human: int
    """Changes of people."""
    alerts: int
    """Alerts raised."""


@dataclass(frozen=True, slots=True)
class AgentLine:
    """What one agent did in the period."""

    agent: str
    """Registry id, agent id or `unknown`, neutralised."""
    changes: int
    """Its changes."""
    passed: int
    """Those that were never held or blocked."""
    held: int
    """Those that were held and never blocked."""
    blocked: int
    """Those that were blocked at least once."""
    unjudged: int
    """Those that never could be judged."""
    merged: int
    """Those that were merged."""
    reverted: int
    """Those that were reverted."""
    anomalies: int
    """Those on which something was unusual."""


def agent_lines(changes: Iterable[Change]) -> tuple[AgentLine, ...]:
    """The agents of these changes, most changes first."""
    by_agent: dict[str, list[Change]] = {}
    for change in changes:
        if change.is_ai:
            by_agent.setdefault(change.agent, []).append(change)
    lines = [_line(agent, ones) for agent, ones in by_agent.items()]
    return tuple(sorted(lines, key=lambda line: (-line.changes, line.agent)))


def buckets(
    changes: Sequence[Change],
    alerts: Sequence[datetime],
    span: tuple[datetime, datetime] | None,
) -> tuple[Bucket, ...]:
    """The changes and alerts of a span, cut by its length.

    Args:
        changes: changes that were first judged within it.
        alerts: when each alert was raised.
        span: first and last moment; `None`: there is nothing.
    """
    if span is None:
        return ()
    length, begins = _cut(*span)
    sorted_in: list[list[Change]] = [[] for _ in begins]
    raised = [0] * len(begins)
    for change in changes:
        place = bisect_right(begins, change.judged[0].at) - 1
        if place >= 0:
            sorted_in[place].append(change)
    for at in alerts:
        place = bisect_right(begins, at) - 1
        if place >= 0:
            raised[place] += 1
    return tuple(
        _bucket(begin, length, ones, number)
        for begin, ones, number in zip(begins, sorted_in, raised, strict=True)
    )


def _cut(first: datetime, last: datetime) -> tuple[str, list[datetime]]:
    day = first.replace(hour=0, minute=0, second=0, microsecond=0)
    days = (last - day).days + 1
    if days <= MAX_DAYS:
        return "day", _steps(day, last, 1)
    if days <= MAX_WEEKS * 7:
        return "week", _steps(day - timedelta(days=day.weekday()), last, 7)
    month, begins = day.replace(day=1), []
    while month < last:
        begins.append(month)
        month = (month + timedelta(days=32)).replace(day=1)
    return "month", begins[-MAX_MONTHS:]


def _steps(begin: datetime, last: datetime, days: int) -> list[datetime]:
    found = [begin]
    while (begin := begin + timedelta(days=days)) < last:
        found.append(begin)
    return found


def _bucket(begin: datetime, length: str, ones: Sequence[Change], alerts: int) -> Bucket:
    passed, held, blocked, unjudged = _worst([one for one in ones if one.is_ai])
    human = sum(1 for one in ones if not one.is_ai)
    return Bucket(f"{begin:%Y-%m-%d}", length, passed, held, blocked, unjudged, human, alerts)


def _line(agent: str, ones: Sequence[Change]) -> AgentLine:
    passed, held, blocked, unjudged = _worst(ones)
    return AgentLine(
        agent=agent,
        changes=len(ones),
        passed=passed,
        held=held,
        blocked=blocked,
        unjudged=unjudged,
        merged=sum(1 for one in ones if one.outcome("merged")),
        reverted=sum(1 for one in ones if one.outcome("reverted")),
        anomalies=sum(1 for one in ones if any(item.body.anomalies for item in one.judged)),
    )


def _worst(ones: Sequence[Change]) -> tuple[int, int, int, int]:
    names = [one.worst for one in ones]
    return names.count("pass"), names.count("hold"), names.count("block"), names.count("error")
