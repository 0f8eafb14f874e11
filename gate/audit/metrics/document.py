"""Write the metrics as JSON."""

from __future__ import annotations

from typing import Any

import msgspec

from gate.audit.metrics.definitions import DEFINITIONS
from gate.audit.metrics.figures import Figure
from gate.audit.metrics.measure import Measured
from gate.report.json import make_inert

VERSION = 1
"""Of the document; keys are added within one, never renamed or dropped."""


def render(measured: Measured) -> bytes:
    """The metrics as indented JSON with sorted keys; of the same entries always the same bytes."""
    document = {
        "version": VERSION,
        "period": {
            "since": measured.since,
            "until": measured.until,
            "first": measured.first,
            "last": measured.last,
        },
        "ledger": {"entries": measured.entries, "heads": measured.heads},
        "metrics": [_metric(name, figures) for name, figures in measured.figures.items()],
        "trend": measured.buckets,
        "agents": measured.agents,
        "coverage": [one._asdict() for one in measured.covered],
    }
    encoded = msgspec.json.encode(document, order="sorted")
    return make_inert(msgspec.json.format(encoded, indent=2)) + b"\n"


def _metric(name: str, figures: tuple[Figure, ...]) -> dict[str, Any]:
    defined = DEFINITIONS[name]
    return {
        "name": name,
        "title": defined.title,
        "unit": defined.unit,
        "definition": defined.text,
        "source": defined.source,
        "figures": [_figure(figure, defined.label) for figure in figures],
    }


def _figure(figure: Figure, label: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "labels": {label: figure.label} if figure.label else {},
        "value": None if figure.value is None else round(figure.value, 6),
    }
    if figure.value is None:
        shown["no_data"] = figure.why
    if figure.of is not None:
        shown |= {"count": figure.count, "of": figure.of}
    if figure.spread is not None:
        values = figure.spread.values
        shown |= {
            "observed": len(values),
            "p50": figure.spread.rank(0.5),
            "p95": figure.spread.rank(0.95),
            "max": values[-1] if values else None,
        }
    return shown
