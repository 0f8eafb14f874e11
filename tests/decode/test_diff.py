"""Diffs that git itself made, decoded and held against git's own numbers; then broken ones."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.decode.diff import decode_diff, decode_files
from gate.errors import DecodeError
from gate.schema.changes import Changes, FileChange
from gate.schema.facts import PullFile

Edit = Callable[[Path], object]


def git(folder: Path, *arguments: str) -> bytes:
    return subprocess.run(
        ["git", "-c", "user.name=n", "-c", "user.email=n@x.test", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
    ).stdout


def write(folder: Path, name: str | bytes, text: bytes) -> None:
    path = os.path.join(os.fsencode(folder), os.fsencode(name))
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(text)


def delete(folder: Path, name: str) -> None:
    (folder / name).unlink()


def made_by_git(tmp_path: Path, before: Edit, after: Edit, *options: str) -> tuple[bytes, bytes]:
    """(diff, numstat -z) between two states, with git's own hands."""
    git(tmp_path, "init", "-q", ".")
    before(tmp_path)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "before", "--allow-empty")
    after(tmp_path)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "after", "--allow-empty")
    base = ("diff", "--find-renames", "HEAD~", "HEAD")
    return git(tmp_path, *base, *options), git(tmp_path, *base, "--numstat", "-z", *options)


def numbers(numstat: bytes) -> dict[str, tuple[str, str]]:
    """path -> (added, removed) as `git diff --numstat -z` prints them."""
    found = {}
    fields = iter(numstat.split(b"\0")[:-1])
    for field in fields:
        added, removed, name = field.split(b"\t", 2)
        if not name:
            next(fields)
            name = next(fields)
        found[name.decode("utf-8", "backslashreplace")] = (added.decode(), removed.decode())
    return found


def counted(changes: Changes) -> dict[str, tuple[str, str]]:
    return {
        change.path: ("-", "-") if change.binary else (str(change.added), str(change.removed))
        for change in changes.files
    }


def both(name: str | bytes, before: bytes, after: bytes) -> tuple[Edit, Edit]:
    return (lambda at: write(at, name, before), lambda at: write(at, name, after))


def nothing(at: Path) -> None:
    pass


TEN = b"".join(b"line %d of a file\n" % number for number in range(10))

CASES: dict[str, tuple[Edit, Edit]] = {
    "modified": both("a/b.tf", TEN, TEN.replace(b"line 4", b"LINE 4")),
    "two hunks": both("x", TEN * 5, b"top\n" + TEN * 5 + b"end\n"),
    "space in the name": both("my file.tf", b"1\n", b"2\n"),
    "b/ in the name": both("x b/x b/y.tf", b"1\n", b"2\n"),
    "tab in the name": both("a\tb", b"1\n", b"2\n"),
    "newline in the name": both("a\nb", b"1\n", b"2\n"),
    "quote and backslash in the name": both('a"b\\c', b"1\n", b"2\n"),
    "utf-8 name": both("modüle/é.tf", b"1\n", b"2\n"),
    "undecodable name": both(b"bad\xff\xfe.tf", b"1\n", b"2\n"),
    "trailing space in the name": both("a ", b"1\n", b"2\n"),
    "new": (nothing, lambda at: write(at, "n", b"1\n2\n")),
    "new with space": (nothing, lambda at: write(at, "n m", b"1\n2\n")),
    "new empty": (nothing, lambda at: write(at, "n m", b"")),
    "deleted": (lambda at: write(at, "n", b"1\n"), lambda at: delete(at, "n")),
    "deleted empty": (lambda at: write(at, "n", b""), lambda at: delete(at, "n")),
    "emptied": both("n", b"1\n", b""),
    "filled": both("n", b"", b"1\n"),
    "renamed": (
        lambda at: write(at, "old name", TEN),
        lambda at: (at / "old name").rename(at / "new name"),
    ),
    "renamed and edited": (
        lambda at: write(at, "old", TEN),
        lambda at: (write(at, "dir/é new", TEN + b"more\n"), delete(at, "old")),
    ),
    "mode alone": (
        lambda at: write(at, "run me", b"1\n"),
        lambda at: (at / "run me").chmod(0o755),
    ),
    "mode and lines": (
        lambda at: write(at, "run", b"1\n"),
        lambda at: (write(at, "run", b"2\n"), (at / "run").chmod(0o755)),
    ),
    "symlink": (
        lambda at: (at / "link").symlink_to("one"),
        lambda at: (delete(at, "link"), (at / "link").symlink_to("two")),
    ),
    "file to symlink": (
        lambda at: write(at, "x", b"1\n2\n"),
        lambda at: (delete(at, "x"), (at / "x").symlink_to("/etc/passwd")),
    ),
    "binary": both("pic", b"\0\1\2", b"\0\1\3"),
    "new binary": (nothing, lambda at: write(at, "pic ture", b"\0\1\2")),
    "crlf": both("x", b"a\r\nb\r\n", b"a\r\nc\r\n"),
    "no newline before": both("x", b"a\nb", b"a\nb\n"),
    "no newline after": both("x", b"a\nb\n", b"a\nb"),
    "no newline on both": both("x", b"a\nb", b"a\nc"),
    "no newline in context": both("x", b"a\nb", b"c\nb"),
    "lines like headers": both(
        "x",
        b"-- a/x\n++ b/x\ndiff --git a/x b/x\n@@ -1 +1 @@\n",
        b"-- a/y\n++ b/y\n++ /dev/null\ndiff --git a/y b/y\n@@ -1,9 +1,9 @@\n\\ No newline\n",
    ),
    "unicode line ends": both("x", "a\u2028b\n".encode(), "a\u2028c\x0c\x0b\x85\n".encode()),
    "lone CR": both("x", b"a\rb\n", b"a\rc\n"),
    "blank lines": both("x", b"\n\n\na\n\n\n", b"\n\n\nb\n\n\n"),
    "not utf-8 inside": both("x", b"\xff\xfe\n", b"\xfe\xff\n"),
}

