"""Understand the header of one file in a git diff: names, modes, whether lines are missing."""

from __future__ import annotations

from gate.errors import DecodeError
from gate.gitpath import split_quoted_pair, to_text, unquote
from gate.pattern import pattern
from gate.schema.changes import ChangeStatus, FileChange, Hunk

HEADER_LINE = pattern(
    rb"(old mode|new mode|new file mode|deleted file mode|rename from|rename to|copy from|copy to"
    rb"|similarity index|dissimilarity index|index|---|\+\+\+) ([^\n]*)\n"
)
"""One line of a header after `diff --git`. Source: git-diff(1), generating patch text."""
PLAIN_HEADER = pattern(
    rb"diff --git a/([\w./+@-]++) b/\1\n"
    rb"(?:index [0-9a-f]{4,64}\.\.[0-9a-f]{4,64} ([0-7]{6})\n--- a/\1\n\+\+\+ b/\1\n"
    rb"|new file mode ([0-7]{6})\nindex [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}\n"
    rb"--- /dev/null\n\+\+\+ b/\1\n"
    rb"|deleted file mode ([0-7]{6})\nindex [0-9a-f]{4,64}\.\.[0-9a-f]{4,64}\n"
    rb"--- a/\1\n\+\+\+ /dev/null\n)(?=@@ )"
)
"""The header of an edit, an addition or a removal of lines as git writes it with its own prefixes
and a mode that stays: the path, then the mode of one of the three. Nearly every header has this
form, and this reads it in a quarter of the time that `Edit` takes, which would say the same."""
EMPTY_BLOBS = (
    b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    b"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
"""Ids of the empty blob, SHA-1 and SHA-256."""

_INDEX = pattern(rb"([0-9a-f]{4,64})\.\.([0-9a-f]{4,64})(?: ([0-7]{6}))?")
_MODE = pattern(rb"[0-7]{6}")
_PREFIXES = b"abciow12"


class Edit:
    """What the header of one file says, checked against itself."""

    def __init__(self, names: bytes, header: dict[bytes, bytes]) -> None:
        self.header = header
        self.is_new = b"new file mode" in header
        self.is_deleted = b"deleted file mode" in header
        self.index = _INDEX.fullmatch(header[b"index"]) if b"index" in header else None
        if b"index" in header and self.index is None:
            raise DecodeError("broken index line")
        self._move = next((kind for kind in (b"rename", b"copy") if kind + b" to" in header), b"")
        before, after = self._paths(names)
        self._check_sides(before, after)
        self.path = to_text(after)
        self.previous = to_text(before) if before != after else None

    def _paths(self, names: bytes) -> tuple[bytes, bytes]:
        if not self._move:
            if b"rename from" in self.header or b"copy from" in self.header:
                raise DecodeError("rename or copy without its target")
            path = _same_path(names)
            return path, path
        if self.is_new or self.is_deleted or self._move + b" from" not in self.header:
            raise DecodeError("contradicting rename or copy lines")
        before = self.header[self._move + b" from"]
        after = self.header[self._move + b" to"]
        if b'"' not in names and not (
            names.endswith(after) and len(names) - len(before) - len(after) in (1, 5)
        ):
            raise DecodeError("rename or copy lines name other paths than `diff --git`")
        return unquote(before), unquote(after)

    def _check_sides(self, before: bytes, after: bytes) -> None:
        minus, plus = self.header.get(b"---"), self.header.get(b"+++")
        if minus is None and plus is None:
            return
        if minus is None or plus is None:
            raise DecodeError("`---` without `+++`, or the other way round")
        if self.is_new and self.is_deleted:
            raise DecodeError("both new and deleted")
        for line, path, is_void in ((minus, before, self.is_new), (plus, after, self.is_deleted)):
            if is_void != (line == b"/dev/null"):
                raise DecodeError("`/dev/null` contradicts the file mode lines")
            if not is_void and not _names(line, path):
                raise DecodeError("`---` and `+++` name other paths than `diff --git`")

    def missing_lines(self) -> str:
        """Why an edit without hunks hides lines; empty when it does not."""
        header = self.header
        if b"---" in header:
            return "no hunk follows the ---/+++ lines"
        if self.is_new or self.is_deleted:
            blob = self.index.group(2 if self.is_new else 1) if self.index else b"?"
            is_empty = any(empty.startswith(blob) for empty in EMPTY_BLOBS)
            return "" if is_empty else "the lines of a new or deleted file are missing"
        if self.index is not None:
            return "the lines of a changed file are missing"
        if self._move:
            whole = header.get(b"similarity index", b"100%") == b"100%"
            return "" if whole else "the lines of a renamed or copied file are missing"
        if b"old mode" in header and b"new mode" in header:
            return ""
        return "an edit that changes nothing, or is cut off"

    def _modes(self) -> tuple[str | None, str | None]:
        shared = self.index.group(3) if self.index else None
        before = self.header.get(b"old mode") or self.header.get(b"deleted file mode") or shared
        after = self.header.get(b"new mode") or self.header.get(b"new file mode") or shared
        for mode in (before, after):
            if mode is not None and not _MODE.fullmatch(mode):
                raise DecodeError("broken file mode")
        return (
            None if self.is_new or before is None else before.decode(),
            None if self.is_deleted or after is None else after.decode(),
        )

    def _status(self, has_lines: bool) -> ChangeStatus:
        if self.is_new:
            return "added"
        if self.is_deleted:
            return "removed"
        if self._move:
            return "renamed" if self._move == b"rename" else "copied"
        return "modified" if has_lines else "mode"

    def change(self, hunks: tuple[Hunk, ...], added: int, removed: int, binary: bool) -> FileChange:
        """The edit as a noun."""
        before, after = self._modes()
        return FileChange(
            path=self.path,
            previous_path=self.previous,
            status=self._status(bool(hunks) or binary),
            mode_before=before,
            mode_after=after,
            binary=binary,
            added=added,
            removed=removed,
            hunks=hunks,
        )


def _same_path(names: bytes) -> bytes:
    """The one path of `a/P b/P`: both halves are equally long, whatever P holds."""
    pair = split_quoted_pair(names)
    if pair is None:
        middle = len(names) // 2
        if len(names) % 2 == 0 or names[middle : middle + 1] != b" ":
            raise DecodeError("the two names differ, and no rename or copy says why")
        left, right = names[:middle], names[middle + 1 :]
    else:
        left, right = unquote(pair[0]), unquote(pair[1])
    if left == right:
        return left
    if left[2:] != right[2:] or not (_is_prefix(left) and _is_prefix(right)):
        raise DecodeError("the two names differ, and no rename or copy says why")
    return left[2:]


def _is_prefix(name: bytes) -> bool:
    """Whether it starts as git's own prefixes do. Source: diff.mnemonicPrefix, git-config(1)."""
    return name[1:2] == b"/" and name[:1] in _PREFIXES


def _names(line: bytes, path: bytes) -> bool:
    """Whether a `---` or `+++` line names a path; git ends names with spaces in a tab."""
    name = unquote(line.removesuffix(b"\t"))
    return name == path or (name[2:] == path and _is_prefix(name))
