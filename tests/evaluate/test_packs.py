"""gate.evaluate.packs: what conftest does is done, and where it stays silent this speaks."""

from __future__ import annotations

from typing import Any

import pytest

from gate.errors import EvaluateError
from gate.evaluate.opa import Opa
from gate.evaluate.packs import Packed, evaluate_packs
from gate.evaluate.site_policies import sort_policies
from gate.schema.collected import PlanFile
from gate.schema.finding import Location
from gate.schema.site import PackSettings, PolicyFile

INPUT = b'{"changes": [{"path": "iam.tf"}], "pr": {"labels": ["other"]}}'
CLASSIC = """package main

deny[msg] {
  input.changes[_].path == "iam.tf"
  not input.pr.labels[_] == "iam-approved"
  msg = "IAM changes need the iam-approved label"
}
"""


def ask(
    engine: Opa,
    files: dict[str, str] | str,
    document: bytes = INPUT,
    plans: tuple[PlanFile, ...] = (),
    **settings: Any,
) -> Packed:
    wanted = {"p.rego": files} if isinstance(files, str) else files
    made = [PolicyFile(path=f"old/{path}", data=text.encode()) for path, text in wanted.items()]
    packs = sort_policies(made, {"old": PackSettings(**settings)}).packs
    return evaluate_packs(engine, packs, document, plans)


def test_enforcement_and_id_come_from_the_name(engine: Opa) -> None:
    found = ask(
        engine,
        'package a.b\n\ndeny contains "d"\n\nviolation_two contains "v"\n\nwarn_x contains "w"\n'
        "\nother := 1\n\ndenying contains 1\n",
    )
    assert {rule.id: rule.metadata.custom.enforcement for rule in found.rules} == {
        "site.old.a.b.deny": "block",
        "site.old.a.b.violation_two": "block",
        "site.old.a.b.warn_x": "warn",
    }
    assert {item.rule.rpartition(".")[2]: item.message for item in found.findings} == {
        "deny": "d",
        "violation_two": "v",
        "warn_x": "w",
    }
    assert {item.subject for item in found.findings} == {"pull request"}


def test_objects_may_say_where(engine: Opa) -> None:
    found = ask(
        engine,
        'package main\n\ndeny contains {"msg": "m", "_loc": {"file": "a.tf", "line": 3}, "k": 1}\n',
    )
    assert found.findings[0].message == "m"
    assert found.findings[0].at == Location(path="a.tf", line=3)


def test_v0_and_v1_packs_are_told_apart(engine: Opa) -> None:
    v0 = 'package main\n\ndeny[msg] { input.changes[_].path == "iam.tf"; msg := "m" }\n'
    v1 = 'package main\n\ndeny contains "m" if { input.changes[_].path == "iam.tf" }\n'
    for text, works, fails in ((v0, "v0", "v1"), (v1, "v1", "v0")):
        assert [item.message for item in ask(engine, text).findings] == ["m"]
        assert [item.message for item in ask(engine, text, rego=works).findings] == ["m"]
        with pytest.raises(EvaluateError, match="rego_parse_error"):
            ask(engine, text, rego=fails)


def test_negated_wildcard_is_refused_with_the_form_that_works(engine: Opa) -> None:
    with pytest.raises(EvaluateError) as caught:
        ask(engine, CLASSIC)
    assert caught.value.message == ("policies/old/p.rego:5: rego_unsafe_var_error: var _ is unsafe")
    form = 'count([1 | input.pr.labels[_] == "iam-approved"]) == 0'
    assert form in caught.value.hint
    assert "gate policies migrate" in caught.value.hint
    mended = CLASSIC.replace('not input.pr.labels[_] == "iam-approved"', form)
    assert len(ask(engine, mended).findings) == 1
    approved = INPUT.replace(b"other", b"iam-approved")
    assert ask(engine, mended, approved).findings == ()


def test_exception_takes_findings_away_and_says_so(engine: Opa) -> None:
    found = ask(
        engine,
        'package main\n\ndeny_a contains "1"\n\ndeny_b contains "2"\n\n'
        'exception contains rules if { rules := ["a"] }\n',
    )
    assert [item.message for item in found.findings] == ["2"]
    assert found.warnings == ("site.old.main.deny_a: 1 findings excepted by the pack itself",)


def test_bare_rule_is_excepted_by_the_empty_name(engine: Opa) -> None:
    text = 'package main\n\ndeny contains "1"\n\nexception contains [""]\n'
    assert ask(engine, text).findings == ()


def test_builtin_error_is_undefined_and_told(engine: Opa) -> None:
    found = ask(
        engine, 'package main\n\ndeny contains to_number("zz")\n\ndeny contains "other" if true\n'
    )
    assert [item.message for item in found.findings] == ["other"]
    assert len(found.warnings) == 1
    assert found.warnings[0].startswith("policies/old/p.rego:3: to_number")


