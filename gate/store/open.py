"""Open the store or the ledger that a SPEC of the command line names."""

from __future__ import annotations

import os

from gate.errors import RecordError
from gate.store.file import FileLedger
from gate.store.ledger import Ledger
from gate.store.port import MAIN, Store
from gate.text import neutralise

_POSTGRES = ("postgres://", "postgresql://")
SPECS = "a file, git:PATH, git:URL or postgres://..."
"""What a ledger may be given as."""


def open_store(spec: str) -> Store:
    """The store that a specification names.

    Args:
        spec: a path (the file is the stream `main`, everything else lies in `PATH.d/`),
            `git:<path or url>` of a governance repository, or `postgres://...`.

    Raises:
        RecordError: it names none, or its engine is not installed.
    """
    if spec.startswith("git:"):
        from gate.store.git import GitStore  # NOTE: a file ledger is the fast path

        return GitStore(spec.removeprefix("git:"))
    if is_shared(spec):
        from gate.store.postgres import PostgresStore

        return PostgresStore(spec)
    from gate.store.folder import FileStore

    return FileStore(_path(spec))


def open_ledger(spec: str, stream: str = MAIN) -> Ledger:
    """One stream of a store as a ledger; that of a path is the file itself.

    Raises:
        RecordError: as `open_store`.
    """
    if is_shared(spec):
        from gate.store.stream import StreamLedger

        return StreamLedger(open_store(spec), stream)
    if stream == MAIN:
        return FileLedger(_path(spec))
    from gate.store.folder import FileStore

    return FileStore(_path(spec)).file(stream)


def is_shared(spec: str) -> bool:
    """Whether others than this machine may write there."""
    return spec.startswith(("git:", *_POSTGRES))


def describe_place(spec: str) -> str:
    """A specification in a word or two, without what may be a password: for messages."""
    if spec.startswith(_POSTGRES):
        return "PostgreSQL"
    return neutralise(os.path.basename(spec), 100)


def _path(spec: str) -> str:
    """The path that a specification is, unless it was meant to be something else.

    Raises:
        RecordError: it looks like an address; it may hold a password, so it is not repeated.
    """
    given = spec.strip().lower()
    if not given or "://" in given or given.startswith(("git:", "postgres:", "postgresql:")):
        raise RecordError(
            "the ledger is neither a path nor an address that is used", f"Give it as {SPECS}."
        )
    return spec
