"""Say on standard error what went wrong."""

from __future__ import annotations

import sys

from gate.errors import GateError
from gate.text import log_line

MAX_LINE = 2000
"""Characters of one line."""


def complain(error: GateError) -> None:
    """Write an error with its hint; what it quotes neither acts in a log nor shows a credential.

    Args:
        error: the error.
    """
    lines = f"gate: {error.diagnostics()}".split("\n")
    sys.stderr.write("".join(f"{log_line(line, MAX_LINE)}\n" for line in lines))
