"""Marks hide strings, wherever they stand in the tree, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from gate.decode.sensitive import HIDDEN, hide, hide_leaves


@pytest.mark.parametrize(
    ("tree", "marks", "expected"),
    [
        ({"a": "s", "b": "t"}, {"a": True}, {"a": HIDDEN, "b": "t"}),
        ({"a": {"b": ["s", 1, True, None]}}, {"a": True}, {"a": {"b": [HIDDEN, 1, True, None]}}),
        ({"a": "s"}, True, {"a": HIDDEN}),
        ({"a": "s"}, False, {"a": "s"}),
        ({"a": "s"}, {}, {"a": "s"}),
        ({"a": "s"}, None, {"a": "s"}),
        (["s", "t"], [False, True], ["s", HIDDEN]),
        (["s", "t"], [True], [HIDDEN, "t"]),
        ([{"a": "s"}, {"a": "t"}], [{}, {"a": True}], [{"a": "s"}, {"a": HIDDEN}]),
        (None, True, None),
    ],
)
def test_hide_replaces_marked_strings(tree: Any, marks: Any, expected: Any) -> None:
    assert hide(tree, marks) == expected


@pytest.mark.parametrize(
    ("marks", "hidden"),
    [
        (True, {"a.b", "c"}),
        ({"a": True}, {"a.b"}),
        ({"a": {"b": True}}, {"a.b"}),
        ({"a": [{"b": False}, {"b": True}]}, {"a.b"}),
        ({"a": {"b": {"deeper": True}}}, {"a.b"}),
        ({"a": {"z": True}}, set()),
        ({"a": {}, "c": []}, set()),
        (False, set()),
        (None, set()),
    ],
)
def test_hide_leaves_follows_paths_through_lists(marks: Any, hidden: set[str]) -> None:
    leaves = {"a.b": ("s", 1), "c": ("t", False)}
    found = hide_leaves(leaves, marks)
    assert {path for path, values in found.items() if HIDDEN in values} == hidden
    assert found["a.b"][1] == 1
    assert found["c"][1] is False


def test_hide_leaves_knows_stars() -> None:
    assert hide_leaves({"tags.*": ("s",)}, {"tags": {"k": True}}) == {"tags.*": (HIDDEN,)}
    assert hide_leaves({"tags.*": ("s",)}, {"other": True}) == {"tags.*": ("s",)}
