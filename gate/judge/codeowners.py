"""Read CODEOWNERS as GitHub does: who owns a path, and which lines it skips."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from heapq import merge
from typing import NamedTuple

from gate.pathglob import fits
from gate.pattern import pattern
from gate.text import neutralise

MAX_BYTES = 3_000_000
"""Larger files GitHub does not read."""

MAX_PROBLEMS = 20
"""Skipped lines that are listed."""

_PERSON = pattern(r"@[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?")
_TEAM = pattern(r"@[A-Za-z0-9][A-Za-z0-9_-]{0,99}/[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_EMAIL = pattern(r"[^\s@#]{1,100}@[^\s@#]{1,200}")
_WORD = pattern(r"(?:\\.|[^\s\\]|\\\Z)+")


class OwnerRule(NamedTuple):
    """One line: whose the paths are that a pattern matches."""

    line: int
    """1-based line."""
    segments: tuple[str, ...]
    """The pattern between its slashes; `**` stands for any number of folders."""
    owners: tuple[str, ...]
    """`@login`, `@org/team` or e-mail, lower case; empty: nobody owns them."""


class CodeOwners(NamedTuple):
    """A whole file."""

    rules: tuple[OwnerRule, ...] = ()
    """Rules in the order of the file; the last that matches decides."""
    problems: tuple[str, ...] = ()
    """Lines that GitHub skips, or why it does not read the file, each one line."""
    readable: bool = True
    """False: GitHub does not read the file at all."""
    places: Mapping[object, Sequence[int]] = {}
    """What a path must have for a rule to match -> indices of such rules, ascending."""

    def owners(self, path: str) -> tuple[str, ...]:
        """Who owns a path; empty: nobody."""
        segments = tuple(path.split("/"))
        found = (self.places.get(key) for key in _keys_of(segments))
        likely = [reversed(indices) for indices in found if indices is not None]
        for index in merge(*likely, reverse=True):
            if _matches(self.rules[index].segments, segments):
                return self.rules[index].owners
        return ()


@lru_cache(maxsize=4)
def parse_codeowners(text: str) -> CodeOwners:
    """The rules of a CODEOWNERS file; lines that GitHub skips are reported, never guessed at.

    Args:
        text: the file's text, of the base branch.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return CodeOwners(
            problems=("CODEOWNERS is larger than 3 MB, GitHub does not read it",), readable=False
        )
    rules: list[OwnerRule] = []
    problems: list[str] = []
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        rule = _parse_line(number, line)
        if isinstance(rule, OwnerRule):
            rules.append(rule)
        elif len(problems) < MAX_PROBLEMS:
            problems.append(f"CODEOWNERS:{number}: {rule}; GitHub skips the line")
    places: dict[object, list[int]] = {}
    for index, rule in enumerate(rules):
        places.setdefault(_key_of(rule.segments), []).append(index)
    return CodeOwners(tuple(rules), tuple(problems), places=places)


def _key_of(segments: tuple[str, ...]) -> object:
    """What every path has that a pattern matches: how it begins, or a name or ending in it.

    NOTE: a large file has tens of thousands of rules, and each changed path is looked up in it.
    """
    end = next((at for at, name in enumerate(segments) if _is_open(name)), len(segments))
    if end or segments[0] != "**":
        return segments[:end]
    name = segments[1]
    if not _is_open(name):
        return name
    ending = name.replace("?", "*").rpartition("*")[2]
    return ("*", ending[ending.rindex(".") :]) if "." in ending else ()


def _keys_of(path: tuple[str, ...]) -> set[object]:
    """Every key under which a rule may stand that matches a path."""
    keys: set[object] = {path[:end] for end in range(len(path) + 1)}
    keys.update(path)
    keys.update(("*", name[name.rindex(".") :]) for name in path if "." in name)
    return keys


def _is_open(name: str) -> bool:
    return not name or "*" in name or "?" in name


def _parse_line(number: int, line: str) -> OwnerRule | str:
    found = _WORD.match(line.lstrip())
    if found is None:
        return "no pattern"
    glob = found[0]
    fault = _pattern_fault(glob)
    if fault:
        return fault
    owners = []
    for word in line.lstrip()[found.end() :].split():
        if word.startswith("#"):
            break
        if not any(shape.fullmatch(word) for shape in (_PERSON, _TEAM, _EMAIL)):
            return f"{neutralise(word, 60)} is neither @login, @org/team nor an e-mail"
        owners.append(word.lower())
    return OwnerRule(number, _segments(glob), tuple(owners))


def _pattern_fault(glob: str) -> str:
    if glob.startswith("!"):
        return "a pattern cannot begin with !"
    if "[" in glob or "]" in glob:
        return "a pattern cannot hold [ ]"
    if glob.startswith("\\#"):
        return "a pattern cannot begin with #, escaped or not"
    return "a pattern cannot hold ***" if "***" in glob else ""


def _segments(glob: str) -> tuple[str, ...]:
    """The pattern's segments from the root.

    Without a slash but at its end a pattern matches in every folder. A folder's name takes in all
    below it; a single `*` at the end takes in the files directly there and no more.
    """
    glob = glob.replace("\\ ", " ").replace("\\\\", "\\")
    is_folder = glob.endswith("/")
    parts = [part for part in glob.split("/") if part]
    if not glob.startswith("/") and len(parts) == 1:
        parts = ["**", *parts]
    if not parts or is_folder:
        return (*parts, "**", "*")
    if parts[-1] == "**":
        return (*parts, "*")
    if parts[-1] == "*":
        return tuple(parts)
    return (*parts, "")  # NOTE: the empty segment: the path itself, or anything below it


def _matches(segments: Sequence[str], path: Sequence[str]) -> bool:
    """Whether a path matches: greedy, falling back to the last `**`, so never exponential."""
    at = place = 0
    star = mark = -1
    while place < len(path):
        segment = segments[at] if at < len(segments) else None
        if segment == "":
            return True
        if segment == "**":
            star, mark = at, place
            at += 1
        elif segment is not None and fits(segment, path[place]):
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return all(segment in ("", "**") for segment in segments[at:])
