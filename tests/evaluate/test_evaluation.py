"""gate.evaluate.evaluation: every rule answers, or the gate says that it could not judge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gate.errors import EvaluateError
from gate.evaluate import evaluation, opa
from gate.evaluate.catalogue import NativeCheck
from gate.evaluate.evaluation import Request, begin, evaluate
from gate.schema.finding import Location, RawFinding
from gate.schema.native import NativeInput
from gate.schema.rule import Rule, RuleCustom, RuleMetadata
from gate.schema.section import Absent, Gap, Unreadable

Bundle = Callable[..., Path]
RequestOf = Callable[..., Request]
RULE = """\
# METADATA
# title: Terraform changes
# description: Terraform files change.
# custom:
#   severity: low
#   enforcement: warn
#   needs: [changes]
#   message: "{subject} is {status}"
#   remediation: Nothing.
package PACKAGE

findings contains {
	"at": {"path": change.path},
	"subject": change.path,
	"values": {"status": change.status},
	"evidence": change.status,
} if {
	some change in input.changes
	change.kind == "terraform"
}
"""
SITE_RULE = RULE.replace("PACKAGE", "site.rules.acme.sample")


@pytest.fixture(params=["opa", "embedded"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine."""
    return str(request.param)


def native(**options: Any) -> NativeCheck:
    custom = RuleCustom(
        severity="low",
        enforcement="warn",
        needs=("text",),
        message="{subject}",
        remediation="r",
    )
    rule = Rule(
        id="t.native",
        metadata=RuleMetadata(title="t", description="d", custom=custom),
        engine="native",
        path="native/t/native.py",
    )

    def find(subject: NativeInput) -> Iterator[RawFinding]:
        values = {"rule": "forged.id", "subject": subject.input.changes[0].path, **options}
        yield RawFinding(**values)

    return NativeCheck(rule, find)


def test_bundled_rules_answer_on_each_engine(
    bundle: Bundle, request_of: RequestOf, engine_name: str
) -> None:
    bundle()
    found = evaluate(request_of(engine=engine_name))
    assert found.engine.name == engine_name
    assert found.engine.version
    assert [rule.id for rule in found.rules] == ["t.sample"]
    assert found.findings == (
        RawFinding(
            rule="t.sample",
            subject="iam.tf",
            at=Location(path="iam.tf"),
            values={"status": "added"},
            evidence="added",
        ),
    )


def test_zero_rules_are_an_error(bundle: Bundle, request_of: RequestOf, engine_name: str) -> None:
    root = bundle()
    (root / "rules" / "t" / "sample.rego").unlink()
    with pytest.raises(EvaluateError, match="not one rule is loaded"):
        evaluate(request_of(engine=engine_name))


def test_rule_without_findings_is_an_error(
    bundle: Bundle, request_of: RequestOf, engine_name: str
) -> None:
    bundle({"rules/t/mute.rego": RULE.replace("PACKAGE", "gate.rules.t.mute").replace(
        "findings contains", "found contains")})  # fmt: skip
    with pytest.raises(EvaluateError, match=r"did not answer: t\.mute|embedded engine"):
        evaluate(request_of(engine=engine_name))


def test_rule_cannot_forge_its_id(bundle: Bundle, request_of: RequestOf) -> None:
    forged = RULE.replace("PACKAGE", "gate.rules.t.forger").replace(
        '"subject"', '"rule": "t.sample", "subject"'
    )
    bundle({"rules/t/forger.rego": forged})
    found = evaluate(request_of())
    assert sorted(item.rule for item in found.findings) == ["t.forger", "t.sample"]


def test_rule_of_an_unknown_package_is_an_error(bundle: Bundle, request_of: RequestOf) -> None:
    sneaking = 'package gate.rules.t.sneaked\n\nfindings contains {"subject": "s"}\n'
    bundle({"lib/x.rego": sneaking})
    with pytest.raises(EvaluateError, match=r"answered that nobody knows: t\.sneaked"):
        evaluate(request_of())


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ('{"status": change.status}', "{}", "lacks status of its message"),
        ('"evidence"', '"message": "m", "evidence"', "brings its own message"),
        ('"evidence"', '"enforcement": "block", "evidence"', "raises its enforcement"),
        ('"evidence"', '"surface": "moon", "evidence"', "surface 'moon' is unknown"),
        ('"evidence"', '"other": 1, "evidence"', "unknown field `other`"),
        ('{"path": change.path}', '{"path": "a", "root": ""}', "`at` is either"),
        ('"subject": change.path', '"subject": null', "Expected `str`, got `null`"),
        ("change.status}", "null}", "got `null`"),
    ],
)
def test_finding_that_does_not_hold_is_an_error(
    bundle: Bundle, request_of: RequestOf, engine_name: str, before: str, after: str, reason: str
) -> None:
    text = RULE.replace("PACKAGE", "gate.rules.t.sample").replace(before, after)
    bundle({"rules/t/sample.rego": text})
    with pytest.raises(EvaluateError, match=reason):
        evaluate(request_of(engine=engine_name))


