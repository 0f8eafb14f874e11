"""An archive is the same every time, and nothing can be done to it unseen."""

from __future__ import annotations

import gzip
import io
import json
import re
import subprocess
import sys
import tarfile
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from audit.evidence.history import INCIDENTS, MAIN, append, decided, write
from store.signing import KEY, SIGNER, signer

from gate.audit.evidence import container
from gate.audit.evidence.build import build, statement
from gate.audit.evidence.container import END, first_part, second_part, tar_file, tar_header
from gate.audit.evidence.documents import document
from gate.audit.evidence.unpack import open_archive
from gate.audit.evidence.verify import verify
from gate.errors import RecordError
from gate.schema.evidence import Content, Manifest, Order
from gate.store.checkpoint import Checkpoint, sign_checkpoint
from gate.store.examine import examine
from gate.store.file import FileLedger
from gate.store.streams import Streams
from gate.store.tampering import TamperedError
from gate.trust.dsse import IN_TOTO, seal

ORDER = Order(since="2026-10-01T00:00:00Z", until="2026-11-01T00:00:00Z", sample=2, seed="s")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("ledger") / "ledger.jsonl"
    write(path)
    return build(Streams(str(path)), ORDER, SIGNER).data


def check(data: bytes, **more: Any) -> Any:
    return verify(io.BytesIO(data), (KEY,), **more)


