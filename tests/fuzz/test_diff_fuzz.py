"""Whatever bytes arrive as a diff: Changes or DecodeError, bounded, and never a wrong count."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gate import diffdoc
from gate.decode.diff import decode_diff, decode_files
from gate.diffdoc import parse_diff
from gate.errors import DecodeError
from gate.schema.changes import Changes
from gate.schema.facts import PullFile

REAL = (
    b"diff --git a/a b.tf b/a b.tf\nindex 1111111..2222222 100644\n--- a/a b.tf\t\n+++ b/a b.tf\t\n"
    b"@@ -1,3 +1,3 @@ resource\n same\n-old\n+new\n same\n@@ -9,2 +9,3 @@\n x\n+y\n z\n"
    b'diff --git "a/\\303\\251" "b/\\303\\251"\nnew file mode 100755\nindex 0000000..2222222\n'
    b'--- /dev/null\n+++ "b/\\303\\251"\n@@ -0,0 +1,2 @@\n+-- x\n+++ y\n\\ No newline at end\n'
    b"diff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\n"
    b"diff --git a/m b/m\nold mode 100644\nnew mode 100755\n"
    b"diff --git a/p b/p\nindex 1111111..2222222 100644\nBinary files a/p and b/p differ\n"
    b"diff --git a/q b/q\nindex 1111111..2222222 100644\nGIT binary patch\n"
    b"literal 3\nKcmZQzWMT&b0Rn{-\n\nliteral 0\nHcmV?d00001\n\n"
)
HEADER = REAL[: REAL.index(b"@@ ")]
PIECES = [*REAL.splitlines(keepends=True), b"\n", b"\r\n", b"@@", b"diff --git ", b"\\", b"\0"]
KINDS = [
    "diff --git a/{path} b/{path}\nindex 1111..2222 {mode}\n--- a/{path}\n+++ b/{path}\n",
    "diff --git a/{path} b/{path}\nnew file mode {mode}\nindex 0000..2222\n"
    "--- /dev/null\n+++ b/{path}\n",
    "diff --git a/{path} b/{path}\ndeleted file mode {mode}\nindex 1111..0000\n"
    "--- a/{path}\n+++ /dev/null\n",
]


def check(data: bytes) -> None:
    started = time.process_time()
    try:
        changes = decode_diff(data)
    except DecodeError as error:
        refusal = error.message
    else:
        refusal = ""
        assert isinstance(changes, Changes)
        for change in changes.files:
            assert change.path.encode()
            signs = [kind for hunk in change.hunks for kind, *_ in hunk.lines()]
            assert signs.count("+") == change.added
            assert signs.count("-") == change.removed
            for hunk in change.hunks:
                kinds = [kind for kind, *_ in hunk.lines()]
                assert len(kinds) - kinds.count("+") == hunk.before_count
                assert len(kinds) - kinds.count("-") == hunk.after_count
        paths = [change.path for change in changes.files]
        assert paths == sorted(set(paths))
    assert refusal.isprintable()
    assert time.process_time() - started < 5


@given(st.binary(max_size=2000))
def test_diff_of_any_bytes_is_decoded_or_refused(data: bytes) -> None:
    check(data)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_diff_of_shuffled_lines_is_decoded_or_refused(data: bytes) -> None:
    check(data)


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(st.integers(0, len(REAL)), st.integers(0, 12), st.binary(max_size=8)), max_size=4
    )
)
def test_diff_with_mutations_is_decoded_or_refused(mutations: list[tuple[int, int, bytes]]) -> None:
    data = REAL
    for at, length, new in mutations:
        data = data[:at] + new + data[at + length :]
    check(data)


def outcome(data: bytes) -> object:
    """What a diff is decoded to, or why it is refused; without the cache."""
    try:
        return parse_diff.__wrapped__(data)
    except DecodeError as error:
        return error.message


@settings(max_examples=500)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["src/a.py", "b", "c-1/d+e@f_.txt", "g/../h", "i j", "/k", "l/"]),
            st.sampled_from(["100644", "100755", "160000", "10064x"]),
            st.sampled_from(KINDS),
            st.sampled_from([b"+x\n", b"-x\n", b" x\n", b"+x\n-y\n", b"+\n\\ No newline at end\n"]),
        ),
        max_size=3,
    ),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 9), st.binary(max_size=3)), max_size=2),
)
def test_plain_header_says_what_the_long_way_says(
    files: list[tuple[str, str, str, bytes]], mutations: list[tuple[int, int, bytes]]
) -> None:
    data = b"".join(
        kind.format(path=path, mode=mode).encode()
        + b"@@ -1,%d +1,%d @@\n"
        % tuple(
            sum(line[:1] in (sign, b" ") for line in lines.splitlines()) for sign in (b"-", b"+")
        )
        + lines
        for path, mode, kind, lines in files
    )
    for at, length, new in mutations:
        data = data[:at] + new + data[at + length :]
    with pytest.MonkeyPatch.context() as patch:
        quick = outcome(data)
        patch.setattr(diffdoc, "PLAIN_HEADER", re.compile(rb"(?!)"))
        assert quick == outcome(data)


@given(st.text(max_size=300), st.integers(0, 5), st.integers(0, 5))
def test_files_with_any_patch_are_decoded_or_refused(patch: str, added: int, removed: int) -> None:
    file = PullFile(
        filename="x", status="modified", patch=patch, additions=added, deletions=removed
    )
    try:
        (change,) = decode_files([file]).files
    except DecodeError:
        return
    assert change.truncated or not (added or removed) or change.hunks


@pytest.mark.parametrize(
    "data",
    [
        b"diff --git " + b'"' + b"\\303" * 2_000_000 + b"\n",
        b"diff --git a/x b/x\n" + b"index 1..2\n" * 500_000,
        HEADER + b"@@ -1,1000000 +1 @@\n" + b"-\n" * 500_000,
        HEADER + b"@@ -1,1000000 +1 @@\n" + b"\n" * 1_000_000,
        HEADER + b"@@ -1,2 +1,2 @@\n" * 300_000,
        b"diff --git a/x b/x\n" * 300_000,
        b"GIT binary patch\n" + b"literal 1\n\n" * 300_000,
        b"diff --git a/x b/x\nnew file mode 100644\nindex 0..1\n--- /dev/null\n+++ b/x\n"
        b"@@ -0,0 +1 @@\n+" + b"x" * 50_000_000 + b"\n",
    ],
    ids=["path", "header", "short", "blank lines", "empty hunks", "files", "binary", "long line"],
)
def test_diff_of_hostile_size_is_bounded(data: bytes) -> None:
    check(data)


def test_fuzz_seed_is_a_real_diff() -> None:
    statuses = {change.path: change.status for change in decode_diff(REAL).files}
    assert statuses == {
        "a b.tf": "modified",
        "é": "added",
        "new": "renamed",
        "m": "mode",
        "p": "modified",
        "q": "modified",
    }
