"""Deliver events to standard output or to the end of a file."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
from collections.abc import Sequence

from gate.audit.siem.receiver import DeliveryError
from gate.text import neutralise


class StandardOutput:
    """Whatever reads our standard output; it has what was flushed."""

    name = "standard output"
    framed = False

    def deliver(self, messages: Sequence[bytes]) -> None:
        """See `Receiver.deliver`."""
        data = b"".join(messages)
        try:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
        except OSError as error:
            # NOTE: a reader that has gone away (`| head`) took nothing for certain; whatever is
            # left in the buffer must not be flushed when the process ends
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise _failed(self.name, error) from error


class File:
    """The end of a file, which has what was synced to the disk.

    Args:
        path: the file, made if it is missing, for its owner alone.
    """

    framed = False

    def __init__(self, path: str) -> None:
        self._path = path
        self.name = neutralise(path, 200)

    def deliver(self, messages: Sequence[bytes]) -> None:
        """See `Receiver.deliver`."""
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        try:
            handle = os.open(self._path, flags, 0o600)
            try:
                self._append(handle, b"".join(messages))
            finally:
                os.close(handle)
        except OSError as error:
            raise _failed(self.name, error) from error

    def _append(self, handle: int, data: bytes) -> None:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise DeliveryError(
                f"{self.name}: not a regular file",
                "To feed a pipe, send to - and redirect it.",
                is_passing=False,
            )
        fcntl.flock(handle, fcntl.LOCK_EX)
        size = os.fstat(handle).st_size
        # NOTE: a line that a crash cut short must not swallow the first of ours
        torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
        left = memoryview(b"\n" + data if torn else data)
        try:
            while left:
                left = left[os.write(handle, left) :]
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise


def _failed(name: str, error: OSError) -> DeliveryError:
    return DeliveryError(
        f"{name}: {error.strerror or error.__class__.__name__}",
        "Nothing more was sent; the cursor stands where it was.",
        is_passing=False,
    )
