"""Say which stream of a store holds what."""

from __future__ import annotations

import os
from collections.abc import Sequence

from gate.errors import RecordError
from gate.pattern import pattern
from gate.schema.bodies import EntryName
from gate.store.ledger import Ledger
from gate.store.open import is_shared, open_ledger, open_store
from gate.store.port import MAIN, Store
from gate.text import neutralise

KILL = "org/kill"
"""Kills; read before anything else."""
LIMITS = "org/limits"
"""Reservations."""
INCIDENTS = "org/incidents"
"""Alerts, incidents and their hooks."""
BASELINES = "org/baselines"
"""Frozen baselines."""
CHECKPOINTS = "org/checkpoints"
"""Signed checkpoints over the heads of all streams."""
SCHEDULE = "org/schedule"
"""What `gate scheduled` ran."""
REGISTRY = "org/registry"
"""What happened to agents and models, in a shared store."""
UNKNOWN = "repo/unknown/unknown"
"""Decisions on what names no repository, in a shared store."""

_REPO = pattern(r"[a-z0-9][a-z0-9_-]{0,38}/(?!\.{1,2}\Z)[a-z0-9._-]{1,100}\Z")


class Streams:
    """The streams of one store.

    In a file of its own, decisions and agents are the stream `main`, as a dry run has them. A
    shared store has one stream per repository, and `org/registry` for the agents.

    Args:
        spec: as `open_store`.
    """

    def __init__(self, spec: str) -> None:
        self.spec = spec
        self.shared = is_shared(spec)
        self._store: Store | None = None
        self._is_past = False

    def as_of(self, names: Sequence[EntryName]) -> Streams:
        """These streams as they were when these entries were their last.

        Raises:
            TamperedError: one of them is another entry now.
            RecordError: it cannot be read.
        """
        from gate.store.snapshot import as_named  # NOTE: only a replay looks back

        past = Streams(self.spec)
        past._store = as_named(self.store, names)
        past._is_past = True
        return past

    @property
    def store(self) -> Store:
        """The store, opened when it is first needed."""
        if self._store is None:
            self._store = open_store(self.spec)
        return self._store

    def decisions(self, repo: str) -> Ledger:
        """Decisions on the pull requests of a repository, `owner/name`."""
        return self.ledger(self.decisions_name(repo))

    def registry(self) -> Ledger:
        """What happened to agents."""
        return self.ledger(REGISTRY if self.shared else MAIN)

    def ledger(self, stream: str) -> Ledger:
        """One stream as a ledger."""
        if not self.shared and not self._is_past:
            return open_ledger(self.spec, stream)
        from gate.store.stream import StreamLedger  # NOTE: a file ledger is the fast path

        return StreamLedger(self.store, stream)

    def may_have(self, stream: str) -> bool:
        """Whether a stream of the organisation may hold anything, without reading the ledger.

        Beside a ledger file there may be some only once somebody has written one.

        Raises:
            RecordError: what should be the folder of the streams is none.
        """
        if self.shared or stream == MAIN:
            return True
        folder = f"{self.spec}.d"
        if os.path.lexists(folder) and not os.path.isdir(folder):
            raise RecordError(
                f"ledger {neutralise(folder, 300)}: not a folder, so no stream can be read",
                "It holds the kill switch and the limits: put it back, or remove it.",
            )
        return os.path.isdir(folder)

    def decision_names(self) -> tuple[str, ...]:
        """Names of the streams that hold decisions, sorted.

        Raises:
            RecordError: the ledger cannot be read.
        """
        names = self.store.streams()
        return tuple(name for name in names if name == MAIN or name.startswith("repo/"))

    def decisions_name(self, repo: str) -> str:
        """Name of the stream with the decisions on a repository."""
        return stream_of(repo) if self.shared else MAIN


def stream_of(repo: str) -> str:
    """`repo/<owner>/<name>` in lower case, as GitHub takes names; of no name `UNKNOWN`."""
    name = repo.lower()
    return f"repo/{name}" if _REPO.match(name) else UNKNOWN
