"""Read YAML that somebody else wrote: safe types only, no duplicate keys, aliases bounded."""

from __future__ import annotations

from typing import Any

import yaml

from gate.errors import DecodeError

MAX_BYTES = 2_000_000
"""Larger documents are refused; the largest public workflow seen is below 200 KB."""
MAX_ALIASES = 100
"""Aliases in one document; an alias bomb needs more, or nests them."""
MAX_DEPTH = 60
"""Nesting; C recursion of the composer is bounded by it."""
MAX_NODES = 200_000
"""Nodes after aliases are expanded."""

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LinedDict(dict[Any, Any]):
    """A mapping that knows the line of each of its keys.

    `lines[key]` is 1-based; `line` is where the mapping itself starts.
    """

    line: int = 1
    """1-based line of the mapping's start."""
    lines: dict[Any, int]
    """Key -> 1-based line."""


class LinedList(list[Any]):
    """A sequence that knows the line of each of its items (`lines[i]`, 1-based)."""

    line: int = 1
    """1-based line of the sequence's start."""
    lines: list[int]
    """Index -> 1-based line."""


def parse_yaml(data: bytes, what: str, *, yaml_1_1_on: bool = False) -> Any:  # noqa: ANN401
    """Parse one YAML document into plain values with line numbers.

    Mappings become `LinedDict`, sequences `LinedList`; scalars are str, int, float, bool or None.
    Dates stay strings. A key `on` is the string `on`, whatever `yaml_1_1_on` says of values.

    Args:
        data: UTF-8 bytes; a BOM is accepted.
        what: its name for the error.
        yaml_1_1_on: read the values yes/no/on/off as booleans, as YAML 1.1 does.

    Raises:
        DecodeError: names file and line: bad encoding, syntax, several documents, duplicate keys,
            aliases, depth or size over the limits, unknown tags.
    """
    if len(data) > MAX_BYTES:
        raise DecodeError(f"{what}: larger than {MAX_BYTES} bytes")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DecodeError(f"{what}: not UTF-8 at byte {error.start}") from error
    _check_events(text, what)
    try:
        node = yaml.compose(text, Loader=_Loader)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DecodeError(_explain(error, what)) from error
    if node is None:
        return None
    return _Builder(what, yaml_1_1_on).build(node, 0)


def _line(mark: Any) -> int:  # noqa: ANN401 - both of PyYAML's mark types, or none
    return int(mark.line) + 1 if mark is not None else 1


def _explain(error: Exception, what: str) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or error.__class__.__name__
    where = f"{what}:{mark.line + 1}" if mark is not None else what
    return f"{where}: not valid YAML: {str(problem)[:200]}"


def _check_events(text: str, what: str) -> None:
    depth = aliases = documents = 0
    try:
        for event in yaml.parse(text, Loader=_Loader):
            if isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                depth += 1
                if depth > MAX_DEPTH:
                    raise DecodeError(
                        f"{what}:{_line(event.start_mark)}: nested more than {MAX_DEPTH} deep"
                    )
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                depth -= 1
            elif isinstance(event, yaml.AliasEvent):
                aliases += 1
                if aliases > MAX_ALIASES:
                    raise DecodeError(
                        f"{what}:{_line(event.start_mark)}: more than {MAX_ALIASES} aliases"
                    )
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise DecodeError(f"{what}:{_line(event.start_mark)}: more than one document")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise DecodeError(_explain(error, what)) from error


class _Builder:
    """Turns composed nodes into values, counting expanded nodes so that aliases cannot explode."""

    def __init__(self, what: str, yaml_1_1_on: bool) -> None:
        self._what = what
        self._on = yaml_1_1_on
        self._nodes = 0

    def build(self, node: yaml.Node, depth: int) -> Any:  # noqa: ANN401
        """The value of a node."""
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise DecodeError(f"{self._what}:{node.start_mark.line + 1}: aliases expand too far")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode):
            items = LinedList(self.build(child, depth + 1) for child in node.value)
            items.line = node.start_mark.line + 1
            items.lines = [child.start_mark.line + 1 for child in node.value]
            return items
        return self._scalar(node)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> LinedDict:
        mapping = LinedDict()
        mapping.line = node.start_mark.line + 1
        mapping.lines = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                raise DecodeError(f"{self._what}:{line}: a key must be a plain value")
            key = key_node.value
            if key_node.tag == "tag:yaml.org,2002:merge":
                raise DecodeError(f"{self._what}:{line}: merge keys (<<) are not accepted")
            if key in mapping:
                raise DecodeError(f"{self._what}:{line}: duplicate key {key[:80]!a}")
            mapping[key] = self.build(value_node, depth + 1)
            mapping.lines[key] = line
        return mapping

    def _scalar(self, node: yaml.Node) -> Any:  # noqa: ANN401
        tag, value = node.tag.rpartition(":")[2], str(node.value)
        if tag in ("str", "timestamp", "binary", "value"):
            return value
        if tag == "null":
            return None
        if tag == "bool":
            word = value.lower()
            if word in ("true", "false"):
                return word == "true"
            return word in ("yes", "on", "y") if self._on else value
        try:
            if tag == "int":
                return int(value.replace("_", ""), 0) if ":" not in value else value
            if tag == "float":
                return float(value.replace("_", "")) if ":" not in value else value
        except ValueError:
            return value
        raise DecodeError(
            f"{self._what}:{node.start_mark.line + 1}: tag {node.tag[:60]!a} is not accepted"
        )
