"""Every kind of tampering is detected and named: by the gate, and by the page's own verifier."""

from __future__ import annotations

import hashlib
import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st
from store.signing import KEY, SIGNER, signer

from gate.cli import main
from gate.errors import RecordError
from gate.schema.ledger import Draft
from gate.store.checkpoint import Checkpoint, sign_checkpoint
from gate.store.examine import examine
from gate.store.file import FileLedger
from gate.store.ledger import canonical, chain, decode_line, encode_line, link
from gate.store.merkle import Tree, leaf_hash
from gate.store.open import open_store
from gate.store.tampering import TamperedError

AT = "2026-11-24T10:00:00Z"
SCRIPT = Path(__file__).parents[2] / "docs" / "examples" / "verify_ledger.py"
BODIES: tuple[dict[str, Any], ...] = (
    {"decision": "pass", "pull": {"repo": "acme/infra", "number": 1}},
    {"decision": "block", "findings": [{"rule": "terraform.open_ingress", "n": 1.5e-7}]},
    {"decision": "hold", "text": 'tab\tquote" slash\\ é \u2028 \U0001f600', "\ufb33": 1, "€": 2},
    {"decision": "warn", "numbers": [0, -0.0, 1e21, 1e-7, 123456789.5, 2**53 - 1, -1.5]},
    {"decision": "pass", "empty": [{}, [], "", None, True]},
    {"decision": "block", "n": 6},
    {"decision": "pass", "n": 7},
)


class Case(NamedTuple):
    """A ledger of seven entries with its checkpoint, an older anchor, and the key."""

    ledger: Path
    checkpoint: Path
    anchor: Path
    key: Path

    @property
    def lines(self) -> list[str]:
        """Its lines."""
        # NOTE: str.splitlines would also split at U+2028, which stands in a body
        return [f"{line}\n" for line in self.ledger.read_text().split("\n")[:-1]]


@pytest.fixture
def case(tmp_path: Path) -> Case:
    ledger = FileLedger(str(tmp_path / "ledger.jsonl"))
    for body in BODIES:
        ledger.append("decision", AT, body)
    made = Case(*(tmp_path / name for name in ("ledger.jsonl", "checkpoint", "anchor", "gate.pub")))
    made.checkpoint.write_text(signed(made.lines))
    made.anchor.write_text(signed(made.lines[:5]))
    made.key.write_text(f"# whose\n\n{KEY}\n")
    return made


def leaves(lines: list[str]) -> list[bytes]:
    documents = [json.loads(line) for line in lines]
    return [leaf_hash(rfc8785.dumps({k: d[k] for k in d if k != "hash"})) for d in documents]


def signed(lines: list[str], by: Any = SIGNER, origin: str = KEY.name) -> str:
    tree = Tree(leaves(lines))
    return sign_checkpoint(Checkpoint(origin, tree.size, tree.root()), by)


def exact(entry: dict[str, Any]) -> str:
    """An entry's line as the gate writes it."""
    return msgspec.json.encode(entry, order="sorted").decode() + "\n"


def rehashed(lines: list[str]) -> list[str]:
    """The same entries, numbered and linked and hashed anew: a forger's whole effort."""
    made, previous = [], "0" * 64
    for seq, line in enumerate(lines):
        entry = {**json.loads(line), "seq": seq, "prev": previous}
        del entry["hash"]
        previous = hashlib.sha256(rfc8785.dumps(entry)).hexdigest()
        made.append(exact({**entry, "hash": previous}))
    return made


def forged(lines: list[str], index: int, **changes: Any) -> list[str]:
    """One entry changed, its own hash made to fit."""
    entry = json.loads(lines[index])
    entry["body"] = {**entry["body"], **changes}
    del entry["hash"]
    entry["hash"] = hashlib.sha256(rfc8785.dumps(entry)).hexdigest()
    return [*lines[:index], exact(entry), *lines[index + 1 :]]


def put(edit: Callable[[list[str]], list[str]]) -> Callable[[Case], None]:
    def do(case: Case) -> None:
        case.ledger.write_text("".join(edit(case.lines)))

    return do


def flip_value(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace('"block"', '"bloce"', 1), *lines[2:]]


