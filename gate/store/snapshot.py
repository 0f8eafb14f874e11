"""Read a store as it stood at given heads, whatever is written to it meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import NoReturn

from gate.errors import RecordError
from gate.schema.bodies import EntryName
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.port import Block, Store
from gate.store.tampering import TamperedError
from gate.text import neutralise


class Snapshot:
    """The entries of a store up to a head of each stream; nothing can be written through it.

    Args:
        store: the store.
        heads: stream -> its last entry; a stream that is not named is not there.
    """

    def __init__(self, store: Store, heads: Mapping[str, Head]) -> None:
        self._store = store
        self._heads = dict(sorted(heads.items()))

    def names(self) -> tuple[EntryName, ...]:
        """The last entry of every stream, sorted by stream."""
        return tuple(
            EntryName(stream=stream, seq=head.seq, hash=head.hash)
            for stream, head in self._heads.items()
        )

    def head(self, stream: str) -> Head | None:
        """See `Store.head`."""
        return self._heads.get(stream)

    def read(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """See `Store.read`."""
        head = self._heads.get(stream)
        if head is None:
            return iter(())
        end = head.seq if last is None else min(last, head.seq)
        return self._store.read(stream, first, end)

    def blocks(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Block]:
        """See `Store.blocks`."""
        head = self._heads.get(stream)
        if head is None:
            return iter(())
        end = head.seq if last is None else min(last, head.seq)
        return self._store.blocks(stream, first, end)

    def streams(self) -> tuple[str, ...]:
        """See `Store.streams`."""
        return tuple(self._heads)

    def turn(self, stream: str) -> AbstractContextManager[None]:
        """See `Store.turn`."""
        return nullcontext()

    def get_blob(self, digest: str) -> bytes | None:
        """See `Store.get_blob`."""
        return self._store.get_blob(digest)

    def blobs(self) -> tuple[str, ...]:
        """See `Store.blobs`."""
        return self._store.blobs()

    def append(
        self, stream: str, expected: Head | None, drafts: Sequence[Draft]
    ) -> tuple[Entry, ...]:
        """Refused."""
        self._refuse()

    def adopt(self, stream: str, expected: Head | None, entries: Sequence[Entry]) -> None:
        """Refused."""
        self._refuse()

    def put_blob(self, data: bytes) -> str:
        """Refused."""
        self._refuse()

    def drop_blob(self, digest: str) -> None:
        """Refused."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise RecordError("nothing is written to a snapshot of the ledger")


def take(store: Store) -> Snapshot:
    """A store as it stands now.

    Raises:
        RecordError: it cannot be read.
    """
    heads = ((stream, store.head(stream)) for stream in store.streams())
    return Snapshot(store, {stream: head for stream, head in heads if head is not None})


def as_named(store: Store, names: Sequence[EntryName]) -> Snapshot:
    """A store as it stood when these entries were the last of their streams.

    Raises:
        TamperedError: one of them is another entry now.
        RecordError: it cannot be read.
    """
    for name in names:
        found = next(iter(store.read(name.stream, name.seq, name.seq)), None)
        if found is None or found.hash != name.hash:
            raise TamperedError(
                "rewritten" if found else "truncated",
                f"stream {neutralise(name.stream, 140)}: entry {name.seq} is not the one named",
                "It is another ledger, or it was rewritten: `gate ledger verify` tells more.",
            )
    return Snapshot(store, {name.stream: Head(name.seq, name.hash) for name in names})
