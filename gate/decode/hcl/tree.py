"""Evaluate python-hcl2's parse tree into plain values, opaque wherever the text does not tell.

The raw tree is walked instead of python-hcl2's rule classes: the same positions at half the time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from gate.decode.hcl.functions import Opaque, call, to_text
from gate.decode.hcl.json import unfold
from gate.decode.hcl.node import (
    body_of,
    expressions_in,
    is_word,
    literal_of,
    number_of,
    unescape,
    word_of,
)
from gate.decode.hcl.operators import binary, comprehension, conditional, elements
from gate.decode.hcl.parser import Node, parse_body, source_of
from gate.decode.hcl.scan import split_template
from gate.decode.hcl.template import assemble
from gate.decode.value import Tree
from gate.pattern import pattern

MAX_ELEMENTS = 2_000
"""Elements that dynamic blocks and comprehensions of one block write out; others stay opaque."""
_REFERENCE = pattern(r"(var|local)\.([^\W\d][\w-]*)")
_HEAD = pattern(r"[^\W\d][\w-]*")
_TRAVERSALS = ("expr_term", "get_attr_expr_term", "index_expr_term")


class Names(Protocol):
    """What `local.x` and `var.x` stand for."""

    def resolve(self, kind: str, name: str) -> Tree:
        """The value of a local, or the default of a variable; `Opaque` where it cannot be told."""

    def refer(self, words: Sequence[Tree], source: str) -> str | None:
        """The name of a cloud resource that a reference stands for, if it can be told."""


class Evaluator:
    """Turns nodes into values: dict, list, str, int, float, bool, None and `Opaque`."""

    def __init__(self, names: Names, what: str, bound: Mapping[str, Tree] | None = None) -> None:
        """Start an evaluator.

        Args:
            names: locals and variables of the directory.
            what: path for errors.
            bound: iterator names of dynamic blocks.
        """
        self._names = names
        self._what = what
        self._bound = bound or {}
        self._left = [MAX_ELEMENTS]

    def binding(self, bound: Mapping[str, Tree]) -> Evaluator:
        """The same evaluator with more names bound."""
        inner = Evaluator(self._names, self._what, {**self._bound, **bound})
        inner._left = self._left
        return inner

    def afford(self, count: int) -> bool:
        """Whether so many elements more may be written out; nested ones multiply."""
        self._left[0] -= count
        return self._left[0] >= 0

    def body(self, node: Node) -> dict[str, Tree]:
        """A body: attributes by name, nested blocks as lists of bodies.

        A labelled block (`provisioner "local-exec"`) has its label under `type`; a `dynamic` block
        stands as the blocks that it makes.
        """
        tree: dict[str, Tree] = {}
        for child in node.children:
            if child.data == "attribute":
                tree[word_of(child.children[0])] = self.expression(child.children[2])
            elif child.data == "block":
                self._add_block(tree, child)
        return tree

    def expression(self, node: Node) -> Tree:
        """The value of an expression node."""
        handler = _HANDLERS.get(str(node.data))
        return handler(self, node) if handler else Opaque(source_of(node))

    def template(self, text: str) -> Tree:
        """The value of a template that is not quoted: a heredoc's text, or a string in JSON syntax.

        Raises:
            DecodeError: an interpolation in it never ends.
        """
        parts = split_template(text, self._what)
        if all(not is_expression for is_expression, _ in parts):
            return "".join(part for _, part in parts)
        return assemble(
            [self._source(part) if is_expression else part for is_expression, part in parts],
            [not is_expression for is_expression, _ in parts],
        )

    def document(self, value: Tree) -> Tree:
        """A value in JSON syntax: strings are templates; labelled and dynamic blocks are unfolded.

        Source: https://developer.hashicorp.com/terraform/language/syntax/json
        """
        if isinstance(value, str):
            return self.template(value)
        if isinstance(value, list):
            return [self.document(item) for item in value]
        if not isinstance(value, dict):
            return value
        return unfold({key: self.document(item) for key, item in value.items() if key != "//"})

    def _source(self, text: str) -> Tree:
        match = _REFERENCE.fullmatch(text)
        if match:
            return self._names.resolve(match.group(1), match.group(2))
        head = _HEAD.match(text)
        if text.startswith("jsonencode(") or (head and head.group() in self._bound):
            body = parse_body(f"value = {text}", self._what)
            return self.expression(body.children[0].children[2])
        return Opaque(text)

    def _add_block(self, tree: dict[str, Tree], node: Node) -> None:
        words = [word_of(child) for child in node.children if is_word(child)]
        body = body_of(node)
        if words[0] == "dynamic" and len(words) == 2:
            made = self._expand(words[1], body)
            name = words[1]
        else:
            made = [self.body(body)]
            name = words[0]
            if len(words) > 1:
                made[0]["type"] = words[1]
        blocks = tree.setdefault(name, [])
        if isinstance(blocks, list):
            blocks.extend(made)
        else:
            tree[name] = [blocks, *made]

    def _expand(self, label: str, body: Node) -> list[dict[str, Tree]]:
        iterator, content, made_for = label, None, Opaque("")
        for child in body.children:
            if child.data == "attribute":
                word = word_of(child.children[0])
                if word == "for_each":
                    made_for = self.expression(child.children[2])
                elif word == "iterator":
                    iterator = source_of(child.children[2])
            elif child.data == "block" and word_of(child.children[0]) == "content":
                content = body_of(child)
        if content is None:
            return []
        return [self.binding({iterator: pair}).body(content) for pair in _elements(self, made_for)]

    def _term(self, node: Node) -> Tree:
        inner = [
            child
            for child in node.children
            if hasattr(child, "data") and child.data != "new_line_or_comment"
        ]
        return self.expression(inner[0]) if len(inner) == 1 else Opaque(source_of(node))

    def _tuple(self, node: Node) -> Tree:
        return [self.expression(child) for child in expressions_in(node)]

    def _object(self, node: Node) -> Tree:
        value: dict[str, Tree] = {}
        for element in node.children:
            if getattr(element, "data", "") == "object_elem":
                key, _, item = element.children
                value[self._key(key.children[0])] = self.expression(item)
        return value

    def _key(self, node: Node) -> str:
        if node.data == "keyword":
            return word_of(node)
        inner = node.children[0] if node.data == "expr_term" and len(node.children) == 1 else None
        if inner is not None and getattr(inner, "data", "") in ("identifier", "literal_value"):
            return word_of(inner)
        # NOTE: a key with an unknown beginning keeps its known end, as `${local.issuer}:sub` does
        return to_text(self.expression(node)) or source_of(node).strip('" ')

    def _string(self, node: Node) -> Tree:
        parts: list[Tree] = []
        literal: list[bool] = []
        for part in node.children[1:-1]:
            content = part.children[0]
            if not hasattr(content, "data"):
                parts.append(unescape(str(content)))
            elif content.data == "interpolation":
                parts.append(self.expression(content.children[1]))
            else:
                return Opaque(source_of(node))
            literal.append(not hasattr(content, "data"))
        return assemble(parts, literal)

    def _heredoc(self, node: Node) -> Tree:
        opening, _, rest = str(node.children[0]).replace("\r\n", "\n").partition("\n")
        lines = rest.rstrip().split("\n")[:-1]
        if opening.startswith("<<-"):
            margins = [len(line) - len(line.lstrip(" \t")) for line in lines if line.strip()]
            margin = min(margins, default=0)
            lines = [line[margin:] for line in lines]
        return self.template("".join(line + "\n" for line in lines))

    def _call(self, node: Node) -> Tree:
        name = source_of(node.children[0])
        arguments: list[Tree] = []
        for child in node.children[1:]:
            if getattr(child, "data", "") == "arguments":
                if any(str(part) == "..." for part in child.children):
                    return Opaque(source_of(node))
                arguments = [self.expression(part) for part in expressions_in(child)]
            elif str(child) == "::":
                return Opaque(source_of(node))
        result = call(name, arguments)
        return Opaque(source_of(node)) if result is None else result

    def _traversal(self, node: Node) -> Tree:
        steps: list[Node] = []
        root = node
        while root.data in _TRAVERSALS and hasattr(root.children[0], "data"):
            if root.data != "expr_term":
                steps.append(root.children[1])
            root = root.children[0]
        keys = [self._step(step) for step in reversed(steps)]
        if root.data == "identifier":
            word = word_of(root)
            if word in ("var", "local") and keys and isinstance(keys[0], str):
                value, keys = self._names.resolve(word, keys[0]), keys[1:]
            elif word in self._bound:
                value = self._bound[word]
            else:
                source = source_of(node)
                return self._names.refer([word, *keys], source) or Opaque(source)
        else:
            value = self.expression(root)
        return _descend(value, keys, node)

    def _step(self, node: Node) -> Tree:
        if node.data == "get_attr":
            return word_of(node.children[1])
        if node.data == "short_index":
            return int(str(node.children[1]))
        return self.expression(expressions_in(node)[0])

    def _unary(self, node: Node) -> Tree:
        sign, operand = node.children
        value = self.expression(operand)
        if str(sign).strip() == "-" and isinstance(value, (int, float)) and value is not True:
            return -value
        if str(sign).strip() == "!" and isinstance(value, bool):
            return not value
        return Opaque(source_of(node))


def _elements(evaluator: Evaluator, value: Tree) -> list[Tree]:
    """What the iterator stands for; one opaque element where `for_each` is not literal."""
    pairs = elements(value)
    if pairs is None or not evaluator.afford(len(pairs)):
        source = value.source if isinstance(value, Opaque) else ""
        return [{"key": Opaque(source), "value": Opaque(source)}]
    is_set = isinstance(value, list)
    return [{"key": item if is_set else key, "value": item} for key, item in pairs]


def _descend(value: Tree, keys: Sequence[Tree], node: Node) -> Tree:
    for key in keys:
        in_map = isinstance(value, dict) and isinstance(key, str) and key in value
        in_list = isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value)
        if not in_map and not in_list:
            return Opaque(source_of(node))
        value = value[key]
    return value


_HANDLERS: dict[str, Callable[[Evaluator, Node], Tree]] = {
    "expr_term": Evaluator._term,
    "int_lit": lambda _, node: number_of(str(node.children[0])),
    "float_lit": lambda _, node: number_of(str(node.children[0])),
    "literal_value": lambda _, node: literal_of(node),
    "string": Evaluator._string,
    "tuple": Evaluator._tuple,
    "object": Evaluator._object,
    "heredoc_template": Evaluator._heredoc,
    "heredoc_template_trim": Evaluator._heredoc,
    "function_call": Evaluator._call,
    "get_attr_expr_term": Evaluator._traversal,
    "index_expr_term": Evaluator._traversal,
    "identifier": lambda self, node: self._bound.get(word_of(node), Opaque(word_of(node))),
    "unary_op": Evaluator._unary,
    "conditional": conditional,
    "binary_op": binary,
    "for_tuple_expr": comprehension,
    "for_object_expr": comprehension,
}
