"""Lines decoded by the block say what one line at a time says, and refuse what it refuses."""

from __future__ import annotations

import gc
import hashlib
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from store.test_ledger import VALUES

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.block import follow, open_block, uncollected
from gate.store.file import FileLedger
from gate.store.ledger import (
    canonical,
    chain,
    decode_line,
    encode_line,
    head_of,
    require_chain,
)
from gate.store.port import Block

STREAM = "org/limits"
AT = "2026-11-24T10:00:00Z"
KEYS = st.sampled_from(["hash", "id", "a", "body", '"hash":"', "\U0001f600", "\ue000", "é"])
TEXTS = st.sampled_from(['"hash":"' + "0" * 64, "\\", "\x7f\x00", "1.0", "é", ":1.5,"])
BODIES = st.dictionaries(KEYS, VALUES | TEXTS | st.dictionaries(KEYS, TEXTS), max_size=4)


def drafts(bodies: list[dict[str, Any]]) -> list[Draft]:
    return [Draft(kind="k", at=AT, body=body, id=f"{n}") for n, body in enumerate(bodies)]


def plainly(data: bytes, last: Head) -> list[Entry]:
    """One line at a time, each checked as every engine did."""
    parts = data.split(b"\n")
    lines = [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])
    entries = [decode_line(line, "line", STREAM) for line in lines]
    require_chain(None, entries, STREAM)
    if head_of(entries[-1] if entries else None) != last:
        raise RecordError("not the head")
    return entries


def quickly(data: bytes, last: Head, size: int = 10**9) -> list[Entry]:
    """By blocks of so many lines."""
    lines = data.splitlines(keepends=True) if size < 10**9 else [data]
    blocks = [
        Block(b"".join(lines[n : n + size]), "line") for n in range(0, len(lines), min(size, 999))
    ]
    return list(follow(blocks, STREAM, 0, last))


def answer(read: Any, data: bytes, last: Head) -> list[Entry] | None:
    try:
        found: list[Entry] = read(data, last)
    except RecordError:
        return None
    return found


@given(st.lists(BODIES, min_size=1, max_size=5), st.integers(1, 5))
@settings(max_examples=400, deadline=None)
def test_blocks_say_what_single_lines_say(bodies: list[dict[str, Any]], size: int) -> None:
    entries = chain(None, drafts(bodies), STREAM)
    lines = [encode_line(entry) for entry in entries]
    last = Head(entries[-1].seq, entries[-1].hash)
    blocks = [Block(b"".join(lines[n : n + size]), "x") for n in range(0, len(lines), size)]
    assert list(follow(blocks, STREAM, 0, last)) == list(entries)
    assert plainly(b"".join(lines), last) == list(entries)


@given(BODIES)
@settings(max_examples=400, deadline=None)
def test_line_without_its_hash_is_the_canonical_form_where_it_is_hashed(
    body: dict[str, Any],
) -> None:
    (entry,) = chain(None, drafts([body]), STREAM)
    opened = open_block(Block(encode_line(entry), "x"), STREAM)
    assert opened.entries == [entry]
    for line in opened.lines:
        at = line.rfind(b'"hash":"')
        assert line[:at] + line[at + 74 :] == canonical(entry)


@given(
    st.lists(BODIES, min_size=1, max_size=3),
    st.lists(
        st.tuples(
            st.integers(0, 10**4),
            st.integers(0, 3),
            st.sampled_from(
                [*(bytes([n]) for n in range(256)), b'"a":1,', b"\n", b" ", b"\\u0041"]
            ),
        ),
        max_size=3,
    ),
)
@settings(max_examples=1500, deadline=None)
def test_whatever_was_done_to_lines_both_ways_agree(
    bodies: list[dict[str, Any]], edits: list[tuple[int, int, bytes]]
) -> None:
    entries = chain(None, drafts(bodies), STREAM)
    last = Head(entries[-1].seq, entries[-1].hash)
    data = b"".join(map(encode_line, entries))
    for place, removed, added in edits:
        at = place % (len(data) + 1)
        data = data[:at] + added + data[at + removed :]
    assert answer(quickly, data, last) == answer(plainly, data, last)


def rehashed(line: bytes) -> bytes:
    """A line with the hash of its own bytes, whatever they mean."""
    at = line.rfind(b'"hash":"')
    raw = line[:at] + line[at + 74 : -1]
    digest = hashlib.sha256(raw).hexdigest().encode()
    return line[: at + 8] + digest + line[at + 72 :]


