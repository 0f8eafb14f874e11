"""A ledger over one stream of a store: whoever writes first wins, the others read on and retry."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gate.errors import ConflictError, RecordError, UnknownOutcomeError
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.ids import new_id
from gate.store.ledger import head_of
from gate.store.port import MAIN, Store, check_stream
from gate.store.tries import PATIENCE, Tries

_SHOWN = 8


class StreamLedger:
    """One stream as a `Ledger`.

    Args:
        store: where the stream is.
        stream: its name.
        patience: seconds an append is tried for while others write.
    """

    def __init__(self, store: Store, stream: str = MAIN, patience: float = PATIENCE) -> None:
        self._store = store
        self._stream = check_stream(stream)
        self._patience = patience

    def append(self, kind: str, at: str, body: dict[str, Any]) -> Entry:
        """Write one entry durably; see `Ledger.append`."""
        draft = Draft(kind=kind, at=at, body=body, id=new_id())
        with self._store.turn(self._stream):
            return self._append(draft)

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Every entry; see `Ledger.entries`."""
        number = 0
        for number, entry in enumerate(self._store.read(self._stream), 1):
            yield number, entry
        if not number:
            raise self._absent() from FileNotFoundError(self._stream)

    def _absent(self) -> RecordError:
        others = self._store.streams()
        shown = ", ".join(others[:_SHOWN]) + (", ..." if len(others) > _SHOWN else "")
        hint = f"It has: {shown}. Name one with --stream." if others else "It is empty."
        return RecordError(f"the ledger has no stream {self._stream}", hint)

    def _append(self, draft: Draft) -> Entry:
        head = self._store.head(self._stream)
        tries = Tries(self._stream, self._patience)
        while True:
            try:
                return self._store.append(self._stream, head, (draft,))[0]
            except (ConflictError, UnknownOutcomeError) as error:
                found, head = self._read_on(head, draft.id)
                if found is not None:
                    return found
                tries.wait(error)

    def _read_on(self, head: Head | None, name: str) -> tuple[Entry | None, Head | None]:
        """The entry of an id, if it was written behind a head, and where the stream ends now.

        NOTE: the end has to come from the same reading. Asked for later it could lie behind an
        entry whose answer was lost and that came in just now, and it would be written again. As
        it is, a late one and a second try want the same place, and only one gets it.
        """
        for entry in self._store.read(self._stream, head.seq + 1 if head else 0):
            if entry.id == name:
                return entry, head
            head = head_of(entry)
        return None, head
