"""Changes: the decoded diff, file by file and hunk by hunk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

ChangeStatus = Literal["added", "removed", "modified", "renamed", "copied", "mode"]
"""What happened to a path; `mode` is a change of mode alone."""


class Hunk(msgspec.Struct, frozen=True, gc=False):
    """One hunk; line numbers are 1-based, the body is kept raw and read on demand."""

    before_start: int
    """First line in the old file."""
    before_count: int
    """Lines in the old file."""
    after_start: int
    """First line in the new file."""
    after_count: int
    """Lines in the new file."""
    body: bytes
    """The hunk's lines with their leading space, plus, minus or backslash, LF-separated."""

    def lines(self) -> Iterator[tuple[str, int, int, bytes]]:
        """Each line as (kind, before line, after line, text without its sign and without LF).

        kind is `+`, `-` or a space. For `+` the before number, and for `-` the after number, is
        that of the next line on that side.
        """
        before, after = self.before_start, self.after_start
        for raw in self.body.split(b"\n"):
            sign = raw[:1]
            if sign == b"+":
                yield "+", before, after, raw[1:]
                after += 1
            elif sign == b"-":
                yield "-", before, after, raw[1:]
                before += 1
            elif sign == b" ":
                yield " ", before, after, raw[1:]
                before += 1
                after += 1


class FileChange(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One decoded edit."""

    path: str
    """Path at the head (before, for a removed file), as git stores it; undecodable bytes are
    surrogate-free `\\xNN` escapes."""
    previous_path: str | None = None
    """Path before a rename or copy."""
    status: ChangeStatus
    """What happened."""
    mode_before: str | None = None
    """Git mode before, e.g. `100644`; `None` where the diff does not say."""
    mode_after: str | None = None
    """Git mode after: 100644, 100755, 120000 symlink, 160000 submodule."""
    binary: bool = False
    """Whether git treats it as binary (no hunks)."""
    added: int = 0
    """Added lines."""
    removed: int = 0
    """Removed lines."""
    hunks: tuple[Hunk, ...] = ()
    """Hunks in file order."""
    truncated: str = ""
    """Why the hunks are not all there (API limits); empty when they are."""

    def added_lines(self) -> Iterator[tuple[int, bytes]]:
        """Added lines as (line number at the head, text)."""
        for hunk in self.hunks:
            for kind, _, after, text in hunk.lines():
                if kind == "+":
                    yield after, text

    def removed_lines(self) -> Iterator[tuple[int, bytes]]:
        """Removed lines as (line number before, text)."""
        for hunk in self.hunks:
            for kind, before, _, text in hunk.lines():
                if kind == "-":
                    yield before, text


class Changes(msgspec.Struct, frozen=True):
    """All edits of one pull request, sorted by path."""

    files: tuple[FileChange, ...] = ()
    """The edits."""

    def find(self, path: str) -> FileChange | None:
        """The edit of one path, or `None`."""
        return next((change for change in self.files if change.path == path), None)
