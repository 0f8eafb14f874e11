"""Read the top-level blocks of one Terraform file, native or JSON syntax, with their lines."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from gate.decode.hcl.scan import Item, read_text, split_items
from gate.decode.paths import is_values
from gate.errors import DecodeError
from gate.jsondoc import check_depth, parse_json
from gate.pattern import pattern
from gate.schema.finding import Location
from gate.text import neutralise

LABELS = {
    "resource": 2,
    "data": 2,
    "ephemeral": 2,
    "action": 2,
    "module": 1,
    "provider": 1,
    "variable": 1,
    "output": 1,
    "check": 1,
    "terraform": 0,
    "locals": 0,
    "moved": 0,
    "removed": 0,
    "import": 0,
}
"""Block type -> number of labels.

Source: https://developer.hashicorp.com/terraform/language/syntax/configuration
"""
_OVERRIDE = pattern(r"(^|_)override\.(tf|tofu)(\.json)?$")
_JSON_TOKEN = pattern(r'"(?:[^"\\]|\\.)*"|[{}\[\],]|\n', re.DOTALL)
_COLON = pattern(r"\s*:")
_JSON_DEPTH = 5


class Block(NamedTuple):
    """One top-level block of one side, or a block directly inside `terraform`."""

    path: str
    """Path of the file at the head."""
    kind: str
    """Block type."""
    labels: tuple[str, ...]
    """Labels."""
    line: int
    """First line."""
    end_line: int
    """Last line."""
    text: str
    """Native syntax: the body's text. JSON syntax: the body as canonical JSON."""
    body_line: int
    """Line on which the body starts."""
    document: Any
    """JSON syntax: the body; `None` in native syntax."""
    is_override: bool
    """Stands in an override file, which Terraform merges into the others."""


def location_of(block: Block, *, removed: bool = False) -> Location:
    """Where a block stands."""
    return Location(
        path=block.path,
        line=block.line,
        end_line=block.end_line,
        side="LEFT" if removed else "RIGHT",
    )


def read_blocks(content: bytes, path: str, shown: str) -> tuple[Block, ...]:
    """The top-level blocks of a file; blocks inside `terraform` are listed beside it.

    A variables file is one block of kind `values`.

    Args:
        content: the file's bytes.
        path: its path on this side, which tells syntax and override.
        shown: its path at the head, for locations.

    Raises:
        DecodeError: names path and line.
    """
    if is_values(path):
        return (_values(content, path, shown),)
    is_override = _OVERRIDE.search(path.rsplit("/", 1)[-1]) is not None
    if path.endswith(".json"):
        return tuple(_json_blocks(content, path, shown, is_override))
    text = read_text(content, path)
    return tuple(_native_blocks(split_items(text, path), path, shown, is_override))


def _values(content: bytes, path: str, shown: str) -> Block:
    text, document = read_text(content, path), None
    if path.endswith(".json"):
        check_depth(text.encode(), neutralise(path))
        document = parse_json(text.encode(), neutralise(path))
        if not isinstance(document, dict):
            raise DecodeError(f"{neutralise(path)}:1: not a variables file: no object")
    return Block(
        path=shown,
        kind="values",
        labels=(),
        line=1,
        end_line=text.count("\n") + 1,
        text=text,
        body_line=1,
        document=document,
        is_override=False,
    )


def _native_blocks(
    items: tuple[Item, ...], path: str, shown: str, is_override: bool
) -> Iterator[Block]:
    for item in items:
        if not item.is_block or len(item.labels) != LABELS.get(item.name, len(item.labels)):
            raise DecodeError(
                f"{neutralise(path)}:{item.line}: not a Terraform block: "
                f"{neutralise(item.name, 40)}",
                "Run `terraform validate`.",
            )
        yield _native(item, shown, is_override)
        if item.name == "terraform":
            for inner in split_items(item.body, path, item.body_line):
                if inner.is_block:
                    yield _native(inner, shown, is_override)


def _native(item: Item, shown: str, is_override: bool) -> Block:
    return Block(
        path=shown,
        kind=item.name,
        labels=item.labels,
        line=item.line,
        end_line=item.end_line,
        text=item.body,
        body_line=item.body_line,
        document=None,
        is_override=is_override,
    )


def _json_blocks(content: bytes, path: str, shown: str, is_override: bool) -> Iterator[Block]:
    text = read_text(content, path)
    check_depth(text.encode(), neutralise(path))
    document = parse_json(text.encode(), neutralise(path))
    if not isinstance(document, dict):
        raise DecodeError(f"{neutralise(path)}:1: not a Terraform file: no object")
    lines = key_lines(text)
    for kind, body in document.items():
        for labels, inner in _descend(body, LABELS.get(kind, 0), ()):
            yield _from_json((kind, *labels), inner, lines, shown, is_override)
            if kind == "terraform" and isinstance(inner, dict):
                for name, depth in (("backend", 1), ("cloud", 0)):
                    for words, block in _descend(inner.get(name), depth, ()):
                        keys = ("terraform", name, *words)
                        yield _from_json(keys, block, lines, shown, is_override, skip=1)


def _descend(
    value: object, depth: int, labels: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], object]]:
    if isinstance(value, list):
        for item in value:
            yield from _descend(item, depth, labels)
    elif depth == 0 and isinstance(value, dict):
        yield labels, value
    elif isinstance(value, dict):
        for key, item in value.items():
            if key != "//":
                yield from _descend(item, depth - 1, (*labels, key))


def _from_json(
    keys: tuple[str, ...],
    body: Any,
    lines: dict[tuple[str, ...], list[tuple[int, int]]],
    shown: str,
    is_override: bool,
    *,
    skip: int = 0,
) -> Block:
    spans = lines.get(keys) or [(1, 1)]
    line, end_line = spans.pop(0) if len(spans) > 1 else spans[0]
    return Block(
        path=shown,
        kind=keys[skip],
        labels=keys[skip + 1 :],
        line=line,
        end_line=end_line,
        text=json.dumps(body, sort_keys=True, ensure_ascii=False),
        body_line=line,
        document=body,
        is_override=is_override,
    )


def key_lines(text: str) -> dict[tuple[str, ...], list[tuple[int, int]]]:
    """Where the keys of a JSON document stand: key path -> (first line, last line of the value).

    Lists are transparent, so a path may stand several times, in document order; only the outer five
    levels are kept. The text must be valid JSON.
    """
    found: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    frames: list[tuple[str, ...]] = []
    here: tuple[str, ...] = ()
    line = 1
    for match in _JSON_TOKEN.finditer(text):
        mark = match.group()
        if mark == "\n":
            line += 1
        elif mark in "{[":
            frames.append(here)
        elif mark in "}]":
            here = frames.pop() if frames else ()
            _extend(found, here, line)
        elif mark != "," and _COLON.match(text, match.end()):
            here = (*(frames[-1] if frames else ()), json.loads(mark))
            if len(here) <= _JSON_DEPTH:
                found.setdefault(here, []).append((line, line))
        elif mark != ",":
            _extend(found, here, line)
    return found


def _extend(
    found: dict[tuple[str, ...], list[tuple[int, int]]], path: tuple[str, ...], line: int
) -> None:
    spans = found.get(path)
    if spans:
        spans[-1] = (spans[-1][0], line)
