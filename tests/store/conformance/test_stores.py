"""What every engine of the ledger has to hold, one suite for all."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from soak import times
from store.conformance.engines import AT, ENGINES, STREAM, Engine, lines

from gate.errors import ConflictError, RecordError, UnknownOutcomeError
from gate.schema.entry import GENESIS, Entry
from gate.schema.ledger import Draft, Head
from gate.store.ids import new_id
from gate.store.ledger import chain, head_of, verify
from gate.store.open import open_store
from gate.store.port import MAX_BLOB, Store
from gate.store.stream import StreamLedger


@pytest.fixture(params=list(ENGINES))
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    made = ENGINES[request.param](tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", made.environment()["XDG_CACHE_HOME"])
    yield made
    made.close()


@pytest.fixture
def store(engine: Engine) -> Store:
    return open_store(engine.spec)


def drafts(count: int, body: dict[str, object] | None = None) -> list[Draft]:
    return [Draft(kind="test", at=AT, body=body or {"n": n}, id=new_id()) for n in range(count)]


def verified(store: Store, stream: str = STREAM) -> list[Entry]:
    """Every entry of a stream whose chain holds."""
    entries = list(store.read(stream))
    last = verify(iter(enumerate(entries, 1)))
    assert store.head(stream) == head_of(last)
    return entries


def test_nothing_is_there_at_first(store: Store) -> None:
    assert store.head(STREAM) is None
    assert list(store.read(STREAM)) == []
    assert store.streams() == ()
    assert store.blobs() == ()
    with pytest.raises(RecordError) as caught:
        list(StreamLedger(store, STREAM).entries())
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_append_chains_entries_from_genesis(engine: Engine, store: Store) -> None:
    first = store.append(STREAM, None, drafts(2))
    more = store.append(STREAM, head_of(first[-1]), drafts(1))
    assert [entry.seq for entry in first + more] == [0, 1, 2]
    assert first[0].prev == GENESIS
    assert verified(open_store(engine.spec)) == [*first, *more]
    assert store.head(STREAM) == Head(2, more[0].hash)


def test_append_of_nothing_writes_nothing(store: Store) -> None:
    assert store.append(STREAM, None, ()) == ()
    assert store.head(STREAM) is None


def test_streams_do_not_touch_each_other(engine: Engine, store: Store) -> None:
    names = (
        "main",
        "org/kill",
        "repo/acme/.github",
        "repo/acme/a..b",
        "repo/acme/x.lock",
        "a~"[:1],
    )
    for name in names:
        store.append(name, None, drafts(1, {"in": name}))
    again = open_store(engine.spec)
    assert again.streams() == tuple(sorted(names))
    for name in names:
        assert [entry.body for entry in verified(again, name)] == [{"in": name}]


@pytest.mark.parametrize(
    "expected",
    [None, Head(0, "0" * 64), Head(1, "f" * 64), Head(7, "0" * 64), Head(0, GENESIS)],
)
def test_append_behind_another_head_is_a_conflict(store: Store, expected: Head | None) -> None:
    before = store.append(STREAM, None, drafts(2))
    with pytest.raises(ConflictError):
        store.append(STREAM, expected, drafts(1))
    assert verified(store) == list(before)


def test_append_behind_a_head_of_nothing_is_a_conflict(store: Store) -> None:
    with pytest.raises(ConflictError):
        store.append(STREAM, Head(0, "0" * 64), drafts(1))
    assert store.head(STREAM) is None


def test_one_of_two_instances_wins(engine: Engine, store: Store) -> None:
    other = open_store(engine.spec)
    (first,) = store.append(STREAM, None, drafts(1))
    assert other.head(STREAM) == head_of(first)
    (second,) = other.append(STREAM, head_of(first), drafts(1))
    with pytest.raises(ConflictError):
        store.append(STREAM, head_of(first), drafts(1))
    assert verified(store) == [first, second]


def test_read_gives_the_numbers_asked_for(store: Store) -> None:
    entries = store.append(STREAM, None, drafts(2500))
    assert list(store.read(STREAM, 2400, 2402)) == list(entries[2400:2403])
    assert list(store.read(STREAM, 999, 1001)) == list(entries[999:1002])
    assert list(store.read(STREAM, 2499)) == [entries[2499]]
    assert list(store.read(STREAM, 2500)) == []
    assert list(store.read(STREAM, 0, 0)) == [entries[0]]
    (last,) = store.append(STREAM, head_of(entries[-1]), drafts(1))
    assert verified(store) == [*entries, last]


@pytest.mark.parametrize(
    "body",
    [
        {"text": 'a\u0000b\u2028\u202e\U0001f600\\"\n\r\t'},
        {"n": [0, -1, 2**53 - 1, 0.1, 1e300, 5e-324, 1.0], "deep": {"": {"a": [None, True]}}},
        {"large": "x" * 300_000},
    ],
)
def test_body_comes_back_as_it_was(engine: Engine, store: Store, body: dict[str, object]) -> None:
    (entry,) = store.append(STREAM, None, drafts(1, body))
    assert verified(open_store(engine.spec)) == [entry]
    assert entry.body == body


@pytest.mark.parametrize("body", [{"n": float("nan")}, {"n": 2**60}, {"t": "\ud800"}])
def test_what_has_no_canonical_form_is_refused(store: Store, body: dict[str, object]) -> None:
    with pytest.raises(RecordError):
        store.append(STREAM, None, drafts(1, body))
    assert store.head(STREAM) is None


def test_entry_too_large_is_refused_with_all_beside_it(store: Store) -> None:
    wide = Draft(kind="test", at=AT, body={"x": "x" * 17_000_000}, id=new_id())
    with pytest.raises(RecordError, match="are allowed"):
        store.append(STREAM, None, [*drafts(1), wide])
    assert store.head(STREAM) is None


HOSTILE_NAMES = (
    "", ".", "..", "/", "a/", "/a", "a//b", "a/../b", "a/./b", "../a", "-x", "A", "a b", "a\n",
    "a\x00", "a~b", "a^", "a:b", "a?", "a*", "a[", "a\\b", "a@{1}", "é", "x" * 161, "refs/../x",
    "a/..", "a/.", ".git", "a%2eb", "--upload-pack=x", "a'; DROP TABLE gate.entries; --",
)  # fmt: skip


def test_hostile_stream_name_is_refused(store: Store) -> None:
    for name in HOSTILE_NAMES:
        calls = [
            partial(store.head, name),
            partial(lambda name: list(store.read(name)), name),
            partial(store.append, name, None, drafts(1)),
            partial(store.adopt, name, None, chain(None, drafts(1), name)),
            partial(StreamLedger, store, name),
        ]
        for call in calls:
            with pytest.raises(RecordError, match="not the name of a stream"):
                call()
    assert store.streams() == ()


def test_adopt_keeps_entries_as_they_are(engine: Engine, store: Store) -> None:
    entries = chain(None, drafts(3), STREAM)
    store.adopt(STREAM, None, entries[:2])
    store.adopt(STREAM, head_of(entries[1]), entries[2:])
    assert verified(open_store(engine.spec)) == list(entries)


def test_adopt_refuses_what_does_not_follow(store: Store) -> None:
    entries = chain(None, drafts(3), STREAM)
    forged = [entries[0], Entry(**{**_fields(entries[1]), "body": {"n": 7}}), entries[2]]
    for wrong in (entries[1:], forged, [entries[0], entries[2]], [entries[0], entries[0]]):
        with pytest.raises(RecordError):
            store.adopt(STREAM, None, wrong)
    assert store.head(STREAM) is None


def _fields(entry: Entry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in entry.__struct_fields__}


def test_writers_at_once_lose_and_double_nothing(engine: Engine) -> None:
    each = times(5, 313)
    writers = [engine.writer(STREAM, str(each)) for _ in range(32)]
    told = [line for writer in writers for line in lines(writer, times(100, 3600))]
    assert len(told) == 32 * each
    entries = verified(open_store(engine.spec))
    assert sorted(str(entry.id) for entry in entries) == sorted(told)
    for_each: dict[int, list[int]] = {}
    for entry in entries:
        for_each.setdefault(entry.body["by"], []).append(entry.body["n"])
    assert all(numbers == list(range(each)) for numbers in for_each.values())


@pytest.mark.parametrize("series", range(times(1, 20)))
def test_kill_at_any_point_leaves_a_ledger_that_verifies(engine: Engine, series: int) -> None:
    chance = random.Random(5 + series)
    acknowledged: set[str] = set()
    for _ in range(5):
        writers = [engine.writer(STREAM, "100000", "6000") for _ in range(10)]
        begun = [writer.stdout and writer.stdout.readline() for writer in writers[:1]]
        acknowledged.update(line.strip() for line in begun if line)
        for writer in writers:
            time.sleep(chance.uniform(0, 0.1))
            os.kill(writer.pid, signal.SIGKILL)
        for writer in writers:
            out, err = writer.communicate(timeout=30)
            assert writer.returncode == -signal.SIGKILL, err
            acknowledged.update(line for line in out.splitlines(keepends=False) if len(line) == 26)
        # NOTE: two torn lines leave two entries of the kind `recovery`, which have no id
        seen = [entry.id for entry in verified_after_crash(engine) if entry.kind != "recovery"]
        assert len(seen) == len(set(seen))
        assert acknowledged <= set(seen)
    assert acknowledged


def verified_after_crash(engine: Engine) -> list[Entry]:
    """Every entry, once the next writer has tidied up."""
    StreamLedger(open_store(engine.spec), STREAM).append("after", AT, {})
    return verified(open_store(engine.spec))


class Forgetful:
    """A store whose answers are lost now and then, before or after it has written."""

    def __init__(self, store: Store, losses: Sequence[str]) -> None:
        self._store = store
        self._losses = list(losses)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def append(
        self, stream: str, expected: Head | None, drafts: Sequence[Draft]
    ) -> tuple[Entry, ...]:
        loss = self._losses.pop(0) if self._losses else ""
        if loss == "conflict":
            self._store.append(stream, expected, [Draft(kind="o", at=AT, body={}, id=new_id())])
        if loss == "before":
            raise UnknownOutcomeError("the line is dead")
        entries = self._store.append(stream, expected, drafts)
        if loss == "after":
            raise UnknownOutcomeError("the line is dead")
        return entries


@pytest.mark.parametrize(
    "losses",
    [["before"], ["after"], ["before", "after"], ["conflict"], ["before", "conflict", "after"]],
)
def test_lost_answer_is_resolved_by_the_id(store: Store, losses: list[str]) -> None:
    StreamLedger(store, STREAM).append("test", AT, {"n": 0})
    forgetful: Store = Forgetful(store, losses)  # type: ignore[assignment]
    entry = StreamLedger(forgetful, STREAM).append("test", AT, {"n": 1})
    mine = [seen for seen in verified(store) if seen.kind == "test"]
    assert [seen.body["n"] for seen in mine] == [0, 1]
    assert mine[1] == entry


def test_unknown_outcome_for_good_is_an_error(store: Store) -> None:
    forgetful: Store = Forgetful(store, ["before"] * 50)  # type: ignore[assignment]
    with pytest.raises(RecordError, match="no entry could be written for 0 s"):
        StreamLedger(forgetful, STREAM, patience=0).append("test", AT, {})


def test_place_that_cannot_be_written_is_an_error(engine: Engine) -> None:
    engine.break_off()
    store = open_store(engine.spec)
    with pytest.raises(RecordError):
        StreamLedger(store, STREAM, patience=0).append("test", AT, {})
    with pytest.raises(RecordError):
        store.append(STREAM, None, drafts(1))
    with pytest.raises(RecordError):
        store.put_blob(b"x")


@pytest.mark.parametrize("engine", ["file", "git"], indirect=True)
def test_full_disk_loses_nothing_acknowledged(engine: Engine) -> None:
    writer = engine.writer(STREAM, "1000", "8000", "40000")
    out, err = writer.communicate(timeout=60)
    assert writer.returncode == 1, err
    assert err.startswith("RecordError: "), err
    entries = verified_after_crash(engine)
    assert set(out.split()) <= {str(entry.id) for entry in entries}
    assert out.split()


def test_blob_is_kept_by_its_digest(engine: Engine, store: Store) -> None:
    contents = [b"", b"x", bytes(range(256)) * 40, b"\n" * 70_000]
    digests = [store.put_blob(content) for content in contents]
    assert digests == [hashlib.sha256(content).hexdigest() for content in contents]
    assert store.put_blob(b"x") == digests[1]
    again = open_store(engine.spec)
    assert [again.get_blob(digest) for digest in digests] == contents
    assert again.blobs() == tuple(sorted(digests))
    assert again.streams() == ()


def test_blob_dropped_is_gone_and_entries_stay(engine: Engine, store: Store) -> None:
    kept, erased = store.put_blob(b"kept"), store.put_blob(b"erased")
    store.append(STREAM, None, drafts(1, {"blob": erased}))
    other = open_store(engine.spec)
    assert other.get_blob(erased) == b"erased"
    store.drop_blob(erased)
    store.drop_blob(erased)
    assert [side.get_blob(erased) for side in (store, other)] == [None, None]
    assert other.get_blob(kept) == b"kept"
    assert other.blobs() == (kept,)
    assert len(verified(other)) == 1
    assert store.put_blob(b"erased") == erased
    assert other.get_blob(erased) == b"erased"


def test_blob_absent_is_none(store: Store) -> None:
    assert store.get_blob("0" * 64) is None
    store.drop_blob("0" * 64)


def test_hostile_digest_is_refused(store: Store) -> None:
    for digest in ("", "0" * 63, "A" * 64, "../" + "0" * 61, "0" * 64 + "\n"):
        for call in (store.get_blob, store.drop_blob):
            with pytest.raises(RecordError, match="not a SHA-256 digest"):
                call(digest)


def test_blob_too_large_is_refused(store: Store) -> None:
    with pytest.raises(RecordError, match="are allowed"):
        store.put_blob(b"x" * (MAX_BLOB + 1))
