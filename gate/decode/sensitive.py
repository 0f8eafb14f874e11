"""Sensitive marks of a plan: values behind them never leave the decoder in clear."""

from __future__ import annotations

from gate.decode.value import Tree
from gate.schema.terraform import Scalar

HIDDEN = "(sensitive)"
"""What stands in the place of a sensitive string."""


def hide(tree: Tree, marks: Tree) -> Tree:
    """The tree with every string behind a mark replaced; numbers and booleans stay.

    Args:
        tree: JSON-like value.
        marks: `before_sensitive` or `after_sensitive`: `True`, or a parallel tree of marks.
    """
    if marks is True:
        return _hide_all(tree)
    if isinstance(marks, dict) and isinstance(tree, dict) and marks:
        return {key: hide(value, marks.get(key)) for key, value in tree.items()}
    if isinstance(marks, list) and isinstance(tree, list) and marks:
        padded = marks + [None] * (len(tree) - len(marks))
        return [hide(item, mark) for item, mark in zip(tree, padded, strict=False)]
    return tree


def hide_leaves(
    leaves: dict[str, tuple[Scalar, ...]], marks: Tree
) -> dict[str, tuple[Scalar, ...]]:
    """Projected leaves with every string at a marked path replaced."""
    if not _is_marked(marks, []):
        return leaves
    return {
        path: tuple(HIDDEN if isinstance(value, str) else value for value in values)
        if _is_marked(marks, path.split("."))
        else values
        for path, values in leaves.items()
    }


def _hide_all(tree: Tree) -> Tree:
    if isinstance(tree, str):
        return HIDDEN
    if isinstance(tree, dict):
        return {key: _hide_all(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_hide_all(item) for item in tree]
    return tree


def _is_marked(marks: Tree, path: list[str]) -> bool:
    """Whether anything at, above or below the path is marked; lists are transparent."""
    if marks is True:
        return True
    if isinstance(marks, list):
        return any(_is_marked(mark, path) for mark in marks)
    if isinstance(marks, dict):
        if path and path[0] != "*":
            return _is_marked(marks.get(path[0]), path[1:])
        return any(_is_marked(mark, path[1:]) for mark in marks.values())
    return False
