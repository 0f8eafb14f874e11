"""The file engine of the ledger."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import rfc8785

from gate.errors import RecordError
from gate.schema.entry import GENESIS
from gate.store.file import FileLedger
from gate.store.ledger import entry_hash, verify

AT = "2026-11-24T10:00:00Z"


def filled(path: Path, count: int = 3) -> FileLedger:
    ledger = FileLedger(str(path))
    for number in range(count):
        ledger.append("decision", AT, {"n": number})
    return ledger


def test_append_chains_entries_from_genesis(tmp_path: Path) -> None:
    ledger = filled(tmp_path / "deep" / "ledger.jsonl")
    entries = [entry for _, entry in ledger.entries()]
    assert [entry.seq for entry in entries] == [0, 1, 2]
    assert entries[0].prev == GENESIS
    assert entries[2].prev == entries[1].hash
    assert verify(ledger.entries()) == entries[2]


def test_entry_hash_is_sha256_over_rfc_8785_without_hash(tmp_path: Path) -> None:
    import hashlib

    line = json.loads(filled(tmp_path / "l", 1) and (tmp_path / "l").read_text())
    stored = line.pop("hash")
    assert hashlib.sha256(rfc8785.dumps(line)).hexdigest() == stored


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda lines: [lines[0], lines[2]], "seq is 2, 1 expected"),
        (lambda lines: [lines[1], lines[0], lines[2]], "seq is 1, 0 expected"),
        (
            lambda lines: [lines[0], lines[1].replace('"n":1', '"n":7'), lines[2]],
            "hash does not fit",
        ),
        (lambda lines: [lines[0], "{}", lines[2]], "not an entry"),
        (lambda lines: [lines[0], "\x00" * 40, lines[2]], "not an entry"),
        (lambda lines: lines[1:], "seq is 1, 0 expected"),
    ],
)
def test_verify_names_the_first_line_that_does_not_fit(
    tmp_path: Path, damage: object, message: str
) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path)
    lines = damage(path.read_text().splitlines())  # type: ignore[operator]
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(RecordError, match=message):
        verify(ledger.entries())


def test_verify_notices_a_rewritten_entry_with_a_new_hash(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path)
    entries = [entry for _, entry in ledger.entries()]
    forged = json.loads(path.read_text().splitlines()[1])
    forged["body"]["n"] = 7
    from msgspec import convert

    from gate.schema.entry import Entry

    forged["hash"] = entry_hash(convert(forged, Entry))
    lines = path.read_text().splitlines()
    lines[1] = json.dumps(forged)
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(RecordError, match="line 3: prev is not the hash"):
        verify(ledger.entries())
    assert entries[1].hash != forged["hash"]


def test_append_moves_a_torn_line_aside_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path, 2)
    with path.open("ab") as handle:
        handle.write(b'{"v":1,"seq":2,"prev"')
    ledger.append("decision", AT, {"n": 9})
    entries = [entry for _, entry in ledger.entries()]
    assert [entry.kind for entry in entries] == ["decision", "decision", "recovery", "decision"]
    assert verify(ledger.entries()) is not None
    (torn,) = tmp_path.glob("ledger.jsonl.torn-*")
    assert torn.read_bytes() == b'{"v":1,"seq":2,"prev"'


def test_append_from_many_threads_keeps_the_chain(tmp_path: Path) -> None:
    path = str(tmp_path / "ledger.jsonl")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: FileLedger(path).append("decision", AT, {"n": n}), range(40)))
    last = verify(FileLedger(path).entries())
    assert last is not None
    assert last.seq == 39


def test_append_refuses_what_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(RecordError):
        FileLedger("/dev/full").append("decision", AT, {})
    (tmp_path / "file").write_text("x")
    with pytest.raises(RecordError):
        FileLedger(str(tmp_path / "file" / "ledger")).append("decision", AT, {})
    with pytest.raises(RecordError):
        FileLedger(str(tmp_path)).append("decision", AT, {})
    link = tmp_path / "link"
    os.symlink(tmp_path / "elsewhere", link)
    with pytest.raises(RecordError):
        FileLedger(str(link)).append("decision", AT, {})


@pytest.mark.parametrize("body", [{"n": float("nan")}, {"n": 2**60}, {"t": "\ud800"}])
def test_append_refuses_what_has_no_canonical_form(tmp_path: Path, body: dict[str, object]) -> None:
    path = tmp_path / "ledger.jsonl"
    with pytest.raises(RecordError):
        FileLedger(str(path)).append("decision", AT, body)
    assert path.read_bytes() == b""


def test_append_refuses_to_build_on_an_entry_that_was_changed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = FileLedger(str(path))
    ledger.append("decision", "2026-11-24T10:00:00Z", {"decision": "block"})
    path.write_text(path.read_text().replace("block", "pass"))
    before = path.read_bytes()
    with pytest.raises(RecordError, match="hash does not fit"):
        ledger.append("decision", "2026-11-24T10:00:00Z", {"decision": "pass"})
    assert path.read_bytes() == before
