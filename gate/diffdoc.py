"""Read git unified diffs that somebody else wrote, strictly: counts validated, garbage refused."""

from __future__ import annotations

import gc
import re
from functools import lru_cache
from typing import NoReturn

from gate.diffheader import HEADER_LINE, PLAIN_HEADER, Edit
from gate.errors import DecodeError
from gate.gitpath import to_text
from gate.pattern import pattern
from gate.schema.changes import Changes, FileChange, Hunk
from gate.text import neutralise

_FILE = b"diff --git "
_HUNK_LINE = pattern(
    rb"@@ -(\d{1,10})(?:,(\d{1,10}))? \+(\d{1,10})(?:,(\d{1,10}))? @@(?: [^\n]*)?\n"
)
_BODY_END = pattern(rb"\n(?![ +\-\\])")
_REMAKE = "Make it with `git diff BASE...HEAD` and hand in the whole output."


@lru_cache(maxsize=1)
def parse_diff(data: bytes) -> Changes:
    """Every edit of a git diff, sorted by path; hunks keep slices of the text.

    The numbers of a hunk's header decide where it ends, so that a line of content can never pass
    as a header. A change of type (file to symlink), which git prints as a removal and an addition
    of one path, is one `modified` edit.

    Args:
        data: output of `git diff`; an empty one means no change.

    Raises:
        DecodeError: names the line: not a git diff, a combined diff, cut off, counts that do not
            agree with the lines, contradicting names, or one path twice.
    """
    if data in (b"", b"\n", b"\r\n"):
        return Changes()
    collect = gc.isenabled()
    gc.disable()  # NOTE: hundreds of thousands of objects, none of them in a cycle
    try:
        return Changes(files=tuple(_Reader(_unix_lines(data)).files()))
    finally:
        if collect:
            gc.enable()


def parse_hunks(patch: bytes, what: str) -> tuple[tuple[Hunk, ...], int, int]:
    """Hunks alone, as GitHub's files API gives them, with the numbers of added and removed lines.

    Args:
        patch: hunks; the last LF may be missing.
        what: name for errors.

    Raises:
        DecodeError: as `parse_diff`.
    """
    reader = _Reader(patch if patch.endswith(b"\n") else patch + b"\n", what)
    hunks, added, removed, end = reader.hunks(0)
    if patch[end:].strip(b"\r\n") or not hunks:
        reader.fail(end, "not a hunk")
    return hunks, added, removed


def _unix_lines(data: bytes) -> bytes:
    """Undo a transport that turned every LF into CRLF; git itself ends its headers with LF."""
    first = data.find(b"\n")
    if first < 1 or data[first - 1 : first] != b"\r":
        return data
    if data.count(b"\r\n") != data.count(b"\n"):
        raise DecodeError("diff: line 1: headers end in CRLF, other lines do not", _REMAKE)
    return data.replace(b"\r\n", b"\n")


