"""The added lines of a hunk as one text whose offsets lead back to line numbers at the head."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator

from gate.schema.changes import FileChange, Hunk


class AddedText:
    """The added lines of one hunk, joined by LF; line numbers are worked out on demand."""

    __slots__ = ("_breaks", "_hunk", "_numbers", "text")

    def __init__(self, hunk: Hunk) -> None:
        self._hunk = hunk
        self._numbers: list[int] | None = None
        self._breaks: list[int] = []
        self.text: bytes = b"\n".join(
            [line[1:] for line in hunk.body.split(b"\n") if line[:1] == b"+"]
        )

    def line_at(self, offset: int) -> int:
        """Line number at the head, 1-based, of a byte offset into `text`."""
        if not self._breaks:
            position = self.text.find(b"\n")
            while position >= 0:
                self._breaks.append(position)
                position = self.text.find(b"\n", position + 1)
        return self.line_number(bisect_left(self._breaks, offset))

    def line_number(self, index: int) -> int:
        """Line number at the head, 1-based, of the added line with this index, from 0."""
        if self._numbers is None:
            self._numbers = [after for kind, _, after, _ in self._hunk.lines() if kind == "+"]
        return self._numbers[index]


def added_texts(change: FileChange) -> Iterator[AddedText]:
    """The added text of each hunk that adds something."""
    for hunk in change.hunks:
        added = AddedText(hunk)
        if added.text:
            yield added
