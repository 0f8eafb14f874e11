"""Hold one pull request against a baseline, signal by signal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from gate.enquire.baseline import (
    STRAY,
    WARM_UP,
    Baseline,
    history,
    hour_of,
    stray,
    with_parents,
)
from gate.enquire.past import HASTE, SIZES
from gate.enquire.statistics import ALPHA, count_tail, size_tail
from gate.schema.bodies import Measures
from gate.schema.usage import Anomaly
from gate.text import neutralise

MIN_PULLS: dict[str, int] = {
    "first_touch": 5,
    **dict.fromkeys(SIZES, 20),
    "hours": 21,
    "directories": 36,
}
"""Signal -> pull requests that a baseline must hold before it can tell anything of it."""
STRAY_RATE = 0.03
"""Where more of the agent's own pull requests stray, straying is usual."""
_LISTED = 5
"""Directories that are named."""
_NEAR_HOURS = 3
"""Hours before and after that are the same time of day."""
_NEAR_WEEK = 12
"""Hours before and after that are the same time of the week."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is held against the baseline: one pull request, and the day it belongs to."""

    agent: str
    """Registry id."""
    at: str
    """When its head was judged first, RFC 3339 UTC."""
    measures: Measures
    """How much it changes."""
    counts: dict[str, int]
    """Signal that is counted by day -> count of its day, this pull request included in `volume`."""
    haste: float = 0.0
    """Median seconds between hold and approval of those counted in `approval_latency`."""

    @property
    def day(self) -> str:
        """Its day."""
        return self.at[:10]


@dataclass(frozen=True, slots=True)
class Novelty:
    """What a signal saw."""

    value: float
    """As `Anomaly.value`."""
    expected: float
    """As `Anomaly.expected`."""
    text: str
    """As `Anomaly.text`."""
    probability: float | None = None
    """As `Anomaly.probability`."""
    detail: str = ""
    """As `Anomaly.detail`."""


def find(sighting: Sighting, baseline: Baseline) -> tuple[Anomaly, ...]:
    """What is unusual about a pull request, in the order of the signals."""
    found: list[Anomaly] = []
    for signal in SIGNALS:
        if missing(signal, baseline):
            continue
        novelties = SIGNALS[signal](signal, sighting, baseline)
        found += [_anomaly(signal, sighting, baseline, novelty) for novelty in novelties]
    return tuple(found)


def missing(signal: str, baseline: Baseline) -> str:
    """Why a baseline cannot tell anything of a signal; empty: it can."""
    pulls, needed = baseline.body.pulls, MIN_PULLS.get(signal, 0)
    if pulls < needed:
        return f"{signal} needs {needed} pull requests that were let go, there are {pulls}"
    strays = baseline.body.strays
    if signal == "directories" and _stray_rate(baseline) > STRAY_RATE:
        return f"directories: {strays} of {pulls} pull requests strayed, which is usual then"
    return ""


def _count(signal: str, sighting: Sighting, baseline: Baseline) -> Iterator[Novelty]:
    count = sighting.counts.get(signal, 0)
    tail = count_tail(count, history(baseline.body, signal))
    if not tail.is_unusual:
        return
    what = {
        "volume": f"{count} pull requests",
        "denials": f"{count} pull requests blocked",
        "approval_latency": f"{count} pull requests approved within {HASTE} s of their hold"
        f" (median {sighting.haste:.0f} s)",
    }[signal]
    text = f"{what} on {sighting.day}, {tail.expected:.2g} a day are usual"
    yield Novelty(count, tail.expected, f"{text}; {_odds(tail.probability)}", tail.probability)


def _size(signal: str, sighting: Sighting, baseline: Baseline) -> Iterator[Novelty]:
    size = getattr(sighting.measures, signal)
    sizes = baseline.body.sizes[signal]
    tail = size_tail(size, sizes)
    if not tail.is_unusual:
        return
    what = {
        "files": f"{size} files changed",
        "resources": f"{size} resources changed",
        "destroyed": f"{size} resources deleted or replaced",
    }[signal]
    text = (
        f"{what}, {tail.expected:.2g} are usual and {max(sizes)} the most of {len(sizes)} "
        f"pull requests; {_odds(tail.probability)}"
    )
    yield Novelty(size, tail.expected, text, tail.probability)


def _directories(signal: str, sighting: Sighting, baseline: Baseline) -> Iterator[Novelty]:
    touched = sighting.measures.directories
    known = with_parents(baseline.body.directories)
    distance = stray(touched, known)
    if distance < STRAY:
        return
    new = [name for name in touched if name not in known]
    usual = _stray_rate(baseline)
    text = (
        f"{len(new)} of {len(touched)} directories are new, distance {distance:.2f} to what "
        f"{baseline.body.pulls} pull requests changed; {baseline.body.strays} of them strayed so"
    )
    yield Novelty(distance, usual, text, detail=_list(new))


def _hours(signal: str, sighting: Sighting, baseline: Baseline) -> Iterator[Novelty]:
    hours, hour = baseline.body.hours, hour_of(sighting.at)
    total = sum(hours)
    for near, cycle, what in (
        (_NEAR_HOURS, 24, "hours of this time of day"),
        (_NEAR_WEEK, 168, "hours of this time of the week"),
    ):
        share = (2 * near + 1) / cycle
        seen = sum(count for other, count in enumerate(hours) if _gap(other, hour, cycle) <= near)
        if seen == 0 and (1 - share) ** total < ALPHA:
            when = f"{_WEEKDAYS[hour // 24]} {hour % 24:02}:00 UTC"
            text = f"{when}: none of {total} pull requests came within {near} {what}"
            yield Novelty(0, share * total, f"{text}, {share * total:.2g} would if all were alike")
            return


def _first_touch(signal: str, sighting: Sighting, baseline: Baseline) -> Iterator[Novelty]:
    for surface in sighting.measures.surfaces:
        if surface in baseline.body.surfaces:
            continue
        text = f"first touch of {surface}: none of {baseline.body.pulls} pull requests did"
        yield Novelty(1, 0, text, detail=surface)


def _anomaly(signal: str, sighting: Sighting, baseline: Baseline, novelty: Novelty) -> Anomaly:
    probability = novelty.probability
    return Anomaly(
        signal=signal,
        agent=sighting.agent,
        value=round(float(novelty.value), 3),
        expected=round(float(novelty.expected), 3),
        probability=None if probability is None else float(f"{probability:.2e}"),
        baseline=baseline.label,
        text=f"{novelty.text} (baseline {baseline.label})",
        detail=novelty.detail,
    )


def _stray_rate(baseline: Baseline) -> float:
    """The share of pull requests that stray, by Laplace's rule."""
    return (baseline.body.strays + 1) / (max(0, baseline.body.pulls - WARM_UP) + 2)


def _gap(one: int, other: int, cycle: int) -> int:
    apart = abs(one - other) % cycle
    return min(apart, cycle - apart)


def _list(names: list[str]) -> str:
    shown = ", ".join(neutralise(name, 80) for name in names[:_LISTED])
    return f"{shown} and {len(names) - _LISTED} more" if len(names) > _LISTED else shown


def _odds(probability: float) -> str:
    return f"so many or more come with probability {probability:.1e}"


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

SIGNALS: dict[str, Callable[[str, Sighting, Baseline], Iterator[Novelty]]] = {
    "volume": _count,
    "files": _size,
    "resources": _size,
    "destroyed": _size,
    "directories": _directories,
    "hours": _hours,
    "first_touch": _first_touch,
    "denials": _count,
    "approval_latency": _count,
}
"""Signal -> what looks for it; `docs/anomalies.md` explains each."""
