"""Render a report as Markdown, for the job summary and for `--format markdown`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from gate.pattern import pattern
from gate.report.phrases import (
    describe_author,
    describe_gaps,
    describe_notes,
    describe_run,
    describe_signal,
    describe_votes,
    group_by_file,
    headline,
    live,
    name_enforcement,
    name_pull,
    place,
    plural,
    waived,
)
from gate.report.wording import prose, to_markdown
from gate.schema.finding import Finding
from gate.schema.report import Report
from gate.schema.terraform import PlanInfo
from gate.text import code_span, guard_log, plain_markdown, redact

BUDGET = 1_000_000
"""Bytes; the runner drops a step's summary above 1 MiB."""

MAX_ROWS = 20
"""Rows of a table other than that of the findings."""

_SCALES = (4, 1, 0)
"""How many findings of one rule are listed, as a multiple of what a terminal shows; the largest
that fits the budget is taken."""

_BARE_PIPE = pattern(r"(?<!\\)\|")
_CODE = pattern(r"(?<!`)`([^`\n]{1,120})`(?!`)")
_ICONS = {"pass": "✅", "warn": "⚠️", "hold": "✋", "block": "⛔", "error": "❌"}
_TITLES = {
    "pass": "Passed",
    "warn": "Passed with warnings",
    "hold": "Waiting for people",
    "block": "Blocked",
    "error": "Could not judge",
}


def render(report: Report) -> str:
    """The report as Markdown with collapsible details, at most `BUDGET` bytes."""
    for scale in _SCALES:
        text = guard_log("\n".join(_parts(report, scale))) + "\n"
        if len(text.encode("utf-8")) <= BUDGET:
            return text
    return guard_log("\n".join([*_opening(report), "", "The JSON report has the rest.", ""]))


def _parts(report: Report, scale: int) -> list[str]:
    return [
        *_opening(report),
        *_findings(report, scale),
        *_votes(report),
        *_gaps(report),
        *_author(report),
        *_plans(report.plans),
        *_waived(report),
        *_notes(report),
        "",
        f"<sub>{_code(' · '.join(describe_run(report)))}</sub>",
    ]


def _prose(text: str) -> str:
    return plain_markdown(redact(text), 600)


def _told(text: str) -> str:
    """Prose of our own or of a rule, in which words between backticks are code."""
    parts = _CODE.split(redact(text)[:600])
    return "".join(code_span(part) if at % 2 else prose(part) for at, part in enumerate(parts))


def _code(text: str) -> str:
    return code_span(redact(text))


def _cell(text: str) -> str:
    return code_span(redact(text), table=True)


def _opening(report: Report) -> list[str]:
    title = _TITLES[report.decision] + (" (observing only)" if report.observe else "")
    told = headline(report).removeprefix("could not judge: ")
    lines = [f"## {_ICONS[report.decision]} {title}", "", f"**{_prose(told)}**"]
    if report.pull is not None:
        lines += ["", f"Judged: {_code(name_pull(report))}"]
    return lines


def _findings(report: Report, scale: int) -> list[str]:
    groups, left_out = group_by_file(live(report), scale)
    findings = [finding for group in groups for finding in group]
    lines: list[str] = []
    if findings:
        lines += ["", "| | Where | What | Rule |", "|---|---|---|---|"]
        lines += [_row(finding, report) for finding in findings]
    if left_out:
        lines += ["", *(f"- {_prose(text)}" for text in left_out)]
        lines += ["", "The JSON report has all of them."]
    rules = {finding.rule: finding for finding in findings if finding.remediation or finding.why}
    if rules:
        items = [f"- {_code(rule)}: {_advice(finding)}" for rule, finding in rules.items()]
        lines += _details("Why, and what to do", items, is_open=True)
    return lines


def _advice(finding: Finding) -> str:
    parts = [_prose(finding.why)] if finding.why else []
    if finding.remediation:
        parts.append(f"**{_told(finding.remediation)}**")
    return " ".join(parts)


def _row(finding: Finding, report: Report) -> str:
    word = name_enforcement(finding, report)
    surface = f" ({_prose(finding.surface)})" if finding.surface and word == "approve" else ""
    told = msgspec.structs.replace(finding, message=redact(finding.message))
    message = _BARE_PIPE.sub(r"\|", to_markdown(told)) or _cell(finding.subject)
    where = _cell(place(finding)) if finding.at else "the pull request"
    effect = f"**{word}**{surface}, {finding.severity}"
    return f"| {effect} | {where} | {message} | {_cell(finding.rule)} |"


def _votes(report: Report) -> list[str]:
    votes = describe_votes(report)
    return ["", "### Approval", "", *(f"- {_prose(text)}" for text in votes)] if votes else []


def _gaps(report: Report) -> list[str]:
    gaps = describe_gaps(report)
    if not gaps:
        return []
    items = [f"- **{_prose(section)}**: {_prose(reason)}" for section, reason in gaps[:MAX_ROWS]]
    return ["", "### Could not look at", "", *_capped(items, len(gaps))]


def _author(report: Report) -> list[str]:
    provenance = report.provenance
    lines = ["", f"Author: {_prose(describe_author(provenance))}."]
    lines += [f"- conflict: {_prose(text)}" for text in provenance.conflicts[:MAX_ROWS]]
    signals = provenance.signals
    items = [f"- {_code(describe_signal(signal))}" for signal in signals[:MAX_ROWS]]
    items = _capped(items, len(signals))
    items += [f"- no evidence: {_prose(text)}" for text in provenance.notes[:MAX_ROWS]]
    title = f"Evidence: {plural(len(signals), 'signal')}"
    return lines + (_details(title, items) if items else [])


def _plans(plans: Sequence[PlanInfo]) -> list[str]:
    if not plans:
        return []
    items = [
        f"- {_code(plan.root or '.')}: {plan.changed} of {plural(plan.resources, 'resource')} "
        f"{'changes' if plan.changed == 1 else 'change'}, digest {_code(redact(plan.digest)[:12])}"
        for plan in plans[:MAX_ROWS]
    ]
    return _details(plural(len(plans), "plan"), _capped(items, len(plans)))


def _waived(report: Report) -> list[str]:
    covered = waived(report)
    if not covered:
        return []
    items = [
        f"- {_code(place(finding))} {_code(finding.rule)}, waiver {_code(str(finding.waived_by))}"
        for finding in covered[:MAX_ROWS]
    ]
    title = plural(len(covered), "waived finding")
    return _details(title, _capped(items, len(covered)))


def _notes(report: Report) -> list[str]:
    notes = describe_notes(report)
    items = [f"- {_told(note)}" for note in notes[:MAX_ROWS]]
    return ["", "Notes:", "", *_capped(items, len(notes))] if items else []


def _capped(items: list[str], number: int) -> list[str]:
    more = number - len(items)
    return [*items, f"- and {more} more in the JSON report"] if more > 0 else items


def _details(title: str, items: list[str], *, is_open: bool = False) -> list[str]:
    """A collapsible block; the title is our own words."""
    opening = "<details open>" if is_open else "<details>"
    return ["", f"{opening}<summary>{title}</summary>", "", *items, "", "</details>"]
