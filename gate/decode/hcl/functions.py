"""Terraform functions whose answer follows from literal arguments alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from gate.decode.value import UNKNOWN, Tree
from gate.pattern import pattern

_VERB = pattern(r"%[sdv]")


class Opaque(msgspec.Struct, frozen=True):
    """A value that the text does not tell; two are equal when their source is."""

    source: str
    """Tokens of the expression."""


def reveal(value: Tree) -> Tree:
    """The value with `UNKNOWN` in place of every `Opaque`."""
    if isinstance(value, Opaque):
        return UNKNOWN
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def to_text(value: Tree) -> str | None:
    """A known scalar as Terraform's template would print it; `None` for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return None


def call(name: str, arguments: list[Tree]) -> Tree | None:
    """The result of a call, or `None` where it cannot be told from literals."""
    function = _FUNCTIONS.get(name)
    return function(arguments) if function else None


def _first(arguments: list[Tree]) -> Tree | None:
    return arguments[0] if arguments else None


def _listed(arguments: list[Tree]) -> Tree | None:
    value = _first(arguments)
    return value if isinstance(value, list) else None


def _encoded(arguments: list[Tree]) -> Tree | None:
    value = _first(arguments)
    return value if isinstance(value, (dict, list)) else None


def _concat(arguments: list[Tree]) -> Tree:
    joined: list[Tree] = []
    for part in arguments:
        if isinstance(part, list):
            joined.extend(part)
        else:
            joined.append(part)
    return joined


def _flatten(arguments: list[Tree]) -> Tree | None:
    value = _listed(arguments)
    if value is None:
        return None
    flat: list[Tree] = []
    for item in value:
        inner = _flatten([item]) if isinstance(item, list) else [item]
        flat.extend(inner or [])
    return flat


def _merge(arguments: list[Tree]) -> Tree | None:
    if not all(isinstance(part, dict) for part in arguments):
        return None
    return {key: value for part in arguments for key, value in part.items()}


def _chosen(arguments: list[Tree]) -> Tree | None:
    value = _first(arguments)
    return None if isinstance(value, Opaque) else value


def _case(change: Callable[[str], str]) -> Callable[[list[Tree]], Any]:
    def apply(arguments: list[Tree]) -> Tree | None:
        value = _first(arguments)
        return change(value) if isinstance(value, str) else None

    return apply


def _join(arguments: list[Tree]) -> Tree | None:
    if len(arguments) != 2 or not isinstance(arguments[1], list):
        return None
    words = [to_text(item) for item in arguments[1]]
    glue = arguments[0]
    if not isinstance(glue, str) or any(word is None for word in words):
        return None
    return glue.join(word for word in words if word is not None)


def _length(arguments: list[Tree]) -> Tree | None:
    value = _first(arguments)
    return len(value) if isinstance(value, (list, dict, str)) else None


def _part(of: Callable[[dict[str, Tree]], list[Tree]]) -> Callable[[list[Tree]], Any]:
    def apply(arguments: list[Tree]) -> Tree | None:
        value = _first(arguments)
        return of(value) if isinstance(value, dict) else None

    return apply


def _lookup(arguments: list[Tree]) -> Tree | None:
    if len(arguments) not in (2, 3) or not isinstance(arguments[0], dict):
        return None
    key = to_text(arguments[1])
    if key is None:
        return None
    return arguments[0].get(key, arguments[2] if len(arguments) == 3 else None)


def _element(arguments: list[Tree]) -> Tree | None:
    values, index = _listed(arguments), arguments[1] if len(arguments) == 2 else None
    if not values or not isinstance(index, int) or isinstance(index, bool):
        return None
    return values[index % len(values)]


def _format(arguments: list[Tree]) -> Tree | None:
    """`format` with `%s`, `%d` and `%v` alone."""
    words = [to_text(argument) for argument in arguments]
    if not words or not isinstance(arguments[0], str) or any(word is None for word in words):
        return None
    pieces = _VERB.split(arguments[0])
    if len(pieces) != len(words) or "%" in "".join(pieces):
        return None
    return pieces[0] + "".join(
        f"{word}{piece}" for word, piece in zip(words[1:], pieces[1:], strict=True)
    )


_FUNCTIONS: dict[str, Callable[[list[Tree]], Any]] = {
    "jsonencode": _encoded,
    "toset": _listed,
    "tolist": _listed,
    "distinct": _listed,
    "compact": _listed,
    "sort": _listed,
    "reverse": _listed,
    "tomap": _first,
    "tostring": lambda arguments: to_text(_first(arguments)),
    "sensitive": _first,
    "nonsensitive": _first,
    "try": _chosen,
    "concat": _concat,
    "setunion": _concat,
    "flatten": _flatten,
    "merge": _merge,
    "lower": _case(str.lower),
    "upper": _case(str.upper),
    "trimspace": _case(str.strip),
    "join": _join,
    "length": _length,
    "keys": _part(list),
    "values": _part(lambda value: list(value.values())),
    "lookup": _lookup,
    "element": _element,
    "format": _format,
    "one": lambda arguments: (_listed(arguments) or [None])[0],
}
"""Order and duplicates do not matter to any rule, so the list functions are the identity.

Source: https://developer.hashicorp.com/terraform/language/functions
"""
