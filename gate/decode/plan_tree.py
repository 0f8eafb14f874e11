"""Expand one raw attribute tree of a plan: no duplicate keys, bounded depth, exact numbers."""

from __future__ import annotations

from msgspec import Raw

from gate.decode.plan_format import decode_as, encodes_back
from gate.decode.plan_split import NONE
from gate.decode.value import Tree
from gate.errors import DecodeError
from gate.jsondoc import MAX_DEPTH, parse_json
from gate.schema.terraform import Scalar

EXACT = 2**53
"""Integers above travel as strings: a double cannot hold them (RFC 8785, IEEE 754)."""


def expand(raw: Raw, what: str) -> Tree:
    """The tree of a raw part; `None` where it is absent.

    Raises:
        DecodeError: malformed, a duplicate key, or nested more than `MAX_DEPTH` deep.
    """
    if raw is NONE:
        return None
    tree: Tree = decode_as(raw, object, what)
    if not isinstance(tree, (dict, list)):
        return tree
    text = bytes(raw)
    if text.count(b"{") + text.count(b"[") > MAX_DEPTH:
        _check_levels(tree, what)
    if not encodes_back(text, tree):
        parse_json(text, what)
    return tree


def exact(tree: Tree) -> Tree:
    """The tree with every integer that a double cannot hold written as text."""
    if isinstance(tree, dict):
        return {key: exact(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [exact(item) for item in tree]
    return str(tree) if isinstance(tree, int) and abs(tree) > EXACT else tree


def exact_leaves(leaves: dict[str, tuple[Scalar, ...]]) -> dict[str, tuple[Scalar, ...]]:
    """Projected leaves with every integer that a double cannot hold written as text."""
    return {path: tuple(exact(value) for value in values) for path, values in leaves.items()}


def _check_levels(tree: Tree, what: str) -> None:
    level = [tree]
    for _ in range(MAX_DEPTH):
        inner = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, (dict, list))
        ]
        if not inner:
            return
        level = inner
    raise DecodeError(f"{what}: nested more than {MAX_DEPTH} deep", "Refused as hostile.")
