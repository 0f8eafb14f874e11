"""Roles and trusts outside AWS documents: permissions, Azure roles, pools, Kubernetes roles."""

from __future__ import annotations

from typing import Any

import pytest

from gate.decode import roles
from gate.decode.value import UNKNOWN

SCOPE = "/subscriptions/0000"
GITHUB = "https://token.actions.githubusercontent.com"


def test_grant_everyone_sees_a_star_without_guard() -> None:
    grants, policies = roles.grant_everyone(
        "aws_lambda_permission", None, {"principal": "*", "action": "a"}
    )
    assert (grants[0].anyone, grants[0].bounded, grants[0].stood, policies) == (
        True,
        False,
        False,
        (),
    )


@pytest.mark.parametrize(
    ("guard", "bounded"),
    [
        ({"principal_org_id": "o-1"}, True),
        ({"source_account": "111122223333"}, True),
        ({"source_arn": "arn:aws:execute-api:eu-west-1:111122223333:x/*"}, True),
        ({"source_arn": "arn:aws:execute-api:eu-west-1:*:x/*"}, False),
        ({"source_arn": None}, False),
    ],
)
def test_grant_everyone_weighs_the_guard(guard: dict[str, Any], bounded: bool) -> None:
    grants, _ = roles.grant_everyone("aws_lambda_permission", None, {"principal": "*", **guard})
    assert grants[0].bounded is bounded


def test_grant_everyone_tells_what_is_not_known() -> None:
    grants, policies = roles.grant_everyone(
        "aws_lambda_permission", None, {"principal": "*", "source_arn": UNKNOWN}
    )
    assert grants[0].bounded
    assert policies[0].attribute == "source_arn"
    grants, policies = roles.grant_everyone("aws_lambda_permission", None, {"principal": UNKNOWN})
    assert (grants, policies[0].attribute) == ((), "principal")


def test_grant_everyone_knows_what_stood() -> None:
    star = {"principal": "*", "action": "a"}
    assert roles.grant_everyone("aws_lambda_permission", star, star)[0][0].stood
    tied = {**star, "source_account": "111122223333"}
    assert not roles.grant_everyone("aws_lambda_permission", tied, star)[0][0].stood
    assert not roles.grant_everyone("aws_lambda_permission", {**star, "action": "b"}, star)[0][
        0
    ].stood


def azure(*actions: str, scopes: Any = (SCOPE,)) -> dict[str, Any]:
    """A role definition."""
    shown = scopes if scopes is UNKNOWN else list(scopes)
    return {"permissions": [{"actions": list(actions)}], "assignable_scopes": shown}


@pytest.mark.parametrize(
    "action",
    [
        "*",
        "**",
        "*/*",
        "*/write",
        "*/Write",
        "Microsoft.Authorization/*",
        "microsoft.auth*",
        "Microsoft.*",
        "*/w*",
    ],
)
def test_grant_azure_role_knows_wide_actions(action: str) -> None:
    grants, _ = roles.grant_azure_role("", None, azure(action))
    assert [(g.wide, g.every_resource, g.stood) for g in grants] == [(True, True, False)]


@pytest.mark.parametrize(
    "action",
    [
        "*/read",
        "Microsoft.Storage/*",
        "Microsoft.Authorization/*/read",
        "Microsoft.Compute/virtualMachines/write",
    ],
)
def test_grant_azure_role_leaves_narrow_actions(action: str) -> None:
    assert roles.grant_azure_role("", None, azure(action)) == ((), ())


def test_grant_azure_role_weighs_the_scope() -> None:
    part = azure("*", scopes=[f"{SCOPE}/resourceGroups/a"])
    assert not roles.grant_azure_role("", None, part)[0][0].every_resource
    assert not roles.grant_azure_role("", part, azure("*"))[0][0].stood
    assert roles.grant_azure_role("", azure("*"), azure("*/write"))[0][0].stood
    assert (
        roles.grant_azure_role("", None, azure("*", scopes=UNKNOWN))[1][0].attribute
        == "assignable_scopes"
    )


@pytest.mark.parametrize(
    ("tree", "count"),
    [
        ({"issuer": GITHUB, "subject": "repo:acme/app:ref:refs/heads/main"}, 0),
        ({"issuer": GITHUB, "subject": "repo:*"}, 1),
        ({"issuer": GITHUB, "subject": "environment:production"}, 1),
        ({"issuer": "https://oidc.example/", "subject": "system:serviceaccount:a:b"}, 0),
        (
            {"issuer": GITHUB, "claims_matching_expression": "claims['sub'] matches 'repo:acme/*'"},
            0,
        ),
        ({"issuer": GITHUB, "claims_matching_expression": "claims['sub'] matches 'repo:ac*'"}, 1),
        (
            {
                "issuer": GITHUB,
                "claims_matching_expression": "claims['job_workflow_ref'] matches 'acme/ci/*'",
            },
            1,
        ),
    ],
)
def test_grant_federation_weighs_the_subject(tree: dict[str, Any], count: int) -> None:
    grants, policies = roles.grant_federation("", None, tree)
    assert (len(grants), policies) == (count, ())
    assert all(grant.stood for grant in roles.grant_federation("", tree, tree)[0])


def test_grant_federation_tells_an_unknown_subject() -> None:
    assert roles.grant_federation("", None, {"subject": UNKNOWN})[1][0].attribute == "subject"