def test_data_documents_stand_under_their_folders(engine: Opa) -> None:
    found = ask(
        engine,
        {
            "p.rego": "package main\n\n"
            "deny contains data.a.limits.words[_]\n\ndeny contains data.top\n",
            "a/limits/x.yaml": "words: [one, two]\n",
            "top.json": '{"top": "three"}',
        },
    )
    assert sorted(str(item.message) for item in found.findings) == ["one", "three", "two"]


def test_print_and_trace_do_not_matter(engine: Opa) -> None:
    text = 'package main\n\ndeny contains "m" if {\n\tprint("x", input)\n\ttrace("y")\n}\n'
    assert [item.message for item in ask(engine, text).findings] == ["m"]


def test_namespaces_are_globs_over_packages(engine: Opa) -> None:
    files = {
        "a.rego": 'package main\n\ndeny contains "a"\n',
        "b.rego": 'package team.iam\n\ndeny contains "b"\n',
        "c.rego": 'package team.net.x\n\ndeny contains "c"\n',
    }
    found = ask(engine, files, namespaces=("team.*",))
    assert sorted(str(item.message) for item in found.findings) == ["b", "c"]


def test_odd_package_names_are_asked(engine: Opa) -> None:
    found = ask(engine, 'package main["a-b"]\n\ndeny contains "m"\n')
    assert [item.rule for item in found.findings] == ["site.old.main.a-b.deny"]


def test_plan_packs_read_the_raw_plan_once_per_plan(engine: Opa) -> None:
    plans = tuple(
        PlanFile(
            root=root,
            name="plan.json",
            data=b'\xef\xbb\xbf{"resource_changes": [{"address": "%s"}]}' % root.encode(),
        )
        for root in ("one", "two")
    )
    text = "package main\n\ndeny contains r.address if some r in input.resource_changes\n"
    found = ask(engine, text, plans=plans, input="plan")
    assert [(item.subject, item.message) for item in found.findings] == [
        ("plan of one", "one"),
        ("plan of two", "two"),
    ]
    assert found.rules[0].metadata.custom.needs == ("terraform",)
    without = ask(engine, text, input="plan")
    assert (len(without.rules), without.findings) == (1, ())


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("package main\n\nallow := true\n", "not one rule named deny, violation or warn"),
        ("package main\n\ndeny if input.x\n", r"p\.rego:3: deny is not a set"),
        ("package main\n\ndeny { input.x }\n", r"p\.rego:3: deny is not a set"),
        ("package main\n\ndeny[msg] if { msg := 1 }\n", r"p\.rego:3: deny is not a set"),
        ("package main\n\ndeny := true\n", "deny is not a set of messages but true"),
        ('package main\n\ndeny := {"a": 1}\n', "deny is not a set of messages but"),
        ('package main\n\ndeny contains ""\n', "without a message"),
        ("package main\n\ndeny contains 3\n", "without a message: 3"),
        ('package main\n\ndeny contains {"message": "m"}\n', "without a message"),
        ('package main\n\ndeny contains parse_config("a", "b")\n', r"p\.rego:3: parse_config is"),
        ("package main\n\ndeny contains http.send({}).body\n", "undefined function http.send"),
        ("package main\n\ndeny contains opa.runtime().env\n", "undefined function opa.runtime"),
        ("package main\n\ndeny[x] { x === 1 }\n", r"old/p\.rego:3: rego_parse_error"),
        ("package main\n\ndeny contains x if { y == 1 }\n", "rego_unsafe_var_error"),
        (
            'package main\n\ndeny contains "m"\n\np := 1\n\np := 2\n\nwarn contains p\n',
            "conflict|multiple",
        ),
    ],
)
def test_pack_that_proves_nothing_or_cannot_run_is_an_error(
    engine: Opa, text: str, reason: str
) -> None:
    with pytest.raises(EvaluateError, match=reason):
        ask(engine, text)


def test_environment_is_not_visible_to_packs(engine: Opa, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_CANARY", "canary-value")
    with pytest.raises(EvaluateError) as caught:
        ask(engine, "package main\n\ndeny contains opa.runtime().env.GATE_CANARY\n")
    assert "canary-value" not in caught.value.diagnostics()


def test_pack_that_reads_a_plan_is_not_given_something_else(engine: Opa) -> None:
    text = 'package main\n\ndeny contains "x" if input.resource_changes[_].type == "y"\n'
    with pytest.raises(
        EvaluateError, match=r"p\.rego:3: input\.resource_changes is a key"
    ) as caught:
        ask(engine, text)
    assert "input: plan" in caught.value.hint
    assert ask(engine, text, input="plan").warnings == (
        "policies/old reads plans, and none was handed in: it was not asked",
    )


def test_pack_that_reads_an_unknown_key_is_told(engine: Opa) -> None:
    text = 'package main\n\ndeny contains "x" if input["payload"].y == 1\n'
    (warning,) = ask(engine, text).warnings
    assert "p.rego:3: GateInput has no key payload" in warning