def insert_a_fitting_entry(lines: list[str]) -> list[str]:
    extra = forged(lines, 3, decision="pass")[3]
    return [*lines[:3], extra, *lines[3:]]


def swap_for_another_key(case: Case) -> None:
    case.checkpoint.write_text(signed(case.lines, signer(KEY.name, "thief")))


def swap_for_another_ledger(case: Case) -> None:
    case.checkpoint.write_text(signed(case.lines, origin=f"{KEY.name}/repo/acme/other"))


def edit_the_checkpoint(case: Case) -> None:
    case.checkpoint.write_text(case.checkpoint.read_text().replace("\n7\n", "\n6\n"))


def replay_an_old_checkpoint(case: Case) -> None:
    case.ledger.write_text("".join(case.lines[:3]))
    case.checkpoint.write_text(signed(case.lines))


def rewrite_everything(case: Case) -> None:
    case.ledger.write_text("".join(rehashed(forged(case.lines, 1, decision="pass"))))


def rewrite_everything_with_the_key(case: Case) -> None:
    """The signer itself tells another history; only the anchor knows better."""
    rewrite_everything(case)
    case.checkpoint.write_text(signed(case.lines))


KINDS: list[tuple[str, str, Callable[[Case], None], str]] = [
    ("flip a value", "changed", put(flip_value), "line 2"),
    (
        "flip the hash",
        "changed",
        put(lambda lines: [lines[0].replace('"hash":"', '"hash":"0', 1), *lines[1:]]),
        "line 1",
    ),
    (
        "renumber",
        "changed",
        put(lambda lines: [lines[0], lines[2].replace('"seq":2', '"seq":1'), *lines[3:]]),
        "line 2",
    ),
    ("delete in the middle", "removed", put(lambda lines: [*lines[:2], *lines[3:]]), "line 3"),
    ("delete the first", "removed", put(lambda lines: lines[1:]), "line 1"),
    (
        "reorder",
        "moved",
        put(lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]]),
        "line 3",
    ),
    ("insert a copy", "inserted", put(lambda lines: [*lines[:3], lines[1], *lines[3:]]), "line 4"),
    ("insert one that fits", "inserted", put(insert_a_fitting_entry), "line 5"),
    (
        "rewrite one",
        "rewritten",
        put(lambda lines: forged(lines, 1, decision="pass")),
        "line 3",
    ),
    ("truncate", "truncated", put(lambda lines: lines[:5]), "5"),
    ("truncate to nothing", "truncated", put(lambda lines: []), "0"),
    ("rewrite all", "rewritten", rewrite_everything, "first 5"),
    (
        "delete and rewrite all",
        "rewritten",
        put(lambda lines: rehashed([*lines[:1], *lines[2:], lines[-1]])),
        "first 5",
    ),
    ("rewrite all and sign", "rewritten", rewrite_everything_with_the_key, "first 5"),
    ("edit the checkpoint", "changed", edit_the_checkpoint, "signature"),
    ("swap checkpoint: signer", "swapped", swap_for_another_key, "signed"),
    ("swap checkpoint: ledger", "swapped", swap_for_another_ledger, "ledger"),
    ("replay an old checkpoint", "replayed", replay_an_old_checkpoint, "3 entries"),
]
BY_NAME = pytest.mark.parametrize(
    ("kind", "tamper", "where"), [row[1:] for row in KINDS], ids=[row[0] for row in KINDS]
)


def gate(case: Case, *more: str) -> int:
    words = ["--ledger", case.ledger, "--key", case.key, "--checkpoint", case.checkpoint]
    return main(["ledger", "verify", *map(str, words), "--anchor", str(case.anchor), *more])