def unpacked(data: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as tar:
        return {info.name: tar.extractfile(info).read() for info in tar}  # type: ignore[union-attr]


def closed(files: dict[str, bytes], order: Order = ORDER, tool: str = "") -> bytes:
    """An archive with these files, rightly signed: what a signer who lies would make."""
    second, content, members = second_part(files)
    made = Manifest(tool=tool or _tool(), order=order, content=content, members=members)
    listed = document(made)
    return first_part(listed, seal(statement(listed, order), IN_TOTO, (SIGNER,))) + second


def _tool() -> str:
    from gate import __version__

    return __version__


def test_two_builds_of_one_period_are_the_same_bytes_though_the_ledger_went_on(
    tmp_path: Path, made: bytes
) -> None:
    store = write(tmp_path / "ledger.jsonl")
    append(store, "main", [("decision", "2026-11-20T10:00:00Z", decided(8, "block"))])
    again = build(Streams(str(tmp_path / "ledger.jsonl")), ORDER, SIGNER).data
    assert again == made


def test_archive_holds_the_period_and_its_proofs(made: bytes) -> None:
    found = check(made)
    assert {part.segment.stream: len(part.entries) for part in found.parts} == {
        "main": 6,
        "org/incidents": 2,
    }
    main = found.parts[0]
    assert [entry.kind for entry, _ in main.earlier] == ["agent"]
    assert (main.segment.first, main.segment.size) == (2, 8)
    assert found.signers == (KEY,)
    assert found.remade


def test_ordinary_tools_unpack_it_and_the_manifest_lists_everything(made: bytes) -> None:
    files = unpacked(made)
    listed = json.loads(files["manifest.json"])["members"]
    assert sorted(files) == sorted(
        ["manifest.json", "manifest.dsse.json", *(member["path"] for member in listed)]
    )
    with tarfile.open(fileobj=io.BytesIO(made), mode="r:gz") as tar:
        assert {(info.mtime, info.uid, info.mode, info.uname) for info in tar} == {
            (0, 0, 0o644, "")
        }


@pytest.mark.parametrize("part", ["manifest and signature", "everything else"])
def test_one_changed_byte_anywhere_is_seen(made: bytes, part: str) -> None:
    start = open_archive(io.BytesIO(made)).start
    places = range(start) if part == "manifest and signature" else range(start, len(made), 3)
    unseen = []
    for place in places:
        changed = bytearray(made)
        changed[place] ^= 1 << (place % 8)
        try:
            check(bytes(changed))
        except RecordError:
            continue
        unseen.append(place)
    assert unseen == []


@pytest.mark.parametrize("other", [0x20, 0x09, 0x0D])
def test_white_space_of_the_signature_is_not_free_either(made: bytes, other: int) -> None:
    opened = open_archive(io.BytesIO(made))
    envelope = opened.signature[:-1] + bytes([other])
    with pytest.raises(TamperedError):
        check(first_part(opened.signed, envelope) + made[opened.start :])


@pytest.mark.parametrize("cut", [1, 100, 5000])
def test_archive_that_was_cut_off_is_seen(made: bytes, cut: int) -> None:
    with pytest.raises(RecordError):
        check(made[:-cut])


def test_bytes_after_the_end_are_seen(made: bytes) -> None:
    with pytest.raises(TamperedError, match="inserted"):
        check(made + b"\0")


def test_signature_of_another_is_none(made: bytes) -> None:
    with pytest.raises(TamperedError):
        verify(io.BytesIO(made), (signer("ledger.acme.example/gate", "another").key,))


LIES: dict[str, Callable[[dict[str, bytes]], dict[str, bytes]]] = {
    "a document that does not follow from the entries": lambda files: {
        **files,
        "approvals.json": b"[]\n",
    },
    "a pull request left out": lambda files: {
        path: data for path, data in files.items() if path != "pulls/acme~infra~9.json"
    },
    "one too many": lambda files: {**files, "pulls/acme~infra~99.json": b"[]\n"},
    "an entry that was changed": lambda files: {
        **files,
        "ledger/main.jsonl": files["ledger/main.jsonl"].replace(b'"block"', b'"pass"', 1),
    },
    "an entry left out": lambda files: {
        **files,
        "ledger/main.jsonl": b"".join(files["ledger/main.jsonl"].splitlines(True)[1:]),
    },
    "no earlier entries": lambda files: {**files, "ledger/main.earlier.jsonl": b""},
    "a proof of another entry": lambda files: {
        **files,
        "ledger/main.proofs.jsonl": b"".join(
            reversed(files["ledger/main.proofs.jsonl"].splitlines(True))
        ),
    },
    "the checkpoint of another stream": lambda files: {
        **files,
        "ledger/main.checkpoint": files["ledger/org~incidents.checkpoint"],
    },
    "a root that is no hash": lambda files: {
        **files,
        "ledger/main.json": re.sub(rb'"root":"[^"]*"', b'"root":"%%%"', files["ledger/main.json"]),
    },
    "a segment without its checkpoint": lambda files: {
        path: data for path, data in files.items() if path != "ledger/main.checkpoint"
    },
}


@pytest.mark.parametrize("lie", LIES)
def test_what_a_signer_makes_up_is_seen(made: bytes, lie: str) -> None:
    files = unpacked(made)
    del files["manifest.json"], files["manifest.dsse.json"]
    assert check(closed(files)).signers == (KEY,)
    with pytest.raises(RecordError):
        check(closed(LIES[lie](files)))


def test_documents_of_another_gate_are_taken_as_signed_and_that_is_said(made: bytes) -> None:
    files = unpacked(made)
    del files["manifest.json"], files["manifest.dsse.json"]
    assert not check(closed(files, tool="0.0.1")).remade


class TestAnchor:
    """A checkpoint kept outside, of a size within the archive."""

    @pytest.fixture
    def ledger(self, tmp_path: Path) -> FileLedger:
        write(tmp_path / "ledger.jsonl")
        return FileLedger(str(tmp_path / "ledger.jsonl"))

    def note(self, ledger: FileLedger, size: int, root: bytes | None = None) -> bytes:
        found = examine(ledger.entries(), (size,))
        checkpoint = Checkpoint(SIGNER.key.name, size, root or found.roots[size])
        return sign_checkpoint(checkpoint, SIGNER).encode()

    @pytest.mark.parametrize("size", [2, 3, 5, 8])
    def test_fits_at_any_size_of_the_period(
        self, ledger: FileLedger, made: bytes, size: int
    ) -> None:
        assert check(made, anchor=self.note(ledger, size)).anchored == "main"

    @pytest.mark.parametrize(("size", "said"), [(1, "older"), (9, "newer")])
    def test_out_of_reach_is_no_yes(
        self, ledger: FileLedger, made: bytes, size: int, said: str
    ) -> None:
        with pytest.raises(RecordError, match=f"{said} than the archive"):
            check(made, anchor=self.note(ledger, size))

    def test_of_another_history_is_seen(self, ledger: FileLedger, made: bytes) -> None:
        with pytest.raises(TamperedError, match="rewritten"):
            check(made, anchor=self.note(ledger, 4, b"\1" * 32))

    def test_of_another_ledger_is_seen(self, ledger: FileLedger, made: bytes) -> None:
        other = Checkpoint("other.example/gate", 4, b"\1" * 32)
        with pytest.raises(TamperedError, match="swapped"):
            check(made, anchor=sign_checkpoint(other, SIGNER).encode())


def test_ledger_written_again_does_not_fit_the_anchor(tmp_path: Path) -> None:
    write(tmp_path / "old.jsonl")
    found = examine(FileLedger(str(tmp_path / "old.jsonl")).entries(), (5,))
    anchor = sign_checkpoint(Checkpoint(KEY.name, 5, found.roots[5]), SIGNER).encode()
    forged = [MAIN[0], ("decision", MAIN[1][1], decided(3, "block")), *MAIN[2:]]
    write(tmp_path / "new.jsonl", forged, INCIDENTS)
    data = build(Streams(str(tmp_path / "new.jsonl")), ORDER, SIGNER).data
    assert check(data).signers == (KEY,)
    with pytest.raises(TamperedError, match="rewritten"):
        check(data, anchor=anchor)


def test_changed_ledger_is_no_evidence(tmp_path: Path) -> None:
    path = tmp_path / "ledger.jsonl"
    write(path)
    path.write_bytes(path.read_bytes().replace(b'"block"', b'"pass"', 1))
    with pytest.raises(TamperedError):
        build(Streams(str(path)), ORDER, SIGNER)


def test_period_without_a_decision_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "ledger.jsonl")
    order = msgspec.structs.replace(
        ORDER, since="2027-01-01T00:00:00Z", until="2027-02-01T00:00:00Z"
    )
    with pytest.raises(RecordError, match="no decision"):
        build(Streams(str(tmp_path / "ledger.jsonl")), order, SIGNER)


