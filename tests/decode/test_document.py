"""Policy documents: text and structure alike, every spelling, and what cannot be read."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gate.decode.document import MAX_TEXT, Document, read_blocks, read_policy
from gate.decode.value import UNKNOWN

STATEMENT: dict[str, Any] = {
    "Sid": "A",
    "Effect": "Allow",
    "Action": ["s3:GetObject", "s3:PutObject"],
    "Resource": "arn:aws:s3:::b/*",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    """A policy of the statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def test_text_and_structure_read_alike() -> None:
    tree = document(STATEMENT)
    assert read_policy(json.dumps(tree)) == read_policy(tree)


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(document(STATEMENT), indent=4),
        "\n\t " + json.dumps(document(STATEMENT)) + "\n",
        json.dumps({"Statement": STATEMENT}),
        json.dumps({"STATEMENT": [{key.upper(): STATEMENT[key] for key in STATEMENT}]}),
        json.dumps(document(STATEMENT)).replace("s3:GetObject", "s3:\\u0047etObject"),
        json.dumps(document({**STATEMENT, "Resource": ["arn:aws:s3:::b/*"]})),
        json.dumps(document({**STATEMENT, "Effect": "ALLOW"})),
    ],
    ids=["indented", "padded", "single-statement", "upper-case", "escaped", "list", "effect"],
)
def test_every_spelling_reads_the_same(text: str) -> None:
    assert read_policy(text).statements == read_policy(document(STATEMENT)).statements


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        '"*"',
        "null",
        '{"Statement": [], "Statement": [{}]}',
        '{"Statement": [{"Action": "s3:Get*", "action": "*"}]}',
        '{"Statement": [{"Action": "a", "Action": "*"}]}',
        '{"Statement": NaN}',
        '{"Statement": ["Allow"]}',
        '{"Statement": [{"Action": 1}]}',
        '{"Statement": [{"Action": {"a": "b"}}]}',
        '{"Statement": [{"Action": "*", "Condition": "x"}]}',
        '{"Statement": "\\ud800"}',
        "// allow\n{}",
        "{'Statement': []}",
        '{"Statement": ' + "[" * 5000 + "]" * 5000 + "}",
        "\ud800",
    ],
)
def test_what_breaks_the_grammar_has_a_reason(text: str) -> None:
    found = read_policy(text)
    assert found.reason
    assert found.reason.isprintable()


def test_overlong_text_is_refused() -> None:
    assert read_policy(json.dumps(document()) + " " * MAX_TEXT).reason


def test_empty_text_is_an_absent_policy() -> None:
    assert read_policy("  \n") == Document()


def test_unknown_document_is_unknown_not_empty() -> None:
    assert read_policy(UNKNOWN) == Document(unknown=True)
    assert read_policy({"Statement": UNKNOWN}).unknown
    assert read_policy({"Statement": [UNKNOWN, STATEMENT]}).unknown
    assert len(read_policy({"Statement": [UNKNOWN, STATEMENT]}).statements) == 1


@pytest.mark.parametrize(
    ("key", "element"),
    [
        ("Effect", "effect"),
        ("Action", "action"),
        ("NotAction", "action"),
        ("Resource", "resource"),
        ("Principal", "principal"),
        ("Condition", "condition"),
    ],
)
def test_unknown_element_is_told_by_name(key: str, element: str) -> None:
    assert element in read_policy(document({**STATEMENT, key: UNKNOWN})).statements[0].unknown


def test_unknown_inside_a_list_keeps_the_rest() -> None:
    found = read_policy(document({**STATEMENT, "Action": ["iam:*", UNKNOWN]})).statements[0]
    assert found.actions == ("iam:*",)
    assert found.unknown == {"action"}


def test_unknown_effect_counts_as_allow() -> None:
    assert read_policy(document({**STATEMENT, "Effect": UNKNOWN})).statements[0].allow


def test_principals_of_every_form() -> None:
    forms = ["*", {"AWS": "*"}, {"AWS": ["*", "x"]}, {"Federated": "y", "Service": ["z"]}]
    found = [read_policy(document({"Principal": form})).statements[0] for form in forms]
    assert [[(p.kind, p.value) for p in s.principals or ()] for s in found] == [
        [("*", "*")],
        [("aws", "*")],
        [("aws", "*"), ("aws", "x")],
        [("federated", "y"), ("service", "z")],
    ]


def test_blocks_read_like_the_json_they_make() -> None:
    block = {
        "sid": "A",
        "actions": ["s3:PutObject", "s3:GetObject"],
        "not_actions": None,
        "resources": ["arn:aws:s3:::b/*"],
        "principals": [{"type": "AWS", "identifiers": ["arn:aws:iam::111122223333:root"]}],
        "condition": [
            {"test": "StringEquals", "variable": "aws:PrincipalOrgID", "values": ["o-1"]}
        ],
    }
    made = read_blocks({"statement": [block]}).statements[0]
    wanted = read_policy(document(STATEMENT)).statements[0]
    assert set(made.actions) == set(wanted.actions)
    assert made._replace(actions=()) == wanted._replace(actions=())


def test_block_without_effect_allows() -> None:
    assert read_blocks({"statement": [{"actions": ["*"]}]}).statements[0].allow
    assert not read_blocks({"statement": {"effect": "Deny"}}).statements[0].allow


def test_unknown_blocks_are_told() -> None:
    assert read_blocks({"statement": UNKNOWN}).unknown
    assert read_blocks(UNKNOWN).unknown
    condition = {"test": "StringEquals", "variable": "aws:SourceArn", "values": UNKNOWN}
    found = read_blocks({"statement": [{"actions": ["*"], "condition": [condition]}]})
    assert "condition" in found.statements[0].unknown
