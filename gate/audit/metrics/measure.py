"""Compute every metric of a period from the entries of a ledger."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gate.audit.metrics.definitions import DEFINITIONS
from gate.audit.metrics.figures import Figure
from gate.audit.metrics.flow import decided, flow
from gate.audit.metrics.history import read_history, time_of
from gate.audit.metrics.signs import Covered, coverage, signs
from gate.audit.metrics.trend import AgentLine, Bucket, agent_lines, buckets
from gate.audit.reading import Told
from gate.errors import UsageError
from gate.moment import read_time
from gate.schema.bodies import EntryName


@dataclass(frozen=True, slots=True)
class Measured:
    """The metrics of one period."""

    since: str
    """Its begin, included, RFC 3339 UTC; empty: the first entry."""
    until: str
    """Its end, not included; empty: the last entry, included."""
    first: str
    """Time of the first entry of the period; empty: there is none."""
    last: str
    """Time of the last one."""
    entries: int
    """Entries that were read, older ones included."""
    heads: tuple[EntryName, ...]
    """The last of them in each stream, so that the figures can be computed again."""
    figures: dict[str, tuple[Figure, ...]]
    """Metric -> its figures, every metric in order."""
    buckets: tuple[Bucket, ...]
    """The changes of the period, day by day, week by week or month by month."""
    agents: tuple[AgentLine, ...]
    """The agents of the period, those with most changes first."""
    covered: tuple[Covered, ...]
    """Protected branches, by repository."""

    def figure(self, name: str, label: str = "") -> Figure:
        """One figure; one without data where there is none of that label."""
        found = (one for one in self.figures[name] if one.label == label)
        return next(found, Figure(name, label, why="none of these"))

    def total(self, name: str) -> int | None:
        """A counted metric over all its labels; `None`: part of it is not known."""
        values = [one.value for one in self.figures[name]]
        return None if None in values else int(sum(value or 0 for value in values))


def measure(told: Iterable[Told], since: str = "", until: str = "") -> Measured:
    """Every metric of a period.

    Args:
        told: all entries up to the end of the period, verified and sorted by time, as `read_all`
            has them; the older ones say when a pull request was first judged.
        since: RFC 3339 UTC, included; empty: from the first.
        until: RFC 3339 UTC, not included; empty: to the last.

    Returns:
        The metrics; of the same entries always the same.

    Raises:
        UsageError: `since` or `until` is no time, or the period is empty.
        RecordError: an entry is not what its kind has.
    """
    begin, end = _moment("since", since), _moment("until", until)
    if begin and end and begin >= end:
        raise UsageError("the period is empty", "It begins before it ends.")
    read = [one for one in told if end is None or time_of(one) < end]

    def within(at: datetime) -> bool:
        return begin is None or at >= begin

    history = read_history(read)
    changes = [one for one in history.changes if within(one.judged[0].at)]
    judged = [one for one in history.judged if within(one.at)]
    found: dict[str, list[Figure]] = {name: [] for name in DEFINITIONS}
    for figure in (*decided(judged), *flow(history, changes), *signs(history, changes, within)):
        found[figure.name].append(figure)
    times = [one.entry.at for one in read if within(time_of(one))]
    alerts = [one.at for one in history.alerts if within(one.at)]
    return Measured(
        since=since,
        until=until,
        first=times[0] if times else "",
        last=times[-1] if times else "",
        entries=len(read),
        heads=_heads(read),
        figures={name: tuple(ones) for name, ones in found.items()},
        buckets=buckets(changes, alerts, _span(begin, end, times)),
        agents=agent_lines(changes),
        covered=coverage(history, within),
    )


def _heads(told: Sequence[Told]) -> tuple[EntryName, ...]:
    last: dict[str, Told] = {}
    for one in told:
        if one.stream not in last or one.entry.seq > last[one.stream].entry.seq:
            last[one.stream] = one
    return tuple(last[stream].name for stream in sorted(last))


def _span(
    begin: datetime | None, end: datetime | None, times: Sequence[str]
) -> tuple[datetime, datetime] | None:
    """What the charts show; `None`: nothing is there."""
    first = begin or (read_time(times[0]) if times else None)
    last = end or (read_time(times[-1]) if times else None)
    return (first, last) if first and last and first <= last else None


def _moment(name: str, text: str) -> datetime | None:
    found = read_time(text) if text else None
    if text and found is None:
        raise UsageError(f"--{name}: not a time", "Write 2026-11-24 or 2026-11-24T10:00:00Z.")
    return found
