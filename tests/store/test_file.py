"""The file engine of the ledger."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import pytest
import rfc8785

from gate.errors import RecordError
from gate.schema.entry import GENESIS, Entry
from gate.schema.ledger import Draft
from gate.store.file import FileLedger
from gate.store.ledger import chain, entry_hash, verify

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
    forged["hash"] = entry_hash(msgspec.convert(forged, Entry))
    lines = path.read_text().splitlines()
    lines[1] = msgspec.json.encode(forged, order="sorted").decode()
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


KILLED_IN = ("before the write", "half of it written", "all written", "journal half written")


def kill_while_extending(path: Path, when: str, count: int = 3) -> None:
    """Let a process append several entries and die at a point of it, by the point's name."""
    source = f"""
import os, signal
from gate.schema.ledger import Draft
from gate.store import file, journal
from gate.store.file import FileLedger
from gate.store.ledger import chain

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def half(handle, lines):
    os.write(handle, lines[: len(lines) * 2 // 3])
    die()

when = {when!r}
if when == "journal half written":
    os.rename = die
if when == "before the write":
    file._write = die
if when == "half of it written":
    file._write = half
if when == "all written":
    journal.drop_journal = die
drafts = [Draft(kind="batch", at={AT!r}, body={{"n": n}}, id=str(n)) for n in range({count})]
ledger = FileLedger({str(path)!r})
ledger.extend(ledger.head(), chain(ledger.head(), drafts))
"""
    answer = subprocess.run([sys.executable, "-c", source], capture_output=True, check=False)
    assert answer.returncode == -signal.SIGKILL, answer.stderr


@pytest.mark.parametrize("when", KILLED_IN)
@pytest.mark.parametrize("already", [0, 2])
def test_entries_of_one_append_are_all_there_or_none(
    tmp_path: Path, when: str, already: int
) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path, already)
    kill_while_extending(path, when)
    promised = when != "journal half written"
    seen = [entry.kind for _, entry in ledger.entries()]
    assert seen == ["decision"] * already + ["batch"] * (3 if when == "all written" else 0)
    head = ledger.head()
    assert (head.seq + 1 if head else 0) == len(seen) == len(list(ledger.read()))
    ledger.append("after", AT, {})
    seen = [entry.kind for _, entry in ledger.entries()]
    assert seen == ["decision"] * already + ["batch"] * (3 if promised else 0) + ["after"]
    assert verify(ledger.entries()) is not None
    assert not list(tmp_path.glob("*.journal"))


def test_append_that_did_not_fit_the_disk_is_not_made_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path, 1)
    drafts = [Draft(kind="batch", at=AT, body={}, id=str(n)) for n in range(3)]

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as context:
        context.setattr("gate.store.file.os.fsync", lambda handle: None)
        context.setattr("gate.store.file._write", lambda handle, lines: full(handle))
        with pytest.raises(RecordError, match="No space left"):
            ledger.extend(ledger.head(), chain(ledger.head(), drafts))
    assert [entry.kind for _, entry in ledger.entries()] == ["decision"]
    ledger.append("after", AT, {})
    assert [entry.kind for _, entry in ledger.entries()] == ["decision", "after"]


@pytest.mark.parametrize(
    ("spoil", "kind"),
    [
        (lambda lines: lines[:1], "(truncated)"),
        (lambda lines: [*lines, lines[0]], "(rewritten)"),
    ],
)
def test_ledger_that_does_not_fit_its_journal_is_not_written_to(
    tmp_path: Path, spoil: Callable[[list[bytes]], list[bytes]], kind: str
) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path, 2)
    kill_while_extending(path, "before the write")
    path.write_bytes(b"".join(spoil(path.read_bytes().splitlines(keepends=True))))
    before = path.read_bytes()
    for call in (ledger.head, lambda: list(ledger.entries()), lambda: ledger.append("x", AT, {})):
        with pytest.raises(RecordError) as caught:
            call()
        assert kind in caught.value.message
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", [b"", b"{}\n", b"\xff", b"cut"])
def test_damaged_journal_is_an_error(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "ledger.jsonl"
    ledger = filled(path, 2)
    kill_while_extending(path, "before the write")
    journal = tmp_path / "ledger.jsonl.journal"
    journal.write_bytes(damage if damage != b"cut" else journal.read_bytes()[:-1])
    with pytest.raises(RecordError, match="journal: not what the gate writes"):
        ledger.append("after", AT, {})
