"""How often a test does what chance may find: a little always, a lot where GATE_SOAK is set."""

from __future__ import annotations

import os

SOAK = os.environ.get("GATE_SOAK") == "1"
"""Whether this is `make soak`."""


def times(usual: int, soak: int) -> int:
    """How often: `usual` in `make test`, `soak` in `make soak`."""
    return soak if SOAK else usual
