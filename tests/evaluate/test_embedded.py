"""gate.evaluate.embedded: what regopy is asked, and every way in which it may fail."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from gate.errors import EvaluateError
from gate.evaluate import embedded
from gate.evaluate.embedded import ALLOWED_BUILTINS, builtins_used, evaluate_embedded, request_of
from gate.evaluate.policies import Module, Policies

DOCUMENT = b'{"xs": ["a\\nb", "\\u00e9"], "n": 12345678901234567890123}'


def policies(**modules: str) -> Policies:
    made = tuple(
        Module(f"rules/t/{name}.rego", f"package gate.rules.t.{name}\n{body}")
        for name, body in modules.items()
    )
    return Policies("/nowhere", made, {"t": {"words": ["a\nb"]}}, "0")


def test_findings_come_with_their_rule() -> None:
    made = policies(
        one='findings contains {"subject": x, "evidence": "e"} if { some x in input.xs }',
        two='findings contains {"subject": "s"} if { input.missing }',
    )
    found = evaluate_embedded(made, ["t.one", "t.two"], DOCUMENT)
    assert found.version.startswith("1.5")
    assert found.answer.evaluated == {"t.one", "t.two"}
    assert sorted(item.subject for item in found.answer.findings) == ["a\nb", "é"]
    assert {item.rule for item in found.answer.findings} == {"t.one"}


def test_tables_are_read_undamaged() -> None:
    body = (
        'findings contains {"subject": w} if { some w in data.gate.tables.t.words; w in input.xs }'
    )
    found = evaluate_embedded(policies(one=body), ["t.one"], DOCUMENT)
    assert [item.subject for item in found.answer.findings] == ["a\nb"]


def test_private_names_of_two_packages_do_not_meet() -> None:
    made = policies(
        one='findings contains _made("a", 1)\n_made(s, n) := {"subject": s, "values": {"n": n}}',
        two='findings contains _made("_made")\n_made(s) := {"subject": s}  # _made\n',
    )
    request = request_of(made, ["t.one", "t.two"])
    assert '_made_0("a", 1)' in request["modules"][0].text
    assert '_made_1("_made")' in request["modules"][1].text
    found = evaluate_embedded(made, ["t.one", "t.two"], DOCUMENT)
    assert sorted(item.subject for item in found.answer.findings) == ["_made", "a"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('findings contains {"subject": "s"} if { lower(input.a) == "b" }', "rules use lower"),
        ('findings contains {"subject": s} if { s := sprintf("%s", [1]) }', "rules use sprintf"),
        ("findings contains x if { x := http.send({}) }", "rules use http.send"),
        ("findings contains opa.runtime()", "rules use opa.runtime"),
    ],
)
def test_builtin_outside_the_list_is_refused_before_anything_runs(body: str, reason: str) -> None:
    with pytest.raises(EvaluateError, match=reason) as caught:
        evaluate_embedded(policies(one=body), ["t.one"], DOCUMENT)
    assert "gate opa install" in caught.value.hint


def test_builtin_the_engine_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "ALLOWED_BUILTINS", ALLOWED_BUILTINS | {"net.cidr_contains"})
    body = 'findings contains {"subject": "s"} if { net.cidr_contains("10.0.0.0/8", "10.0.0.1") }'
    with pytest.raises(EvaluateError, match=r"the engine has no builtin net\.cidr_contains"):
        evaluate_embedded(policies(one=body), ["t.one"], DOCUMENT)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('findings contains {"subject": "s"} if { max("a") > 1 }', "a rule failed"),
        ("other := 1", "undefined|a rule failed|JSONDecodeError"),
        ("findings := 3", "no set of objects"),
        ('findings contains "text"', "no set of objects"),
        ('findings contains {"subject": 1}', "t.one: a finding is not valid"),
        ('findings contains {"subject": "s", "extra": 1}', "unknown field"),
        ("findings contains x if {", "RegoError|a rule failed|JSONDecodeError"),
    ],
)
def test_failing_rule_is_an_error(body: str, reason: str) -> None:
    with pytest.raises(EvaluateError, match=reason):
        evaluate_embedded(policies(one=body), ["t.one"], DOCUMENT)


def test_looping_rule_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "EVALUATION_SECONDS", 1)
    document = b'{"xs": [' + b",".join(b"%d" % n for n in range(3000)) + b"]}"
    body = (
        'findings contains {"subject": "s"} if {\n\tsome a in input.xs\n\tsome b in input.xs\n'
        "\tsome c in input.xs\n\ta == b\n\tb == c\n\tc == 9999\n}"
    )
    with pytest.raises(EvaluateError, match="not finished after 1 s"):
        evaluate_embedded(policies(one=body), ["t.one"], document)


def test_memory_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MEMORY", 60 << 20)
    document = b'{"xs": [' + b",".join(b'{"k": "%d"}' % n for n in range(400_000)) + b"]}"
    body = 'findings contains {"subject": "s"} if { input.nothing }'
    with pytest.raises(EvaluateError, match="60 MB are allowed"):
        evaluate_embedded(policies(one=body), ["t.one"], document)


def worker_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    (tmp_path / "embedded_worker.py").write_text(code)
    monkeypatch.setattr(embedded, "__file__", str(tmp_path / "embedded.py"))


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("print('not json')", "no answer .exit 0."),
        ("import sys; sys.exit(3)", "no answer .exit 3."),
        ("print('{}')", "has not the expected shape"),
        ('print(\'{"error": "e"}\')', "embedded engine: e"),
        ('print(\'{"value": {"t.one": []}}\'); import sys; sys.exit(1)', "no answer"),
    ],
)
def test_broken_worker_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    worker_that(tmp_path, monkeypatch, code)
    body = 'findings contains {"subject": "s"}'
    with pytest.raises(EvaluateError, match=reason):
        evaluate_embedded(policies(one=body), ["t.one"], DOCUMENT)


def test_environment_does_not_reach_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE_CANARY", "canary-value")
    worker_that(
        tmp_path,
        monkeypatch,
        "import os, json\n"
        "f = {'subject': ' '.join(os.environ)}\n"
        "print(json.dumps({'value': {'t.one': [f]}, 'version': '1'}))",
    )
    found = evaluate_embedded(policies(one="findings := set()"), ["t.one"], DOCUMENT)
    assert "GATE_CANARY" not in found.answer.findings[0].subject


def test_missing_library_names_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "regopy", None)
    monkeypatch.setattr(embedded.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(EvaluateError, match="regopy is not installed") as caught:
        evaluate_embedded(policies(one="findings := set()"), ["t.one"], DOCUMENT)
    assert "gate opa install" in caught.value.hint


def test_calls_are_told_from_functions_imports_comments_and_strings() -> None:
    module = Module(
        "rules/t/a.rego",
        "package gate.rules.t.a\nimport data.gate.lib.finding\nimport data.gate.lib.table as tb\n"
        "# count(x)\nown(x) := sum(x)\n"
        "f := own(1)\ng := finding.at(1)\nh := tb.hits(2)\n"
        'i := "lower(x)"\nj := object.get(a, b, c)',
    )
    assert builtins_used([module]) == {"sum", "object.get"}
