"""Render a report as SARIF 2.1.0, as code scanning and other viewers take it."""

from __future__ import annotations

from typing import Any

import msgspec

from gate import __version__
from gate.report.json import make_inert
from gate.report.phrases import describe_notes, name_enforcement
from gate.schema.finding import Finding
from gate.schema.report import Report
from gate.schema.rule import Rule
from gate.text import ZERO_WIDTH_SPACE, log_line, redact

MAX_FINDINGS = 5000
"""Findings written, worst first: GitHub keeps the top 5,000 of a run."""

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
"""The schema the document follows."""

WHOLE_PULL_FILE = ".gate/gate.yml"
"""Where a finding about the pull request as a whole is pinned: code scanning refuses a whole upload
for one result that stands in no file."""

_LEVEL = {"block": "error", "approve": "warning", "warn": "warning", "observe": "note"}
_SCORE = {"critical": "9.5", "high": "8.0", "medium": "5.5", "low": "2.0"}
_EXIT = {"pass": 0, "warn": 0, "hold": 1, "block": 1, "error": 2}
_BROKEN = frozenset({"input.gap", "engine", "ledger", "usage", "internal"})

Node = dict[str, Any]
"""A SARIF object."""


def render(report: Report, rules: tuple[Rule, ...]) -> bytes:
    """The report as SARIF.

    Args:
        report: the report.
        rules: the rules that were evaluated; a rule of a finding that is not among them is
            described as far as the finding tells.
    """
    findings = report.findings[:MAX_FINDINGS]
    described = [_rule(rule) for rule in sorted(rules, key=lambda rule: rule.id)]
    known = {rule.id for rule in rules}
    others = {item.rule: item for item in findings if item.rule not in known}
    described += [_unknown_rule(item) for _, item in sorted(others.items())]
    index = {rule["id"]: position for position, rule in enumerate(described)}
    driver = {
        "name": "gate",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": described,
    }
    run: Node = {
        "tool": {"driver": driver},
        "automationDetails": {"id": "gate/"},
        "columnKind": "utf16CodeUnits",
        "invocations": [_invocation(report)],
        "results": [_result(item, index[_text(item.rule)], report) for item in findings],
        "properties": _run_properties(report),
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    encoded = msgspec.json.encode(document, order="sorted")
    return make_inert(msgspec.json.format(encoded, indent=2)) + b"\n"


def _text(text: str, limit: int = 1000) -> str:
    """Text that a viewer reads as itself: SARIF messages know embedded links."""
    shown = log_line(redact(text), limit).replace("](", "] (")
    return shown.replace("@", "@" + ZERO_WIDTH_SPACE) if "@" in shown else shown


def _rule(rule: Rule) -> Node:
    custom = rule.metadata.custom
    remedy = _text(custom.remediation)
    pages = [_text(page.ref) for page in rule.metadata.related_resources]
    text = " ".join([_text(rule.metadata.description), remedy, *pages]).strip()
    return {
        "id": _text(rule.id),
        "shortDescription": {"text": _text(rule.metadata.title)},
        "fullDescription": {"text": _text(rule.metadata.description)},
        "help": {"text": text},
        "defaultConfiguration": {"level": _LEVEL[custom.enforcement]},
        "properties": {
            "security-severity": _SCORE[custom.severity],
            "tags": ["security", *(_text(name, 60) for name in custom.controls[:18])],
        },
    }


def _unknown_rule(finding: Finding) -> Node:
    name = _text(finding.rule)
    return {
        "id": name,
        "shortDescription": {"text": name},
        "fullDescription": {"text": name},
        "help": {"text": _text(finding.remediation) or name},
        "defaultConfiguration": {"level": _LEVEL[finding.enforcement]},
        "properties": {"security-severity": _SCORE[finding.severity], "tags": ["security"]},
    }


def _result(finding: Finding, index: int, report: Report) -> Node:
    node: Node = {
        "ruleId": _text(finding.rule),
        "ruleIndex": index,
        "level": _LEVEL[finding.enforcement],
        "message": {"text": _text(finding.message or finding.subject) or "no message"},
        "locations": [_location(finding)],
        "partialFingerprints": {"gateFinding/v1": _text(finding.id)},
        "properties": {
            "enforcement": name_enforcement(finding, report),
            "severity": finding.severity,
            "surface": _text(finding.surface or ""),
            "subject": _text(finding.subject),
            "evidence": _text(finding.evidence),
        },
    }
    if finding.waived_by is not None:
        reason = f"waiver {_text(finding.waived_by, 100)}"
        node["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return node


def _location(finding: Finding) -> Node:
    """Where a finding stands; a removed line has no number at the head, so its text says it."""
    at = finding.at
    path = at.path if at is not None and at.path else WHOLE_PULL_FILE
    region: Node = {"startLine": 1}
    location: Node = {
        "physicalLocation": {"artifactLocation": _artifact(path), "region": region},
        "logicalLocations": [{"fullyQualifiedName": _text(finding.subject) or "pull request"}],
    }
    if at is None or not at.path:
        location["message"] = {"text": "the pull request as a whole"}
    elif at.side == "LEFT":
        location["message"] = {"text": f"removed line {at.line or 1}"}
    elif at.line is not None:
        region["startLine"] = max(at.line, 1)
        if at.end_line is not None and at.end_line >= at.line:
            region["endLine"] = max(at.end_line, 1)
    return location


def _artifact(path: str) -> Node:
    from urllib.parse import quote

    shown = redact(path).lstrip("/") or WHOLE_PULL_FILE
    return {"uri": quote(shown, safe="/", errors="replace"), "uriBaseId": "%SRCROOT%"}


def _invocation(report: Report) -> Node:
    failed = report.decision == "error"
    level = "error" if failed else "warning"
    told = [
        {
            "level": level,
            "message": {"text": _text(reason.text) or reason.code},
            "descriptor": {"id": _text(reason.code, 60)},
        }
        for reason in report.reasons
        if reason.code in _BROKEN
    ]
    told += [
        {"level": "note", "message": {"text": _text(note) or "note"}}
        for note in describe_notes(report)
    ]
    if len(report.findings) > MAX_FINDINGS:
        left = len(report.findings) - MAX_FINDINGS
        text = f"{left} more findings are left out; the JSON report has all"
        told.append({"level": "warning", "message": {"text": text}})
    node: Node = {
        "executionSuccessful": not failed,
        "exitCode": _EXIT[report.decision] if failed or not report.observe else 0,
        "toolExecutionNotifications": told[:1000],
    }
    if report.at:
        node["endTimeUtc"] = _text(report.at, 40)
    return node


def _run_properties(report: Report) -> Node:
    properties: Node = {
        "decision": report.decision,
        "observe": report.observe,
        "authorship": report.provenance.authorship,
        "agent": _text(report.provenance.agent or ""),
        "engine": f"{report.engine.name} {_text(report.engine.version)}".strip(),
        "policyDigest": _text(report.policy_digest),
        "inputDigest": _text(report.input_digest),
    }
    if report.entry is not None:
        properties["ledgerEntry"] = f"{report.entry.seq} {_text(report.entry.hash)}"
    return properties
