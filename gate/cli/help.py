"""Lay out the help of a command as wide as the terminal."""

from __future__ import annotations

import argparse
import os
import sys

from gate import config

_USUAL = 80


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """What argparse offers, told the width.

    NOTE: argparse makes one for every argument, and one that must find the width by itself imports
    `shutil` with all its archive formats: 3 ms of every start.
    """

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_columns() - 2)

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """One line is wrapped to the width; what was laid out in several stays as it is."""
        if "\n" in text.strip():
            return super()._fill_text(text, width, indent)
        return argparse.HelpFormatter._fill_text(self, text, width, indent)


def _columns() -> int:
    """COLUMNS, else the width of the terminal, else 80, as `shutil.get_terminal_size` has it."""
    told = config.environ().get("COLUMNS", "")
    if told.isdigit() and int(told):
        return int(told)
    stream = sys.__stdout__
    try:
        return (os.get_terminal_size(stream.fileno()).columns if stream else 0) or _USUAL
    except (ValueError, OSError):
        return _USUAL
