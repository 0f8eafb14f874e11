"""Match text against globs of `*` and `?`; in paths they stay within a folder, `**` crosses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_TABLE = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def matches(glob: str, path: str) -> bool:
    """Whether a path matches: `*` and `?` stay within a segment, `**` crosses directories."""
    return bool(path) and _compile(glob).fullmatch(path) is not None


def matches_any(globs: Iterable[str], path: str) -> bool:
    """Whether a path matches one of the globs."""
    return any(matches(glob, path) for glob in globs)


def holds_directory(globs: Iterable[str], directory: str) -> bool:
    """Whether one of the globs stands for a directory (`""`: the root), or for all within it.

    `infra/prod`, `infra/prod/*` and `infra/prod/**` hold `infra/prod`; `infra/prod/*.tf` does not,
    since it speaks of files.
    """
    inside = f"{directory}/." if directory else "."
    return any(matches(glob, directory) or matches(glob, inside) for glob in globs)


def fits(glob: str, text: str, *, many: str = "") -> bool:
    """Whether a glob matches a text without folders, in time that no glob can blow up.

    Greedy, falling back to the last `*`.

    Args:
        glob: `*` stands for any characters, `?` for one.
        text: the text.
        many: a character of the text that stands for many, so that only a `*` takes it in.
    """
    at = place = 0
    star = mark = -1
    while place < len(text):
        char = glob[at] if at < len(glob) else ""
        if char == "*":
            star, mark = at, place
            at += 1
        elif char and (char == text[place] or (char == "?" and text[place] != many)):
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return glob[at:].strip("*") == ""


@lru_cache(maxsize=256)
def _compile(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    return re.compile("".join(_TABLE.get(part, re.escape(part)) for part in parts), re.DOTALL)
