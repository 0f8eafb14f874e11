"""Show rows as a table to a person at a terminal or in a log."""

from __future__ import annotations

from collections.abc import Sequence

from gate.report.screen import Screen
from gate.text import guard_log, log_line, redact

MAX_CELL = 400
"""Characters of one cell."""


def render_table(headings: Sequence[str], rows: Sequence[Sequence[str]], *, width: int) -> str:
    """Rows under headings, wrapped to a width; every line of a cell is neutralised.

    Args:
        headings: one for each column.
        rows: the cells.
        width: columns of the screen.
    """
    from rich.table import Table
    from rich.text import Text

    screen = Screen(width, color=False)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_edge=False)
    for heading in headings:
        table.add_column(Text(heading), overflow="fold")
    for row in rows:
        table.add_row(*(Text(_cell(cell)) for cell in row))
    screen.console.print(table)
    return guard_log(screen.text())


def _cell(text: str) -> str:
    return "\n".join(log_line(redact(line), MAX_CELL) for line in text.split("\n"))
