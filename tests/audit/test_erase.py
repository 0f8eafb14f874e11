"""`gate ledger erase`: the content goes, the entry and every proof stay."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from gate.audit.erase import erase
from gate.cli import main
from gate.errors import RecordError
from gate.schema.ledger import Draft
from gate.store.examine import examine
from gate.store.file import FileLedger
from gate.store.folder import FileStore
from gate.store.ledger import canonical, head_of
from gate.store.merkle import Tree, includes, leaf_hash
from gate.store.streams import Streams

NOW = "2026-11-24T10:00:00Z"


class Kept:
    """A ledger with a decision, its prompt and its content, and one that has neither."""

    def __init__(self, folder: Path) -> None:
        self.spec = str(folder / "ledger.jsonl")
        self.store = FileStore(self.spec)
        salted = [os.urandom(32) + text for text in (b"please widen the role", b"the content")]
        self.digests = [self.store.put_blob(data) for data in salted]
        assert self.digests == [hashlib.sha256(data).hexdigest() for data in salted]
        prompt, content = ({"digest": digest} for digest in self.digests)
        context = {"prompt": prompt, "content": content}
        bodies = [{"decision": "pass", "context": context}, {"decision": "pass"}]
        self.hashes = []
        for number, body in enumerate(bodies):
            draft = Draft(kind="decision", at=NOW, body=body, id=f"{number:026d}")
            last = self.store.append("main", self.store.head("main"), (draft,))[-1]
            self.hashes.append(last.hash)
            assert head_of(last) == self.store.head("main")


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path)


def test_content_is_gone_and_every_proof_still_holds(kept: Kept) -> None:
    before = list(kept.store.read("main"))
    root = examine(FileLedger(kept.spec).entries(), (2,)).roots[2]
    done = erase(Streams(kept.spec), kept.hashes[0], "alice", "Art. 17", NOW)
    assert (kept.store.blobs(), done.dropped) == ((), tuple(kept.digests))
    after = list(kept.store.read("main"))
    assert after[:2] == before
    assert after[2].body["digests"] == kept.digests
    found = examine(FileLedger(kept.spec).entries(), (2,))
    assert (found.size, found.roots[2]) == (3, root)
    leaves = [leaf_hash(canonical(entry)) for entry in after]
    tree = Tree(leaves)
    assert includes(leaves[0], 0, 3, tree.inclusion(0), found.root)


def test_done_twice_is_written_once(kept: Kept) -> None:
    erase(Streams(kept.spec), kept.hashes[0][:8], "alice", "Art. 17", NOW)
    again = erase(Streams(kept.spec), kept.hashes[0][:8], "alice", "Art. 17", NOW)
    assert (again.dropped, again.entry) == ((), None)
    assert len(list(kept.store.read("main"))) == 3


def test_run_that_was_cut_short_is_finished_by_the_next(kept: Kept) -> None:
    for digest in kept.digests:
        kept.store.drop_blob(digest)
    assert erase(Streams(kept.spec), kept.hashes[0], "alice", "Art. 17", NOW).entry is not None


@pytest.mark.parametrize("name", ["", "zz", "0" * 64, "abc", "../../x"])
def test_what_names_no_decision_is_refused(kept: Kept, name: str) -> None:
    with pytest.raises(RecordError):
        erase(Streams(kept.spec), name, "alice", "why", NOW)
    assert len(kept.store.blobs()) == 2


def test_decision_without_content_is_refused(kept: Kept) -> None:
    with pytest.raises(RecordError, match="no prompt and no content"):
        erase(Streams(kept.spec), kept.hashes[1], "alice", "why", NOW)


def test_changed_ledger_erases_nothing(kept: Kept) -> None:
    path = Path(kept.spec)
    path.write_bytes(path.read_bytes().replace(b'"pass"', b'"warn"', 1))
    with pytest.raises(RecordError):
        erase(Streams(kept.spec), kept.hashes[0], "alice", "why", NOW)
    assert len(kept.store.blobs()) == 2


class TestCommand:
    """`gate ledger erase` as a person meets it."""

    def run(self, kept: Kept, *words: str) -> int:
        entry = ("ledger", "erase", kept.hashes[0][:12], "--ledger", kept.spec, "--now", NOW)
        return main([*entry, *words])

    def test_says_what_was_done(self, kept: Kept, capsys: pytest.CaptureFixture[str]) -> None:
        words = ("--by", "alice", "--reason", "Art. 17", "--format", "json")
        assert self.run(kept, *words) == 0
        assert json.loads(capsys.readouterr().out)["dropped"] == kept.digests

    @pytest.mark.parametrize(
        "words", [("--by", "a b", "--reason", "x"), ("--by", "a", "--reason", " ")]
    )
    def test_nobody_or_no_reason_is_2(self, kept: Kept, words: tuple[str, ...]) -> None:
        assert self.run(kept, *words) == 2
        assert len(kept.store.blobs()) == 2


def test_blob_that_was_changed_is_erased_no_less(kept: Kept) -> None:
    (Path(f"{kept.spec}.d") / "blobs" / kept.digests[0]).write_bytes(b"please widen it more")
    done = erase(Streams(kept.spec), kept.hashes[0], "alice", "Art. 17", NOW)
    assert (kept.store.blobs(), done.dropped) == ((), tuple(kept.digests))
