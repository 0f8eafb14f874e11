"""Wide grants: everything or a whole sensitive service, however it is spelled or cut."""

from __future__ import annotations

from typing import Any

import pytest

from gate.decode.document import Statement, read_policy
from gate.decode.value import UNKNOWN
from gate.decode.wildcards import (
    SERVICES,
    Wide,
    could_be_wide,
    covered_services,
    find_wide,
    implied,
    mark_stood,
)


def wide(*statements: dict[str, Any]) -> list[Wide]:
    """Wide entries of a policy."""
    found = read_policy({"Statement": list(statements)}).statements
    return find_wide(("policy", statement) for statement in found)


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    """One statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "**",
        "*:*",
        "?*",
        "iam:*",
        "IAM:*",
        "iam:**",
        "iam:?*",
        "i*:*",
        "ia?:*",
        "iam*",
        "kms:*",
        "sts:*",
        "organizations:*",
        "secretsmanager:*",
    ],
)
def test_find_wide_knows_every_spelling(action: str) -> None:
    found = wide(allow([action, "s3:GetObject"]))
    assert [(entry.action, entry.every_resource) for entry in found] == [(action, True)]


@pytest.mark.parametrize(
    "action", ["s3:*", "iam:Get*", "iam:PassRole", "ec2:*", "iamx:*", "kms:D*"]
)
def test_find_wide_leaves_the_rest(action: str) -> None:
    assert wide(allow(action)) == []


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "**",
        "*:*",
        "arn:*",
        "arn:aws:*",
        "arn:aws:iam::*:*",
        "arn:*:iam::*:*",
        "arn:aws:iam:*",
        "arn:aws:iam::111122223333:*",
        "arn:aws-us-gov:iam::*:*",
        "arn:aws:iam::*:*/*",
        ["arn:aws:s3:::b", "*"],
        [
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::*:user/*",
            "arn:aws:iam::*:group/*",
            "arn:aws:iam::*:policy/*",
        ],
    ],
)
def test_find_wide_knows_every_resource_in_effect(resource: Any) -> None:
    assert [entry.every_resource for entry in wide(allow("iam:*", resource))] == [True]


@pytest.mark.parametrize(
    "resource",
    [
        "arn:aws:iam::111122223333:role/app",
        "arn:aws:iam::*:role/app-*",
        "arn:aws:iam::*:role/*",
        "arn:aws:s3:::*",
        "arn:aws:iam::${*}:*",
        [],
    ],
)
def test_find_wide_tells_a_narrow_resource(resource: Any) -> None:
    assert [entry.every_resource for entry in wide(allow("iam:*", resource))] == [False]


def test_find_wide_takes_not_resource_and_not_action_as_everything() -> None:
    entries = wide({"Effect": "Allow", "Action": "iam:*", "NotResource": "arn:aws:iam::1:role/a"})
    assert entries[0].every_resource
    entries = wide({"Effect": "Allow", "NotAction": ["iam:*"], "Resource": "*"})
    assert (entries[0].action, entries[0].every_resource) == ("not iam:*", True)


def test_find_wide_passes_over_deny() -> None:
    assert wide({"Effect": "Deny", "Action": "*", "Resource": "*"}) == []


@pytest.mark.parametrize("service", sorted(SERVICES))
def test_find_wide_puts_pieces_together(service: str) -> None:
    letters = sorted({name[0] for name in SERVICES[service]})
    pieces = [allow(f"{service}:{letter.upper()}*") for letter in letters]
    found = wide(*pieces)
    assert [(entry.action, entry.every_resource) for entry in found] == [(f"{service}:*", True)]
    assert wide(*pieces[1:]) == []


def test_find_wide_puts_resources_together() -> None:
    kinds = ("role", "user", "group", "policy")
    parts = [allow("iam:*", f"arn:aws:iam::*:{kind}/*") for kind in kinds]
    assert any(entry.every_resource for entry in wide(*parts))
    assert not any(entry.every_resource for entry in wide(*parts[1:]))


def test_covered_services_of_everything_is_all() -> None:
    assert set(covered_services("*")) == set(SERVICES)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([allow("*")], [allow("iam:*")]),
        ([allow("*:*")], [allow("*")]),
        ([allow("iam:**")], [allow("iam:*")]),
        ([allow(["iam:*", "kms:*"])], [allow("kms:*"), allow("IAM:*", ["*"])]),
        ([allow("iam:*")], [allow("iam:*", "arn:aws:iam::*:role/a")]),
        (
            [allow("iam:*")],
            [allow("iam:*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})],
        ),
        ([{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}], [allow("iam:*")]),
        (
            [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}],
            [{"Effect": "Allow", "NotAction": ["s3:*", "ec2:*"], "Resource": "*"}],
        ),
    ],
)
def test_stood_for_the_same_or_a_narrower_grant(before: Any, after: Any) -> None:
    assert all(stood for _, stood in mark_stood(wide(*after), wide(*before)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [allow("iam:*")]),
        ([allow("iam:*")], [allow("*")]),
        ([allow("iam:*")], [allow("kms:*")]),
        ([allow("iam:*", "arn:aws:iam::*:role/a")], [allow("iam:*")]),
        ([allow("iam:*", Condition={"Bool": {"a": "true"}})], [allow("iam:*")]),
        (
            [allow("iam:*", Condition={"StringEquals": {"a": "x"}})],
            [allow("iam:*", Condition={"StringEquals": {"a": ["x", "y"]}})],
        ),
        (
            [{"Effect": "Allow", "NotAction": ["s3:*", "ec2:*"], "Resource": "*"}],
            [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}],
        ),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], [allow("iam:*")]),
    ],
)
def test_stood_not_for_a_wider_grant(before: Any, after: Any) -> None:
    assert not any(stood for _, stood in mark_stood(wide(*after), wide(*before)))


def test_mark_stood_compares_hostile_numbers_by_equality() -> None:
    many = [allow("iam:*", Condition={"StringEquals": {"a": str(n)}}) for n in range(300)]
    assert all(stood for _, stood in mark_stood(wide(*many), wide(*reversed(many))))
    fresh = [*many, allow("kms:*")]
    assert [e.action for e, stood in mark_stood(wide(*fresh), wide(*many)) if not stood] == [
        "kms:*"
    ]


def statement(**elements: Any) -> Statement:
    """One parsed statement."""
    return read_policy({"Statement": elements}).statements[0]


def test_could_be_wide_only_where_the_unknown_part_decides() -> None:
    assert could_be_wide(statement(Action=UNKNOWN, Resource="*"))
    assert could_be_wide(statement(Action=["iam:*"], Resource=UNKNOWN))
    assert could_be_wide(statement(Action=UNKNOWN, Resource=UNKNOWN))
    assert not could_be_wide(statement(Action="s3:GetObject", Resource=UNKNOWN))
    assert not could_be_wide(statement(Action=UNKNOWN, Resource="arn:aws:s3:::b/*"))
    assert not could_be_wide(statement(Effect="Deny", Action=UNKNOWN, Resource="*"))


def test_implied_compares_lines_of_conditions() -> None:
    loose = statement(Condition={"StringLike": {"a": "x*"}}).conditions
    tight = statement(
        Condition={"StringLike": {"a": ["x1", "x2"]}, "Bool": {"b": "true"}}
    ).conditions
    assert implied(loose, tight)
    assert not implied(tight, loose)
    assert implied((), loose)
    hidden = statement(Condition={"StringLike": {"a": UNKNOWN}}).conditions
    assert not implied(hidden, hidden)
