"""Write the metrics as one HTML page that needs nothing else: no script, no network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gate import __version__
from gate.audit.metrics.charts import WIDTH, Bar, Chart, Part, columns, rows
from gate.audit.metrics.definitions import DEFINITIONS
from gate.audit.metrics.figures import Figure, Spread
from gate.audit.metrics.measure import Measured
from gate.audit.metrics.trend import Bucket
from gate.audit.metrics.wording import say, say_basis, say_period, say_seconds

if TYPE_CHECKING:
    from jinja2 import Template

_TEMPLATE = "page.html.jinja"
_MAX_AGENTS, _MAX_ROWS = 30, 8
_CLASSES = (
    (60, "<1 min"),
    (600, "<10 min"),
    (3600, "<1 h"),
    (4 * 3600, "<4 h"),
    (86400, "<1 d"),
    (7 * 86400, "<1 w"),
    (float("inf"), "longer"),
)
_FATES = {
    "fixed": "green",
    "waived": "amber",
    "cleared": "teal",
    "abandoned": "grey",
    "merged": "red",
    "open": "violet",
}


class Card(NamedTuple):
    """One of the figures on top."""

    title: str
    """Which one."""
    value: str
    """Its number."""
    unit: str
    """Its unit."""
    basis: str
    """What it rests on, or why there is no data."""
    is_known: bool
    """Whether there is data."""


_CARDS = (
    "ai_share_ratio",
    "blocked_ratio",
    "time_to_detect_seconds",
    "time_to_contain_seconds",
    "approval_latency_seconds",
    "approvals_per_change",
    "override_ratio",
    "rubber_stamp_ratio",
    "coverage_gap_ratio",
    "false_block_ratio",
    "change_failure_ratio",
    "policy_latency_seconds",
)


def render(measured: Measured) -> str:
    """The page; every text on it is escaped, and it forbids itself to load anything."""
    figures = [(DEFINITIONS[name], ones) for name, ones in measured.figures.items()]
    return _template().render(
        measured=measured,
        period=say_period(measured),
        cards=[_card(measured.figures[name][0]) for name in _CARDS],
        charts=list(_charts(measured)),
        chart_width=WIDTH,
        agents=measured.agents[:_MAX_AGENTS],
        more_agents=max(len(measured.agents) - _MAX_AGENTS, 0),
        figures=figures,
        say=say,
        say_basis=say_basis,
        version=__version__,
    )


@cache
def _template() -> Template:
    from jinja2 import (
        Environment,
        StrictUndefined,
    )  # NOTE: slow to import, and only a page needs it

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    text = (Path(__file__).parent / _TEMPLATE).read_text(encoding="utf-8")
    return environment.from_string(text)


def _card(figure: Figure) -> Card:
    number, _, unit = say(figure).partition(" ")
    is_known = figure.value is not None
    if not is_known:
        number, unit = say(figure), ""
    return Card(DEFINITIONS[figure.name].title, number, unit, say_basis(figure), is_known)


def _charts(measured: Measured) -> Iterator[Chart]:
    yield _changes(measured.buckets)
    yield _share(measured.buckets)
    yield _fates(measured)
    yield _durations(
        "How long approval took",
        "AI changes, from the first hold to the vote that completed it",
        measured.figure("approval_latency_seconds"),
        "blue",
    )
    yield _response(measured)
    yield _alerts(measured.buckets)
    yield _labels("What was unusual", "AI changes, by signal", measured.figures["anomalies"])
    yield _coverage(measured)
    yield _lead(measured)


def _changes(found: Sequence[Bucket]) -> Chart:
    bars = [
        Bar(
            _name(one),
            (
                Part(one.passed, "green", "AI, went through"),
                Part(one.held, "blue", "AI, held for people"),
                Part(one.blocked, "red", "AI, blocked"),
                Part(one.unjudged, "amber", "AI, not judged"),
                Part(one.human, "grey", "people’s own"),
            ),
        )
        for one in found
    ]
    note = f"by the {_length(found)} they were first judged, and the worst decision"
    return columns("Changes", note, bars, "No change was judged in the period.")


def _share(found: Sequence[Bucket]) -> Chart:
    bars = []
    for one in found:
        ai = one.passed + one.held + one.blocked + one.unjudged
        share = round(100 * ai / (ai + one.human)) if ai else 0
        bars.append(Bar(_name(one), (Part(share, "teal", ""),)))
    note = f"AI changes of all changes, in per cent, by the {_length(found)}"
    return columns("AI share", note, bars, "No AI change in the period.", most=100)


def _length(found: Sequence[Bucket]) -> str:
    return found[0].length if found else "day"


def _name(one: Bucket) -> str:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    year, month, day = one.begin.split("-")
    name = months[int(month) - 1]
    return f"{name} {year[2:]}" if one.length == "month" else f"{int(day)} {name}"


def _fates(measured: Measured) -> Chart:
    known = [one for one in measured.figures["blocked_changes"] if one.value is not None]
    bars = [
        Bar(one.label, (Part(one.value or 0, _FATES[one.label], ""),), f"{one.value:g}")
        for one in known
    ]
    note = "AI changes"
    missing = [one for one in measured.figures["blocked_changes"] if one.value is None]
    if missing:
        note = f"AI changes; {', '.join(one.label for one in missing)}: {missing[0].why}"
    shown = bars if any(bar.total for bar in bars) or missing else ()
    return rows("What became of the blocked", note, shown, "No AI change was blocked.")


def _durations(title: str, note: str, figure: Figure, color: str) -> Chart:
    numbers = _classes(figure.spread)
    bars = [Bar(name, (Part(number, color, ""),)) for name, number in numbers]
    if figure.spread is not None and figure.spread.values:
        note = f"{note}: {say(figure)} in the median"
    return columns(title, note, bars, f"{figure.why[:1].upper()}{figure.why[1:]}.")


def _classes(spread: Spread | None) -> list[tuple[str, int]]:
    values = spread.values if spread else ()
    found, low = [], -1.0
    for high, name in _CLASSES:
        found.append((name, sum(1 for value in values if low <= value < high)))
        low = high
    return found


def _response(measured: Measured) -> Chart:
    names = (
        ("time_to_detect_seconds", "detect", "teal"),
        ("time_to_contain_seconds", "contain", "red"),
        ("time_to_acknowledge_seconds", "acknowledge", "amber"),
        ("time_to_resolve_seconds", "resolve", "violet"),
    )
    bars = []
    for name, short, color in names:
        figure = measured.figure(name)
        for share, what in ((0.5, "median"), (0.95, "95 %")):
            seconds = figure.spread.rank(share) if figure.spread else None
            text = "no data" if seconds is None else say_seconds(seconds)
            if what == "median" or seconds is not None:
                parts = (
                    Part(_logarithm(seconds), color if what == "median" else f"{color}-2", ""),
                )
                bars.append(Bar(short if what == "median" else what, parts, text))
    note = "median, and within how long 95 % were; bars grow with the logarithm"
    shown = bars if any(bar.total for bar in bars) else ()
    return rows("Detection and response", note, shown, "No alert or incident in the period.")


def _logarithm(seconds: float | None) -> float:
    """1 for a second, 2 for ten, ..., so that seconds and days fit one scale."""
    from math import log10

    return 0.0 if seconds is None else round(1 + log10(max(seconds, 1)), 3)


def _alerts(found: Sequence[Bucket]) -> Chart:
    bars = [Bar(_name(one), (Part(one.alerts, "amber", ""),)) for one in found]
    note = f"by the {_length(found)} they were raised"
    return columns("Alerts", note, bars, "No alert in the period.")


def _labels(title: str, note: str, figures: Sequence[Figure]) -> Chart:
    known = [one for one in figures if one.value is not None and one.label]
    known.sort(key=lambda one: (-(one.value or 0), one.label))
    bars = [
        Bar(one.label.replace("_", " "), (Part(one.value or 0, "violet", ""),), f"{one.value:g}")
        for one in known[:_MAX_ROWS]
    ]
    why = next((one.why for one in figures if one.why), "")
    return rows(title, note, bars, f"No data: {why}." if why else "Nothing was unusual.")


def _coverage(measured: Measured) -> Chart:
    bars = [
        Bar(
            one.repo,
            (
                Part(one.commits - one.uncovered, "green", "with a decision"),
                Part(one.uncovered, "red", "without"),
            ),
            f"{one.uncovered} of {one.commits}",
        )
        for one in sorted(measured.covered, key=lambda one: (-one.uncovered, one.repo))[:_MAX_ROWS]
    ]
    note = "commits on protected branches, and those without a decision"
    return rows("Coverage", note, bars, "No protected branch was walked in the period.")


def _lead(measured: Measured) -> Chart:
    colors = {"free": "green", "held": "blue", "blocked": "red", "unjudged": "amber"}
    lanes = [(one, _classes(one.spread)) for one in measured.figures["lead_time_seconds"]]
    bars = [
        Bar(name, tuple(Part(kinds[n][1], colors[one.label], one.label) for one, kinds in lanes))
        for n, (_, name) in enumerate(_CLASSES)
    ]
    note = "AI changes, from the first judgement to the merge, by the worst decision"
    why = next((one.why for one, _ in lanes if one.why), "")
    return columns("Lead time", note, bars, f"{why[:1].upper()}{why[1:]}.")
