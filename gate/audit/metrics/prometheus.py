"""Write the metrics as a text file for Prometheus' collector of text files."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gate.audit.metrics.definitions import DEFINITIONS
from gate.audit.metrics.figures import Figure, Spread
from gate.audit.metrics.measure import Measured
from gate.moment import read_time
from gate.text import neutralise

PREFIX = "gate_"
"""In front of every name."""
_QUANTILES = (0.5, 0.95)


def render(measured: Measured) -> str:
    """The metrics in the text exposition format, 0.0.4.

    Durations are summaries in seconds, all else gauges. Where there is no data there is no sample.
    """
    lines = [line for name, ones in measured.figures.items() for line in _metric(name, ones)]
    return "\n".join([*lines, *_about(measured)]) + "\n"


def _metric(name: str, figures: tuple[Figure, ...]) -> Iterator[str]:
    defined = DEFINITIONS[name]
    kind = "summary" if defined.unit == "seconds" else "gauge"
    yield from _head(name, f"{defined.title}. {defined.text}", kind)
    for figure in figures:
        labels = ((defined.label, figure.label),) if figure.label else ()
        if figure.spread is not None:
            yield from _summary(name, figure.spread, labels)
        elif figure.value is not None:
            yield _sample(name, labels, figure.value)


def _summary(name: str, spread: Spread, labels: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for share in _QUANTILES:
        value = spread.rank(share)
        if value is not None:
            yield _sample(name, (*labels, ("quantile", str(share))), value)
    yield _sample(f"{name}_sum", labels, math.fsum(spread.values))
    yield _sample(f"{name}_count", labels, len(spread.values))


def _about(measured: Measured) -> Iterator[str]:
    """What tells a stale file, and over which period the figures are."""
    yield from _head("ledger_entries", "Entries of the ledger that were read.", "gauge")
    yield _sample("ledger_entries", (), measured.entries)
    for name, text, at in (
        ("period_begin", "Begin of the period.", measured.since or measured.first),
        ("period_end", "End of the period.", measured.until or measured.last),
        ("ledger_last_entry", "The last entry of the period.", measured.last),
    ):
        moment = read_time(at)
        yield from _head(f"{name}_timestamp_seconds", text, "gauge")
        if moment is not None:
            yield _sample(f"{name}_timestamp_seconds", (), moment.timestamp())


def _head(name: str, text: str, kind: str) -> Iterator[str]:
    yield f"# HELP {PREFIX}{name} {_escape(text)}"
    yield f"# TYPE {PREFIX}{name} {kind}"


def _sample(name: str, labels: tuple[tuple[str, str], ...], value: float) -> str:
    told = ",".join(f'{key}="{_quote(text)}"' for key, text in labels)
    number = f"{value:.0f}" if value == int(value) else repr(round(float(value), 6))
    return f"{PREFIX}{name}{{{told}}} {number}" if told else f"{PREFIX}{name} {number}"


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n")


def _quote(text: str) -> str:
    return _escape(neutralise(text, 200)).replace('"', '\\"')