OPTIONS = {
    "default": (),
    "raw names": ("-c", "core.quotePath=false"),
    "no prefix": ("-c", "diff.noprefix=true"),
    "mnemonic prefix": ("-c", "diff.mnemonicPrefix=true"),
    "blank lines bare": ("-c", "diff.suppressBlankEmpty=true"),
    "no context": ("-c", "diff.context=0"),
    "full index": ("-c", "core.abbrev=40"),
}


@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
@pytest.mark.parametrize(("before", "after"), CASES.values(), ids=CASES)
def test_diff_agrees_with_git_numstat(
    tmp_path: Path, before: Edit, after: Edit, options: tuple[str, ...]
) -> None:
    _, numstat = made_by_git(tmp_path, before, after)
    diff = git(tmp_path, *options, "diff", "--find-renames", "HEAD~", "HEAD")
    changes = decode_diff(diff)
    assert counted(changes) == numbers(numstat)
    assert len(changes.files) == 1
    for change in changes.files:
        signs = [kind for hunk in change.hunks for kind, *_ in hunk.lines()]
        assert (signs.count("+"), signs.count("-")) == (change.added, change.removed)


def only(tmp_path: Path, case: str, *options: str) -> FileChange:
    (change,) = decode_diff(made_by_git(tmp_path, *CASES[case], *options)[0]).files
    return change


def test_diff_names_both_paths_of_a_rename(tmp_path: Path) -> None:
    change = only(tmp_path, "renamed and edited")
    assert (change.status, change.previous_path, change.path) == ("renamed", "old", "dir/é new")
    assert list(change.added_lines()) == [(11, b"more")]


def test_diff_knows_a_copy(tmp_path: Path) -> None:
    def after(at: Path) -> None:
        write(at, "copy", TEN)
        write(at, "x", TEN + b"1\n")

    diff, _ = made_by_git(tmp_path, lambda at: write(at, "x", TEN), after, "--find-copies")
    copy = decode_diff(diff).find("copy")
    assert copy is not None
    assert (copy.status, copy.previous_path) == ("copied", "x")


def test_diff_knows_modes(tmp_path: Path) -> None:
    change = only(tmp_path, "mode alone")
    assert (change.status, change.mode_before, change.mode_after) == ("mode", "100644", "100755")