def test_lowered_enforcement_is_kept(bundle: Bundle, request_of: RequestOf) -> None:
    text = RULE.replace("PACKAGE", "gate.rules.t.sample")
    bundle(
        {"rules/t/sample.rego": text.replace('"evidence"', '"enforcement": "observe", "evidence"')}
    )
    assert evaluate(request_of()).findings[0].enforcement == "observe"


def test_builtin_error_in_a_bundled_rule_is_an_error(bundle: Bundle, request_of: RequestOf) -> None:
    text = RULE.replace("PACKAGE", "gate.rules.t.sample")
    bundle(
        {
            "rules/t/sample.rego": text.replace(
                "change.kind ==", "to_number(change.kind) == 1\n\tchange.kind =="
            )
        }
    )
    with pytest.raises(EvaluateError, match=r"rules/t/sample\.rego:\d+: eval_builtin_error"):
        evaluate(request_of())


def test_native_check_answers_under_its_own_id(
    bundle: Bundle, request_of: RequestOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle()
    monkeypatch.setattr(evaluation, "native_checks", lambda: (native(),))
    found = evaluate(request_of())
    assert [rule.id for rule in found.rules] == ["t.native", "t.sample"]
    assert {item.rule for item in found.findings} == {"t.native", "t.sample"}


def test_unreadable_section_leaves_a_gap_where_a_rule_needs_it(
    bundle: Bundle, request_of: RequestOf
) -> None:
    bundle()
    sections = {
        "changes": Unreadable(reason="cut off"),
        "workflows": Unreadable(reason="nobody asks"),
        "terraform": Absent(),
    }
    found = evaluate(request_of(sections=sections))
    assert found.gaps == (Gap(section="changes", reason="cut off"),)
    assert [rule.id for rule in found.rules] == ["t.sample"]


def test_site_rule_is_evaluated_in_the_same_call(bundle: Bundle, request_of: RequestOf) -> None:
    bundle()
    files = {
        "acme/sample.rego": SITE_RULE.replace(
            'change.kind == "terraform"', "change.kind == data.site.lib.words.kind"
        ),
        "acme/words.rego": "package site.lib.words\n\nkind := data.site.data.acme.kind\n",
        "acme/kinds.yaml": "kind: terraform\n",
    }
    found = evaluate(request_of(files))
    assert [rule.id for rule in found.rules] == ["site.acme.sample", "t.sample"]
    assert sorted(item.rule for item in found.findings) == ["site.acme.sample", "t.sample"]


def test_broken_site_rule_names_its_file(bundle: Bundle, request_of: RequestOf) -> None:
    bundle()
    broken = SITE_RULE.replace("some change in", "some change in in")
    with pytest.raises(EvaluateError, match=r"policies/acme/s\.rego:\d+: rego_parse_error"):
        evaluate(request_of({"acme/s.rego": broken}))


def test_site_rule_cannot_read_the_environment(bundle: Bundle, request_of: RequestOf) -> None:
    bundle()
    spy = SITE_RULE.replace("change.status}", "opa.runtime().env}")
    with pytest.raises(EvaluateError, match=r"undefined function opa\.runtime"):
        evaluate(request_of({"acme/s.rego": spy}))


def test_site_rules_change_the_digest(bundle: Bundle, request_of: RequestOf) -> None:
    root = bundle()
    plain = evaluate(request_of()).policy_digest
    assert plain == evaluate(request_of(engine="embedded")).policy_digest
    with_site = evaluate(request_of({"acme/s.rego": SITE_RULE})).policy_digest
    with_pack = evaluate(request_of({"p/a.rego": 'package main\ndeny contains "m"'})).policy_digest
    assert len({plain, with_site, with_pack}) == 3
    (root / "data" / "t" / "empty.json").write_text('{"empty": {"a": 1}}')
    evaluation.load_bundled.__globals__["load_policies"].cache_clear()
    assert evaluate(request_of()).policy_digest != plain


def test_settings_change_the_digest(bundle: Bundle, request_of: RequestOf) -> None:
    bundle()
    request = request_of()
    config = msgspec.structs.replace(request.site.config, rules={"t.sample": "block"})
    site = msgspec.structs.replace(request.site, config=config)
    assert (
        evaluate(msgspec.structs.replace(request, site=site)).policy_digest
        != evaluate(request).policy_digest
    )


@pytest.mark.parametrize(
    "files",
    [{"acme/s.rego": SITE_RULE}, {"p/a.rego": 'package main\ndeny contains "m"'}],
)
def test_site_policies_on_the_embedded_engine_are_an_error(
    bundle: Bundle, request_of: RequestOf, files: dict[str, str]
) -> None:
    bundle()
    with pytest.raises(EvaluateError, match="does not evaluate") as caught:
        evaluate(request_of(files, engine="embedded"))
    assert "gate opa install" in caught.value.hint


def test_missing_opa_falls_back_only_on_auto(
    bundle: Bundle, request_of: RequestOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle()
    monkeypatch.delenv("GATE_OPA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert opa.find_opa() is None
    assert evaluate(request_of(engine="auto")).engine.name == "embedded"
    with pytest.raises(EvaluateError, match="OPA was not found") as caught:
        evaluate(request_of(engine="opa"))
    assert "gate opa install" in caught.value.hint
    with pytest.raises(EvaluateError, match="does not evaluate"):
        evaluate(request_of({"acme/s.rego": SITE_RULE}, engine="auto"))


def test_auto_takes_opa_where_it_is(bundle: Bundle, request_of: RequestOf) -> None:
    bundle()
    assert evaluate(request_of(engine="auto")).engine.name == "opa"


def test_unknown_engine_is_an_error(request_of: RequestOf) -> None:
    with pytest.raises(EvaluateError, match="engine 'wasm' is unknown"):
        evaluate(request_of(engine="wasm"))


def test_undefined_result_is_an_error(
    bundle: Bundle, request_of: RequestOf, script: Callable[[str], str]
) -> None:
    bundle()
    with pytest.raises(EvaluateError, match="the result is undefined"):
        evaluate(request_of(opa_path=script("cat > /dev/null; echo '{}'")))


def test_answer_of_another_shape_is_an_error(
    bundle: Bundle, request_of: RequestOf, script: Callable[[str], str]
) -> None:
    bundle()
    told = '{"result":[{"expressions":[{"value":{"findings":[]}}]}]}'
    with pytest.raises(EvaluateError, match="has not the expected shape"):
        evaluate(request_of(opa_path=script(f"cat > /dev/null; echo '{told}'")))


def test_engine_that_forgets_a_rule_is_an_error(
    bundle: Bundle, request_of: RequestOf, script: Callable[[str], str]
) -> None:
    bundle()
    told = '{"result":[{"expressions":[{"value":{"findings":[],"evaluated":[]}}]}]}'
    with pytest.raises(EvaluateError, match=r"1 rules did not answer: t\.sample"):
        evaluate(request_of(opa_path=script(f"cat > /dev/null; echo '{told}'")))


def test_pack_is_evaluated_beside_the_rules(bundle: Bundle, request_of: RequestOf) -> None:
    bundle()
    found = evaluate(request_of({"legacy/a.rego": 'package main\n\ndeny contains "no"\n'}))
    assert [rule.id for rule in found.rules] == ["site.legacy.main.deny", "t.sample"]
    assert ("site.legacy.main.deny", "no") in [(item.rule, item.message) for item in found.findings]


@pytest.mark.opa
def test_engine_that_was_begun_answers_alike(bundle: Bundle, request_of: RequestOf) -> None:
    bundle()
    request = request_of(engine="opa")
    begun = begin(request.site, "opa")
    assert begun is not None
    try:
        assert evaluate(request, begun) == evaluate(request)
    finally:
        begun.stop()


@pytest.mark.opa
def test_engine_that_waited_too_long_is_asked_anew(
    bundle: Bundle, request_of: RequestOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle()
    request = request_of(engine="auto")
    begun = begin(request.site, "auto")
    assert begun is not None
    begun.stop()
    monkeypatch.setattr(opa, "STALE_SECONDS", -1)
    assert begun.is_stale
    assert evaluate(request, begun).findings == evaluate(request).findings


@pytest.mark.parametrize("engine", ["embedded", "unknown"])
def test_other_engines_are_not_begun(bundle: Bundle, request_of: RequestOf, engine: str) -> None:
    bundle()
    assert begin(request_of().site, engine) is None


def test_what_cannot_start_is_not_begun(
    bundle: Bundle, request_of: RequestOf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bundle()
    monkeypatch.setenv("GATE_OPA", str(tmp_path / "no-opa"))
    assert begin(request_of().site, "auto") is None
    with pytest.raises(EvaluateError, match="is no program"):
        evaluate(request_of(engine="auto"))


@pytest.mark.opa
def test_policies_of_a_site_are_another_question(bundle: Bundle, request_of: RequestOf) -> None:
    bundle()
    site = request_of({"acme/sample.rego": SITE_RULE}).site
    assert begin(site, "opa") is None
