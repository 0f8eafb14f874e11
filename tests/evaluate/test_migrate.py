"""gate.evaluate.migrate: old Rego comes out working, or is refused with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.errors import EvaluateError
from gate.evaluate import migrate as module
from gate.evaluate.migrate import count_negations, migrate
from gate.evaluate.opa import Opa, ask

CLASSIC = """package main

# why
deny[msg] {
  input.changes[_].path == "iam.tf"
  not input.pr.labels[_] == "iam-approved"
  msg = "IAM changes need the iam-approved label"
}
"""


@pytest.mark.parametrize(
    ("labels", "count"),
    [([], 1), (["other"], 1), (["iam-approved"], 0), (["iam-approved", "other"], 0), (None, 1)],
)
def test_classic_policy_works_in_opa(
    engine: Opa, tmp_path: Path, labels: list[str] | None, count: int
) -> None:
    rewritten = migrate(CLASSIC, "iam.rego")
    (tmp_path / "iam.rego").write_text(rewritten)
    pull = {} if labels is None else {"labels": labels}
    reply = ask(
        engine,
        "data.main.deny",
        sources=["iam.rego"],
        folder=str(tmp_path),
        document=json.dumps({"changes": [{"path": "iam.tf"}], "pr": pull}).encode(),
    )
    assert len(reply.value) == count
    assert "# why" in rewritten


def test_migrated_policy_stays_as_it_is() -> None:
    once = migrate(CLASSIC, "iam.rego")
    assert migrate(once, "iam.rego") == once


def test_v1_policy_keeps_its_form() -> None:
    text = 'package main\n\ndeny contains "m" if input.x\n'
    assert migrate(text, "a.rego") == text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a { not x[_] == 1 }", "a { count([1 | x[_] == 1]) == 0 }"),
        ("a {\n\tnot f(x[_])\n}", "a {\n\tcount([1 | f(x[_])]) == 0\n}"),
        ("a { not x[_]; not y[_] }", "a { count([1 | x[_]]) == 0; count([1 | y[_]]) == 0 }"),
        (
            "a { not f([1 | not y[_]; z[_]]) }",
            "a { count([1 | f([1 | count([1 | y[_]]) == 0; z[_]])]) == 0 }",
        ),
        ("a { not x == 1 }", "a { not x == 1 }"),
        ('a { "not x[_]" }  # not x[_]', 'a { "not x[_]" }  # not x[_]'),
    ],
)
def test_negations_become_counts(before: str, after: str) -> None:
    assert count_negations(before) == after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("package main\n\ndeny[x] { y == 1 }\n", r"a\.rego:\d+: rego_unsafe_var_error"),
        ("package main\n\ndeny[x] {\n", r"a\.rego:\d+: rego_parse_error"),
        (
            "package main\n\ndeny contains x if { x := http.send({}) }\n",
            r"a\.rego:3: rego_type_error: undefined function http\.send",
        ),
    ],
)
def test_what_opa_refuses_is_an_error_with_its_line(text: str, reason: str) -> None:
    with pytest.raises(EvaluateError, match=reason):
        migrate(text, "a.rego")


def test_missing_opa_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_opa", lambda: None)
    with pytest.raises(EvaluateError, match="OPA was not found") as caught:
        migrate(CLASSIC, "a.rego")
    assert "gate opa install" in caught.value.hint
