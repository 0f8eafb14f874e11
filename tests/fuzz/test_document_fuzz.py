"""Hostile policy documents: any text and any structure gives facts, never an exception."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from gate.decode.document import read_blocks, read_policy
from gate.decode.facts import describe
from gate.decode.value import UNKNOWN
from gate.schema.terraform import TerraformTables

TYPES = [
    "aws_iam_policy",
    "aws_iam_role",
    "aws_s3_bucket_policy",
    "aws_iam_policy_document",
    "aws_iam_role_policy_attachment",
    "aws_lambda_permission",
    "aws_eks_access_policy_association",
    "google_project_iam_policy",
    "google_project_iam_binding",
    "google_iam_policy",
    "google_iam_workload_identity_pool_provider",
    "azurerm_role_assignment",
    "azurerm_role_definition",
    "azurerm_federated_identity_credential",
    "azuread_application_flexible_federated_identity_credential",
    "kubernetes_cluster_role",
    "kubernetes_role_binding",
    "kubernetes_manifest",
    "kubernetes_config_map",
    "external",
]
PATHS = (
    "policy",
    "assume_role_policy",
    "inline_policy.policy",
)
TABLES = TerraformTables(
    paths={"*": ("policy", "subject.name", "permissions.actions")},
    surfaces={},
    policies={name: PATHS for name in TYPES if name.startswith("aws_iam") or "s3" in name},
)
KEYS = st.sampled_from(
    [
        "policy",
        "assume_role_policy",
        "inline_policy",
        "statement",
        "Statement",
        "Effect",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Principal",
        "NotPrincipal",
        "Condition",
        "AWS",
        "Federated",
        "StringLike",
        "aws:SourceIp",
        "aws:PrincipalOrgID",
        "actions",
        "resources",
        "principals",
        "type",
        "identifiers",
        "condition",
        "test",
        "variable",
        "values",
        "policy_arn",
        "role",
        "member",
        "members",
        "policy_data",
        "bindings",
        "binding",
        "scope",
        "role_definition_name",
        "role_definition_id",
        "permissions",
        "assignable_scopes",
        "rule",
        "verbs",
        "api_groups",
        "role_ref",
        "subject",
        "name",
        "manifest",
        "kind",
        "oidc",
        "issuer_uri",
        "attribute_condition",
        "attribute_mapping",
        "claims_matching_expression",
        "metadata",
        "data",
        "mapRoles",
        "principal",
        "source_arn",
        "access_scope",
        "source_policy_documents",
        "issuer",
        "program",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.just(UNKNOWN),
    st.text(max_size=20),
    st.sampled_from(
        [
            "*",
            "iam:*",
            "Allow",
            "Deny",
            "0.0.0.0/0",
            "repo:*",
            "allUsers",
            "cluster-admin",
            "aws-auth",
            "sts:AssumeRoleWithWebIdentity",
            "arn:aws:iam::aws:policy/AdministratorAccess",
            "{",
            "{}",
            "https://token.actions.githubusercontent.com",
            "/subscriptions/0",
            "ClusterRole",
        ]
    ),
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=5)),
    max_leaves=25,
)


@given(st.text())
def test_any_text_reads(text: str) -> None:
    found = read_policy(text)
    assert found.reason.isprintable()


@given(TREES)
def test_any_structure_reads(tree: Any) -> None:
    for found in (read_policy(tree), read_blocks(tree)):
        assert found.reason.isprintable()


@given(st.sampled_from(TYPES), TREES, TREES)
def test_any_resource_is_described(kind: str, before: Any, after: Any) -> None:
    found = describe(kind, before, after, TABLES)
    msgspec.json.encode(found)
    assert all(len(grant.action) <= 300 for grant in found.grants)


@given(st.sampled_from(TYPES), TREES)
def test_no_resource_gets_worse_by_staying_the_same(kind: str, tree: Any) -> None:
    assume("UNKNOWN" not in repr(tree))
    assume("nan" not in repr(tree))
    found = describe(kind, tree, tree, TABLES)
    assert all(grant.stood or grant.bounded for grant in found.grants)
    assert all(binding.stood for binding in found.bindings)
    assert not any(policy.state == "unparsable" for policy in found.policies)


@given(st.lists(st.sampled_from('{}[]":,\\*ia0u \n'), max_size=60))
def test_text_that_looks_like_json_reads(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = read_policy(text)
    try:
        json.loads(text)
    except ValueError:
        assert found.reason or not text.strip()
