"""Lock a file of its own, so that the processes of one machine take turns."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from gate.errors import RecordError


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Hold the lock of a file, made with its folders if it is missing; a crash lets it go.

    Raises:
        RecordError: the file cannot be made.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        handle = os.open(path, flags, 0o600)
    except OSError as error:
        raise RecordError(f"{path[:300]!a}: {error.strerror or type(error).__name__}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
