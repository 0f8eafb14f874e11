"""Conditions: which tie a statement to something of one's own, and which only look like it."""

from __future__ import annotations

import pytest

from gate.decode.conditions import bounds, holds_only_with_key
from gate.decode.document import Condition


def line(operator: str, key: str, *values: str, unknown: bool = False) -> Condition:
    """One condition as `document` reads it."""
    return Condition(operator.lower(), key.lower(), frozenset(values), unknown)


@pytest.mark.parametrize(
    "condition",
    [
        line("StringEquals", "aws:PrincipalOrgID", "o-abcd"),
        line("StringLike", "aws:PrincipalOrgID", "o-abcd", "o-efgh"),
        line("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-abcd/r-1/ou-1/*"),
        line("StringEquals", "aws:SourceAccount", "111122223333"),
        line("StringEquals", "AWS:SourceOwner", "111122223333"),
        line("StringEquals", "kms:CallerAccount", "111122223333"),
        line("StringEquals", "s3:DataAccessPointAccount", "111122223333"),
        line("ArnLike", "aws:SourceArn", "arn:aws:sns:*:111122223333:*"),
        line("ArnEquals", "aws:SourceArn", "arn:aws:s3:::my-bucket"),
        line("StringLike", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/*"),
        line("StringEquals", "aws:SourceVpce", "vpce-1"),
        line("IpAddress", "aws:SourceIp", "203.0.113.0/24", "2001:db8::/32"),
        line("StringEquals", "aws:PrincipalAccount", "${aws:ResourceAccount}"),
        line("StringEquals", "aws:ResourceOrgID", "${aws:PrincipalOrgID}"),
        line("Bool", "elasticfilesystem:AccessedViaMountTarget", "true"),
    ],
)
def test_bounds_what_is_tied_to_ones_own(condition: Condition) -> None:
    assert bounds([condition]) == (True, False)


@pytest.mark.parametrize(
    "condition",
    [
        line("StringEqualsIfExists", "aws:PrincipalOrgID", "o-abcd"),
        line("ForAllValues:StringLike", "aws:PrincipalOrgPaths", "o-abcd/*"),
        line("StringNotEquals", "aws:PrincipalOrgID", "o-abcd"),
        line("ForAnyValue:StringNotLike", "aws:PrincipalOrgPaths", "o-abcd/*"),
        line("StringLike", "aws:PrincipalOrgID", "*"),
        line("StringLike", "aws:PrincipalOrgID", "o-*"),
        line("StringLike", "aws:PrincipalOrgID", "o-abcd", "*"),
        line("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "*/r-1/*"),
        line("StringEquals", "aws:PrincipalOrgID", "${aws:PrincipalOrgID}"),
        line("StringLike", "aws:SourceAccount", "1111*"),
        line("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
        line("ArnLike", "aws:SourceArn", "arn:aws:s3:::*"),
        line("ArnLike", "aws:SourceArn", "arn:aws:events:*"),
        line("StringLike", "aws:PrincipalArn", "arn:aws:iam::*:role/deploy"),
        line("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        line("IpAddress", "aws:SourceIp", "0.0.0.0/1", "128.0.0.0/1"),
        line("IpAddress", "aws:SourceIp", "203.0.113.0/24", "::/0"),
        line("IpAddress", "aws:SourceIp", *(f"{first}.0.0.0/8" for first in range(1, 200))),
        line("IpAddress", "aws:SourceIp", "everywhere"),
        line("NotIpAddress", "aws:SourceIp", "203.0.113.0/24"),
        line("Bool", "aws:SecureTransport", "true"),
        line("Null", "aws:PrincipalOrgID", "false"),
        line("StringEquals", "aws:PrincipalOrgID"),
        line("StringEquals", "sts:ExternalId", "secret"),
        line("StringEquals", "aws:PrincipalTag/team", "a"),
        line("NumericEquals", "aws:SourceAccount", "111122223333"),
    ],
)
def test_bounds_nothing_that_everybody_can_meet(condition: Condition) -> None:
    assert bounds([condition]) == (False, False)


def test_bounds_needs_one_line_of_many() -> None:
    tie = line("StringEquals", "aws:PrincipalOrgID", "o-abcd")
    assert bounds([line("Bool", "aws:SecureTransport", "true"), tie]) == (True, False)


def test_bounds_on_an_unknown_value_is_told() -> None:
    hidden = line("StringEquals", "aws:PrincipalOrgID", unknown=True)
    assert bounds([hidden]) == (True, True)
    assert bounds([hidden, line("StringEquals", "aws:SourceVpc", "vpc-1")]) == (True, False)


def test_bounds_not_on_an_unknown_value_beside_a_wildcard() -> None:
    hidden = line("StringLike", "aws:PrincipalOrgID", "*", unknown=True)
    assert bounds([hidden]) == (False, False)


def test_operators_that_hold_without_the_key() -> None:
    assert holds_only_with_key("foranyvalue:stringlike")
    assert not holds_only_with_key("forallvalues:stringequals")
    assert not holds_only_with_key("arnlikeifexists")
    assert not holds_only_with_key("stringnotequalsignorecase")
