"""Moving a ledger from any engine to any other."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from store.conformance.engines import AT, ENGINES, STREAM, Engine

from gate.cli import main
from gate.errors import RecordError
from gate.schema.ledger import Draft
from gate.store.file import FileLedger
from gate.store.ids import new_id
from gate.store.ledger import canonical, head_of
from gate.store.merkle import Tree, leaf_hash
from gate.store.migrate import copy_streams
from gate.store.open import open_store
from gate.store.port import Store

PAIRS = list(itertools.permutations(ENGINES, 2))


@pytest.fixture
def pair(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Engine, Engine]]:
    made = []
    for number, name in enumerate(request.param):
        folder = tmp_path / str(number)
        folder.mkdir()
        made.append(ENGINES[name](folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield made[0], made[1]
    for engine in made:
        engine.close()


def fill(store: Store, count: int = 3) -> None:
    for stream in ("main", STREAM):
        bodies = ({"n": n, "text": "\u2028\u0000ä", "x": 0.1} for n in range(count))
        drafts = [Draft(kind="test", at=AT, body=body, id=new_id()) for body in bodies]
        store.append(stream, store.head(stream), drafts)


@pytest.mark.parametrize("pair", PAIRS, indirect=True, ids=["-".join(pair) for pair in PAIRS])
def test_migrate_keeps_entries_roots_and_blobs(
    pair: tuple[Engine, Engine], capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = (open_store(engine.spec) for engine in pair)
    fill(source, 1005)
    digest = source.put_blob(b"prompt")
    words = ["ledger", "migrate", "--from", pair[0].spec, "--to", pair[1].spec, "--format", "json"]
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(item["stream"], item["new"]) for item in answer["streams"]] == [
        ("main", 1005),
        (STREAM, 1005),
    ]
    for stream in ("main", STREAM):
        assert list(target.read(stream)) == list(source.read(stream))
        assert _root(target, stream) == _root(source, stream)
    assert target.get_blob(digest) == b"prompt"
    fill(source, 2)
    assert main(words) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [item["new"] for item in answer["streams"]] == [2, 2]
    assert answer["blobs"] == 0
    assert target.head(STREAM) == source.head(STREAM)


def _root(store: Store, stream: str) -> bytes:
    return Tree(leaf_hash(canonical(entry)) for entry in store.read(stream)).root()


def files(tmp_path: Path) -> tuple[Store, Store]:
    return open_store(str(tmp_path / "a.jsonl")), open_store(str(tmp_path / "b.jsonl"))


def test_migrate_takes_entries_without_an_id(tmp_path: Path) -> None:
    source, target = files(tmp_path)
    FileLedger(str(tmp_path / "a.jsonl")).append("decision", AT, {"n": 1})
    assert [item.entries for item in copy_streams(source, target)] == [1]
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_migrate_into_another_ledger_is_refused(tmp_path: Path) -> None:
    source, target = files(tmp_path)
    fill(source)
    fill(target)
    before = list(target.read("main"))
    with pytest.raises(RecordError, match="entry 2 of the target is not that of the source"):
        list(copy_streams(source, target))
    fill(target)
    with pytest.raises(RecordError, match="has entries that the source has not"):
        list(copy_streams(source, target))
    assert list(target.read("main"))[:3] == before


def test_migrate_of_a_ledger_that_does_not_verify_is_refused(tmp_path: Path) -> None:
    source, target = files(tmp_path)
    fill(source)
    path = tmp_path / "a.jsonl"
    path.write_text(path.read_text().replace('"n":1', '"n":7'))
    with pytest.raises(RecordError, match="entry 1: the hash does not fit"):
        list(copy_streams(source, target))
    assert target.head("main") is None


def test_migrate_of_nothing_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--from", str(tmp_path / "none"), "--to", str(tmp_path / "b")]
    assert main(["ledger", "migrate", *words]) == 2
    assert "nothing in that ledger" in capsys.readouterr().err


def test_ledgers_with_a_password_need_not_stand_among_the_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = files(tmp_path)
    fill(source)
    monkeypatch.setenv("OLD", str(tmp_path / "a.jsonl"))
    monkeypatch.setenv("NEW", f"{tmp_path / 'b.jsonl'}\n")
    words = ["ledger", "migrate", "--from", "env:OLD", "--to"]
    assert main([*words, "env:NEW"]) == 0
    assert target.head("main") == source.head("main")
    assert main([*words, "env:NOBODY"]) == 2
    assert "--to env:NOBODY: no such variable" in capsys.readouterr().err


def test_migrate_goes_on_in_the_middle_of_a_batch(tmp_path: Path) -> None:
    source, target = files(tmp_path)
    fill(source, 10)
    entries = list(source.read("main"))
    target.adopt("main", None, entries[:4])
    assert [(item.stream, item.new) for item in copy_streams(source, target)] == [
        ("main", 6),
        (STREAM, 10),
    ]
    assert target.head("main") == head_of(entries[-1])
