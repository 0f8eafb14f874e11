"""Show a doctor's examination to a person at a terminal: what to mend first stands first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gate.report.screen import Screen
from gate.schema.doctor import Answer, Examination, Examined
from gate.text import guard_log, log_line

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

MAX_WIDTH = 100
"""Columns; longer lines are hard to read."""
MAX_TEXT = 600
"""Characters of one sentence."""

_TITLES: dict[Answer, tuple[str, str]] = {
    "no": ("NO", "red"),
    "cannot-tell": ("CANNOT TELL", "yellow"),
    "yes": ("YES", "green"),
}


def render_examination(examination: Examination, *, width: int, color: bool) -> str:
    """The examination in three groups: no, cannot tell, yes.

    Args:
        examination: what was found.
        width: columns of the terminal; at most `MAX_WIDTH` are used.
        color: use colours.

    Returns:
        Lines that neither a terminal nor the Actions runner acts on.
    """
    from rich.text import Text

    screen = Screen(max(40, min(width, MAX_WIDTH)), color=color)
    console = screen.console
    console.print(Text(_headline(examination), style="bold"))
    console.print(Text(_origin(examination)))
    for answer, (title, style) in _TITLES.items():
        group = [one for one in examination.answers if one.answer == answer]
        if group:
            console.print()
            console.print(Text(f"{title}  {len(group)}", style=f"bold {style}"))
            console.print(_table(group, style))
    console.print()
    console.print(Text(_closing(examination)))
    return guard_log(screen.text())


def _headline(found: Examination) -> str:
    if found.no:
        told = "is not fully enforced"
    elif found.failed:
        told = "may be enforced; GitHub failed while it was asked"
    elif found.cannot_tell:
        told = "is enforced as far as this token shows"
    else:
        told = "is enforced"
    return _clean(f"{found.repository}, branch {found.branch}: the gate {told}")


def _origin(found: Examination) -> str:
    parts = [f"{found.no} no, {found.cannot_tell} cannot tell, {found.yes} yes"]
    if found.commit:
        parts.append(f"read at {found.commit[:12]}")
    if found.workflows:
        parts.append(f"the gate runs in {', '.join(found.workflows)}")
    return _clean(" · ".join(parts))


def _table(group: list[Examined], style: str) -> Table:
    from rich.table import Table

    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0), expand=True, pad_edge=False)
    table.add_column(width=24, style=style, no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for number, one in enumerate(group):
        if number and one.answer != "yes":
            table.add_row()
        table.add_row(_clean(one.id), _cell(one))
    return table


def _cell(one: Examined) -> Text:
    from rich.text import Text

    if one.answer == "yes":
        return Text(f"{_clean(one.question)}  {_clean(one.found)}")
    cell = Text(_clean(one.question), style="")
    cell.stylize("bold")
    cell.append(f"\n{_clean(one.found)}")
    if one.permission:
        cell.append(f"\nThe token would need {_clean(one.permission)}.")
    cell.append(f"\nWhy: {_clean(one.why)}", style="dim")
    cell.append(f"\n→ {_clean(one.fix)}")
    if one.command:
        cell.append(f"\n$ {_clean(one.command)}")
    return cell


def _closing(found: Examination) -> str:
    told = f"{found.calls} questions to GitHub. docs/doctor.md explains each line."
    return f"GitHub failed while it was asked: run again.\n{told}" if found.failed else told


def _clean(text: str) -> str:
    return log_line(text, MAX_TEXT)
