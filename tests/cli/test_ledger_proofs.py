"""`gate ledger key|checkpoint|prove|export`: what is signed, proven and handed out."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from store.signing import KEY, NAME, SIGNER

from gate.cli import main
from gate.schema.entry import Entry
from gate.store.checkpoint import read_checkpoint
from gate.store.file import FileLedger
from gate.store.ledger import canonical, entry_hash
from gate.store.merkle import extends, includes, leaf_hash
from gate.trust.dsse import IN_TOTO, unseal

AT = "2026-11-24T10:00:00Z"


class Bench:
    """A ledger in a folder, with a key beside it."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.ledger = folder / "ledger.jsonl"
        self.capsys = capsys
        key = folder / "gate.key"
        key.write_text(SIGNER.secret() + "\n")
        key.chmod(0o600)
        (folder / "gate.pub").write_text(f"{KEY}\n")

    def grow(self, count: int) -> None:
        """Append entries."""
        for number in range(count):
            FileLedger(str(self.ledger)).append("decision", AT, {"n": number})

    def run(self, *words: str, code: int = 0) -> str:
        """What a command prints: stdout of a success, stderr of a failure."""
        self.capsys.readouterr()
        where = [] if words[0] == "key" else ["--ledger", str(self.ledger)]
        assert main(["ledger", *words, *where]) == code
        captured = self.capsys.readouterr()
        if code:
            assert captured.out == ""
        return captured.err if code else captured.out

    def json(self, *words: str) -> Any:
        """The same as JSON."""
        return json.loads(self.run(*words, "--format", "json"))

    def path(self, name: str) -> str:
        """A file of the folder."""
        return str(self.folder / name)

    def checkpoint(self, name: str = "checkpoint") -> str:
        """Sign the ledger into a file."""
        self.run("checkpoint", "--sign-with", self.path("gate.key"), "--output", self.path(name))
        return self.path(name)


@pytest.fixture
def bench(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Bench:
    monkeypatch.delenv("GATE_LEDGER_KEY", raising=False)
    made = Bench(tmp_path, capsys)
    made.grow(7)
    return made


def test_key_is_made_once(bench: Bench) -> None:
    made = bench.json("key", "acme.example/new", "--folder", str(bench.folder))
    assert Path(made["public"]).read_text() == made["key"] + "\n"
    assert Path(made["private"]).read_text().startswith("PRIVATE+KEY+acme.example/new+")
    assert "File exists" in bench.run(
        "key", "acme.example/new", "--folder", str(bench.folder), code=2
    )
    shown = bench.run("key", "acme.example/other", "--folder", str(bench.folder))
    assert "PRIVATE" not in shown


def test_checkpoint_is_signed_by_file_or_variable(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = bench.run("checkpoint", "--sign-with", bench.path("gate.key"))
    read = read_checkpoint(printed.encode(), (KEY,))
    assert (read.checkpoint.origin, read.checkpoint.size) == (NAME, 7)
    monkeypatch.setenv("GATE_LEDGER_KEY", SIGNER.secret())
    assert bench.run("checkpoint") == printed
    assert Path(bench.checkpoint()).read_text() == printed


def test_nothing_is_signed_without_a_key(bench: Bench) -> None:
    assert "no private key" in bench.run("checkpoint", code=2)


def test_next_checkpoint_grows_out_of_the_last(bench: Bench) -> None:
    path = Path(bench.checkpoint())
    bench.grow(2)
    bench.checkpoint()
    assert read_checkpoint(path.read_bytes(), (KEY,)).checkpoint.size == 9
    before = path.read_bytes()
    lines = bench.ledger.read_text().splitlines(keepends=True)
    bench.ledger.write_text("".join(lines[:8]))
    words = ("checkpoint", "--sign-with", bench.path("gate.key"), "--output", str(path))
    assert "(truncated)" in bench.run(*words, code=2)
    bench.ledger.unlink()
    bench.grow(8)
    FileLedger(str(bench.ledger)).append("decision", AT, {"other": 1})
    assert "(rewritten)" in bench.run(*words, code=2)
    assert path.read_bytes() == before


def test_no_broken_ledger_is_signed(bench: Bench) -> None:
    bench.ledger.write_text(bench.ledger.read_text().replace('"n":3', '"n":4'))
    words = ("checkpoint", "--sign-with", bench.path("gate.key"))
    assert "line 4: the hash does not fit the entry (changed)" in bench.run(*words, code=2)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_proof_of_every_entry_verifies(bench: Bench, size: int) -> None:
    bench.ledger.unlink()
    bench.grow(size)
    for seq in range(size):
        proof = bench.json("prove", str(seq))
        entry = Entry(**proof["entry"])
        leaf = leaf_hash(canonical(entry))
        path = [base64.b64decode(step) for step in proof["path"]]
        assert (proof["index"], proof["size"], entry.seq) == (seq, size, seq)
        assert includes(leaf, seq, size, path, base64.b64decode(proof["root"]))
        assert proof["checkpoint"] is None


def test_proof_for_a_person(bench: Bench) -> None:
    lines = bench.run("prove", "3").splitlines()
    assert lines[0] == "entry 3 is in the ledger of 7 entries"
    entry = [entry for _, entry in FileLedger(str(bench.ledger)).entries()][3]
    assert lines[1].split() == ["entry", entry_hash(entry)]
    assert len(lines) == 6


def test_proof_carries_the_checkpoint_it_is_against(bench: Bench) -> None:
    path = bench.checkpoint()
    bench.grow(3)
    words = ("prove", "5", "--checkpoint", path, "--key", bench.path("gate.pub"))
    proof = bench.json(*words)
    assert proof["size"] == 7
    assert proof["checkpoint"] == Path(path).read_text()
    text = bench.run(*words, "--format", "tlog-proof")
    head, _, note = text.partition("\n\n")
    assert note == Path(path).read_text()
    assert head.split("\n")[:2] == ["c2sp.org/tlog-proof@v1", "index 5"]
    assert head.split("\n")[2:] == proof["path"]
    assert "no entry 8 among 7 entries" in bench.run("prove", "8", "--checkpoint", path, code=2)


def test_proof_that_the_ledger_only_grew(bench: Bench) -> None:
    older = bench.checkpoint("older")
    bench.grow(4)
    newer = bench.checkpoint("newer")
    bench.grow(1)
    proof = bench.json("prove", "--since", older, "--checkpoint", newer)
    path = [base64.b64decode(step) for step in proof["path"]]
    was, now = (base64.b64decode(proof[end]["root"]) for end in ("from", "to"))
    assert extends(7, was, 11, now, path)
    assert proof["from"]["checkpoint"] == Path(older).read_text()
    assert proof["to"]["checkpoint"] == Path(newer).read_text()
    shown = bench.run("prove", "--since", older)
    assert shown.startswith("the ledger of 12 entries begins with the 7 entries of before\n")
    words = ("prove", "--since", newer, "--checkpoint", older)
    assert "Take the older checkpoint" in bench.run(*words, code=2)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("prove",), "say what to prove"),
        (("prove", "1", "--since", "x"), "say what to prove"),
        (("prove", "1", "--format", "tlog-proof"), "carries a checkpoint"),
        (("prove", "7"), "no entry 7 among 7 entries"),
        (("prove", "--since", "none"), "No such file"),
        (("verify", "--anchor", "none"), "No such file"),
        (("verify", "--key", "none"), "No such file"),
    ],
)
def test_bad_usage_is_exit_2(bench: Bench, words: tuple[str, ...], said: str) -> None:
    assert said in bench.run(*words, code=2)


