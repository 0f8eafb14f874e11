"""Find where a finding can be commented on: lines that the diff shows, within one hunk."""

from __future__ import annotations

from typing import Literal

import msgspec

from gate.schema.changes import Changes, FileChange, Hunk
from gate.schema.finding import Location

MAX_LINES = 12
"""Lines one comment spans; GitHub shows the last few above the comment anyway."""


class Place(msgspec.Struct, frozen=True):
    """Lines of a diff, in the terms of GitHub's review comments."""

    path: str
    """Path at the head (before, for a removed file)."""
    line: int
    """Last line."""
    side: Literal["RIGHT", "LEFT"]
    """RIGHT: numbered at the head; LEFT: numbered before."""
    start_line: int | None = None
    """First line where there are several, in the same hunk."""


class Anchors:
    """The lines of a change that can carry a comment."""

    def __init__(self, changes: Changes) -> None:
        """Index the files; hunks are read only where a finding points.

        Args:
            changes: the decoded diff.
        """
        self._files = {change.path: change for change in changes.files}
        for change in changes.files:
            if change.previous_path is not None:
                self._files.setdefault(change.previous_path, change)
        self._lines: dict[tuple[str, str], list[list[tuple[int, bool]]]] = {}

    def find(self, at: Location | None) -> Place | None:
        """Where in the diff a location lies, or `None` where the diff does not show it.

        A range that the diff shows in part is cut to that part. Of several hunks the first one
        that changes a line of it is taken. GitHub refuses a whole review for one line outside.
        """
        if at is None or at.line is None:
            return None
        change = self._files.get(at.path)
        if change is None:
            return None
        first, last = at.line, max(at.end_line or at.line, at.line)
        best: list[tuple[int, bool]] = []
        for hunk in self._hunks(change, at.side):
            shown = [(line, changed) for line, changed in hunk if first <= line <= last]
            if any(changed for _, changed in shown):
                best = shown
                break
            best = best or shown
        if not best:
            return None
        return _place(change.path, at.side, best)

    def _hunks(self, change: FileChange, side: str) -> list[list[tuple[int, bool]]]:
        key = (change.path, side)
        if key not in self._lines:
            self._lines[key] = [_commentable(hunk, side) for hunk in change.hunks]
        return self._lines[key]


def _commentable(hunk: Hunk, side: str) -> list[tuple[int, bool]]:
    """Lines of one side with whether they change; unchanged ones are numbered at the head only."""
    if side == "LEFT":
        return [(before, True) for kind, before, _, _ in hunk.lines() if kind == "-"]
    return [(after, kind == "+") for kind, _, after, _ in hunk.lines() if kind in "+ "]


def _place(path: str, side: Literal["RIGHT", "LEFT"], shown: list[tuple[int, bool]]) -> Place:
    """A few lines from the first one, preferring the first that changes where it is far off."""
    lines = [line for line, _ in shown]
    start = lines[0]
    changed = next((line for line, is_changed in shown if is_changed), start)
    if changed - start >= MAX_LINES:
        start = changed
    end = start
    for line in lines:
        if start < line < start + MAX_LINES and line == end + 1:
            end = line
    return Place(path, end, side, start if end > start else None)
