"""gate.evaluate.catalogue: rules by path, messages by template."""

from __future__ import annotations

import time

import pytest

from gate.errors import EvaluateError
from gate.evaluate import catalogue
from gate.evaluate.catalogue import message_fields, native_checks, rego_rules, render_message
from gate.evaluate.policies import Module, load_bundled
from gate.schema.finding import RawFinding
from gate.schema.rule import Rule, RuleCustom, RuleMetadata

HEAD = """\
# METADATA
# title: T
# description: D
# custom:
#   severity: low
#   enforcement: ENFORCEMENT
#   needs: [changes]
#   message: "MESSAGE"
#   remediation: R
package PACKAGE
"""


def module(
    path: str,
    package: str,
    *,
    message: str = "{subject}",
    enforcement: str = "warn",
    extra: str = "",
) -> Module:
    text = HEAD.replace("PACKAGE", package).replace("MESSAGE", message)
    text = text.replace("ENFORCEMENT", enforcement).replace("#   needs", f"{extra}#   needs")
    return Module(path, text)


def rule(message: str) -> Rule:
    custom = RuleCustom(
        severity="low", enforcement="warn", needs=("changes",), message=message, remediation="r"
    )
    metadata = RuleMetadata(title="t", description="d", custom=custom)
    return Rule(id="a.b", metadata=metadata, engine="rego", path="rules/a/b.rego")


def test_id_is_the_path() -> None:
    found = rego_rules(
        [
            module("rules/b/two.rego", "gate.rules.b.two"),
            module("rules/a/one.rego", "gate.rules.a.one"),
            Module("lib/x.rego", "package gate.lib.x\n"),
        ]
    )
    assert [item.id for item in found] == ["a.one", "b.two"]


def test_site_id_is_the_package() -> None:
    found = rego_rules([module("acme/any.rego", "site.rules.a.one")], site=True)
    assert [item.id for item in found] == ["site.a.one"]


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (module("rules/a/one.rego", "gate.rules.a.two"), "package must be gate.rules.a.one"),
        (module("rules/one.rego", "gate.rules.one"), "a rule is rules/<family>/<rule>.rego"),
        (module("rules/a/One.rego", "gate.rules.a.One"), "lower_snake_case"),
        (module("rules/a/b.rego", "gate.rules.a.b", message=" "), "message is empty"),
        (module("rules/a/b.rego", "gate.rules.a.b", message="{x.y}"), "names no value"),
        (module("rules/a/b.rego", "gate.rules.a.b", enforcement="approve"), "needs a surface"),
        (
            module("rules/a/b.rego", "gate.rules.a.b", extra="#   surface: moon\n"),
            "surface 'moon' is unknown",
        ),
    ],
)
def test_rule_that_does_not_hold_names_its_place(made: Module, reason: str) -> None:
    with pytest.raises(EvaluateError, match=reason) as caught:
        rego_rules([made])
    assert caught.value.message.startswith(f"rego/{made.path}:")


def test_two_site_rules_of_one_id_are_an_error() -> None:
    twice = [module("x.rego", "site.rules.a.b"), module("y.rego", "site.rules.a.b")]
    with pytest.raises(EvaluateError, match="declared twice"):
        rego_rules(twice, site=True)


def test_native_module_without_a_question_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert native_checks()
    empty = type("Empty", (), {"METADATA": rule("m").metadata})
    monkeypatch.setattr(catalogue.importlib, "import_module", lambda name: empty)
    with pytest.raises(EvaluateError, match="needs METADATA and find"):
        native_checks()


def test_message_is_filled_with_neutralised_values() -> None:
    finding = RawFinding(
        rule="a.b",
        subject="x\u202e\n",
        values={"n": 3, "flag": True, "word": "{subject}\x1b[31m"},
    )
    text = render_message(rule("{subject} {n} {flag} {word}"), finding)
    assert text == "x\\u{202e}\\u{a} 3 true {subject}\\u{1b}[31m"


def test_missing_value_is_an_error() -> None:
    with pytest.raises(EvaluateError, match="lacks the value 'who'"):
        render_message(rule("{who}"), RawFinding(rule="a.b", subject="s"))


def test_own_message_of_a_pack_is_neutralised() -> None:
    finding = RawFinding(rule="a.b", subject="s", message="a\nb")
    assert render_message(rule("{subject}"), finding) == "a\\u{a}b"


def test_fields_of_a_message_are_known() -> None:
    assert message_fields(rule("{a} and {b_c} but not { d}")) == {"a", "b_c"}


def test_bundled_catalogue_loads_quickly() -> None:
    bundled = load_bundled()
    best = 1.0
    for _ in range(5):
        begin = time.perf_counter()
        rego_rules(bundled.modules)
        best = min(best, time.perf_counter() - begin)
    assert best < 0.015