@pytest.mark.parametrize(
    "condition",
    [
        "assertion.repository_owner == 'acme'",
        "'acme' == assertion.repository_owner && assertion.ref == 'refs/heads/main'",
        'assertion.repository_owner_id=="123"',
        "assertion['repository'] == 'acme/app'",
        "assertion.repository in ['acme/app', 'acme/api']",
        "assertion.repository.startsWith('acme/')",
        "assertion.sub.startsWith('repo:acme/')",
        "google.subject == 'repo:acme/app:ref:refs/heads/main'",
        "(assertion.repository == 'acme/a' || assertion.repository == 'acme/b')",
        "assertion.namespace_path != '' && assertion.namespace_path == 'acme'",
        "assertion.terraform_organization_name == 'acme'",
    ],
)
def test_bounds_owner_of_a_named_owner(condition: str) -> None:
    assert roles.bounds_owner(condition)


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "true",
        "assertion.sub != ''",
        "assertion.repository_owner != 'evil'",
        "!(assertion.repository_owner == 'acme')",
        "assertion.repository_owner == 'acme' || true",
        "assertion.repository_owner == assertion.repository_owner",
        "assertion.repository_owner == ''",
        "assertion.repository_owner == 'acme' ? true : true",
        "assertion.ref == 'refs/heads/main'",
        "assertion.repository.startsWith('a')",
        "assertion.repository.startsWith('')",
        "assertion.repository.matches('.*')",
        "assertion.sub.startsWith('repo:')",
        "assertion.aud == 'acme'",
        "assertion.job_workflow_ref == 'acme/ci/.github/workflows/x.yml@main'",
    ],
)
def test_bounds_owner_of_nobody(condition: str) -> None:
    assert not roles.bounds_owner(condition)


def test_bounds_owner_of_no_overlong_condition() -> None:
    condition = "assertion.repository_owner == 'acme'"
    assert not roles.bounds_owner(condition + " " * roles.MAX_CONDITION)


def provider(condition: Any = None, issuer: Any = GITHUB, **mapping: str) -> dict[str, Any]:
    """A pool provider."""
    return {
        "oidc": [{"issuer_uri": issuer}],
        "attribute_condition": condition,
        "attribute_mapping": {
            "google.subject": "assertion.sub",
            **{f"attribute.{k}": v for k, v in mapping.items()},
        },
    }


def test_grant_pool_provider_sees_an_open_shared_issuer() -> None:
    grants, policies = roles.grant_pool_provider("", None, provider())
    assert (grants[0].principal, policies) == (GITHUB, ())
    assert roles.grant_pool_provider("", None, provider(issuer="https://idp.acme.example")) == (
        (),
        (),
    )
    assert roles.grant_pool_provider(
        "", None, provider("assertion.repository_owner == 'acme'")
    ) == ((), ())


def test_grant_pool_provider_distrusts_a_mapped_constant() -> None:
    condition = "attribute.repository_owner == 'acme'"
    honest = provider(condition, repository_owner="assertion.repository_owner")
    assert roles.grant_pool_provider("", None, honest) == ((), ())
    assert roles.grant_pool_provider("", None, provider(condition, repository_owner="'acme'"))[0]


def test_grant_pool_provider_tells_what_is_not_known() -> None:
    for tree, attribute in (
        (provider(UNKNOWN), "attribute_condition"),
        (provider(issuer=UNKNOWN), "oidc.issuer_uri"),
    ):
        grants, policies = roles.grant_pool_provider("", None, tree)
        assert (grants, policies[0].attribute) == ((), attribute)


def test_grant_pool_provider_knows_what_stood() -> None:
    assert roles.grant_pool_provider("", provider(), provider("true"))[0][0].stood
    tied = provider("assertion.repository_owner == 'acme'")
    assert not roles.grant_pool_provider("", tied, provider())[0][0].stood


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ({"api_groups": ["*"], "resources": ["*"], "verbs": ["*"]}, 1),
        ({"api_groups": [""], "resources": ["pods", "*"], "verbs": ["get", "*"]}, 1),
        ({"resources": ["*"], "verbs": ["*"]}, 1),
        ({"api_groups": ["apps"], "resources": ["*"], "verbs": ["*"]}, 0),
        ({"api_groups": ["*"], "resources": ["pods"], "verbs": ["*"]}, 0),
        ({"api_groups": ["*"], "resources": ["*"], "verbs": ["get"]}, 0),
    ],
)
def test_grant_kubernetes_role_needs_every_verb_on_everything(
    rule: dict[str, Any], count: int
) -> None:
    assert len(roles.grant_kubernetes_role("", None, {"rule": [rule]})[0]) == count
    manifest = {
        "kind": "ClusterRole",
        "rules": [{("apiGroups" if k == "api_groups" else k): v for k, v in rule.items()}],
    }
    assert len(roles.grant_kubernetes_manifest("", None, {"manifest": manifest})[0]) == count


def test_grant_kubernetes_role_tells_and_compares() -> None:
    wide = {"rule": [{"api_groups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
    assert roles.grant_kubernetes_role("", wide, wide)[0][0].stood
    hidden = {"rule": [{"api_groups": ["*"], "resources": ["*"], "verbs": UNKNOWN}]}
    assert roles.grant_kubernetes_role("", None, hidden)[1][0].attribute == "rule"
    assert roles.grant_kubernetes_role("", None, {"rule": UNKNOWN})[1][0].attribute == "rule"
    assert roles.grant_kubernetes_manifest("", None, {"manifest": {"kind": "ConfigMap"}}) == (
        (),
        (),
    )