def test_diff_joins_a_change_of_type(tmp_path: Path) -> None:
    change = only(tmp_path, "file to symlink")
    assert change.status == "modified"
    assert (change.mode_before, change.mode_after) == ("100644", "120000")
    assert [text for _, text in change.removed_lines()] == [b"1", b"2"]
    assert [text for _, text in change.added_lines()] == [b"/etc/passwd"]


def test_diff_shows_undecodable_bytes_without_surrogates(tmp_path: Path) -> None:
    change = only(tmp_path, "undecodable name")
    assert change.path == r"bad\xff\xfe.tf"
    assert change.path.encode()


def test_diff_reads_submodules(tmp_path: Path) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    git(inner, "init", "-q", ".")
    git(inner, "commit", "-qm", "x", "--allow-empty")
    sha = git(inner, "rev-parse", "HEAD").decode().strip()
    outer = tmp_path / "outer"
    outer.mkdir()

    def after(at: Path) -> None:
        git(at, "update-index", "--add", "--cacheinfo", f"160000,{sha},mod ule")
        git(at, "commit", "-qm", "mid")

    git(outer, "init", "-q", ".")
    git(outer, "commit", "-qm", "before", "--allow-empty")
    after(outer)
    (change,) = decode_diff(git(outer, "diff", "HEAD~", "HEAD")).files
    assert (change.path, change.status, change.mode_after) == ("mod ule", "added", "160000")
    assert [text for _, text in change.added_lines()] == [b"Subproject commit " + sha.encode()]


def test_diff_reads_binary_patches(tmp_path: Path) -> None:
    def after(at: Path) -> None:
        write(at, "pic", b"\0" + os.urandom(5000))
        write(at, "zero", b"\0")
        write(at, "a.txt", b"text\n")

    diff, numstat = made_by_git(tmp_path, lambda at: write(at, "pic", b"\0a"), after, "--binary")
    assert b"GIT binary patch" in diff
    changes = decode_diff(diff)
    assert [change.path for change in changes.files if change.binary] == ["pic", "zero"]
    assert counted(changes)["a.txt"] == ("1", "0")


def test_diff_sorts_by_path(tmp_path: Path) -> None:
    def after(at: Path) -> None:
        for name in ("b", "a-b", "a/b", "a.b", "ä"):
            write(at, name, b"1\n")

    diff, _ = made_by_git(tmp_path, nothing, after)
    paths = [change.path for change in decode_diff(diff).files]
    assert paths == sorted(paths)
    assert len(paths) == 5


def test_diff_undoes_a_transport_to_crlf(tmp_path: Path) -> None:
    diff, _ = made_by_git(tmp_path, *CASES["two hunks"])
    assert decode_diff(diff.replace(b"\n", b"\r\n")) == decode_diff(diff)


def test_diff_numbers_lines_of_both_sides(tmp_path: Path) -> None:
    change = only(tmp_path, "modified")
    assert list(change.removed_lines()) == [(5, b"line 4 of a file")]
    assert list(change.added_lines()) == [(5, b"LINE 4 of a file")]


@pytest.mark.parametrize("empty", [b"", b"\n"])
def test_diff_without_edits_is_no_change(empty: bytes) -> None:
    assert decode_diff(empty) == Changes()


HEAD = b"diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n+++ b/x\n"
NEW = b"diff --git a/x b/x\nnew file mode 100644\nindex 0000000..2222222\n"

