"""Lay text out for a terminal without one: wrapped to its width, in colours if asked for."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


class Screen:
    """What is printed on `console`, as text."""

    def __init__(self, width: int, *, color: bool) -> None:
        from rich.console import Console  # NOTE: slow to import, and most runs print JSON

        self._file = io.StringIO()
        self.console: Console = Console(
            file=self._file,
            width=width,
            force_terminal=color,
            no_color=not color,
            color_system="standard" if color else None,
            highlight=False,
            markup=False,
            emoji=False,
            legacy_windows=False,
            _environ={},
        )
        """Reads no environment, so equal input gives equal bytes."""

    def text(self) -> str:
        """Everything printed so far, without spaces at the ends of lines."""
        return "\n".join(row.rstrip() for row in self._file.getvalue().split("\n"))