def third_party(case: Case, *more: str) -> subprocess.CompletedProcess[str]:
    words = [case.ledger, case.key, case.checkpoint, *more]
    return subprocess.run(
        [sys.executable, "-I", str(SCRIPT), *map(str, words)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_sound_ledger_verifies(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate(case) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("ledger verifies: 7 entries, head ")
    assert [line.split() for line in out[1:]] == [
        ["checkpoint", "7", "entries,", "signed", "by", KEY.name],
        ["anchor", "5", "entries,", "signed", "by", KEY.name],
    ]


def test_sound_ledger_verifies_without_the_gate(case: Case) -> None:
    for more in ((), (str(case.anchor),)):
        answer = third_party(case, *more)
        assert (answer.returncode, answer.stderr) == (0, "")
        assert answer.stdout == f"verifies: 7 entries, 7 of them signed by {KEY.name}\n"


def test_ledger_that_grew_still_verifies(case: Case) -> None:
    FileLedger(str(case.ledger)).append("decision", AT, {"n": 8})
    assert gate(case) == 0
    answer = third_party(case, str(case.anchor))
    assert answer.stdout == f"verifies: 8 entries, 7 of them signed by {KEY.name}\n"


@BY_NAME
def test_tampering_is_named(
    case: Case,
    kind: str,
    tamper: Callable[[Case], None],
    where: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tamper(case)
    assert gate(case) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    first = captured.err.splitlines()[0]
    assert first.endswith(f"({kind})"), first
    assert where in first


@BY_NAME
def test_tampering_is_named_without_the_gate(
    case: Case, kind: str, tamper: Callable[[Case], None], where: str
) -> None:
    tamper(case)
    answer = third_party(case, str(case.anchor))
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "Traceback" not in answer.stderr
    assert kind in answer.stderr.partition(":")[0] or kind in answer.stderr.split(": line")[0]


def test_cut_end_and_rewriting_need_a_checkpoint(case: Case) -> None:
    """The chain alone does not tell; this is what the checkpoint is for."""
    lines = case.lines
    for changed in (lines[:5], rehashed(forged(lines, 1, decision="pass"))):
        case.ledger.write_text("".join(changed))
        assert main(["ledger", "verify", "--ledger", str(case.ledger)]) == 0
        assert gate(case) == 2


def test_without_a_key_the_signer_is_unproven(
    case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["ledger", "verify", "--ledger", str(case.ledger), "--anchor", str(case.anchor)]
    assert main(words) == 2
    assert "self-consistent, signer unproven" in capsys.readouterr().err
    rewrite_everything(case)
    assert main(words) == 2
    assert "(rewritten)" in capsys.readouterr().err


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sound") / "ledger.jsonl"
    for body in BODIES:
        FileLedger(str(path)).append("decision", AT, body)
    return path.read_bytes()


@given(st.data())
@settings(max_examples=600, deadline=None)
def test_no_changed_byte_goes_unnoticed(
    sound: bytes, tmp_path_factory: pytest.TempPathFactory, draw: st.DataObject
) -> None:
    place = draw.draw(st.integers(0, len(sound) - 1))
    byte = draw.draw(st.integers(0, 255).filter(lambda value: value != sound[place]))
    path = tmp_path_factory.getbasetemp() / "flipped.jsonl"
    path.write_bytes(sound[:place] + bytes([byte]) + sound[place + 1 :])
    with pytest.raises(RecordError):
        examine(FileLedger(str(path)).entries())


@given(
    st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
@settings(max_examples=500, deadline=None)
def test_verifier_of_the_page_writes_the_canonical_form(value: object) -> None:
    space: dict[str, Any] = {"__name__": "verify_ledger"}
    exec(compile(SCRIPT.read_text(), str(SCRIPT), "exec"), space)
    document = {"b": [value], "a": {str(value): -1}, "\ue000": 1, "\U0001f600": 2}
    assert space["canonical"](document).encode() == rfc8785.dumps(document)


def test_verifier_of_the_page_is_short_and_needs_one_library() -> None:
    text = SCRIPT.read_text()
    assert len(text.splitlines()) <= 100
    imported = {line.split()[1].split(".")[0] for line in text.splitlines() if "import " in line}
    assert imported - set(sys.stdlib_module_names) == {"cryptography"}


ANEW: dict[str, Callable[[str], str]] = {
    "spaces": lambda line: line.replace(":", ": ", 1),
    "order of keys": lambda line: line.replace('{"at"', '{"v":1,"at"').replace(',"v":1}', "}"),
    "a key twice": lambda line: line.replace('{"at"', '{"v":1,"at"'),
    "another key twice": lambda line: line.replace('"block"', '"pass","decision":"block"'),
    "escapes": lambda line: line.replace("block", "bloc\\u006b"),
    "number": lambda line: line.replace("1.5e-7", "1.50e-7"),
    "carriage return": lambda line: line.replace("\n", "\r\n"),
    "trailing space": lambda line: line.replace("\n", " \n"),
    "null id": lambda line: line.replace(',"kind"', ',"id":null,"kind"'),
    "name of the stream": lambda line: line.replace(',"v"', ',"stream":"main","v"'),
}


@pytest.mark.parametrize("write", ANEW.values(), ids=ANEW)
def test_line_written_anew_is_no_entry_though_it_means_the_same(
    case: Case, write: Callable[[str], str], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = case.lines
    assert write(lines[1]) != lines[1]
    case.ledger.write_text("".join([lines[0], write(lines[1]), *lines[2:]]))
    assert gate(case) == 2
    told = capsys.readouterr().err.splitlines()[0]
    assert "ledger line 2: " in told
    assert told.endswith(("(changed)", "(swapped)", "not an entry")), told


@given(
    st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])),
        st.recursive(
            st.none()
            | st.booleans()
            | st.integers(-(2**53) + 1, 2**53 - 1)
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(st.characters(exclude_categories=["Cs"])),
            lambda inner: st.lists(inner) | st.dictionaries(st.text("ab\u20ac\ufb33"), inner),
        ),
    )
)
@settings(max_examples=500, deadline=None)
def test_every_line_the_gate_writes_is_read_back(body: dict[str, Any]) -> None:
    entry = link(None, "decision", AT, body, "id", "repo/acme/infra")
    line = encode_line(entry)
    assert decode_line(line, "here", "repo/acme/infra") == entry
    assert b'"stream":"repo/acme/infra"' in line


def other_streams(folder: Path) -> dict[str, Path]:
    """Two streams of two entries each, by name, and the ledger's own file."""
    store = open_store(str(folder / "l.jsonl"))
    for stream in ("main", "org/kill", "org/limits"):
        drafts = [Draft(kind="k", at=AT, body={"n": n}, id=f"{stream}{n}") for n in range(2)]
        store.append(stream, None, drafts)
    names = {"org/kill": "org~kill.jsonl", "org/limits": "org~limits.jsonl"}
    files = {stream: folder / "l.jsonl.d/streams" / name for stream, name in names.items()}
    return {"main": folder / "l.jsonl", **files}


@pytest.mark.parametrize(
    ("source", "target"), list(itertools.permutations(("main", "org/kill", "org/limits"), 2))
)
def test_stream_put_in_place_of_another_is_named(
    tmp_path: Path, source: str, target: str, capsys: pytest.CaptureFixture[str]
) -> None:
    files = other_streams(tmp_path)
    ledger = str(files["main"])
    words = ["ledger", "verify", "--ledger", ledger, "--stream", target]
    assert main(words) == 0
    files[target].write_bytes(files[source].read_bytes())
    store = open_store(ledger)
    assert main(words) == 2
    told = capsys.readouterr().err
    assert f"written to the stream {source}, found in {target} (swapped)" in told
    for call in (store.head, lambda stream: list(store.read(stream))):
        with pytest.raises(TamperedError) as caught:
            call(target)
        assert caught.value.kind == "swapped"


def test_stream_renamed_by_a_forger_with_new_hashes_is_another_history(tmp_path: Path) -> None:
    """The name is inside the hashed bytes: what was signed of one stream is not of the other."""
    roots = set()
    for stream in ("main", "org/kill", "org/limits"):
        entries = chain(None, [Draft(kind="k", at=AT, body={}, id="1")], stream)
        roots.add(Tree(leaf_hash(canonical(entry)) for entry in entries).root())
    assert len(roots) == 3


def test_adopt_refuses_entries_of_another_stream(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "l.jsonl"))
    entries = chain(None, [Draft(kind="k", at=AT, body={}, id="1")], "org/kill")
    with pytest.raises(TamperedError, match="swapped"):
        store.adopt("org/limits", None, entries)
