"""Every case of every rule fixture says what it must, on every engine, and the engines agree."""

from __future__ import annotations

from typing import Any

import msgspec

from gate.evaluate.catalogue import native_checks, rego_rules, render_message
from gate.evaluate.opa import find_opa
from gate.evaluate.policies import load_bundled
from gate.schema.finding import Anchor, Location, RawFinding

RULES = {
    rule.id: rule
    for rule in (
        *rego_rules(load_bundled().modules),
        *(check.rule for check in native_checks()),
    )
}


def block(finding: RawFinding) -> Location | None:
    """Where a finding stands before attributes are looked up."""
    return finding.at.block if isinstance(finding.at, Anchor) else finding.at


def merged(findings: tuple[RawFinding, ...]) -> list[RawFinding]:
    """One finding per subject and evidence; that of the HCL, which has a line, wins."""
    kept: dict[tuple[str, str], RawFinding] = {}
    single: list[RawFinding] = []
    for finding in findings:
        key = (finding.subject, finding.evidence)
        if key not in kept:
            kept[key] = finding
        elif (block(kept[key]) is None) == (block(finding) is None):
            single.append(finding)
        elif block(finding) is not None:
            kept[key] = finding
    return [*kept.values(), *single]


def shown(finding: RawFinding) -> dict[str, Any]:
    """A finding as an expectation would write it."""
    place = msgspec.to_builtins(block(finding) or finding.at or {})
    plain = {key: getattr(finding, key) for key in ("subject", "evidence", "enforcement")}
    rule = RULES[finding.rule]
    return {
        **place,
        **plain,
        "values": finding.values,
        "surface": finding.surface or rule.metadata.custom.surface,
        "message": render_message(rule, finding),
    }


def fits(expected: dict[str, Any], actual: dict[str, Any]) -> bool:
    """Whether every key of the expectation stands in the finding."""
    return all(key in actual and actual[key] == value for key, value in expected.items())


def test_case_gives_what_it_expects(case: Any, engine: str, engines: Any) -> None:
    actual = [shown(finding) for finding in merged(engines.findings(case, engine))]
    if not case.bad:
        assert actual == []
        return
    left = list(actual)
    for expected in case.body["expect"]:
        match = next((item for item in left if fits(expected, item)), None)
        assert match is not None, f"nothing fits {expected}; found {actual}"
        left.remove(match)
    assert left == []


def test_engines_agree(case: Any, engines: Any) -> None:
    def sorted_answer(engine: str) -> tuple[list[str], list[bytes]]:
        answer = engines.answer(case, engine)
        encoded = sorted(msgspec.json.encode(item, order="sorted") for item in answer.findings)
        return sorted(answer.evaluated), encoded

    if engines.opa is not None:
        assert sorted_answer("embedded") == sorted_answer("opa")


def test_opa_is_present() -> None:
    assert find_opa() is not None, "the authoritative engine is missing: gate opa install"
