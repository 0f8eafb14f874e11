"""Read the METADATA block of a Rego package.

Loading PyYAML and thirty blocks through it costs more than evaluating thirty rules (18 ms to
import, 25 ms to parse, measured), so the plain YAML that such blocks are made of is read here line
by line. Whatever is not plainly plain goes to `gate.yamldoc`; a test holds both readers to the same
answer on every bundled rule.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import msgspec

from gate.errors import DecodeError, EvaluateError
from gate.pattern import pattern
from gate.schema.rule import RuleMetadata
from gate.text import neutralise

_PACKAGE = pattern(r"^package[ \t]+([A-Za-z_][\w.]*)[ \t]*(?:#.*)?$", re.MULTILINE)
_KEY = pattern(r"^([a-z][a-z0-9_]*):(?: +(\S.*?))? *$")
_PLAIN = pattern(r"^[A-Za-z(/][^\n]*$")
_FLOW = pattern(r"^\[ *(?:[A-Za-z][\w./-]*(?: *, *[A-Za-z][\w./-]*)*)? *\]$")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n"})
_PATH_IN_ERROR = pattern(r"`\$((?:\.\w+|\[\.\.\.\]|\[\d+\])*)`")
_KEY_IN_ERROR = pattern(r"field `(\w+)`")


class Block(NamedTuple):
    """The package of a module and the METADATA above it."""

    package: str
    """Package path without `data.`; empty when there is no package line."""
    text: str
    """YAML of the block; empty when there is none."""
    line: int
    """1-based line on which the YAML starts, or of the package line."""


class _NotPlainError(Exception):
    """The block needs a real YAML parser."""


def find_block(source: str) -> Block:
    """The package line of a Rego module with the METADATA comment right above it."""
    match = _PACKAGE.search(source)
    if match is None:
        return Block("", "", 1)
    above = source[: match.start()].split("\n")[:-1]
    line = len(above) + 1
    while above and not above[-1].strip():
        above.pop()
    block: list[str] = []
    while above and above[-1].startswith("#"):
        comment = above.pop()
        if comment.rstrip() == "# METADATA":
            text = "".join(f"{part[2:]}\n" for part in reversed(block))
            return Block(match.group(1), text, len(above) + 2)
        block.append(comment)
    return Block(match.group(1), "", line)


def read_metadata(block: Block, path: str) -> RuleMetadata:
    """The METADATA of a rule, validated.

    Args:
        block: as `find_block` returns it.
        path: file name for errors.

    Raises:
        EvaluateError: none there, not YAML, or a key is missing, unknown or wrong; names file:line.
    """
    if not block.text:
        raise EvaluateError(
            f"{path}:{block.line}: no METADATA above the package line",
            "Every rule declares itself there; `gate rules new family.name` shows how.",
        )
    try:
        document = parse_plain(block.text)
    except _NotPlainError:
        document = _parse_yaml(block, path)
    try:
        return msgspec.convert(document, RuleMetadata)
    except msgspec.ValidationError as error:
        line = _line_of(str(error), block, path)
        raise EvaluateError(
            f"{path}:{line}: METADATA: {neutralise(str(error))}",
            "Its keys: gate/schema/v1/rule-metadata.schema.json.",
        ) from error


def parse_plain(text: str) -> dict[str, Any]:
    """A block of nested mappings and lists of plain, quoted and block scalars.

    Raises:
        _NotPlainError: anything else, which is the real parser's work.
    """
    lines = text.split("\n")
    if any(line != line.rstrip() for line in lines):
        raise _NotPlainError
    while lines and not lines[-1]:
        lines.pop()
    value, rest = _mapping(lines, 0, 0)
    if rest != len(lines):
        raise _NotPlainError
    return value


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _mapping(lines: list[str], start: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    at = start
    while at < len(lines) and _indent(lines[at]) == depth and lines[at]:
        match = _KEY.match(lines[at][depth:])
        if match is None or match.group(1) in found:
            raise _NotPlainError
        key, rest = match.group(1), match.group(2)
        end = at + 1
        while end < len(lines) and lines[end] and _indent(lines[end]) > depth:
            end += 1
        inner = lines[at + 1 : end]
        found[key] = _nested(inner) if rest is None else _scalar(rest, inner)
        at = end
    return found, at


def _nested(inner: list[str]) -> Any:  # noqa: ANN401 - YAML values
    if not inner:
        raise _NotPlainError
    depth = _indent(inner[0])
    if inner[0].startswith("- ", depth):
        return _sequence(inner, depth)
    value, rest = _mapping(inner, 0, depth)
    if rest != len(inner):
        raise _NotPlainError
    return value


def _sequence(lines: list[str], depth: int) -> list[Any]:
    items: list[list[str]] = []
    for line in lines:
        if line.startswith("- ", depth):
            items.append([" " * (depth + 2) + line[depth + 2 :]])
        elif items and _indent(line) >= depth + 2:
            items[-1].append(line)
        else:
            raise _NotPlainError
    return [
        _nested(item) if _KEY.match(item[0].strip()) else _scalar(item[0].strip(), item[1:])
        for item in items
    ]


def _scalar(first: str, inner: list[str]) -> Any:  # noqa: ANN401 - YAML values
    if first in (">-", ">", "|", "|-"):
        depths = {_indent(line) for line in inner}
        if len(depths) != 1:
            raise _NotPlainError
        joined = (" " if first[0] == ">" else "\n").join(line.strip() for line in inner)
        return joined if first.endswith("-") else joined + "\n"
    if not inner and _FLOW.match(first):
        items = [item.strip() for item in first[1:-1].split(",") if item.strip()]
        if _WORDS & {item.lower() for item in items}:
            raise _NotPlainError
        return items
    if not inner and first in ("true", "false"):
        return first == "true"
    if not inner and len(first) >= 2 and first[0] == first[-1] and first[0] in "\"'":
        if "\\" in first or first[0] in first[1:-1]:
            raise _NotPlainError
        return first[1:-1]
    folded = " ".join([first, *(line.strip() for line in inner)])
    if not _PLAIN.match(folded) or folded.lower() in _WORDS:
        raise _NotPlainError
    if ": " in folded or " #" in folded or folded.endswith(":") or "\t" in folded:
        raise _NotPlainError
    return folded


def _parse_yaml(block: Block, path: str) -> Any:  # noqa: ANN401 - YAML values
    from gate.yamldoc import parse_yaml

    lead = "\n" * (block.line - 1)  # NOTE: so that the parser's line numbers are the file's
    try:
        return parse_yaml((lead + block.text).encode("utf-8"), path)
    except DecodeError as error:
        raise EvaluateError(f"{error.message} (METADATA)", error.hint) from error


def _line_of(message: str, block: Block, path: str) -> int:
    """Line of the key that a validation error speaks of; the block's first line if in doubt."""
    document = _parse_yaml(block, path)
    where = _PATH_IN_ERROR.search(message)
    segments = [part for part in (where.group(1) if where else "").split(".") if part]
    named = _KEY_IN_ERROR.search(message)
    if named is not None:
        segments.append(named.group(1))
    line = block.line
    for segment in segments:
        lines = getattr(document, "lines", None)
        if not isinstance(lines, dict) or segment not in lines:
            break
        line = lines[segment]
        document = document[segment]
    return line