BROKEN = {
    "garbage": (b"hello\nworld\n", "line 1"),
    "html": (b"<!DOCTYPE html>\n<html></html>\n", "line 1"),
    "binary": (bytes(range(256)) + b"\n", "line 1"),
    "plain diff": (b"--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n", "line 1"),
    "mail": (b"From 1234 Mon Sep 17 00:00:00 2001\nSubject: x\n\n" + HEAD, "line 1"),
    "combined": (b"diff --cc x\nindex 1,2..3\n--- a/x\n+++ b/x\n@@@ -1 -1 +1 @@@\n", "line 1"),
    "combined hunk": (HEAD + b"@@@ -1 -1 +1 @@@\n++a\n", "line 1"),
    "short hunk": (HEAD + b"@@ -1,3 +1,3 @@\n-a\n+b\n c\n", "line 9"),
    "short before another": (HEAD + b"@@ -1,3 +1,3 @@\n-a\n+b\n c\n" + NEW, "line 9"),
    "long hunk": (HEAD + b"@@ -1 +1 @@\n-a\n+b\n+hidden\n", "line 8"),
    "long by removal": (HEAD + b"@@ -1 +1 @@\n-a\n+b\n-- x\n", "line 8"),
    "counts swapped": (HEAD + b"@@ -1,2 +1 @@\n+a\n+b\n-c\n", "line 9"),
    "cut in a line": (HEAD + b"@@ -1 +1 @@\n-a\n+b", "line 7"),
    "cut in the header": (b"diff --git a/x b/x\nindex 1111111..2222222 100644\n", "line 1"),
    "cut after names": (HEAD, "line 1"),
    "cut after ---": (b"diff --git a/x b/x\nindex 1111111..2222222 100644\n--- a/x\n", "line 1"),
    "cut new file": (NEW, "line 1"),
    "cut after new mode": (b"diff --git a/x b/x\nnew file mode 100644\n", "line 1"),
    "cut rename": (
        b"diff --git a/x b/y\nsimilarity index 90%\nrename from x\nrename to y\n",
        "line 1",
    ),
    "half a rename": (b"diff --git a/x b/y\nsimilarity index 100%\nrename from x\n", "line 1"),
    "old mode only": (b"diff --git a/x b/x\nold mode 100644\n", "line 1"),
    "nothing": (b"diff --git a/x b/x\n", "line 1"),
    "other names": (HEAD.replace(b"--- a/x", b"--- a/y") + b"@@ -1 +1 @@\n-a\n+b\n", "line 1"),
    "other target": (HEAD.replace(b"+++ b/x", b"+++ b/z") + b"@@ -1 +1 @@\n-a\n+b\n", "line 1"),
    "unequal names": (HEAD.replace(b"b/x\ni", b"b/y\ni") + b"@@ -1 +1 @@\n-a\n+b\n", "line 1"),
    "rename of another path": (
        b"diff --git a/x b/y\nsimilarity index 100%\nrename from q\nrename to z\n",
        "line 1",
    ),
    "null without mode": (HEAD.replace(b"--- a/x", b"--- /dev/null") + b"@@ -0,0 +1 @@\n+a\n", "1"),
    "new with removals": (
        NEW + b"--- /dev/null\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
        "line 1",
    ),
    "leaves the repository": (HEAD.replace(b"/x", b"/../x") + b"@@ -1 +1 @@\n-a\n+b\n", "line 1"),
    "absolute": (HEAD.replace(b"/x", b"//x") + b"@@ -1 +1 @@\n-a\n+b\n", "line 1"),
    "bad quoting": (HEAD.replace(b"a/x b/x", b'"a/\\q" "b/\\q"') + b"@@ -1 +1 @@\n-a\n+b\n", "1"),
    "NUL in a name": (HEAD.replace(b"a/x b/x", b'"a/\\000" "b/\\000"'), "line 1"),
    "overlap": (HEAD + b"@@ -5 +5 @@\n-a\n+b\n@@ -5 +6 @@\n-a\n+b\n", "line 8"),
    "line zero": (HEAD + b"@@ -0 +1 @@\n-a\n+b\n", "line 5"),
    "huge numbers": (HEAD + b"@@ -1,99999999999999999999 +1 @@\n-a\n+b\n", "line 5"),
    "hunk without names": (
        b"diff --git a/x b/x\nindex 1111111..2222222 100644\n@@ -1 +1 @@\n-a\n+b\n",
        "line 3",
    ),
    "twice": ((HEAD + b"@@ -1 +1 @@\n-a\n+b\n") * 2, "line 8"),
    "text between": (HEAD + b"@@ -1 +1 @@\n-a\n+b\nhello\n", "line 8"),
    "mark in the middle": (HEAD + b"@@ -1,2 +1,2 @@\n a\n\\ No newline\n-b\n+c\n", "line 6"),
    "mark at the start": (HEAD + b"@@ -1 +1 @@\n\\ No newline\n-b\n+c\n", "line 6"),
    "cut binary patch": (HEAD[:46] + b"GIT binary patch\nliteral 5\nMcmZ\n", "line"),
    "mixed line ends": (HEAD.replace(b"\n", b"\r\n", 1) + b"@@ -1 +1 @@\n-a\n+b\n", "line 1"),
    "two index lines": (HEAD.replace(b"--- a", b"index 1..2\n--- a") + b"@@ -1 +1 @@\n", "line 3"),
}


