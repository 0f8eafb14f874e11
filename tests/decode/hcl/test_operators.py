"""Conditionals, comparisons and comprehensions are worked out where everything is known."""

from __future__ import annotations

from typing import Any

import pytest

from gate.decode.hcl.blocks import read_blocks
from gate.decode.hcl.functions import reveal
from gate.decode.hcl.names import Names, evaluate
from gate.decode.value import UNKNOWN


def value(expression: str) -> Any:
    text = f'locals {{\n  a = ["x", "y"]\n  m = {{ k = 1 }}\n}}\nresource "t" "n" {{\n  v = {expression}\n}}\n'
    blocks = read_blocks(text.encode(), "main.tf", "main.tf")
    return reveal(evaluate(blocks[1], Names(blocks)))["v"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("true ? 1 : 2", 1),
        ('"a" == "b" ? 1 : 2', 2),
        ('"a" != "b" && true', UNKNOWN),
        ('("a" != "b") && true', True),
        ("false && var.x", False),
        ("true || var.x", True),
        ("var.x ? 1 : 2", UNKNOWN),
        ('var.x == "prod"', UNKNOWN),
        ("[for i in local.a : upper(i)]", ["X", "Y"]),
        ('[for i in local.a : i if i == "y"]', ["y"]),
        ("[for k, v in local.m : k]", ["k"]),
        ("[for i, v in local.a : i]", [0, 1]),
        ('{ for i in local.a : i => "${i}!" }', {"x": "x!", "y": "y!"}),
        ("{ for k, v in local.m : k => v }", {"k": 1}),
        ("[for i in var.x : i]", UNKNOWN),
        ("[for i in local.a : var.y]", [UNKNOWN, UNKNOWN]),
        ("length(local.a)", 2),
        ('lookup(local.m, "k", 5)', 1),
        ('lookup(local.m, "z", 5)', 5),
        ("element(local.a, 3)", "y"),
        ("keys(local.m)", ["k"]),
        ("values(local.m)", [1]),
        ('format("%s-%d", "a", 1)', "a-1"),
        ('format("%05d", 1)', UNKNOWN),
    ],
)
def test_expression_gives_its_value(expression: str, expected: Any) -> None:
    assert value(expression) == expected
