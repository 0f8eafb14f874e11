"""Read every entry of a store, verified, in order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeVar

from gate.schema.bodies import DecisionBody, EntryName
from gate.schema.entry import Entry
from gate.store.body import read_body
from gate.store.ledger import walk
from gate.store.port import Store

T = TypeVar("T")


class Told(NamedTuple):
    """One entry, and where it stands."""

    stream: str
    """Stream."""
    entry: Entry
    """Entry."""

    @property
    def name(self) -> EntryName:
        """Names it."""
        return EntryName(stream=self.stream, seq=self.entry.seq, hash=self.entry.hash)

    def body(self, kind: type[T]) -> T:
        """Its body as a struct of `gate.schema.bodies` or `gate.schema.events`.

        Raises:
            RecordError: it is none.
        """
        return read_body(self.entry, kind)


def read_all(
    store: Store, *, kinds: Iterable[str] = (), since: str = "", until: str = ""
) -> list[Told]:
    """Entries of every stream, the whole chain of each verified, sorted by time.

    Args:
        store: the store.
        kinds: only these; empty: all.
        since: RFC 3339 UTC, included; empty: from the first.
        until: RFC 3339 UTC, not included; empty: to the last.

    Raises:
        TamperedError: something was done to a stream.
        RecordError: one cannot be read.
    """
    wanted = frozenset(kinds)
    found = [
        told
        for stream in store.streams()
        for told in _read_stream(store, stream)
        if (not wanted or told.entry.kind in wanted)
        and since <= told.entry.at
        and (not until or told.entry.at < until)
    ]
    return sorted(found, key=lambda told: (told.entry.at, told.stream, told.entry.seq))


def decisions(told: Iterable[Told]) -> Iterator[tuple[Told, DecisionBody]]:
    """The decisions among entries, with their bodies."""
    for one in told:
        if one.entry.kind == "decision":
            yield one, one.body(DecisionBody)


def _read_stream(store: Store, stream: str) -> Iterator[Told]:
    numbered: Iterator[tuple[int, Entry]] = enumerate(store.read(stream), 1)
    for entry, _ in walk(numbered):
        yield Told(stream, entry)
