"""Find secrets in a text: known formats first, then literals assigned to a secret's name."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from gate.evaluate.scan.assignment import WORDS, find_assignments
from gate.evaluate.scan.checks import is_genuine
from gate.evaluate.scan.placeholder import entropy, is_placeholder
from gate.evaluate.scan.token_table import (
    TokenKind,
    TokenTable,
    expression,
    load_table,
)

GENERIC = "assigned_secret"
"""Kind of the generic rule."""
GENERIC_TITLE = "literal assigned to a secret's name"
MAX_CANDIDATES = 200_000
"""Keywords looked at in one text; 50 MB of ordinary code has about 60,000. A text with more is
reported as a whole, since not looking must not pass."""
TOO_MANY = "unscannable"
"""Kind of that report."""
TOO_MANY_TITLE = "more secret-like words than can be looked at"
_SHAPES = frozenset({"pem", "base64_pem", "basic", "jwt"})
"""Tests that judge the value by its structure, so that the placeholder filter need not."""


class Secret(NamedTuple):
    """One secret; its value is never carried."""

    kind: str
    """Kind."""
    title: str
    """Kind in words."""
    start: int
    """Offset of the value."""
    end: int
    """Where the value ends."""

    @property
    def is_generic(self) -> bool:
        """Whether only the name says that it is one."""
        return self.kind == GENERIC


def may_hold_secrets(text: bytes) -> bool:
    """Whether a text has a keyword; in one that has none `find_secrets` finds nothing.

    No keyword has a line break in it: where a whole hunk has none, its added lines have none.

    Args:
        text: as for `find_secrets`.
    """
    return load_table(WORDS).keywords.are_in(text.lower())


def find_secrets(text: bytes, *, bare: bool) -> list[Secret]:
    """All secrets of a text, by offset; of two that overlap the more specific one.

    Args:
        text: the text, any encoding that keeps ASCII.
        bare: whether unquoted values of a generic assignment count.
    """
    table = load_table(WORDS)
    found = list(_candidates(text, table, bare))
    if not found:
        return []
    ranks = {kind.id: rank for rank, kind in enumerate(table.kinds)}
    found.sort(key=lambda secret: (ranks.get(secret.kind, len(ranks)), secret))
    kept: list[Secret] = []
    starts: list[int] = []
    for secret in found:
        place = bisect_left(starts, secret.end)
        if place and kept[place - 1].end > secret.start:
            continue
        starts.insert(place, secret.start)
        kept.insert(place, secret)
    return kept


def _candidates(text: bytes, table: TokenTable, bare: bool) -> Iterator[Secret]:
    places = table.keywords.places(text.lower())
    for looked, (start, word) in enumerate(places):
        if looked >= MAX_CANDIDATES:
            yield Secret(TOO_MANY, TOO_MANY_TITLE, start, start + len(word))
            return
        for kind in table.by_word[word]:
            yield from _matches(text, start, kind)
        named = _named(word)
        if named:
            for place in find_assignments(text, start, start + named, bare=bare):
                yield Secret(GENERIC, GENERIC_TITLE, place.start, place.end)


@cache
def _named(word: bytes) -> int:
    """Length of the secret's name that a keyword begins with, 0 where it begins with none."""
    return max((len(name) for name in WORDS if word.startswith(name.encode())), default=0)


def _matches(text: bytes, at: int, kind: TokenKind) -> Iterator[Secret]:
    pattern = expression(kind)
    end = min(len(text), at + kind.after)
    if kind.before:
        match = pattern.search(text, max(0, at - kind.before), end)
    else:
        match = pattern.match(text, at, end)
    if match is None or not is_genuine(kind.check, text, match):
        return
    value = match["v"].decode("utf-8", "replace")
    if kind.check not in _SHAPES and (is_placeholder(value) or entropy(value) < kind.min_entropy):
        return
    yield Secret(kind.id, kind.title, match.start("v"), match.end("v"))
