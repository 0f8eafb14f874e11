"""Begin to read a folder's plan in a thread of its own, beside the imports of a start."""

from __future__ import annotations

import contextlib
import importlib
import threading
from collections.abc import Iterable

from gate.collect.beneath import read_beneath
from gate.errors import GateError

PLAN_NAME = "plan.json"
"""The plan of a scenario folder that stands for every root without one of its own."""
MAX_PLAN_BYTES = 2 * 1024**3
"""Bytes of one plan; 100,000 resources make about 0.7 GB."""


class PlanAhead(threading.Thread):
    """A plan that is being read: the kernel copies a large one while Python does other things.

    Args:
        folder: the folder that it lies in.
        meanwhile: modules that are needed later, imported for as long as the plan is not there.
    """

    def __init__(self, folder: str, meanwhile: Iterable[str] = ()) -> None:
        super().__init__(name="gate-plan", daemon=True)
        self._folder = folder
        self._meanwhile = meanwhile
        self._content: bytes | None = None
        self.start()

    def run(self) -> None:
        """Read; what goes wrong is left to the caller, who then reads by himself."""
        with contextlib.suppress(GateError, MemoryError):
            self._content = read_beneath(self._folder, PLAN_NAME, MAX_PLAN_BYTES)

    def take(self) -> bytes | None:
        """The plan's bytes, once; `None` afterwards, and where they could not be read."""
        for module in self._meanwhile:
            if not self.is_alive():
                break
            importlib.import_module(module)
        self.join()
        content, self._content = self._content, None
        return content
