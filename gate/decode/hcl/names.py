"""Resolve `local.x` and `var.x` within one directory, bounded and without following cycles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from gate.decode.hcl.blocks import Block
from gate.decode.hcl.functions import Opaque
from gate.decode.hcl.parser import parse_body
from gate.decode.hcl.references import refer
from gate.decode.hcl.scan import split_items
from gate.decode.hcl.tree import Evaluator
from gate.decode.value import Tree
from gate.pattern import pattern

MAX_CHAIN = 5
"""Locals that lead to each other; a longer chain is opaque."""
MAX_VALUE = 10_000
"""Nodes one local may hold; a larger one is opaque."""
MAX_BUDGET = 200_000
"""Nodes that all references of one directory may bring in together."""
MAX_NESTING = 40
"""Nesting one local may hold."""
_REFERENCE = pattern(r"\b(var|local)\.([^\W\d][\w-]*)")
_TOKEN_TEXT = 16


class Definition(NamedTuple):
    """What one name stands for."""

    path: str
    """File."""
    line: int
    """Line."""
    text: str
    """Source text, for comparison."""
    document: Any
    """JSON syntax: the value; `None` in native syntax."""
    is_json: bool
    """JSON syntax."""


class Names:
    """Locals, and defaults of variables, of one directory on one side.

    The default of a variable, and the value that a file sets which Terraform loads by itself, count
    although a caller may override them: they can only add findings.
    """

    def __init__(
        self, blocks: Iterable[Block], arguments: Mapping[str, Tree] | None = None
    ) -> None:
        """Start from a directory's blocks; nothing is parsed before a name is asked for.

        Args:
            blocks: the blocks of one side.
            arguments: what a module call sets; wins over defaults of variables.
        """
        self.definitions: dict[tuple[str, str], Definition] = {}
        self.arguments = dict(arguments or {})
        self._data: dict[tuple[str, ...], Block] = {}
        called = arguments is not None
        for block in sorted(blocks, key=lambda block: (block.kind == "values", block.is_override)):
            if not (called and block.kind == "values"):
                self._define(block)
        self._values: dict[tuple[str, str], tuple[Tree, int]] = {}
        self._active: list[tuple[str, str]] = []
        self._budget = MAX_BUDGET

    def resolve(self, kind: str, name: str) -> Tree:
        """The value of a local, or the default of a variable; `Opaque` where it cannot be told.

        Raises:
            DecodeError: its definition is not valid HCL.
        """
        key = (kind, name)
        if kind == "var" and name in self.arguments:
            return self.arguments[name]
        definition = self.definitions.get(key)
        if definition is None or self._budget <= 0:
            return Opaque(f"{kind} . {name}")
        if key not in self._values:
            if key in self._active or len(self._active) >= MAX_CHAIN:
                return Opaque(f"{kind} . {name}")
            self._active.append(key)
            value = self._evaluate(definition)
            self._active.pop()
            size = _size(value, 0)
            if size > MAX_VALUE:
                value, size = Opaque(f"{kind} . {name} {definition.text}"), 1
            self._values[key] = value, size
        value, size = self._values[key]
        self._budget -= size
        return value

    def refer(self, words: Sequence[Tree], source: str) -> str | None:
        """The name of a cloud resource that a reference stands for, if it can be told.

        Raises:
            DecodeError: the data source it names is not valid HCL.
        """
        return refer(words, source, self._body_of_data)

    def _body_of_data(self, labels: tuple[str, ...]) -> Mapping[str, Tree] | None:
        block = self._data.get(labels)
        if block is None or len(self._active) >= MAX_CHAIN:
            return None
        self._active.append(("data", ".".join(labels)))
        body = evaluate(block, self)
        self._active.pop()
        return body

    def _define(self, block: Block) -> None:
        if block.kind == "data":
            self._data[block.labels] = block
        elif block.kind == "locals":
            for name, definition in _members(block):
                self.definitions["local", name] = definition
        elif block.kind == "variable" and len(block.labels) == 1:
            for name, definition in _members(block):
                if name == "default":
                    self.definitions["var", block.labels[0]] = definition
        elif block.kind == "values":
            for name, definition in _members(block):
                self.definitions["var", name] = definition

    def _evaluate(self, definition: Definition) -> Tree:
        evaluator = Evaluator(self, definition.path)
        if definition.is_json:
            return evaluator.document(definition.document)
        body = parse_body(f"value = {definition.text}", definition.path, definition.line)
        return evaluator.body(body).get("value")


def evaluate(
    block: Block, names: Names, bound: Mapping[str, Tree] | None = None
) -> dict[str, Tree]:
    """The body of a block as a value with `Opaque` leaves.

    Args:
        block: the block.
        names: what locals and variables stand for.
        bound: what `each` or `count` stands for.

    Raises:
        DecodeError: names path and line.
    """
    evaluator = Evaluator(names, block.path, bound)
    if block.document is not None:
        value = evaluator.document(block.document)
        return value if isinstance(value, dict) else {}
    return evaluator.body(parse_body(block.text, block.path, block.body_line))


def changed_names(before: Names, after: Names) -> frozenset[tuple[str, str]]:
    """Names whose definition differs between the sides, or leads to one that does."""
    keys = before.definitions.keys() | after.definitions.keys()
    changed = {key for key in keys if _text(before, key) != _text(after, key)}
    for name in before.arguments.keys() | after.arguments.keys():
        if before.arguments.get(name) != after.arguments.get(name):
            changed.add(("var", name))
    grown = bool(changed)
    while grown:
        more = {
            key
            for key in keys - changed
            if refers(_text(before, key), changed) or refers(_text(after, key), changed)
        }
        changed |= more
        grown = bool(more)
    return frozenset(changed)


def refers(text: str, names: Iterable[tuple[str, str]]) -> bool:
    """Whether a source text names one of these locals or variables."""
    wanted = names if isinstance(names, (set, frozenset)) else set(names)
    return any(match.groups() in wanted for match in _REFERENCE.finditer(text))


def _text(names: Names, key: tuple[str, str]) -> str:
    definition = names.definitions.get(key)
    return "" if definition is None else "".join(definition.text.split())


def _members(block: Block) -> Iterable[tuple[str, Definition]]:
    if isinstance(block.document, Mapping):
        for name, value in block.document.items():
            text = json.dumps(value, sort_keys=True, ensure_ascii=False)
            yield name, Definition(block.path, block.line, text, value, True)
        return
    for item in split_items(block.text, block.path, block.body_line):
        if not item.is_block:
            yield item.name, Definition(block.path, item.body_line, item.body, None, False)


def _size(value: Tree, depth: int) -> int:
    """Nodes of a value; above `MAX_VALUE` where it nests too deep."""
    if depth > MAX_NESTING:
        return MAX_VALUE + 1
    if isinstance(value, dict):
        return 1 + sum(_size(item, depth + 1) for item in value.values())
    if isinstance(value, list):
        return 1 + sum(_size(item, depth + 1) for item in value)
    return 1 + len(value) // _TOKEN_TEXT if isinstance(value, str) else 1
