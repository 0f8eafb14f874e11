"""The added lines of a hunk as one text whose offsets lead back to line numbers at the head."""

from __future__ import annotations

from collections.abc import Iterator

from gate.schema.changes import FileChange, Hunk


class AddedText:
    """The added lines of one hunk, joined by LF; line numbers are worked out on demand."""

    __slots__ = ("_hunk", "_index", "_numbers", "_offset", "text")

    def __init__(self, hunk: Hunk) -> None:
        self._hunk = hunk
        self._numbers: list[int] | None = None
        self._index = self._offset = 0
        self.text: bytes = b"\n".join(
            [line[1:] for line in hunk.body.split(b"\n") if line[:1] == b"+"]
        )

    def line_at(self, offset: int) -> int:
        """Line number at the head, 1-based, of a byte offset into `text`.

        Rising offsets cost one pass over the text in all.
        """
        if offset < self._offset:
            self._index = self._offset = 0
        self._index += self.text.count(b"\n", self._offset, offset)
        self._offset = offset
        return self.line_number(self._index)

    def line_number(self, index: int) -> int:
        """Line number at the head, 1-based, of the added line with this index, from 0."""
        if not self._hunk.before_count:
            return self._hunk.after_start + index
        if self._numbers is None:
            self._numbers = [after for kind, _, after, _ in self._hunk.lines() if kind == "+"]
        return self._numbers[index]


def added_texts(change: FileChange) -> Iterator[AddedText]:
    """The added text of each hunk that adds something."""
    for hunk in change.hunks:
        added = AddedText(hunk)
        if added.text:
            yield added
