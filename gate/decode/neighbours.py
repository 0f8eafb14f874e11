"""Read unchanged Terraform files that decide what a changed one means: siblings, called modules."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Protocol

from gate.decode.paths import is_configuration, is_values
from gate.gitpath import is_inside
from gate.pattern import pattern
from gate.schema.changes import Changes
from gate.schema.collected import Content, Side
from gate.schema.section import Unreadable

MAX_DIRECTORIES = 20
"""Directories looked into; the values of others stay opaque."""
MAX_FILES = 60
"""Unchanged files read."""
MAX_BYTES = 1_000_000
"""Bytes of all of them together."""
MAX_DEPTH = 3
"""Modules that call one another."""

_NAMES = pattern(rb"\b(?:var|local|each|count)\s*\.|\blocals\b|\bvariable\b")
_SOURCE = pattern(rb'"?source"?\s*[=:]\s*"(\.\.?/[^"\\$%]*)"')
_OVERRIDE = pattern(r"(?:^|[/_])override\.(?:tf|tofu)(?:\.json)?$")


class Reader(Protocol):
    """Where files are read from; `schema.collected.Source` is one."""

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        """Contents of the paths on one side."""

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        """Names of the files directly in a directory."""


def read_neighbours(
    changes: Changes, contents: Mapping[tuple[str, str], Content], reader: Reader
) -> dict[str, bytes]:
    """Unchanged files of directories whose changed files use or define names, or call modules.

    What cannot be read is left out, and the values it holds stay opaque: then
    `terraform.root_without_plan` speaks, as it does without this.

    Args:
        changes: the decoded diff.
        contents: contents of the changed files.
        reader: where files are read from.

    Returns:
        Path -> bytes, the same before and after the change.
    """
    changed = {end for item in changes.files for end in (item.path, item.previous_path or "")}
    texts = {
        path: content
        for (path, _), content in contents.items()
        if isinstance(content, bytes) and is_configuration(path)
    }
    found: dict[str, bytes] = {}
    looked: set[str] = set()
    wanted = set(_directories(texts.items()))
    for _ in range(MAX_DEPTH):
        fresh = sorted(wanted - looked)[: MAX_DIRECTORIES - len(looked)]
        looked.update(fresh)
        read = _read(fresh, changed, found, reader)
        found.update(read)
        own = ((path, text) for path, text in texts.items() if posixpath.dirname(path) in fresh)
        wanted.update(_called((*read.items(), *own)))
    return found


def _directories(texts: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    """Directories in which a changed file is not the whole story."""
    for path, text in texts:
        if is_values(path) or _OVERRIDE.search(path) or _NAMES.search(text):
            yield posixpath.dirname(path)
        yield from _called([(path, text)])


def _called(texts: Iterable[tuple[str, bytes]]) -> Iterator[str]:
    """Directories of the local modules that the files call."""
    for path, text in texts:
        for match in _SOURCE.finditer(text):
            source = match[1].decode("utf-8", "replace")
            directory = posixpath.normpath(posixpath.join(posixpath.dirname(path), source))
            if directory == ".":
                yield ""
            elif is_inside(directory):
                yield directory


def _read(
    directories: Iterable[str], changed: set[str], found: Mapping[str, bytes], reader: Reader
) -> dict[str, bytes]:
    paths: list[str] = []
    for directory in directories:
        names = reader.list_directory(directory, "after")
        if isinstance(names, Unreadable):
            continue
        here = (posixpath.join(directory, name) for name in names)
        paths += [
            path
            for path in here
            if is_configuration(path) and path not in changed and path not in found
        ]
    paths = paths[: MAX_FILES - len(found)]
    if not paths:
        return {}
    left = MAX_BYTES - sum(map(len, found.values()))
    read: dict[str, bytes] = {}
    for path, content in reader.read(paths, "after").items():
        if isinstance(content, bytes) and len(content) <= left:
            left -= len(content)
            read[path] = content
    return read
