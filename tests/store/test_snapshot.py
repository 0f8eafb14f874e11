"""A store as it stood, whatever is written to it meanwhile."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from gate.errors import RecordError
from gate.schema.ledger import Draft
from gate.store.ids import new_id
from gate.store.snapshot import as_named, take
from gate.store.streams import KILL, Streams
from gate.store.tampering import TamperedError

AT = "2026-11-24T10:00:00Z"


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    made = Streams(str(tmp_path / "ledger.jsonl"))
    for number in range(3):
        made.ledger("main").append("note", AT, {"number": number})
    return made


def test_snapshot_ends_where_the_streams_ended(streams: Streams) -> None:
    then = take(streams.store)
    streams.ledger("main").append("note", AT, {"number": 3})
    streams.ledger(KILL).append("note", AT, {})
    assert then.streams() == ("main",)
    assert [entry.seq for entry in then.read("main")] == [0, 1, 2]
    assert [entry.seq for entry in then.read("main", 1, 9)] == [1, 2]
    assert list(then.read(KILL)) == []
    again = as_named(streams.store, then.names())
    assert list(again.read("main")) == list(then.read("main"))


def test_past_that_was_rewritten_or_cut_off_is_named(streams: Streams) -> None:
    (name,) = take(streams.store).names()
    with pytest.raises(TamperedError, match="entry 2 is not the one named"):
        as_named(streams.store, [msgspec.structs.replace(name, hash="0" * 64)])
    with pytest.raises(TamperedError, match="truncated"):
        as_named(streams.store, [msgspec.structs.replace(name, seq=7)])


def test_nothing_is_written_to_the_past(streams: Streams) -> None:
    then = take(streams.store)
    draft = Draft(kind="note", at=AT, body={}, id=new_id())
    for write in (
        lambda: then.append("main", then.head("main"), [draft]),
        lambda: then.adopt("main", None, []),
        lambda: then.put_blob(b""),
        lambda: then.drop_blob("0" * 64),
    ):
        with pytest.raises(RecordError, match="nothing is written"):
            write()
