"""Hold the figures of a metric: a count, a share, or how long something took."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations that were observed."""

    values: tuple[float, ...]
    """Seconds, ascending."""

    def rank(self, share: float) -> float | None:
        """The nearest-rank quantile: an observed value; `None` where nothing was observed."""
        if not self.values:
            return None
        return self.values[max(math.ceil(share * len(self.values)), 1) - 1]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a metric."""

    name: str
    """The metric's."""
    label: str = ""
    """Which of its figures; empty where it has one."""
    value: float | None = None
    """The figure, of a spread its median; `None`: no data."""
    count: int | None = None
    """Of a share or mean: what was counted."""
    of: int | None = None
    """Of a share or mean: against how many."""
    spread: Spread | None = None
    """Of durations: all of them."""
    why: str = ""
    """Why there is no data."""


def count(name: str, value: int, label: str = "") -> Figure:
    """A number of things."""
    return Figure(name, label, value)


def missing(name: str, why: str, label: str = "") -> Figure:
    """No data, and why."""
    return Figure(name, label, why=why)


def share(name: str, part: int, of: int, why: str) -> Figure:
    """A part of a whole; of an empty whole there is no data."""
    return Figure(name, "", part / of, part, of) if of else Figure(name, why=why)


def spread(name: str, seconds: Iterable[float], why: str, label: str = "") -> Figure:
    """Durations; where there are none there is no data."""
    found = Spread(tuple(sorted(seconds)))
    return Figure(name, label, found.rank(0.5), spread=found, why="" if found.values else why)
