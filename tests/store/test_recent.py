"""The end of a stream, back to a moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.ledger import chain, encode_line, head_of
from gate.store.open import open_store
from gate.store.port import Block, Store
from gate.store.recent import later, recent

STREAM = "org/limits"


def minute(number: int) -> str:
    """The time of an entry: one a minute."""
    return f"2026-11-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00Z"


def entries(count: int) -> tuple[Entry, ...]:
    drafts = [Draft(kind="k", at=minute(n), body={"n": n}, id=str(n)) for n in range(count)]
    return chain(None, drafts, STREAM)


class Given:
    """A store that holds given entries, and counts what was read of them."""

    def __init__(self, given: tuple[Entry, ...]) -> None:
        self.given = given
        self.read_of_them = 0

    def head(self, stream: str) -> Head | None:
        return head_of(self.given[-1] if self.given else None)

    def read(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        for entry in self.given[first : None if last is None else last + 1]:
            self.read_of_them += 1
            yield entry

    def blocks(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Block]:
        lines = [encode_line(entry) for entry in self.read(stream, first, last)]
        for begin in range(0, len(lines), 100):
            block = b"".join(lines[begin : begin + 100])
            yield Block(block, f"stream {STREAM}: entry {first + begin} or later")


def tail(store: Any, since: str) -> list[int]:
    found, head = recent(store, STREAM, since)
    assert head == store.head(STREAM)
    assert list(later(store, STREAM, since)) == found
    return [entry.seq for entry in found]


@pytest.mark.parametrize("count", [1, 255, 256, 257, 3000, 20_000])
@pytest.mark.parametrize("wanted", [0, 1, 300, 2900])
def test_everything_since_then_is_there_and_not_much_more(count: int, wanted: int) -> None:
    store = Given(entries(count))
    since = minute(max(0, count - wanted))
    found = tail(store, since)
    store.read_of_them = 0
    recent(store, STREAM, since)  # type: ignore[arg-type]
    assert found == list(range(found[0], count))
    assert found[0] <= max(0, count - wanted)
    assert len(found) <= 4 * wanted + 3 * 256
    assert store.read_of_them <= len(found) + 256 * (len(found) // 256).bit_length()


def test_everything_is_there_without_a_moment() -> None:
    assert tail(Given(entries(2000)), "") == list(range(2000))


def test_entry_of_a_clock_that_is_late_is_still_found() -> None:
    """An older entry among newer ones does not end the reading."""
    drafts = [Draft(kind="k", at=minute(n), body={}, id=str(n)) for n in range(2000)]
    drafts[1500:1700] = [msgspec.structs.replace(one, at=minute(0)) for one in drafts[1500:1700]]
    found = tail(Given(chain(None, drafts, STREAM)), minute(1400))
    assert found[0] <= 1400


def test_absent_stream_is_nothing(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "l.jsonl"))
    assert recent(store, STREAM, "") == ([], None)


def test_stream_of_a_file_is_read_back(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "l.jsonl"))
    store.adopt(STREAM, None, entries(1500))
    assert tail(store, minute(1400))[-1] == 1499


def without(number: int, given: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return given[:number] + given[number + 1 :]


def changed(number: int, given: tuple[Entry, ...]) -> tuple[Entry, ...]:
    forged = msgspec.structs.replace(given[number], body={"n": -1})
    return (*given[:number], forged, *given[number + 1 :])


def renamed(number: int, given: tuple[Entry, ...]) -> tuple[Entry, ...]:
    return chain(None, [Draft(kind="k", at=minute(0), body={}, id="x")] * len(given), "org/kill")


@pytest.mark.parametrize("tamper", [without, changed, renamed])
@pytest.mark.parametrize("number", [0, 1, 399, 598])
def test_tampering_in_what_was_read_is_an_error(tamper: Any, number: int) -> None:
    given = entries(600)
    store: Store = Given(tamper(number, given))  # type: ignore[assignment]
    with pytest.raises(RecordError, match=f"stream {STREAM}: "):
        recent(store, STREAM, "")


def test_end_that_is_not_the_head_is_an_error() -> None:
    store = Given(entries(10))
    store.head = lambda stream: Head(9, "0" * 64)  # type: ignore[method-assign]
    with pytest.raises(RecordError, match="its end is not its head"):
        recent(store, STREAM, "")  # type: ignore[arg-type]
