"""Grants: everyone let in, wildcards given, and what stood before, over all documents together."""

from __future__ import annotations

from typing import Any

import pytest

from gate.decode.document import Principal, read_policy
from gate.decode.grants import MAX_SHOWN, Held, find_grants, is_everyone
from gate.decode.value import UNKNOWN

EVERYONE = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::b/*",
}


def held(*statements: Any, attribute: str = "policy", identity: bool = False) -> list[Held]:
    """One document of the statements."""
    return [Held(attribute, read_policy({"Statement": list(statements)}), identity)]


@pytest.mark.parametrize(
    "principal",
    [
        "*",
        {"AWS": "*"},
        {"AWS": ["arn:aws:iam::1:root", "*"]},
        {"Federated": "*"},
        {"*": "*"},
        {"AWS": "arn:aws:iam::*:root"},
    ],
)
def test_find_grants_sees_everyone_in_every_form(principal: Any) -> None:
    found = find_grants(held({**EVERYONE, "Principal": principal}), []).grants
    assert [(g.anyone, g.bounded, g.stood, g.wide) for g in found] == [(True, False, False, False)]


def test_find_grants_takes_not_principal_for_everyone() -> None:
    statement = {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": "arn:aws:iam::1:root"},
        "Action": "s3:*",
    }
    assert find_grants(held(statement), []).grants[0].principal == "not arn:aws:iam::1:root"


def test_find_grants_leaves_named_principals_and_denials() -> None:
    named = {**EVERYONE, "Principal": {"AWS": "arn:aws:iam::1:root", "Service": "s3.amazonaws.com"}}
    assert find_grants(held(named, {**EVERYONE, "Effect": "Deny"}), []) == ((), ())


def test_find_grants_marks_what_a_condition_bounds() -> None:
    tied = {**EVERYONE, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}
    assert find_grants(held(tied), []).grants[0].bounded


def test_find_grants_gives_a_resource_policy_no_wildcard() -> None:
    key = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::1:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    assert find_grants(held(key), []).grants == ()
    assert find_grants(held(key, identity=True), []).grants[0].wide


@pytest.mark.parametrize(
    ("before", "after", "stood"),
    [
        ([EVERYONE], [EVERYONE], True),
        ([EVERYONE], [{**EVERYONE, "Principal": {"AWS": ["*"]}}], True),
        ([{**EVERYONE, "Action": "s3:*"}], [EVERYONE], True),
        ([{**EVERYONE, "Resource": "*"}], [EVERYONE], True),
        ([{**EVERYONE, "Action": ["s3:GetObject", "s3:ListBucket"]}], [EVERYONE], True),
        ([EVERYONE], [{**EVERYONE, "Action": "S3:getobject"}], True),
        ([EVERYONE], [{**EVERYONE, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}], True),
        ([], [EVERYONE], False),
        ([EVERYONE], [{**EVERYONE, "Action": ["s3:GetObject", "s3:PutObject"]}], False),
        ([EVERYONE], [{**EVERYONE, "Resource": "arn:aws:s3:::*"}], False),
        (
            [{**EVERYONE, "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}],
            [EVERYONE],
            False,
        ),
        ([{**EVERYONE, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}], [EVERYONE], False),
        ([{**EVERYONE, "Effect": "Deny"}], [EVERYONE], False),
        ([{**EVERYONE, "Principal": {"AWS": "arn:aws:iam::1:root"}}], [EVERYONE], False),
    ],
)
def test_find_grants_compares_with_before(before: Any, after: Any, stood: bool) -> None:
    found = find_grants(held(*after), held(*before)).grants
    assert [grant.stood for grant in found] == [stood]


def test_find_grants_shows_the_action_that_is_new() -> None:
    widened = {**EVERYONE, "Action": ["s3:GetObject", "s3:DeleteObject"]}
    assert find_grants(held(widened), held(EVERYONE)).grants[0].action == "s3:DeleteObject"


def test_find_grants_sees_a_split_statement_as_standing() -> None:
    both = {**EVERYONE, "Action": ["s3:GetObject", "s3:ListBucket"]}
    parts = [{**EVERYONE, "Action": action} for action in both["Action"]]
    assert all(grant.stood for grant in find_grants(held(*parts), held(both)).grants)
    assert all(grant.stood for grant in find_grants(held(both), held(*parts)).grants)


def test_find_grants_sees_a_moved_statement_as_standing() -> None:
    wildcard = {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}
    after = held(wildcard, attribute="policy")
    before = held(wildcard, attribute="inline_policy.policy")
    assert [grant.stood for grant in find_grants(after, before).grants] == [True]


@pytest.mark.parametrize(
    "statement",
    [
        {**EVERYONE, "Principal": UNKNOWN},
        {**EVERYONE, "Principal": {"AWS": UNKNOWN}},
        {**EVERYONE, "Condition": UNKNOWN},
        {**EVERYONE, "Condition": {"StringEquals": {"aws:PrincipalOrgID": UNKNOWN}}},
        {**EVERYONE, "Effect": UNKNOWN},
        {"Effect": "Allow", "Action": UNKNOWN, "Resource": "*"},
        {"Effect": "Allow", "Action": "*", "Resource": UNKNOWN},
        UNKNOWN,
    ],
)
def test_find_grants_is_never_silent_about_what_may_hide_one(statement: Any) -> None:
    assert find_grants(held(statement), []).unsure == ("policy",)


@pytest.mark.parametrize(
    "statement",
    [
        {**EVERYONE, "Resource": UNKNOWN, "Principal": {"AWS": "arn:aws:iam::1:root"}},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": UNKNOWN},
        {"Effect": "Deny", "Action": UNKNOWN, "Resource": "*"},
        {
            **EVERYONE,
            "Principal": {"AWS": UNKNOWN},
            "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        },
    ],
)
def test_find_grants_is_sure_where_the_unknown_decides_nothing(statement: Any) -> None:
    assert find_grants(held(statement), []) == ((), ())


def test_find_grants_cuts_what_it_shows() -> None:
    long = {**EVERYONE, "Action": "s3:" + "x" * 5000}
    assert len(find_grants(held(long), []).grants[0].action) == MAX_SHOWN


def test_find_grants_compares_hostile_numbers_by_equality() -> None:
    many = [{**EVERYONE, "Resource": f"arn:aws:s3:::b{number}/*"} for number in range(300)]
    assert all(grant.stood for grant in find_grants(held(*many), held(*many[::-1])).grants)
    found = find_grants(held(*many, EVERYONE), held(*many)).grants
    assert [grant.stood for grant in found].count(False) == 1


def test_is_everyone_is_not_a_role_of_one_account() -> None:
    assert is_everyone(Principal("aws", "*"))
    assert not is_everyone(Principal("aws", "arn:aws:iam::111122223333:role/*"))
    assert not is_everyone(Principal("service", "ec2.amazonaws.com"))