def test_nothing_is_proven_of_a_ledger_that_was_rewritten(bench: Bench) -> None:
    older = bench.checkpoint()
    bench.ledger.unlink()
    bench.grow(6)
    for words in (("prove", "1", "--checkpoint", older), ("prove", "--since", older)):
        assert "(truncated)" in bench.run(*words, code=2)
    FileLedger(str(bench.ledger)).append("decision", AT, {"other": 1})
    for words in (("prove", "1", "--checkpoint", older), ("prove", "--since", older)):
        assert "(rewritten)" in bench.run(*words, code=2)


def test_export_is_signed_whole_and_the_same_every_time(bench: Bench) -> None:
    told = []
    for name in ("a", "b"):
        words = ("--output", bench.path(name), "--sign-with", bench.path("gate.key"))
        told.append(bench.json("export", *words, "--first", "2", "--last", "4"))
    assert told[0] == told[1]
    folder = bench.folder / "a"
    assert sorted(file.name for file in folder.iterdir()) == sorted(told[0]["files"])
    for name, digest in told[0]["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    lines = bench.ledger.read_text().splitlines(keepends=True)
    assert (folder / "ledger.jsonl").read_text() == "".join(lines[2:5])


def test_exported_entries_are_proven_by_their_checkpoint(bench: Bench) -> None:
    words = ("--output", bench.path("a"), "--sign-with", bench.path("gate.key"))
    shown = bench.run("export", *words, "--first", "2", "--last", "4")
    assert shown == f"exported 3 entries of 7 to {bench.path('a')}, signed by {NAME}\n"
    folder = bench.folder / "a"
    checkpoint = read_checkpoint((folder / "checkpoint").read_bytes(), (KEY,)).checkpoint
    proofs = [json.loads(line) for line in (folder / "proofs.jsonl").read_text().splitlines()]
    entries = [json.loads(line) for line in (folder / "ledger.jsonl").read_text().splitlines()]
    for proof, entry in zip(proofs, entries, strict=True):
        leaf = leaf_hash(canonical(Entry(**entry)))
        path = [base64.b64decode(step) for step in proof["path"]]
        assert proof["index"] == entry["seq"]
        assert includes(leaf, proof["index"], proof["size"], path, checkpoint.root)
    payload, signers = unseal((folder / "statement.json").read_bytes(), IN_TOTO, (KEY,))
    statement = json.loads(payload)
    assert signers == (KEY,)
    assert statement["predicate"]["entries"] == 3
    for subject in statement["subject"]:
        data = (folder / subject["name"]).read_bytes()
        assert subject["digest"]["sha256"] == hashlib.sha256(data).hexdigest()
    assert {subject["name"] for subject in statement["subject"]} == {
        "checkpoint",
        "ledger.jsonl",
        "proofs.jsonl",
    }


def test_export_without_a_key_says_that_it_is_not_signed(bench: Bench) -> None:
    shown = bench.run("export", "--output", bench.path("a"))
    assert shown.endswith("not signed: no private key is given\n")
    assert sorted(file.name for file in (bench.folder / "a").iterdir()) == [
        "ledger.jsonl",
        "proofs.jsonl",
    ]
    assert (bench.folder / "a" / "ledger.jsonl").read_bytes() == bench.ledger.read_bytes()


def test_export_neither_overwrites_nor_makes_nothing(bench: Bench) -> None:
    assert "not there yet" in bench.run("export", "--output", str(bench.folder), code=2)
    words = ("export", "--output", bench.path("a"), "--first", "9")
    assert "no such entry among 7 entries" in bench.run(*words, code=2)
    assert not (bench.folder / "a").exists()
