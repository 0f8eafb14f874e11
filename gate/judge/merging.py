"""Place findings, and make one of what plan and code both saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gate.schema.finding import ENFORCEMENT_ORDER, Anchor, Finding, Location, RawFinding

_SEVERITY_ORDER = ("low", "medium", "high", "critical")


def place_findings(
    findings: Sequence[RawFinding], locations: Mapping[Anchor, Location]
) -> list[Location | None]:
    """Where each finding stands; what a plan cannot be traced to, HCL may have shown."""
    places: list[Location | None] = []
    seen: dict[tuple[str, str, str], Location] = {}
    for raw in findings:
        at = raw.at
        if isinstance(at, Anchor):
            at = locations.get(at, at.block)
        places.append(at)
        if at is not None:
            seen.setdefault((raw.rule, raw.subject, raw.evidence), at)
    return [
        at or seen.get((raw.rule, raw.subject, raw.evidence))
        for raw, at in zip(findings, places, strict=True)
    ]


def merge(judged: list[tuple[Finding, bool]]) -> list[Finding]:
    """One finding where plan and HCL saw the same thing; the plan's word is kept."""
    planned = {
        key for finding, from_text in judged if not from_text for key in _same_thing(finding)
    }
    kept: dict[str, Finding] = {}
    for finding, from_text in judged:
        if from_text and finding.rule.startswith("terraform.") and planned & _same_thing(finding):
            continue
        twin = kept.get(finding.id)
        if twin is None or _strictness(finding) > _strictness(twin):
            kept[finding.id] = finding
    return sorted(kept.values(), key=order)


def _strictness(finding: Finding) -> int:
    return ENFORCEMENT_ORDER.index(finding.enforcement)


def _same_thing(finding: Finding) -> set[tuple[object, ...]]:
    keys: set[tuple[object, ...]] = {(finding.rule, finding.subject, finding.evidence)}
    if finding.at is not None and finding.at.line is not None:
        keys.add((finding.rule, finding.at.path, finding.at.line, finding.evidence))
    return keys


def order(finding: Finding) -> tuple[object, ...]:
    """Key that sorts findings worst first, waived ones last."""
    at = finding.at
    return (
        finding.waived_by is not None,
        -ENFORCEMENT_ORDER.index(finding.enforcement),
        -_SEVERITY_ORDER.index(finding.severity),
        at.path if at else "",
        (at.line or 0) if at else 0,
        finding.rule,
        finding.subject,
        finding.evidence,
    )
