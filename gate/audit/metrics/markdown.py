"""Write the metrics as Markdown: the figures for a job's summary, and the table of definitions."""

from __future__ import annotations

from gate.audit.metrics.definitions import DEFINITIONS
from gate.audit.metrics.measure import Measured
from gate.audit.metrics.wording import rows, say_period
from gate.text import guard_log, plain_markdown

_MAX_AGENTS = 50


def render(measured: Measured) -> str:
    """The figures and the agents of the period as Markdown tables."""
    lines = [
        "## Metrics of the gate",
        "",
        f"{say_period(measured)}, from {measured.entries:,} verified entries of the ledger.",
        "",
        "| metric | figure | basis |",
        "|---|--:|---|",
        *(
            f"| {_cell(row.title)} | {_cell(row.value)} | {_cell(row.basis)} |"
            for row in rows(measured)
        ),
    ]
    if measured.agents:
        lines += ["", "| agent | changes | held | blocked | merged | reverted | unusual |"]
        lines += ["|---|--:|--:|--:|--:|--:|--:|"]
    for one in measured.agents[:_MAX_AGENTS]:
        numbers = (one.changes, one.held, one.blocked, one.merged, one.reverted, one.anomalies)
        lines.append(f"| {_cell(one.agent)} | {' | '.join(map(str, numbers))} |")
    if len(measured.agents) > _MAX_AGENTS:
        lines += ["", f"and {len(measured.agents) - _MAX_AGENTS} agents more: `--format json`"]
    return guard_log("\n".join(lines)) + "\n"


def render_definitions() -> str:
    """Every metric with its unit, its definition and the kinds of entries behind it."""
    lines = ["| metric | unit | what it is | from |", "|---|---|---|---|"]
    for one in DEFINITIONS.values():
        label = f"<br>by `{one.label}`" if one.label else ""
        lines.append(f"| `{one.name}`{label} | {one.unit} | {one.text} | {one.source} |")
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return plain_markdown(text, 200).replace("|", "\\|")
