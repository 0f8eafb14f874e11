"""Work out what a file held on one side of a change, from the change and the other side."""

from __future__ import annotations

from collections.abc import Iterator

from gate.pattern import pattern
from gate.schema.changes import FileChange, Hunk

_LINE = pattern(rb"[^\n]*\n|[^\n]+")


def whole_before(change: FileChange) -> bytes | None:
    """Content before the change where the diff holds all of it, else `None`."""
    if change.status == "removed" and not (change.hunks or change.binary or change.truncated):
        return b""
    for hunk in change.hunks:
        if (hunk.after_start, hunk.after_count) == (0, 0):
            return b"".join(text for sign, text in _lines(hunk) if sign == b"-")
    return None


def whole_after(change: FileChange) -> bytes | None:
    """Content after the change where the diff holds all of it, else `None`."""
    if change.status == "added" and not (change.hunks or change.binary or change.truncated):
        return b""
    for hunk in change.hunks:
        if (hunk.before_start, hunk.before_count) == (0, 0):
            return b"".join(text for sign, text in _lines(hunk) if sign == b"+")
    return None


def reverse(after: bytes, change: FileChange) -> bytes | None:
    """Content before the change, or `None` where the content after it does not fit the diff."""
    lines = _LINE.findall(after)
    before: list[bytes] = []
    at = 0
    for hunk in change.hunks:
        start = hunk.after_start - (hunk.after_count > 0)
        if start < at:
            return None
        before += lines[at:start]
        at = start
        for sign, text in _lines(hunk):
            if sign != b"-":
                if at >= len(lines) or lines[at] != text:
                    return None
                at += 1
            if sign != b"+":
                before.append(text)
    return b"".join(before + lines[at:])


def _lines(hunk: Hunk) -> Iterator[tuple[bytes, bytes]]:
    """(sign, text with its LF unless the file ends without one) of each line."""
    raw = hunk.body.split(b"\n")
    for index, line in enumerate(raw):
        if line.startswith(b"\\") or not line:
            continue
        is_last = index + 1 < len(raw) and raw[index + 1].startswith(b"\\")
        yield line[:1], line[1:] if is_last else line[1:] + b"\n"
