"""Say how long an append is tried for while others write, and wait between the tries."""

from __future__ import annotations

import random
import time

from gate.errors import RecordError

PATIENCE = 60.0
"""Seconds an append is tried for."""
_PAUSE = (0.002, 0.5)
"""Seconds of the first pause at most, and of the longest."""


class Tries:
    """The tries of one append.

    Args:
        stream: where it goes.
        patience: seconds it is tried for; `None`: PATIENCE.
    """

    def __init__(self, stream: str, patience: float | None = None) -> None:
        self._stream = stream
        self._patience = PATIENCE if patience is None else patience
        self._until = time.monotonic() + self._patience
        self._pause = _PAUSE[0]

    def wait(self, error: RecordError) -> None:
        """Wait a little before the next try, each time for longer.

        Args:
            error: why the last one failed.

        Raises:
            RecordError: it has been tried for too long.
        """
        if time.monotonic() >= self._until:
            raise RecordError(
                f"stream {self._stream}: no entry could be written for {self._patience:g} s: "
                f"{error.message}",
                error.hint or "Others write to it all the time, or it is out of order.",
            ) from error
        time.sleep(random.uniform(0, self._pause))  # noqa: S311 - jitter, no secret
        self._pause = min(self._pause * 2, _PAUSE[1])
