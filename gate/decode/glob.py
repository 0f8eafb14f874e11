"""Decide what a pattern of `*` and `?` matches, and whether one pattern covers another."""

from __future__ import annotations

from functools import lru_cache

from gate.pathglob import fits

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
    return fits(simplify(wider), simplify(narrower), many="*")


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
