"""References that stand for a known name are read as that name, all others stay unknown."""

from __future__ import annotations

from typing import Any

import pytest

from gate.decode.hcl.blocks import read_blocks
from gate.decode.hcl.functions import reveal
from gate.decode.hcl.names import Names, evaluate
from gate.decode.value import UNKNOWN

DATA = """data "aws_iam_policy" "named" {
  name = "AdministratorAccess"
}
data "aws_iam_policy" "whole" {
  arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
data "aws_iam_policy" "unknown" {
  name = var.name
}
data "aws_iam_policy" "itself" {
  arn = data.aws_iam_policy.itself.arn
}
data "azurerm_role_definition" "owner" {
  name = "Owner"
}
"""


def value(expression: str) -> Any:
    blocks = read_blocks(
        f'{DATA}resource "t" "n" {{\n  v = {expression}\n}}\n'.encode(), "a.tf", "a"
    )
    return reveal(evaluate(blocks[-1], Names(blocks)))["v"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("data.aws_iam_policy.named.arn", "arn:aws:iam::aws:policy/AdministratorAccess"),
        ("data.aws_iam_policy.whole.arn", "arn:aws:iam::aws:policy/ReadOnlyAccess"),
        ("data.aws_iam_policy.unknown.arn", UNKNOWN),
        ("data.aws_iam_policy.itself.arn", UNKNOWN),
        ("data.aws_iam_policy.elsewhere.arn", UNKNOWN),
        ("data.aws_iam_policy.named.id", UNKNOWN),
        (
            "data.azurerm_role_definition.owner.id",
            "/providers/Microsoft.Authorization/roleDefinitions/Owner",
        ),
        (
            "data.azurerm_subscription.a.id",
            "/subscriptions/${data . azurerm_subscription . a . id}",
        ),
        ("azurerm_resource_group.a.id", UNKNOWN),
        ('"arn:${var.p}:iam::aws:policy/X"', "arn:${var . p}:iam::aws:policy/X"),
        ('"${var.p}:iam::aws:policy/X"', UNKNOWN),
    ],
)
def test_reference_gives_its_name(expression: str, expected: Any) -> None:
    assert value(expression) == expected
