"""Import msgspec without what a run has no use for."""

from __future__ import annotations

import importlib
import sys


def import_msgspec() -> None:
    """Import msgspec without `typing_extensions`, which it asks before `typing`.

    NOTE: both say the same on every Python accepted here, and typing_extensions, which is there
    because PyGithub needs it, imports `inspect`: 10 ms of every start.
    """
    if "typing_extensions" in sys.modules or "msgspec" in sys.modules:
        return
    sys.modules["typing_extensions"] = None  # type: ignore[assignment]
    try:
        importlib.import_module("msgspec")
    finally:
        del sys.modules["typing_extensions"]
