"""Evaluate conditionals, comparisons and comprehensions where their operands are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from gate.decode.hcl.functions import Opaque, to_text
from gate.decode.hcl.node import expressions_in, word_of
from gate.decode.hcl.parser import Node, source_of
from gate.decode.value import Tree

MAX_EXPANSION = 50
"""Elements for which a comprehension, a dynamic block or a resource is written out."""


class Expressions(Protocol):
    """What evaluates an expression; `hcl_tree.Evaluator` is one."""

    def expression(self, node: Node) -> Tree:
        """The value of an expression node."""

    def afford(self, count: int) -> bool:
        """Whether so many elements more may be written out."""

    def binding(self, bound: Mapping[str, Tree]) -> Expressions:
        """The same with more names bound."""


def conditional(evaluator: Expressions, node: Node) -> Tree:
    """`a ? b : c`; opaque where `a` is not known."""
    test, first, second = expressions_in(node)
    chosen = evaluator.expression(test)
    if not isinstance(chosen, bool):
        return Opaque(source_of(node))
    return evaluator.expression(first if chosen else second)


def binary(evaluator: Expressions, node: Node) -> Tree:
    """One comparison or logical operator; a chain without parentheses stays opaque."""
    left, term = expressions_in(node)
    operator, right = expressions_in(term)
    function = _OPERATORS.get(source_of(operator).strip())
    if function is None or left.data == "binary_op" or right.data == "binary_op":
        return Opaque(source_of(node))
    values = evaluator.expression(left), evaluator.expression(right)
    result = function(*values)
    return Opaque(source_of(node)) if result is None else result


def comprehension(evaluator: Expressions, node: Node) -> Tree:
    """`[for k, v in xs : y if z]` and `{for k, v in xs : x => y}` over a known collection."""
    intro, *parts = expressions_in(node)
    test = next((part for part in parts if part.data == "for_cond"), None)
    results = [part for part in parts if part.data != "for_cond"]
    *names, collection = expressions_in(intro)
    pairs = elements(evaluator.expression(collection))
    is_object = node.data == "for_object_expr"
    if pairs is None or len(results) != (2 if is_object else 1) or not evaluator.afford(len(pairs)):
        return Opaque(source_of(node))
    words = [word_of(name) for name in names]
    listed: list[Tree] = []
    keyed: dict[str, Tree] = {}
    for key, value in pairs:
        inner = evaluator.binding(dict(zip(words[::-1], (value, key), strict=False)))
        if test is not None and inner.expression(expressions_in(test)[0]) is False:
            continue
        if is_object:
            name = to_text(inner.expression(results[0])) or source_of(results[0])
            keyed[name] = inner.expression(results[1])
        else:
            listed.append(inner.expression(results[0]))
    return keyed if is_object else listed


def elements(value: Tree) -> list[tuple[Tree, Tree]] | None:
    """Keys and values of a known collection of bounded size; `None` for anything else."""
    if isinstance(value, list) and len(value) <= MAX_EXPANSION:
        return list(enumerate(value))
    if isinstance(value, dict) and len(value) <= MAX_EXPANSION:
        return list(value.items())
    return None


def _is_known(value: Tree) -> bool:
    return value is None or isinstance(value, (str, int, float, bool))


def _equal(left: Tree, right: Tree) -> bool | None:
    return bool(left == right) if _is_known(left) and _is_known(right) else None


def _unequal(left: Tree, right: Tree) -> bool | None:
    same = _equal(left, right)
    return None if same is None else not same


def _both(left: Tree, right: Tree) -> bool | None:
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def _either(left: Tree, right: Tree) -> bool | None:
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


_OPERATORS: dict[str, Callable[[Any, Any], bool | None]] = {
    "==": _equal,
    "!=": _unequal,
    "&&": _both,
    "||": _either,
}
