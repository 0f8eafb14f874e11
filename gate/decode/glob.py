"""Decide what a pattern of `*` and `?` matches, and whether one pattern covers another."""

from __future__ import annotations

from functools import lru_cache

MAX_PATTERN = 2048
"""Longer patterns are compared as plain text: an AWS ARN is at most 2,048 characters long."""


@lru_cache(maxsize=4096)
def covers(wider: str, narrower: str) -> bool:
    """Whether everything that `narrower` matches is matched by `wider`; case counts.

    With a `narrower` free of wildcards this is plain matching. Never says yes wrongly; patterns
    longer than `MAX_PATTERN` cover only themselves.
    """
    if wider == narrower:
        return True
    if len(wider) > MAX_PATTERN or len(narrower) > MAX_PATTERN:
        return False
    return _matches(simplify(wider), simplify(narrower))


def simplify(pattern: str) -> str:
    """The same pattern with every run of wildcards written as its `?`s and at most one `*`."""
    if "*" not in pattern:
        return pattern
    parts: list[str] = []
    singles, many = 0, False
    for char in pattern:
        if char == "?":
            singles += 1
        elif char == "*":
            many = True
        else:
            parts.append("?" * singles + "*" * many + char)
            singles, many = 0, False
    parts.append("?" * singles + "*" * many)
    return "".join(parts)


def is_glob(text: str) -> bool:
    """Whether the text holds a wildcard."""
    return "*" in text or "?" in text


def _matches(pattern: str, text: str) -> bool:
    """Greedy match that falls back to the last `*`; a `*` of `text` yields only to a `*`."""
    at = star = mark = 0
    star = -1
    for_pattern = len(pattern)
    place = 0
    while place < len(text):
        char = pattern[at] if at < for_pattern else ""
        if char == "*":
            star, mark = at, place
            at += 1
        elif char and (char == text[place] or (char == "?" and text[place] != "*")):
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return pattern[at:].strip("*") == ""