FORGED = {
    "a key twice": (b'"body":{"n":5}', b'"body":{"n":4,"n":5}'),
    "keys out of order": (b'"body":{"n":5}', b'"body":{"n":5,"a":5}'),
    "a blank": (b'"body":{"n":5}', b'"body":{"n": 5}'),
    "an escape for nothing": (b'"kind":"k"', b'"kind":"\\u006b"'),
    "a fraction": (b'{"n":5}', b'{"n":5.0}'),
    "a power": (b'{"n":5}', b'{"n":5e0}'),
    "a number beyond 2^53": (b'{"n":5}', b'{"n":9007199254740993}'),
    "minus nought": (b'{"n":5}', b'{"n":-0}'),
    "keys sorted by bytes": (b'{"n":5}', '{"\ue000":1,"\U0001f600":2}'.encode()),
    "a field more": (b'"body":', b'"bodx":1,"body":'),
    "another version": (b'"v":1', b'"v":1.0'),
    "no stream": (b'"stream":"org/limits",', b""),
    "another stream": (b"org/limits", b"org/kill"),
}


@pytest.mark.parametrize("what", FORGED)
def test_line_that_is_hashed_as_it_stands_but_is_no_canonical_form_is_refused(what: str) -> None:
    old, new = FORGED[what]
    (entry,) = chain(None, drafts([{"n": 5}]), STREAM)
    line = encode_line(entry)
    assert old in line
    assert rehashed(line) == line
    forged = rehashed(line.replace(old, new, 1))
    found = re.search(rb'"hash":"([0-9a-f]{64})"', forged)
    assert found is not None
    last = Head(0, found[1].decode())
    with pytest.raises(RecordError):
        plainly(forged, last)
    with pytest.raises(RecordError):
        quickly(forged, last)


def test_two_lines_in_one_are_refused() -> None:
    entries = chain(None, drafts([{}, {}]), STREAM)
    data = b"".join(map(encode_line, entries)).replace(b"}\n{", b"}{")
    with pytest.raises(RecordError):
        open_block(Block(data, "x"), STREAM)


def test_only_what_is_between_first_and_last_is_given_and_checked() -> None:
    entries = chain(None, drafts([{"n": n} for n in range(9)]), STREAM)
    block = Block(b"".join(map(encode_line, entries)), "x")
    found = list(follow([block], STREAM, 3, Head(6, entries[6].hash)))
    assert found == list(entries[3:7])


@pytest.mark.parametrize("name", ["seq", "prev", "hash", "body", "at", "kind", "id"])
@pytest.mark.parametrize("body", [{}, {"n": 1.5}, {"é": 1}], ids=str)
def test_changed_field_is_refused_in_plain_blocks_and_in_others(name: str, body: Any) -> None:
    entries = list(chain(None, drafts([body] * 3), STREAM))
    values = {"seq": 7, "prev": "0" * 64, "hash": "f" * 64, "body": {"x": 1}}
    entries[1] = msgspec.structs.replace(entries[1], **{name: values.get(name, "x")})
    data = b"".join(map(encode_line, entries))
    with pytest.raises(RecordError):
        quickly(data, Head(2, entries[2].hash))


def test_body_nested_deeper_than_the_quick_way_goes_is_read_all_the_same() -> None:
    body: dict[str, Any] = {}
    for _ in range(40):
        body = {"a": [body]}
    entries = chain(None, drafts([body, {}]), STREAM)
    data = b"".join(map(encode_line, entries))
    assert quickly(data, Head(1, entries[1].hash)) == list(entries)


def test_file_of_lines_longer_than_a_block_is_read_back(tmp_path: Any) -> None:
    path = tmp_path / "l.jsonl"
    sizes = [10, 70_000, 65_536, 200_000, 1, 131_000]
    entries = chain(None, drafts([{"n": "x" * size} for size in sizes]))
    path.write_bytes(b"".join(map(encode_line, entries)))
    ledger = FileLedger(str(path))
    assert list(ledger.read()) == list(entries)
    assert list(ledger.read(2, 4)) == list(entries[2:5])
    path.write_bytes(path.read_bytes() + b'{"at":"torn')
    assert list(ledger.read(4)) == list(entries[4:])


def test_garbage_collector_is_back_afterwards_and_stays_off_where_it_was() -> None:
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with uncollected():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
