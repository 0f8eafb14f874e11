"""Find the line of an attribute inside a Terraform block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gate.decode.hcl.blocks import Block, key_lines
from gate.decode.hcl.scan import Item, split_items
from gate.errors import DecodeError


def attribute_line(
    block: Block,
    path: str,
    *,
    text: str = "",
    value: str = "",
    is_changed: Callable[[int, int], bool] = lambda first, last: False,
) -> int | None:
    """The line of an attribute or nested block, as deep as it can be followed.

    Args:
        block: where to look.
        path: dot-separated attribute path; lists, and `*` segments, are transparent.
        text: the whole file, needed in JSON syntax only.
        value: of several nested blocks of one name those that hold this text in quotes come first,
            and the line is that of the text.
        is_changed: tells whether any of these lines changed; of several nested blocks of one name
            the first changed one is taken.

    Returns:
        1-based line, or `None` where not even the first segment is found.
    """
    segments = [segment for segment in path.split(".") if segment and segment != "*"]
    if not segments:
        return None
    if block.document is not None:
        return _json_line(text, (block.kind, *block.labels), segments)
    try:
        items = split_items(block.text, block.path, block.body_line)
        return _Lines(block.path, value.removeprefix("not "), is_changed).find(items, segments)
    except DecodeError:
        return None  # NOTE: a line is a courtesy; the section that decodes the file reports it


class _Lines:
    """Follows an attribute path through the items of a block."""

    def __init__(self, path: str, value: str, is_changed: Callable[[int, int], bool]) -> None:
        self._path = path
        self._quoted = f'"{value}"' if value else ""
        self._is_changed = is_changed

    def find(self, items: Sequence[Item], segments: Sequence[str]) -> int | None:
        """The line of the item that is meant."""
        found: list[tuple[bool, int]] = []
        for item in _named(items, self._path, segments[0]):
            line = self._inside(item, segments[1:])
            holds = not self._quoted or self._quoted in item.text
            found.append((holds, item.line if line is None else line))
        return None if not found else max(found, key=self._rank)[1]

    def _rank(self, entry: tuple[bool, int]) -> tuple[bool, bool]:
        holds, line = entry
        return holds, self._is_changed(line, line)

    def _inside(self, item: Item, segments: Sequence[str]) -> int | None:
        if item.is_block and segments:
            return self.find(split_items(item.body, self._path, item.body_line), segments)
        if item.is_block:
            at = item.text.find(self._quoted) if self._quoted else -1
            return None if at < 0 else item.line + item.text.count("\n", 0, at)
        line = None
        position = 0
        for segment in segments:
            key = re.compile(rf'(?<![\w.-])"?{re.escape(segment)}"?\s*[=:]')
            match = key.search(item.body, position)
            if match is None:
                break
            position = match.end()
            line = item.body_line + item.body.count("\n", 0, match.start())
        return line


def _named(items: Sequence[Item], path: str, name: str) -> Iterator[Item]:
    """Items of a name; a dynamic block counts as the block it makes."""
    for item in items:
        if item.name == name:
            yield item
        elif item.name == "dynamic" and item.labels == (name,):
            inner = split_items(item.body, path, item.body_line)
            yield from (part for part in inner if part.name == "content")


def _json_line(text: str, prefix: tuple[str, ...], segments: Sequence[str]) -> int | None:
    lines = key_lines(text)
    for length in range(len(segments), 0, -1):
        spans = lines.get((*prefix, *segments[:length]))
        if spans:
            return spans[0][0]
    return None
