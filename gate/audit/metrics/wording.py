"""Say figures in words: `33.3 %`, `2.5 h`, `no data`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from gate.audit.metrics.definitions import DEFINITIONS
from gate.audit.metrics.figures import Figure
from gate.audit.metrics.measure import Measured

NO_DATA = "no data"
"""Stands for every figure that is not known."""
_STEPS = ((1.0, "ms", 0.001), (60.0, "s", 1.0), (3600.0, "min", 60.0), (86400.0, "h", 3600.0))


class Row(NamedTuple):
    """One figure as people read it."""

    title: str
    """Which one."""
    value: str
    """The figure."""
    basis: str
    """What it rests on, or why there is no data."""


def rows(measured: Measured) -> Iterator[Row]:
    """Every metric, in order; one that is counted by label is one row with its sum."""
    for name, figures in measured.figures.items():
        defined = DEFINITIONS[name]
        if defined.label and defined.unit == "count":
            yield _sum(defined.title, figures, measured.total(name))
            continue
        for figure in figures:
            title = f"{defined.title}: {_label(figure)}" if figure.label else defined.title
            yield Row(title, say(figure), say_basis(figure))


def say(figure: Figure) -> str:
    """A figure with its unit."""
    if figure.value is None:
        return NO_DATA
    unit = DEFINITIONS[figure.name].unit
    if unit == "ratio":
        return f"{figure.value * 100:.1f} %"
    if unit == "seconds":
        return say_seconds(figure.value)
    return f"{figure.value:.2f}" if unit == "mean" else f"{figure.value:,.0f}"


def say_basis(figure: Figure) -> str:
    """What a figure rests on, or why there is no data."""
    if figure.value is None:
        return figure.why
    if figure.of is not None:
        return f"{figure.count} of {figure.of}" if _is_ratio(figure) else f"over {figure.of}"
    if figure.spread is None:
        return ""
    high, seen = figure.spread.rank(0.95), len(figure.spread.values)
    return f"median of {seen}; 95 % within {say_seconds(high or 0)}"


def say_seconds(seconds: float) -> str:
    """A duration in the unit that fits: `850 ms`, `42 s`, `2.5 h`, `3.1 d`."""
    for limit, unit, size in _STEPS:
        if seconds < limit:
            return f"{_short(seconds / size)} {unit}" if seconds else "0 s"
    return f"{_short(seconds / 86400)} d"


def say_period(measured: Measured) -> str:
    """The period, in days where it begins and ends at midnight."""
    begin = measured.since or measured.first
    end = measured.until or measured.last
    if not begin or not end:
        return "no entry in the period"
    return f"{_day(begin)} to {_day(end)}"


def _sum(title: str, figures: Sequence[Figure], total: int | None) -> Row:
    """All figures of a metric in one row; those that are 0 are not named."""
    parts = [f"{_label(one)} {say(one)}".strip() for one in figures if one.value and one.label]
    why = next((one.why for one in figures if one.value is None), "")
    unknown = [_label(one) for one in figures if one.value is None and one.label]
    if why:
        parts.append(f"{', '.join(unknown)}: {why}" if unknown else why)
    return Row(title, NO_DATA if total is None else f"{total:,}", "; ".join(parts))


def _label(figure: Figure) -> str:
    return figure.label.replace("_", " ")


def _day(text: str) -> str:
    return text.removesuffix("T00:00:00Z").replace("T", " ")


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"


def _is_ratio(figure: Figure) -> bool:
    return DEFINITIONS[figure.name].unit == "ratio"
