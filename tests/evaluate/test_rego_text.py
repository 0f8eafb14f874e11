"""gate.evaluate.rego_text: packages, rule heads and negations, whatever the layout."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.evaluate.rego_text import (
    names_used,
    negated_wildcards,
    package_of,
    rule_heads,
    tokenise,
)


@pytest.mark.parametrize(
    ("text", "package"),
    [
        ("package main", ("main",)),
        ("# c\n\npackage a.b.c # d\nimport data.x", ("a", "b", "c")),
        ('package a["b-c"].d', ("a", "b-c", "d")),
        ("package a . b", ("a", "b")),
        ("import data.x\npackage a", None),
        ("package\n", None),
        ("", None),
    ],
)
def test_package(text: str, package: tuple[str, ...] | None) -> None:
    assert package_of(tokenise(text)) == package


@pytest.mark.parametrize(
    ("text", "name", "form", "after_key"),
    [
        ("deny[msg] { msg := 1 }", "deny", "[", "{"),
        ("deny[msg] if { msg := 1 }", "deny", "[", "if"),
        ('deny["x"] = 1', "deny", "[", "="),
        ("deny contains msg if { true }", "deny", "contains", ""),
        ("deny if { true }", "deny", "if", ""),
        ("deny { true }", "deny", "{", ""),
        ("deny := true", "deny", "=", ""),
        ("deny = true", "deny", "=", ""),
        ("deny(x) { x }", "deny", "(", ""),
        ("default deny = false", "deny", "default", ""),
        ("a { true } deny[msg] { true }", "deny", "[", "{"),
        ("x := `\ndeny if {` deny { 1 }", "deny", "{", ""),
    ],
)
def test_rule_heads(text: str, name: str, form: str, after_key: str) -> None:
    heads = [head for head in rule_heads(tokenise(text)) if head.name == name]
    assert [(head.form, head.after_key) for head in heads] == [(form, after_key)]


@pytest.mark.parametrize(
    "text",
    [
        "import data.deny",
        "a { deny[x] }",
        "a := b.deny",
        '# deny { }\nx := "deny { }"',
        "x := `deny {\ndeny {`",
        "a := [deny | x]",
    ],
)
def test_what_is_no_rule_head(text: str) -> None:
    assert "deny" not in [head.name for head in rule_heads(tokenise(text))]


@pytest.mark.parametrize(
    ("text", "expressions"),
    [
        ('a { not x[_] == "b" }', ['x[_] == "b"']),
        ("a {\n  not f(x[_].y, 1)\n  b\n}", ["f(x[_].y, 1)"]),
        ("a { not x[_]; b[_] }", ["x[_]"]),
        ("a { not x[i] == 1 }", []),
        ("a { not x }", []),
        ("a { b.not[_] }", []),
        ("a := [1 | not x[_]]", ["x[_]"]),
        ("a { not x[_] in {1, 2} }", ["x[_] in {1, 2}"]),
        ("a { not f([1 | y[_]]) }", ["f([1 | y[_]])"]),
        ("a { not x[_] }\nb { not y[_] }", ["x[_]", "y[_]"]),
    ],
)
def test_negated_wildcards(text: str, expressions: list[str]) -> None:
    found = negated_wildcards(tokenise(text))
    assert [text[token.end : end].strip() for token, end in found] == expressions


def test_calls_are_found_wherever_they_stand() -> None:
    text = 'a {\n  b := [x | x := parse_config("hcl", y)]\n}\nparse_config_file = 1\n'
    wanted = frozenset({"parse_config", "parse_config_file"})
    assert [(token.text, token.line) for token in names_used(tokenise(text), wanted)] == [
        ("parse_config", 2)
    ]


@given(st.text(alphabet='ab_ .[]{}()|:="`#\n\\not', max_size=60))
def test_any_text_is_read_without_failing(text: str) -> None:
    tokens = tokenise(text)
    assert all(text[token.start : token.end] == token.text for token in tokens)
    assert all(token.line == text[: token.start].count("\n") + 1 for token in tokens)
    rule_heads(tokens)
    negated_wildcards(tokens)
    package_of(tokens)
