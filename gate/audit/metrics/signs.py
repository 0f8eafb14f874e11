"""Compute the metrics of trouble: what was unusual, how soon it was seen, stopped and settled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, get_args

from gate.audit.metrics.figures import Figure, count, missing, share, spread
from gate.audit.metrics.history import Alert, Change, History, Incident, Unchecked, Walk
from gate.schema.events import AlertSource
from gate.schema.usage import KillScope
from gate.text import neutralise

_LIMITS = "limits."
_SILENT = "the entries do not say whether it was looked for"

Within = Callable[[datetime], bool]
"""Whether a moment is in the period."""


class Covered(NamedTuple):
    """How much of the protected branches of one repository has a decision."""

    repo: str
    """`owner/name`, neutralised."""
    commits: int
    """Commits walked."""
    uncovered: int
    """Those without a decision."""


def signs(history: History, changes: Sequence[Change], within: Within) -> Iterator[Figure]:
    """Figures over anomalies, limits, alerts, kills, incidents and reconciliations."""
    yield from _coverage(history, within)
    ai = [one for one in changes if one.is_ai]
    yield from _unusual(ai)
    yield from _alerts([one for one in history.alerts if within(one.at)])
    scopes = Counter(one.body.scope for one in history.kills if within(one.at))
    yield from (count("kills", scopes[scope], scope) for scope in get_args(KillScope))
    yield from _incidents(history.incidents, within)


def coverage(history: History, within: Within) -> tuple[Covered, ...]:
    """What the walks of the period found, by repository, sorted."""
    walks: dict[tuple[str, str, str], Walk] = {}
    for walk in history.walks:
        if within(walk.at):
            walks[(walk.body.repo.lower(), walk.body.branch, walk.body.since)] = walk
    commits: Counter[str] = Counter()
    uncovered: dict[str, set[str]] = {}
    for (repo, _, _), walk in walks.items():
        commits[repo] += walk.body.commits
        found = uncovered.setdefault(repo, set())
        found.update(row.get("commit", "") for row in walk.body.uncovered)
    return tuple(
        Covered(neutralise(repo, 120), commits[repo], len(uncovered[repo]))
        for repo in sorted(uncovered)
    )


def _coverage(history: History, within: Within) -> Iterator[Figure]:
    found = coverage(history, within)
    why = "no protected branch was walked in the period"
    gaps, commits = sum(one.uncovered for one in found), sum(one.commits for one in found)
    yield share("coverage_gap_ratio", gaps, commits, "no commit to walk" if found else why)
    for one in found:
        yield count("uncovered_commits", one.uncovered, one.repo)
    if not found:
        yield missing("uncovered_commits", why)


def _unusual(ai: Sequence[Change]) -> Iterator[Figure]:
    signals = Counter(
        signal
        for change in ai
        for signal in {item.signal for one in change.judged for item in one.body.anomalies}
    )
    yield from _counted(
        "anomalies", signals, _why_unlooked(ai, lambda one: one.anomalies_unchecked)
    )
    rules = Counter(
        rule
        for change in ai
        for rule in {item.rule for one in change.judged for item in one.body.findings}
        if rule.startswith(_LIMITS)
    )
    was_held = any(one.body.reserved for change in ai for one in change.judged)
    why = "" if was_held else _why_unlooked(ai, lambda one: one.limits_unchecked)
    yield from _counted("limited_changes", rules, why)


def _counted(name: str, found: Counter[str], why: str) -> Iterator[Figure]:
    """What was found; where nothing was, that is 0 only if somebody looked."""
    for label in sorted(found):
        yield count(name, found[label], neutralise(label, 60))
    if not found:
        yield missing(name, why) if why else count(name, 0)


def _why_unlooked(ai: Sequence[Change], ask: Callable[[Unchecked], str | None]) -> str:
    """Why nobody looked at any of the changes; empty: somebody did at one."""
    answers = [ask(one.unchecked) for change in ai for one in change.judged]
    if "" in answers:
        return ""
    told = sorted({answer for answer in answers if answer})
    return neutralise(told[0], 120) if told else (_SILENT if ai else "no AI change in the period")


def _alerts(alerts: Sequence[Alert]) -> Iterator[Figure]:
    sources = Counter(one.body.source for one in alerts)
    for source in get_args(AlertSource):
        yield count("alerts", sources[source], source)
    why = "no alert in the period"
    yield spread("time_to_detect_seconds", _times((a.since, a.at) for a in alerts), why)
    why = "no kill names an alert of the period" if alerts else why
    yield spread("time_to_contain_seconds", _times((a.at, a.contained) for a in alerts), why)


def _incidents(incidents: Sequence[Incident], within: Within) -> Iterator[Figure]:
    opened = [one for one in incidents if within(one.opened)]
    why = "no incident was opened in the period"
    took = _times((one.opened, one.acknowledged) for one in opened)
    yield spread("time_to_acknowledge_seconds", took, "nobody took one" if opened else why)
    took = _times((one.opened, one.closed) for one in opened)
    yield spread("time_to_resolve_seconds", took, "none was closed" if opened else why)
    yield count("incidents_open", sum(1 for one in incidents if one.closed is None))


def _times(pairs: Iterable[tuple[datetime | None, datetime | None]]) -> Iterator[float]:
    """Seconds between two moments; what is not known, or runs backwards, is no observation."""
    for begin, end in pairs:
        if begin is not None and end is not None and end >= begin:
            yield (end - begin).total_seconds()
