"""Show a report to a person at a terminal or in a log."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NamedTuple

from gate.errors import ReportError
from gate.report.phrases import (
    count_findings,
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
from gate.schema.finding import Finding
from gate.schema.report import Report
from gate.text import guard_log, log_line, redact

if TYPE_CHECKING:
    from rich.console import Console

MAX_LINES = 10
"""Gaps, notes and votes shown one by one."""
MAX_SIGNALS = 3
"""Signals shown; the JSON report has all."""
MAX_TEXT = 600
"""Characters of one sentence."""

_COLORS = {
    "pass": "green",
    "warn": "yellow",
    "hold": "magenta",
    "block": "red",
    "error": "red",
    "approve": "magenta",
    "approved": "green",
    "observe": "cyan",
}
_ANSI = {"green": 32, "yellow": 33, "magenta": 35, "red": 31, "cyan": 36, "": 0}


class _Line(NamedTuple):
    """One line before it is wrapped."""

    text: str = ""
    indent: int = 0
    style: str = ""
    lead: str = ""
    """A word in front, in bold and in the style; the text itself is then plain."""


def emit(text: str) -> None:
    """Write a finished report to standard output, as UTF-8 whatever the locale says.

    Raises:
        ReportError: standard output takes no more.
    """
    try:
        sys.stdout.flush()
        stream = getattr(sys.stdout, "buffer", None)
        if stream is None:
            sys.stdout.write(text)
        else:
            stream.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        # NOTE: the reader (`| head`) has seen enough; the interpreter would flush once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise ReportError(
            f"the report could not be written: {error.strerror or type(error).__name__}",
            "The decision is in the ledger.",
        ) from error


def render(report: Report, *, width: int, color: bool) -> str:
    """The report as a person reads it in ten seconds: decision, author, findings, votes, gaps.

    Args:
        report: the report.
        width: columns to wrap at.
        color: use colours.

    Returns:
        Lines that neither a terminal nor the Actions runner acts on.
    """
    lines = [*_opening(report), *_findings(report), *_sections(report), *_closing(report)]
    shown = _wrapped(lines, width, color) if report.findings else _plain(lines, color)
    return guard_log(shown)


def _opening(report: Report) -> list[_Line]:
    lead = report.decision.upper() + (" (observing)" if report.observe else "")
    lead += " (what if)" if report.simulated else ""
    lines = [_Line(headline(report), 0, _COLORS[report.decision], lead)]
    if report.pull is not None:
        lines.append(_Line(name_pull(report), 2, lead="judged"))
    if report.engine.name != "none" or report.provenance.signals:
        lines.append(_Line(describe_author(report.provenance), 2, lead="written by"))
        # NOTE: agents of one vendor share marks, and a reader need not see one trace twice
        signals = tuple(dict.fromkeys(map(describe_signal, report.provenance.signals)))
        lines += [_Line(signal, 4) for signal in signals[:MAX_SIGNALS]]
        if len(signals) > MAX_SIGNALS:
            lines.append(_Line(f"and {plural(len(signals) - MAX_SIGNALS, 'more signal')}", 4))
        lines += [_Line(text, 4, "yellow", "conflict") for text in report.provenance.conflicts]
        notes = report.provenance.notes[:MAX_SIGNALS]
        lines += [_Line(text, 4, lead="no evidence") for text in notes]
    return lines


def _findings(report: Report) -> list[_Line]:
    groups, left_out = group_by_file(live(report))
    lines: list[_Line] = []
    told: set[str] = set()
    is_stopped = report.decision not in ("pass", "warn")
    for group in groups:
        lines.append(_Line())
        for finding in group:
            is_aside = is_stopped and _is_minor(finding)
            lines += _finding(
                finding,
                report,
                with_why=finding.rule not in told and not is_aside,
                with_remedy=finding.rule not in told,
            )
            told.add(finding.rule)
    if left_out:
        lines.append(_Line())
        lines += [_Line(text, 2) for text in left_out]
        lines.append(_Line("all of them: --format json", 2))
    covered = waived(report)
    if covered:
        lines.append(_Line())
        names = ", ".join(sorted({str(finding.waived_by) for finding in covered}))
        lines.append(_Line(f"{plural(len(covered), 'finding')} by {names}", 0, "", "waived"))
        lines += [_Line(f"{place(item)}  {item.rule}", 2) for item in covered[:MAX_LINES]]
        if len(covered) > MAX_LINES:
            lines.append(_Line(f"and {len(covered) - MAX_LINES} more: --format json", 2))
    return lines


def _is_minor(finding: Finding) -> bool:
    """Whether a finding stops nothing and is not grave."""
    return finding.enforcement in ("warn", "observe") and finding.severity in ("low", "medium")


def _finding(finding: Finding, report: Report, *, with_why: bool, with_remedy: bool) -> list[_Line]:
    """One finding; a minor one beside what stops it all has no reason."""
    word = name_enforcement(finding, report)
    surface = f" on {finding.surface}" if finding.surface and word == "approve" else ""
    where = f"{place(finding)}  {finding.severity}{surface}  {finding.rule}"
    lines = [
        _Line(where, 0, _COLORS[word], word.upper().ljust(7)),
        _Line(finding.message or finding.subject, 4),
    ]
    if with_why and finding.why:
        lines.append(_Line(finding.why, 4))
    if with_remedy and finding.remediation:
        lines.append(_Line(finding.remediation, 4, lead="→"))
    return lines


def _sections(report: Report) -> list[_Line]:
    lines = _section("approval", describe_votes(report), "")
    gaps = tuple(f"{section}: {reason}" for section, reason in describe_gaps(report))
    lines += _section("could not look at", gaps, "red")
    return lines + _section("note", describe_notes(report), "")


def _section(title: str, texts: tuple[str, ...], style: str) -> list[_Line]:
    if not texts:
        return []
    lines = [_Line(), _Line("", 0, style, title)]
    lines += [_Line(text, 2) for text in texts[:MAX_LINES]]
    if len(texts) > MAX_LINES:
        lines.append(_Line(f"and {len(texts) - MAX_LINES} more: --format json", 2))
    return lines


def _closing(report: Report) -> list[_Line]:
    counts = ", ".join(count_findings(report)) or "no findings"
    lines = [_Line(), _Line(counts), _Line(" · ".join(describe_run(report)))]
    if any(finding.enforcement != "observe" for finding in live(report)):
        lines.append(_Line("More on a rule: python -m gate rules explain ID"))
    return lines


def _clean(text: str) -> str:
    return log_line(redact(text), MAX_TEXT)


def _plain(lines: list[_Line], color: bool) -> str:
    """Without the terminal library, which costs more than judging a clean change."""
    shown = []
    for line in lines:
        lead = line.lead
        if lead and color:
            lead = f"\x1b[1;{_ANSI[line.style]}m{lead}\x1b[0m" if line.style else lead
        text = "  ".join(part for part in (lead, _clean(line.text)) if part)
        shown.append((" " * line.indent + text).rstrip())
    return "\n".join(shown) + "\n"


def _wrapped(lines: list[_Line], width: int, color: bool) -> str:
    from gate.report.screen import Screen

    screen = Screen(width, color=color)
    for line in lines:
        _print(screen.console, line, width)
    return screen.text()


def _print(console: Console, line: _Line, width: int) -> None:
    from rich.text import Text

    if not line.text and not line.lead:
        console.print()
        return
    hang = line.indent + (2 if line.lead == "→" else 0)
    text = Text()
    if line.lead:
        text.append(line.lead, style=f"bold {line.style}".strip())
        text.append(" " if line.lead == "→" else "  ")
    text.append(_clean(line.text), style="" if line.lead else line.style)
    for number, row in enumerate(text.wrap(console, max(width - hang, 20), overflow="fold")):
        indent = line.indent if number == 0 else hang
        row.rstrip()
        console.print(Text(" " * indent) + row, soft_wrap=True)