def hostile(tar: bytes, listed: dict[str, bytes] | None = None) -> bytes:
    """An archive whose second part is any tar, with a manifest that lists these files."""
    import hashlib

    packed = gzip.compress(tar, mtime=0)
    _, _, members = second_part(listed or {})
    unpacked = sum(512 + one.size + -one.size % 512 for one in members) + len(END)
    content = Content(
        bytes=len(packed), sha256=hashlib.sha256(packed).hexdigest(), unpacked=unpacked
    )
    manifest = document(Manifest(tool=_tool(), order=ORDER, content=content, members=members))
    return first_part(manifest, seal(statement(manifest, ORDER), IN_TOTO, (SIGNER,))) + packed


def linked() -> bytes:
    info = tarfile.TarInfo("README.txt")
    info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return info.tobuf(tarfile.USTAR_FORMAT) + END


HOSTILE: dict[str, bytes] = {
    "a symbolic link": hostile(linked(), {"README.txt": b""}),
    "a file nobody listed": hostile(tar_file("a", b"1") + tar_file("b", b"2") + END, {"a": b"1"}),
    "a file twice": hostile(tar_file("a", b"1") * 2 + END, {"a": b"1"}),
    "another path": hostile(tar_file("b", b"1") + END, {"a": b"1"}),
    "a path with an owner": hostile(
        tar_header("a", 1).replace(b"0000644", b"0004755") + b"1".ljust(512, b"\0") + END,
        {"a": b"1"},
    ),
    "something in the padding": hostile(
        tar_header("a", 1) + b"1".ljust(511, b"\0") + b"!" + END, {"a": b"1"}
    ),
    "no second part": first_part(b"{}", b"{}"),
    "no gzip": b"PK\3\4" + b"\0" * 100,
    "an empty file": b"",
    "a tar as usual": gzip.compress(tar_file("manifest.json", b"{}") + END),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archive_is_refused(name: str) -> None:
    with pytest.raises(RecordError):
        check(HOSTILE[name])


@pytest.mark.parametrize(
    "path", ["../x", "/etc/x", "a/../b", "a//b", "a\\b", "a b", ".git/x", "é", "a/" * 60 + "b", ""]
)
def test_path_that_could_leave_the_folder_is_no_path(path: str) -> None:
    assert not container.is_path(path)
    with pytest.raises(RecordError):
        second_part({path: b""})
    with pytest.raises(RecordError):
        document_with(path)


def document_with(path: str) -> None:
    from gate.schema.evidence import Member

    content = Content(bytes=1, sha256="0" * 64, unpacked=1536)
    member = Member(path=path, size=0, sha256="0" * 64)
    listed = document(Manifest(tool="1", order=ORDER, content=content, members=(member,)))
    open_archive(io.BytesIO(first_part(listed, b"{}\n")))


def bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    chunk = b"\0" * (1 << 20)
    return b"".join(packer.compress(chunk) for _ in range(size >> 20)) + packer.flush()


@pytest.mark.parametrize("where", ["first part", "second part, not announced"])
def test_bomb_is_refused_in_bounded_memory(where: str) -> None:
    packed = bomb(600 << 20)
    data = packed if where == "first part" else _with_second(packed)
    tracemalloc.start()
    with pytest.raises(RecordError):
        check(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300 << 20


def test_ledger_that_is_too_much_to_keep_is_refused_before_it_is_unpacked(
    made: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.audit.evidence.unpack.MAX_KEPT", 1000)
    with pytest.raises(RecordError, match="1000 are allowed"):
        check(made)


def _with_second(packed: bytes) -> bytes:
    import hashlib

    content = Content(bytes=len(packed), sha256=hashlib.sha256(packed).hexdigest(), unpacked=1024)
    listed = document(Manifest(tool=_tool(), order=ORDER, content=content, members=()))
    return first_part(listed, seal(statement(listed, ORDER), IN_TOTO, (SIGNER,))) + packed


class TestStandalone:
    """The verifier that goes along, in a folder with nothing else, without the gate."""

    @pytest.fixture
    def folder(self, tmp_path: Path, made: bytes) -> Path:
        (tmp_path / "verify_evidence.py").write_bytes(unpacked(made)["verify_evidence.py"])
        (tmp_path / "e.tar.gz").write_bytes(made)
        (tmp_path / "k.pub").write_text(f"{KEY}\n")
        return tmp_path

    def run(self, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-I", "verify_evidence.py", *words]
        return subprocess.run(argv, cwd=folder, capture_output=True, text=True, env={})

    def test_says_yes(self, folder: Path) -> None:
        done = self.run(folder, "e.tar.gz", "k.pub")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith("verifies: ")

    def test_holds_it_against_an_anchor(self, folder: Path, tmp_path: Path) -> None:
        write(tmp_path / "ledger.jsonl")
        found = examine(FileLedger(str(tmp_path / "ledger.jsonl")).entries(), (5,))
        for root, code in ((found.roots[5], 0), (b"\1" * 32, 1)):
            note = sign_checkpoint(Checkpoint(KEY.name, 5, root), SIGNER)
            (folder / "anchor").write_text(note)
            assert self.run(folder, "e.tar.gz", "k.pub", "anchor").returncode == code

    @pytest.mark.parametrize("tenth", range(10))
    def test_sees_a_changed_byte(self, folder: Path, made: bytes, tenth: int) -> None:
        place = len(made) * tenth // 10 + 300
        changed = bytearray(made)
        changed[place] ^= 1
        (folder / "e.tar.gz").write_bytes(changed)
        assert self.run(folder, "e.tar.gz", "k.pub").returncode != 0

    @pytest.mark.parametrize(
        "lie",
        ["an entry that was changed", "an entry left out", "the checkpoint of another stream"],
    )
    def test_sees_what_a_signer_makes_up(self, folder: Path, made: bytes, lie: str) -> None:
        files = unpacked(made)
        del files["manifest.json"], files["manifest.dsse.json"]
        (folder / "e.tar.gz").write_bytes(closed(LIES[lie](files)))
        assert self.run(folder, "e.tar.gz", "k.pub").returncode != 0
