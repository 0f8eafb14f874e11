"""A store as it was: every stream ends where it ended then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.port import Block, Store


class PastStore:
    """A store cut off at given entries; nothing can be written to it.

    Args:
        store: the store as it is now.
        cut: stream -> number of the last entry it had; streams not named had none.
    """

    def __init__(self, store: Store, cut: Mapping[str, int]) -> None:
        self._store = store
        self._cut = cut

    def head(self, stream: str) -> Head | None:
        """See `Store.head`."""
        last = self._cut.get(stream)
        if last is None:
            return None
        for entry in self._store.read(stream, last, last):
            return Head(entry.seq, entry.hash)
        raise RecordError(
            f"stream {stream}: entry {last} is not there any more",
            "The end of the stream was cut off: `gate ledger verify` tells more.",
        )

    def append(
        self, stream: str, expected: Head | None, drafts: Sequence[Draft]
    ) -> tuple[Entry, ...]:
        """See `Store.append`; never."""
        raise RecordError(_PAST)

    def adopt(self, stream: str, expected: Head | None, entries: Sequence[Entry]) -> None:
        """See `Store.adopt`; never."""
        raise RecordError(_PAST)

    def read(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """See `Store.read`."""
        end = self._cut.get(stream, -1)
        end = end if last is None else min(end, last)
        return self._store.read(stream, first, end) if first <= end else iter(())

    def blocks(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Block]:
        """See `Store.blocks`."""
        end = self._cut.get(stream, -1)
        end = end if last is None else min(end, last)
        return self._store.blocks(stream, first, end) if first <= end else iter(())

    def streams(self) -> tuple[str, ...]:
        """See `Store.streams`."""
        return tuple(sorted(self._cut))

    def turn(self, stream: str) -> AbstractContextManager[None]:
        """See `Store.turn`."""
        return nullcontext()

    def put_blob(self, data: bytes) -> str:
        """See `Store.put_blob`; never."""
        raise RecordError(_PAST)

    def get_blob(self, digest: str) -> bytes | None:
        """See `Store.get_blob`; a blob that was erased since stays so."""
        return self._store.get_blob(digest)

    def drop_blob(self, digest: str) -> None:
        """See `Store.drop_blob`; never."""
        raise RecordError(_PAST)

    def blobs(self) -> tuple[str, ...]:
        """See `Store.blobs`; those of now."""
        return self._store.blobs()


_PAST = "the past cannot be written to"
