"""Access: documents, bindings and roles of one resource together, stable under rewriting."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.decode.iam import NOTHING, Access, find_access
from gate.decode.value import UNKNOWN

POLICY = ("policy",)
ROLE = ("assume_role_policy", "inline_policy.policy")
Statements = list[dict[str, Any]]


def access(after: Any, before: Any = None, kind: str = "aws_iam_policy") -> Access:
    """What a resource with documents of these statements gives."""
    return find_access(kind, _tree(before), _tree(after), POLICY)


def _tree(statements: Any) -> Any:
    if statements is None:
        return None
    return {"policy": {"Version": "2012-10-17", "Statement": statements}}


def new_grants(found: Access) -> set[tuple[str, bool, bool]]:
    """What a rule would look at."""
    return {
        (grant.action.lower(), grant.every_resource, grant.anyone)
        for grant in found.grants
        if not grant.stood and not grant.bounded
    }


def test_find_access_of_a_resource_that_goes_is_nothing() -> None:
    statements = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
    assert find_access("aws_iam_policy", _tree(statements), None, POLICY) == NOTHING


def test_find_access_of_other_types_is_nothing() -> None:
    assert find_access("aws_instance", None, {"policy": "{"}, ()) is NOTHING


def test_find_access_reads_trust_and_inline_policies_of_a_role() -> None:
    wildcard = json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
    trust = json.dumps(
        {"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}}
    )
    tree = {"assume_role_policy": trust, "inline_policy": [{"name": "a", "policy": wildcard}]}
    found = find_access("aws_iam_role", None, tree, ROLE)
    assert {(g.attribute, g.wide, g.anyone) for g in found.grants} == {
        ("assume_role_policy", False, True),
        ("inline_policy.policy", True, False),
    }


def test_find_access_reads_a_policy_document_and_its_sources() -> None:
    source = json.dumps({"Statement": {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}})
    tree = {
        "statement": [{"actions": ["iam:*"], "resources": ["*"]}],
        "source_policy_documents": [source, UNKNOWN],
        "override_policy_documents": None,
    }
    found = find_access("aws_iam_policy_document", None, tree, ())
    assert [(g.attribute, g.action) for g in found.grants] == [
        ("statement", "iam:*"),
        ("source_policy_documents", "kms:*"),
    ]
    assert [p.attribute for p in found.policies] == ["source_policy_documents"]


def test_find_access_takes_no_boundary_for_a_grant() -> None:
    everything = [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]
    for kind in ("aws_organizations_policy", "aws_vpc_endpoint"):
        assert access(everything, kind=kind) == NOTHING
        broken = find_access(kind, None, {"policy": "{"}, POLICY)
        assert broken.policies[0].state == "unparsable"


def test_find_access_tells_an_unreadable_document_unless_it_stood() -> None:
    assert find_access("aws_iam_policy", None, {"policy": "{"}, POLICY).policies[0].reason
    assert find_access("aws_iam_policy", {"policy": "{"}, {"policy": "{"}, POLICY).policies == ()
    assert find_access("aws_iam_policy", {"policy": "{"}, {"policy": "[1]"}, POLICY).policies


def test_find_access_adds_bindings_to_documents() -> None:
    tree = {
        "assume_role_policy": UNKNOWN,
        "managed_policy_arns": ["arn:aws:iam::aws:policy/AdministratorAccess"],
    }
    found = find_access("aws_iam_role", None, tree, ROLE)
    assert [b.admin for b in found.bindings] == [True]
    assert [p.attribute for p in found.policies] == ["assume_role_policy"]


BASE: Statements = [
    {"Effect": "Allow", "Action": ["iam:*", "s3:GetObject", "kms:*"], "Resource": ["*"]},
    {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::b/*", "Principal": "*"},
    {"Effect": "Deny", "Action": "*", "Resource": "*"},
]
"""Statements with two wildcards and one open door."""


def _as_text(tree: Any) -> Any:
    return {"policy": json.dumps(tree["policy"], indent=1)}


def _map_statements(change: Callable[[dict[str, Any]], Statements]) -> Callable[[Any], Any]:
    return lambda tree: _tree([new for old in tree["policy"]["Statement"] for new in change(old)])


def _split(statement: dict[str, Any]) -> Statements:
    actions = statement["Action"]
    parts = actions if isinstance(actions, list) else [actions]
    return [{**statement, "Action": action} for action in parts]


REWRITES: dict[str, Callable[[Any], Any]] = {
    "text": _as_text,
    "reversed": lambda tree: _tree(tree["policy"]["Statement"][::-1]),
    "split": _map_statements(_split),
    "lists": _map_statements(
        lambda s: [{**s, "Action": s["Action"] if isinstance(s["Action"], list) else [s["Action"]]}]
    ),
    "upper-case-actions": _map_statements(
        lambda s: [{**s, "Action": json.loads(json.dumps(s["Action"]).upper())}]
    ),
    "lower-case-keys": lambda tree: {
        "policy": {
            "statement": [{k.lower(): v for k, v in s.items()} for s in tree["policy"]["Statement"]]
        }
    },
    "doubled-stars": lambda tree: json.loads(
        json.dumps(tree).replace("iam:*", "iam:**").replace("kms:*", "kms:?*")
    ),
    "twice": lambda tree: _tree(tree["policy"]["Statement"] * 2),
}


@pytest.mark.parametrize("name", REWRITES)
def test_rewriting_a_policy_neither_adds_nor_hides_a_grant(name: str) -> None:
    rewritten = REWRITES[name](_tree(BASE))
    plain = find_access("aws_sqs_queue", None, _tree(BASE), POLICY)
    found = find_access("aws_sqs_queue", None, rewritten, POLICY)
    services = {action.partition(":")[0] for action, _, _ in new_grants(found)}
    assert services == {action.partition(":")[0] for action, _, _ in new_grants(plain)}
    assert len(new_grants(found)) == len(new_grants(plain)) == 3


@pytest.mark.parametrize("old", REWRITES)
@pytest.mark.parametrize("new", REWRITES)
def test_rewriting_a_policy_is_no_change_for_the_worse(old: str, new: str) -> None:
    before, after = REWRITES[old](_tree(BASE)), REWRITES[new](_tree(BASE))
    assert new_grants(find_access("aws_sqs_queue", before, after, POLICY)) == set()


def _paths(tree: Any, prefix: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = tree.items() if isinstance(tree, dict) else enumerate(tree)
    found = []
    for key, value in items:
        found.append((*prefix, key))
        if isinstance(value, (dict, list)):
            found.extend(_paths(value, (*prefix, key)))
    return found


def _hide(tree: Any, path: tuple[Any, ...]) -> Any:
    if not path:
        return UNKNOWN
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    copy[path[0]] = _hide(tree[path[0]], path[1:])
    return copy


HIDDEN = [
    [{"Effect": "Allow", "Action": ["iam:*"], "Resource": ["*"]}],
    [{"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}],
    [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*", "Principal": {"AWS": ["*"]}}],
    [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {
                "Federated": "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"
            },
            "Condition": {"StringLike": {"token.actions.githubusercontent.com:sub": ["repo:*"]}},
        }
    ],
]


@pytest.mark.parametrize("statements", HIDDEN)
def test_hiding_a_part_is_never_silent(statements: Statements) -> None:
    tree = _tree(statements)
    assert new_grants(find_access("aws_sqs_queue", None, tree, POLICY))
    for path in _paths(tree):
        if path == ("policy", "Version"):
            continue
        found = find_access("aws_sqs_queue", None, _hide(tree, path), POLICY)
        assert new_grants(found) or found.policies, path


ACTIONS = st.sampled_from(
    ["*", "iam:*", "IAM:*", "iam:?*", "kms:*", "s3:*", "iam:PassRole", "s3:Get*"]
)
STATEMENT = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.lists(ACTIONS, min_size=1, max_size=3),
        "Resource": st.sampled_from(["*", ["arn:aws:iam::*:*"], "arn:aws:s3:::b"]),
    }
)


@given(st.lists(STATEMENT, max_size=4))
def test_same_policy_before_and_after_is_no_change(statements: Statements) -> None:
    assert new_grants(access(statements, statements)) == set()


@given(st.lists(STATEMENT, max_size=4), st.lists(STATEMENT, max_size=2))
def test_removing_statements_is_no_change_for_the_worse(kept: Statements, gone: Statements) -> None:
    assert new_grants(access(kept, kept + gone)) == set()


@given(st.lists(STATEMENT, max_size=3), STATEMENT)
def test_adding_a_statement_never_hides_a_grant(
    statements: Statements, more: dict[str, Any]
) -> None:
    fewer = {grant for grant in access(statements).grants if grant.every_resource}
    assert fewer <= set(access([*statements, more]).grants)
