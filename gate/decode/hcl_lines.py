"""Find the line of an attribute inside a Terraform block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from gate.decode.hcl_blocks import Block, key_lines
from gate.decode.hcl_scan import Item, split_items
from gate.errors import DecodeError


def attribute_line(
    block: Block,
    path: str,
    *,
    text: str = "",
    is_changed: Callable[[int, int], bool] = lambda first, last: False,
) -> int | None:
    """The line of an attribute or nested block, as deep as it can be followed.

    Args:
        block: where to look.
        path: dot-separated attribute path; lists, and `*` segments, are transparent.
        text: the whole file, needed in JSON syntax only.
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
        return _native_line(items, block.path, segments, is_changed)
    except DecodeError:
        return None  # NOTE: a line is a courtesy; the section that decodes the file reports it


def _native_line(
    items: Sequence[Item],
    path: str,
    segments: Sequence[str],
    is_changed: Callable[[int, int], bool],
) -> int | None:
    found: list[int] = []
    for item in _named(items, path, segments[0]):
        line = _inside(item, path, segments[1:], is_changed) or item.line
        if is_changed(line, line):
            return line
        found.append(line)
    return found[0] if found else None


def _named(items: Sequence[Item], path: str, name: str) -> Iterator[Item]:
    """Items of a name; a dynamic block counts as the block it makes."""
    for item in items:
        if item.name == name:
            yield item
        elif item.name == "dynamic" and item.labels == (name,):
            inner = split_items(item.body, path, item.body_line)
            yield from (part for part in inner if part.name == "content")


def _inside(
    item: Item, path: str, segments: Sequence[str], is_changed: Callable[[int, int], bool]
) -> int | None:
    if not segments:
        return None
    if item.is_block:
        inner = split_items(item.body, path, item.body_line)
        return _native_line(inner, path, segments, is_changed)
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


def _json_line(text: str, prefix: tuple[str, ...], segments: Sequence[str]) -> int | None:
    lines = key_lines(text)
    for length in range(len(segments), 0, -1):
        spans = lines.get((*prefix, *segments[:length]))
        if spans:
            return spans[0][0]
    return None
