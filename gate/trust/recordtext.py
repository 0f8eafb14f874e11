"""Change the YAML of a record in place: comments and layout stay as their author left them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from gate.errors import ConfigError, DecodeError
from gate.pattern import pattern

Key = str | int
"""Key of a mapping, or index of a sequence."""

_PLAIN = pattern(r"[A-Za-z_][A-Za-z0-9 _./@-]*|\d{4}-\d{2}-\d{2}|\d{1,9}")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_VALUE = r"""("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,}\]#\s"'](?:[^,}\]#\n]*[^,}\]#\s])?|)"""


def set_scalar(text: str, where: str, path: tuple[Key, ...], value: str) -> str:
    """The text with one scalar replaced on its own line.

    Args:
        text: the YAML.
        where: the file's name, for errors.
        path: keys to the scalar, which has to be there.
        value: what to write.

    Raises:
        ConfigError: there is no such key, or it cannot be told apart on its line.
    """
    document = _parse(text, where)
    holder = _walk(document, path[:-1])
    key = path[-1]
    if not isinstance(holder, dict) or key not in holder:
        raise ConfigError(f"{where}: key {_dotted(path)} is not there")
    line = holder.lines[key]  # type: ignore[attr-defined]
    lines = text.split("\n")
    shape = re.compile(rf"(?<![\w-])([\"']?{re.escape(str(key))}[\"']?\s*:[ \t]*){_VALUE}")
    found = list(shape.finditer(lines[line - 1]))
    if len(found) == 1:
        start, end = found[0].span(2)
        old = lines[line - 1]
        lines[line - 1] = old[:start] + scalar(value) + old[end:]
        changed = "\n".join(lines)
        if _same_but(document, changed, where, path, value):
            return changed
    raise ConfigError(
        f"{where}:{line}: key {_dotted(path)} cannot be changed in place",
        f"Write it on a line of its own, or change it by hand to {value}.",
    )


def set_block(text: str, where: str, key: str, block: str) -> str:
    """The text with a key of the top replaced by a block, or with the block at its end.

    Args:
        text: the YAML.
        where: the file's name, for errors.
        key: the key.
        block: its new lines, key included, ending in a newline.

    Raises:
        ConfigError: the document is not written one key a line.
    """
    document = _parse(text, where)
    lines = text.split("\n")
    starts = sorted(document.lines.values())
    if any(not re.match(r"[\w\"']", lines[start - 1]) for start in starts):
        raise ConfigError(f"{where}: not written one key a line", f"Change {key} by hand.")
    if key not in document:
        return text.rstrip("\n") + "\n" + block
    start = document.lines[key]
    end = next((other for other in starts if other > start), len(lines) + 1) - 1
    while end > start and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
        end -= 1
    return "\n".join([*lines[: start - 1], *block.rstrip("\n").split("\n"), *lines[end:]])


def scalar(value: str) -> str:
    """A text as a YAML scalar, in quotes where it needs them."""
    if _PLAIN.fullmatch(value) and value == value.strip() and value.lower() not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


def flow(values: Iterable[str]) -> str:
    """Texts as a YAML list on one line."""
    return f"[{', '.join(scalar(value) for value in values)}]"


def _parse(text: str, where: str) -> Any:  # noqa: ANN401 - whatever YAML holds
    from gate.yamldoc import parse_yaml

    try:
        document = parse_yaml(text.encode("utf-8"), where)
    except DecodeError as error:
        raise ConfigError(error.message, error.hint) from error
    if not isinstance(document, dict):
        raise ConfigError(f"{where}: not a mapping")
    return document


def _walk(document: Any, path: tuple[Key, ...]) -> Any:  # noqa: ANN401
    for key in path:
        known = isinstance(document, dict) and key in document
        listed = isinstance(document, list) and isinstance(key, int) and key < len(document)
        if not known and not listed:
            return None
        document = document[key]
    return document


def _same_but(
    document: Any,  # noqa: ANN401
    changed: str,
    where: str,
    path: tuple[Key, ...],
    value: str,
) -> bool:
    """Whether the changed text says the same but for one value."""
    try:
        after = _parse(changed, where)
    except ConfigError:
        return False
    holder = _walk(after, path[:-1])
    if not isinstance(holder, dict) or str(holder.get(path[-1])) != value:
        return False
    holder[path[-1]] = _walk(document, path)
    return bool(after == document)


def _dotted(path: tuple[Key, ...]) -> str:
    return ".".join(map(str, path))
