"""Federated trusts: whose tokens are accepted, by issuer and by every statement."""

from __future__ import annotations

from typing import Any

import pytest

from gate.decode.document import read_policy
from gate.decode.federation import bounds_subject, unbounded_trust
from gate.decode.value import UNKNOWN

GITHUB = "token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    "subject",
    [
        "repo:acme/app:ref:refs/heads/main",
        "repo:acme/app:*",
        "repo:acme/*",
        "repository_owner_id:123:environment:prod",
        "project_path:acme/app:ref_type:branch:ref:main",
        "organization:acme:project:p:workspace:w:run_phase:*",
        "organization:acme:pipeline:deploy:*",
        "system:serviceaccount:payments:api",
        "system:serviceaccount:payments:*",
        "org/0000/project/1111/user/*",
        "1234567890",
        "space:legacy-01:stack:*",
    ],
)
def test_bounds_subject_with_a_literal_owner(subject: str) -> None:
    assert bounds_subject(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "",
        "*",
        "?*",
        "*:ref:refs/heads/main",
        "repo:*",
        "repo:acme*",
        "repo:ac?e/app:*",
        "repo:*/app:*",
        "REPO:*",
        "repo:/*",
        "project_path:*",
        "project_path:acme*",
        "organization:*",
        "organization:ac*:workspace:w",
        "system:serviceaccount:*",
        "system:serviceaccount:*:api",
        "org/*",
    ],
)
def test_bounds_no_subject_without_owner(subject: str) -> None:
    assert not bounds_subject(subject)


@pytest.mark.parametrize(
    "subject",
    ["environment:prod", "ref:refs/heads/main", "job_workflow_ref:acme/ci/.github/x@main"],
)
def test_bounds_no_github_subject_that_anybody_can_have(subject: str) -> None:
    assert not bounds_subject(subject, GITHUB)


def trust(condition: Any, host: Any = GITHUB, action: Any = "sts:AssumeRoleWithWebIdentity") -> Any:
    """What `unbounded_trust` says of a trust policy of one statement."""
    federated = host if host is UNKNOWN else f"arn:aws:iam::1:oidc-provider/{host}"
    statement = {
        "Effect": "Allow",
        "Action": action,
        "Principal": {"Federated": federated},
        "Condition": condition,
    }
    return unbounded_trust(read_policy({"Statement": statement}).statements[0])


@pytest.mark.parametrize(
    "action", ["sts:AssumeRoleWithWebIdentity", "STS:assumerolewithWEBidentity", "sts:*", "*"]
)
def test_trust_without_subject_is_unbounded(action: str) -> None:
    assert trust({"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}, action=action) == (
        GITHUB,
        False,
    )


@pytest.mark.parametrize(
    "condition",
    [
        {"StringLike": {f"{GITHUB}:sub": ["repo:acme/app:*", "repo:*"]}},
        {"StringLikeIfExists": {f"{GITHUB}:sub": "repo:acme/app:*"}},
        {"ForAllValues:StringLike": {f"{GITHUB}:sub": "repo:acme/app:*"}},
        {"StringNotLike": {f"{GITHUB}:sub": "repo:evil/*"}},
        {"StringLike": {"gitlab.com:sub": "project_path:acme/*"}},
        {"StringEquals": {f"{GITHUB}:actor": "alice"}},
    ],
)
def test_trust_with_a_loose_condition_is_unbounded(condition: dict[str, Any]) -> None:
    assert trust(condition) == (GITHUB, False)


@pytest.mark.parametrize(
    ("host", "condition"),
    [
        (GITHUB, {"StringLike": {f"{GITHUB}:sub": "repo:acme/app:*"}}),
        (GITHUB, {"StringEquals": {f"{GITHUB.upper()}:SUB": "repo:acme/app:ref:refs/heads/main"}}),
        (GITHUB, {"StringEquals": {f"{GITHUB}:repository_owner": "acme"}}),
        ("gitlab.com", {"StringLike": {"gitlab.com:sub": "project_path:acme/*"}}),
        ("app.terraform.io", {"StringLike": {"app.terraform.io:sub": "organization:acme:*"}}),
        (
            "oidc.eks.eu-west-1.amazonaws.com/id/AA",
            {
                "StringEquals": {
                    "oidc.eks.eu-west-1.amazonaws.com/id/AA:sub": "system:serviceaccount:a:b"
                }
            },
        ),
    ],
)
def test_trust_with_a_bounded_subject_is_none(host: str, condition: dict[str, Any]) -> None:
    assert trust(condition, host) is None


def test_trust_of_other_kinds_is_none() -> None:
    assert trust({}, action="sts:AssumeRole") is None
    saml = {"Principal": {"Federated": "arn:aws:iam::1:saml-provider/corp"}, "Action": "sts:*"}
    assert unbounded_trust(read_policy({"Statement": saml}).statements[0]) is None


def test_trust_of_an_unknown_provider_needs_a_subject_all_the_same() -> None:
    assert trust({}, UNKNOWN) == ("federated", False)
    assert trust({"StringLike": {f"{GITHUB}:sub": "repo:acme/app:*"}}, UNKNOWN) is None


def test_trust_resting_on_unknown_values_is_unsure() -> None:
    assert trust({"StringLike": {f"{GITHUB}:sub": UNKNOWN}}) == (GITHUB, True)
    assert trust(UNKNOWN) == (GITHUB, True)


def test_cognito_guests_are_everybody() -> None:
    host = "cognito-identity.amazonaws.com"
    statement: dict[str, Any] = {
        "Principal": {"Federated": host},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {f"{host}:aud": "eu-west-1:pool"},
            "ForAnyValue:StringLike": {f"{host}:amr": "authenticated"},
        },
    }
    assert unbounded_trust(read_policy({"Statement": statement}).statements[0]) is None
    statement["Condition"]["ForAnyValue:StringLike"][f"{host}:amr"] = "unauthenticated"
    assert unbounded_trust(read_policy({"Statement": statement}).statements[0]) == (host, False)
