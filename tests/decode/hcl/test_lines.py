"""Of several nested blocks the one that holds the value is pointed at."""

from __future__ import annotations

from gate.decode.hcl.blocks import read_blocks
from gate.decode.hcl.lines import attribute_line

TEXT = """data "aws_iam_policy_document" "d" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["*"]
  }
  statement {
    actions   = ["iam:*"]
    resources = ["*"]
  }
}
"""


def line(value: str, path: str = "statement", changed: tuple[int, ...] = ()) -> int | None:
    (block,) = read_blocks(TEXT.encode(), "main.tf", "main.tf")
    return attribute_line(
        block,
        path,
        value=value,
        is_changed=lambda first, last: any(first <= number <= last for number in changed),
    )


def test_block_that_holds_the_value_is_meant() -> None:
    assert line("iam:*") == 7
    assert line("s3:GetObject") == 3
    assert line("not iam:*") == 7


def test_changed_block_is_meant_where_several_hold_the_value() -> None:
    assert line("*") == 4
    assert line("*", changed=(8,)) == 8


def test_value_that_is_not_written_leaves_the_first_changed_block() -> None:
    assert line("sts:*") == 2
    assert line("sts:*", changed=(6,)) == 6


def test_attribute_below_the_block_that_holds_the_value() -> None:
    assert line("iam:*", "statement.actions") == 7
