"""Attribute trees with a third truth: a leaf is known, unknown until apply, or null."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

Tree = Any
"""JSON-like value whose leaves may be `UNKNOWN`."""


class Unknown:
    """The type of `UNKNOWN`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("UNKNOWN is neither true nor false")


UNKNOWN: Final = Unknown()
"""A value that will be known only after apply (plan), or is not literal (HCL)."""


def overlay(after: Tree, after_unknown: Tree) -> Tree:
    """The plan's `after` with `UNKNOWN` wherever `after_unknown` says so.

    Source: terraform `omitUnknowns` and `unknownAsBool`: in objects an unknown key is left out of
    `after` and `true` in `after_unknown`; in lists it is null in `after` with a parallel `true`.
    """
    if after_unknown is True:
        return UNKNOWN
    if isinstance(after_unknown, dict) and after_unknown:
        base = dict(after) if isinstance(after, dict) else {}
        for key, mark in after_unknown.items():
            if mark is not False:
                base[key] = overlay(base.get(key), mark)
        return base if base or isinstance(after, dict) else after
    if isinstance(after_unknown, list) and isinstance(after, list):
        marks = after_unknown + [False] * (len(after) - len(after_unknown))
        return [overlay(item, mark) for item, mark in zip(after, marks, strict=False)]
    return after


def walk(tree: Tree, path: str) -> Iterator[Any]:
    """Every value at a dot-separated path; lists are transparent, `{}` counts as `[{}]` (P15).

    Yields `UNKNOWN` where the path runs into an unknown container or leaf, and nothing for null.
    A `*` segment stands for every key of a map. A scalar list at the end yields its items.
    """
    yield from _walk(tree, path.split(".") if path else [])


def _walk(tree: Tree, segments: list[str]) -> Iterator[Any]:
    if tree is None:
        return
    if tree is UNKNOWN:
        yield UNKNOWN
        return
    if isinstance(tree, list):
        for item in tree:
            yield from _walk(item, segments)
        return
    if not segments:
        yield tree
        return
    if isinstance(tree, dict):
        head, rest = segments[0], segments[1:]
        if head == "*":
            for value in tree.values():
                yield from _walk(value, rest)
        elif head in tree:
            yield from _walk(tree[head], rest)


def leaves(tree: Tree, path: str) -> tuple[list[Any], bool]:
    """Known scalar leaves at a path, and whether anything there is unknown."""
    known: list[Any] = []
    unknown = False
    for value in walk(tree, path):
        if value is UNKNOWN:
            unknown = True
        elif isinstance(value, (str, int, float, bool)):
            known.append(value)
    return known, unknown
