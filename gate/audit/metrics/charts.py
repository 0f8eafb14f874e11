"""Lay out the charts of the page: rectangles, lines and words, in units of the drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 400
"""Units across; a card shows one unit as about one pixel, so text is as large as around it."""
_LEFT, _RIGHT, _TOP, _BASE = 34, 392, 10, 168
_HEIGHT = 196
_ROW = 26
_NAME = 118
_LETTER = 6.2


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float
    color: str
    """Name of its colour in the page's style sheet."""
    title: str
    """What it stands for, shown when pointed at."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal line of the grid."""

    y: float
    is_base: bool
    """Whether it is the axis."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word."""

    x: float
    y: float
    anchor: str
    """start | middle | end."""
    text: str
    style: str = "axis"
    """Name of its style in the page's style sheet."""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart."""

    title: str
    """What it shows."""
    note: str
    """One line below the title."""
    height: float
    """Units of its height; it is `WIDTH` wide."""
    boxes: tuple[Box, ...] = ()
    rules: tuple[Rule, ...] = ()
    words: tuple[Word, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    """Colour and name of what is told apart."""
    empty: str = ""
    """Why there is nothing to draw."""

    @property
    def label(self) -> str:
        """The chart in words, for those who do not see it."""
        return "; ".join((self.title, *(box.title for box in self.boxes)))[:2000]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a bar."""

    value: float
    """How long it is."""
    color: str
    """Its colour."""
    name: str
    """What it stands for."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a chart, of parts that stand on one another."""

    name: str
    """What it is about."""
    parts: tuple[Part, ...]
    """From the axis on."""
    text: str = ""
    """The figure at the end of a lying bar."""

    @property
    def total(self) -> float:
        """How long it is."""
        return sum(part.value for part in self.parts)


def columns(title: str, note: str, bars: Sequence[Bar], empty: str, most: float = 0) -> Chart:
    """Standing bars in order of time, or of size classes.

    Args:
        title: what the chart shows.
        note: one line below it.
        bars: the bars, from left to right.
        empty: what to say where all of them are 0.
        most: where the axis ends at least.
    """
    tallest = max((bar.total for bar in bars), default=0)
    if not tallest:
        return Chart(title, note, 0, empty=empty)
    most = max(most, tallest)
    top, step = _scale(most)
    slot = (_RIGHT - _LEFT) / len(bars)
    width = min(slot * 0.72, 44)
    room = max(len(bar.name) for bar in bars) * _LETTER + 7
    every = math.ceil(room / slot)
    boxes: list[Box] = []
    words: list[Word] = []
    for number, bar in enumerate(bars):
        middle = _LEFT + slot * (number + 0.5)
        y = float(_BASE)
        for part in bar.parts:
            height = (_BASE - _TOP) * part.value / top
            y -= height
            if part.value:
                text = f"{bar.name}: {part.value:g} {part.name}".strip()
                boxes.append(_box(middle - width / 2, y, width, height, part.color, text))
        if number % every == 0:
            words.append(Word(_round(middle), _BASE + 17, "middle", bar.name))
    rules = [Rule(_round(_BASE - (_BASE - _TOP) * at / top), at == 0) for at in _marks(top, step)]
    words += [
        Word(_LEFT - 7, rule.y + 4, "end", f"{at:g}")
        for rule, at in zip(rules, _marks(top, step), strict=True)
    ]
    return Chart(title, note, _HEIGHT, tuple(boxes), tuple(rules), tuple(words), _legend(bars))


def rows(title: str, note: str, bars: Sequence[Bar], empty: str) -> Chart:
    """Lying bars with their names before and their figures behind them.

    Args:
        title: what the chart shows.
        note: one line below it.
        bars: the bars, from top to bottom.
        empty: what to say where there is none.
    """
    if not bars:
        return Chart(title, note, 0, empty=empty)
    most = max(max(bar.total for bar in bars), 1)
    room = _RIGHT - _NAME - 62
    boxes: list[Box] = []
    words: list[Word] = []
    for number, bar in enumerate(bars):
        y, x = 6 + number * _ROW, float(_NAME)
        for part in bar.parts:
            width = room * part.value / most
            if part.value:
                text = f"{bar.name}: {part.value:g} {part.name}".strip()
                boxes.append(_box(x, y, max(width, 2), _ROW - 10, part.color, text))
            x += width
        words.append(Word(_NAME - 9, y + 12.5, "end", _cut(bar.name), "name"))
        words.append(Word(_round(x + 7), y + 12.5, "start", bar.text, "figure"))
    height = 6 + len(bars) * _ROW
    return Chart(title, note, height, tuple(boxes), (), tuple(words), _legend(bars))


def _scale(most: float) -> tuple[float, float]:
    """Where the axis ends, and how far its marks are apart: 1, 2 or 5 times a power of ten."""
    rough = most / 4
    power = 10 ** math.floor(math.log10(rough)) if rough > 1 else 1
    step = next(power * size for size in (1, 2, 5, 10) if power * size >= rough)
    return math.ceil(most / step) * step, step


def _marks(top: float, step: float) -> list[float]:
    return [step * number for number in range(round(top / step) + 1)]


def _legend(bars: Sequence[Bar]) -> tuple[tuple[str, str], ...]:
    """What is told apart, in the order in which it stands in a bar, if it is anywhere."""
    parts = [part for bar in bars for part in bar.parts if part.name]
    seen = {part.name for part in parts if part.value}
    found = dict.fromkeys((part.color, part.name) for part in parts if part.name in seen)
    return tuple(found) if len(found) > 1 else ()


def _box(x: float, y: float, width: float, height: float, color: str, title: str) -> Box:
    return Box(_round(x), _round(y), _round(width), _round(max(height, 1)), color, title)


def _cut(name: str) -> str:
    return name if len(name) <= 16 else f"…{name[-15:]}"


def _round(number: float) -> float:
    return round(number, 1)
