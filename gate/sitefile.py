"""Read one document of the `.gate` folder, with errors that name file, line and key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from gate.errors import ConfigError, DecodeError
from gate.pattern import pattern

T = TypeVar("T")

_FIELD = pattern(r"unknown field `([^`]+)`|missing required field `([^`]+)`")


def read_document(
    files: Mapping[str, bytes], name: str, kind: type[T], lines: dict[str, int]
) -> T | None:
    """One document of the folder.

    Args:
        files: path inside the folder -> bytes.
        name: which file.
        kind: its type.
        lines: gets `<name> <key> <key> ...` -> 1-based line of everything in it.

    Returns:
        The document, or `None` when the folder has no such file.

    Raises:
        ConfigError: it is broken; names file, line and key.
    """
    if name not in files:
        return None
    from gate.yamldoc import parse_yaml  # NOTE: PyYAML costs 30 ms, and many runs have no folder

    where = f".gate/{name}"
    try:
        document = parse_yaml(files[name], where, yaml_1_1_on=True)
    except DecodeError as error:
        raise ConfigError(error.message, error.hint) from error
    if document is None:
        raise ConfigError(f"{where}: the file is empty", "Write `version: 1`, or remove the file.")
    if not isinstance(document, dict) or "version" not in document:
        raise ConfigError(f"{where}:1: key version is missing", "Begin the file with `version: 1`.")
    _note_lines(document, name, lines)
    try:
        return msgspec.convert(document, kind, strict=True)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        key = path.rstrip("`").lstrip(".")
        field = _FIELD.search(text)
        found = next((part for part in field.groups() if part), "") if field else ""
        full = ".".join(part for part in (key, found) if part)
        line = _line_of(document, full)
        raise ConfigError(
            f"{where}:{line}: key {full or '(top)'}: {text}",
            "docs/configuration.md lists every key.",
        ) from error


def _note_lines(document: Any, prefix: str, lines: dict[str, int]) -> None:  # noqa: ANN401
    if isinstance(document, dict):
        for key, value in document.items():
            lines[f"{prefix} {key}"] = document.lines[key]  # type: ignore[attr-defined]
            _note_lines(value, f"{prefix} {key}", lines)
    elif isinstance(document, list):
        for index, value in enumerate(document):
            lines[f"{prefix} {index}"] = document.lines[index]  # type: ignore[attr-defined]
            _note_lines(value, f"{prefix} {index}", lines)


def _line_of(document: Any, path: str) -> int:  # noqa: ANN401
    """The line of the deepest part of a msgspec path that the document has."""
    node, line = document, 1
    for part in re.findall(r"[^.\[\]]+|\.\.\.", path):
        lines = getattr(node, "lines", None)
        if lines is None or not node:
            break
        key: Any = part
        if isinstance(node, list):
            key = int(part) if part.isdigit() else 0
        elif part == "...":
            key = next(iter(node))
        if (
            isinstance(node, list)
            and key >= len(node)
            or isinstance(node, dict)
            and key not in node
        ):
            break
        line, node = lines[key], node[key]
    return line