@pytest.mark.parametrize(("data", "where"), BROKEN.values(), ids=BROKEN)
def test_diff_that_is_broken_is_refused_with_its_line(data: bytes, where: str) -> None:
    with pytest.raises(DecodeError, match=where):
        decode_diff(data)


def test_diff_cut_anywhere_is_refused_or_shorter(tmp_path: Path) -> None:
    def after(at: Path) -> None:
        write(at, "a b", TEN)
        write(at, "c", TEN + b"x\n")

    diff, _ = made_by_git(tmp_path, lambda at: write(at, "c", TEN), after)
    whole = decode_diff(diff)
    for end in range(1, len(diff)):
        try:
            part = decode_diff(diff[:end])
        except DecodeError:
            continue
        assert len(part.files) < len(whole.files)


EMPTY_BLOB = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"


def pull_file(**fields: object) -> PullFile:
    return PullFile(**{"filename": "x.tf", "status": "modified", **fields})  # type: ignore[arg-type]


def test_files_are_decoded_from_patches() -> None:
    (change,) = decode_files(
        [pull_file(patch="@@ -1,2 +1,2 @@ top\n a\n-b\n+c", additions=1, deletions=1)]
    ).files
    assert (change.added, change.removed, change.truncated) == (1, 1, "")
    assert list(change.added_lines()) == [(2, b"c")]


@pytest.mark.parametrize(
    ("fields", "status", "binary", "is_cut"),
    [
        ({"additions": 9000}, "modified", False, True),
        ({"deletions": 9000, "status": "removed"}, "removed", False, True),
        ({}, "modified", False, True),
        ({"filename": "x.png"}, "modified", True, False),
        ({"status": "added", "sha": EMPTY_BLOB}, "added", False, False),
        ({"status": "added"}, "added", False, True),
        ({"is_binary": True}, "modified", True, False),
        ({"is_binary": False, "status": "changed", "patch": ""}, "mode", False, False),
        ({"is_binary": True, "additions": 3}, "modified", False, True),
        ({"status": "renamed", "previous_filename": "y.tf"}, "renamed", False, False),
        ({"status": "changed"}, "mode", False, False),
        ({"patch": "@@ -0,0 +1 @@\n+a", "additions": 2}, "modified", False, True),
        (
            {"patch": "@@ -1 +1 @@\n-a\n+b", "additions": 1, "deletions": 1, "status": "changed"},
            "modified",
            False,
            False,
        ),
    ],
)
def test_files_tell_hidden_lines(
    fields: dict[str, object], status: str, binary: bool, is_cut: bool
) -> None:
    (change,) = decode_files([pull_file(**fields)]).files
    assert (change.status, change.binary, bool(change.truncated)) == (status, binary, is_cut)


def test_files_distrust_pure_renames_where_attributes_change() -> None:
    changes = decode_files(
        [
            pull_file(status="renamed", previous_filename="y.tf"),
            pull_file(filename=".gitattributes", patch="@@ -0,0 +1 @@\n+*.tf -diff", additions=1),
        ]
    )
    assert changes.files[1].truncated


@pytest.mark.parametrize(
    "files",
    [
        [pull_file(status="odd")],
        [pull_file(filename="../x")],
        [pull_file(filename="/etc/x")],
        [pull_file(patch="hello", additions=1)],
        [pull_file(patch="@@ -1,2 +1,2 @@\n-a\n+c", additions=1, deletions=1)],
        [pull_file(patch="@@ -1 +1 @@\n-a\n+c\n@@ nonsense", additions=1, deletions=1)],
        [pull_file(), pull_file()],
    ],
)
def test_files_that_are_broken_are_refused(files: list[PullFile]) -> None:
    with pytest.raises(DecodeError, match="files: "):
        decode_files(files)