class _Reader:
    """One pass over a diff; every position is a byte offset at the start of a line."""

    def __init__(self, data: bytes, what: str = "diff") -> None:
        self._data = data
        self._what = what

    def fail(self, position: int, problem: str) -> NoReturn:
        """Raise, naming the line at a position."""
        line = self._data.count(b"\n", 0, position) + 1
        raise DecodeError(f"{self._what}: line {line}: {problem}", _REMAKE)

    def files(self) -> list[FileChange]:
        """All edits, sorted by path."""
        data = self._data
        if not data.endswith(b"\n"):
            self.fail(len(data), "the last line is cut off")
        edits: dict[str, FileChange] = {}
        previous = ""
        position = 0
        while position < len(data):
            if not data.startswith(_FILE, position):
                if edits and not data[position:].strip(b"\n"):
                    break
                self._refuse(position)
            plain = PLAIN_HEADER.match(data, position)
            edit, end = self._plain_file(plain) if plain else self._file(position)
            if edit.path in edits:
                if previous != edit.path or not _changes_type(edits[edit.path], edit):
                    self.fail(position, f"{neutralise(edit.path, 120)} is there twice")
                edit = _join(edits[edit.path], edit)
            edits[edit.path] = edit
            previous, position = edit.path, end
        return [edits[path] for path in sorted(edits)]

    def _refuse(self, position: int) -> NoReturn:
        if self._data.startswith((b"diff --cc ", b"diff --combined ", b"@@@"), position):
            self.fail(position, "a combined diff of a merge hides lines")
        self.fail(position, "not part of a git diff")

    def _plain_file(self, header: re.Match[bytes]) -> tuple[FileChange, int]:
        """What `_file` says, of a header that says no more than nearly all do."""
        raw, mode, new, deleted = header.groups()
        try:
            path = to_text(raw)
        except DecodeError as error:
            self.fail(header.start(), error.message)
        hunks, added, removed, end = self.hunks(header.end())
        if (new and removed) or (deleted and added):
            self._fail_on_both_sides(header.start())
        before, after = mode or deleted, mode or new
        edit = FileChange(
            path=path,
            status="added" if new else "removed" if deleted else "modified",
            mode_before=before.decode() if before else None,
            mode_after=after.decode() if after else None,
            added=added,
            removed=removed,
            hunks=hunks,
        )
        return edit, end

    def _fail_on_both_sides(self, position: int) -> NoReturn:
        self.fail(position, "a new or deleted file with lines on both sides")

    def _file(self, position: int) -> tuple[FileChange, int]:
        data = self._data
        end = data.find(b"\n", position) + 1
        names = data[position + len(_FILE) : end - 1]
        header: dict[bytes, bytes] = {}
        while match := HEADER_LINE.match(data, end):
            key, value = match.groups()
            if key in header:
                self.fail(end, f"second `{key.decode()}` line")
            header[key] = value
            end = match.end()
        try:
            edit = Edit(names, header)
        except DecodeError as error:
            self.fail(position, error.message)
        hunks: tuple[Hunk, ...] = ()
        added = removed = 0
        binary = False
        if data.startswith(b"@@ ", end):
            if b"+++" not in header:
                self.fail(end, "hunk without ---/+++ lines")
            hunks, added, removed, end = self.hunks(end)
        elif data.startswith((b"Binary files ", b"GIT binary patch\n"), end):
            binary, end = True, self._skip_binary(end)
        elif problem := edit.missing_lines():
            self.fail(position, problem)
        if (edit.is_new and removed) or (edit.is_deleted and added):
            self._fail_on_both_sides(position)
        return edit.change(hunks, added, removed, binary), end

    def hunks(self, position: int) -> tuple[tuple[Hunk, ...], int, int, int]:
        """Hunks from a position on: hunks, lines added, lines removed, where they end."""
        hunks = []
        added = removed = before_end = after_end = 0
        while match := _HUNK_LINE.match(self._data, position):
            first, before, second, after = match.groups()
            before_count = 1 if before is None else int(before)
            after_count = 1 if after is None else int(after)
            before_start, after_start = int(first), int(second)
            if (
                before_start + (before_count == 0) <= before_end
                or after_start + (after_count == 0) <= after_end
            ):
                self.fail(position, "hunk overlaps the one before it, or starts at line 0")
            before_end = before_start + before_count - (before_count > 0)
            after_end = after_start + after_count - (after_count > 0)
            body, plus, minus, end = self._body(match.end(), before_count, after_count)
            hunks.append(Hunk(before_start, before_count, after_start, after_count, body))
            added += plus
            removed += minus
            position = end
        if self._data.startswith(b"@@", position):
            self.fail(position, "broken hunk header")
        return tuple(hunks), added, removed, position

    def _body(self, start: int, before: int, after: int) -> tuple[bytes, int, int, int]:
        """Lines of one hunk: body, lines added, lines removed, where it ends."""
        data = self._data
        match = _BODY_END.search(data, start - 1)
        end = match.start() if match else len(data) - 1
        lines = data.count(b"\n", start - 1, end)
        plus = data.count(b"\n+", start - 1, end)
        minus = marks = 0
        if plus != lines:
            minus = data.count(b"\n-", start - 1, end)
            marks = data.count(b"\n\\", start - 1, end)
        same = lines - plus - minus - marks
        if minus + same != before or plus + same != after:
            body, plus, minus, end = self._walk(start, before, after)
            marks = body.count(b"\\")
        else:
            body = data[start:end]
            end += 1
        if marks and not _marks_fit(body):
            self.fail(start, "`\\ No newline` where the file does not end")
        return body, plus, minus, end

    def _walk(self, start: int, before: int, after: int) -> tuple[bytes, int, int, int]:
        """The slow way, line by line: blank context lines written as nothing, or an error.

        Source: diff.suppressBlankEmpty in git-config(1).
        """
        data = self._data
        lines: list[bytes] = []
        plus = minus = same = 0
        position = start
        while minus + same < before or plus + same < after:
            end = data.find(b"\n", position)
            sign = data[position : position + 1]
            if end < 0 or sign not in (b"+", b"-", b" ", b"\n", b"\\"):
                self.fail(position, "hunk is shorter than its header says")
            plus += sign == b"+"
            minus += sign == b"-"
            same += sign in (b" ", b"\n")
            lines.append(data[position:end] or b" ")
            position = end + 1
        while data.startswith(b"\\", position):
            end = data.find(b"\n", position)
            lines.append(data[position:end])
            position = end + 1
        if minus + same > before or plus + same > after:
            self.fail(start, "hunk has other lines than its header says")
        if data.startswith((b"+", b"-", b" "), position):
            self.fail(position, "hunk is longer than its header says")
        return b"\n".join(lines), plus, minus, position

    def _skip_binary(self, position: int) -> int:
        data = self._data
        end = data.find(b"\n", position) + 1
        if data.startswith(b"Binary files ", position):
            if not data.endswith(b" differ\n", position, end):
                self.fail(position, "broken `Binary files` line")
            return end
        sections = 0
        while sections < 2 and data.startswith((b"literal ", b"delta "), end):
            stop = data.find(b"\n\n", end)
            first = data.find(b"\n", end)
            if stop < 0 or data.find(b" ", first, stop) >= 0:
                self.fail(end, "broken or cut off binary patch")
            end = stop + 2
            sections += 1
        if not sections:
            self.fail(position, "empty binary patch")
        return end


def _marks_fit(body: bytes) -> bool:
    """Whether `\\ No newline at end of file` stands only after the last line of a side."""
    at = body.find(b"\n\\")
    if at < 0:
        return not body.startswith(b"\\")
    last = body[body.rfind(b"\n", 0, at) + 1 :][:1]
    stop = body.find(b"\n", at + 1)
    rest = b"" if stop < 0 else body[stop:]
    if last != b"-" or not rest:
        return not rest
    second = rest.find(b"\n\\")
    plain = rest if second < 0 else rest[:second]
    after = b"" if second < 0 else rest[second + 1 :]
    return plain.count(b"\n") == plain.count(b"\n+") > 0 and b"\n" not in after


def _changes_type(removal: FileChange, addition: FileChange) -> bool:
    return removal.status == "removed" and addition.status == "added"


def _join(removal: FileChange, addition: FileChange) -> FileChange:
    return FileChange(
        path=removal.path,
        status="modified",
        mode_before=removal.mode_before,
        mode_after=addition.mode_after,
        binary=removal.binary or addition.binary,
        added=addition.added,
        removed=removal.removed,
        hunks=removal.hunks + addition.hunks,
    )
