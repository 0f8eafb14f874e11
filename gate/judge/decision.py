"""Decide: a pure function of findings, votes and gaps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from gate.judge.approvals import Ballot, label_notes, requirements, tally, vote_gaps
from gate.judge.enforcement import check_site, effective, known_names
from gate.judge.waivers import expired, waiver_for
from gate.schema.facts import PullFacts
from gate.schema.finding import ENFORCEMENT_ORDER, Anchor, Finding, Location, RawFinding
from gate.schema.provenance import Provenance
from gate.schema.report import DecisionName, Reason
from gate.schema.rule import Rule
from gate.schema.section import Gap
from gate.schema.site import Site
from gate.schema.votes import Votes
from gate.text import neutralise

_SEVERITY_ORDER = ("low", "medium", "high", "critical")

Render = Callable[[Rule, RawFinding], str]
"""Fills a rule's message template with neutralised values."""


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """Everything a decision depends on."""

    origin: str
    """folder | git | github."""
    facts: PullFacts
    """Facts."""
    provenance: Provenance
    """Who wrote it."""
    ballot: Ballot
    """Who voted."""
    site: Site
    """The site's word."""
    rules: tuple[Rule, ...]
    """Rules evaluated."""
    findings: tuple[RawFinding, ...]
    """What they answered."""
    locations: Mapping[Anchor, Location]
    """Anchors that could be found."""
    gaps: tuple[Gap, ...]
    """What could not be looked at."""
    today: str
    """YYYY-MM-DD, UTC."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The decision, with its reasons as data."""

    name: DecisionName
    """pass | warn | hold | block | error."""
    reasons: tuple[Reason, ...]
    """Why, worst first."""
    findings: tuple[Finding, ...]
    """Findings, worst first."""
    votes: Votes
    """Votes."""
    gaps: tuple[Gap, ...]
    """Every gap, those of the votes included."""
    notes: tuple[str, ...] = ()
    """Things worth knowing."""


def decide(case: Case, render: Render) -> Decision:
    """Judge one pull request: error > block > hold > warn > pass.

    Raises:
        ConfigError: the site's levels or waivers name no rule, or an integrity rule.
    """
    check_site(case.site, case.rules)
    names = known_names(case.rules)
    places = _places(case)
    findings = _merge(
        [
            _judge(raw, names[raw.rule], at, case, render)
            for raw, at in zip(case.findings, places, strict=True)
        ]
    )
    live = [finding for finding in findings if finding.waived_by is None]
    asking = [finding for finding in live if finding.enforcement == "approve"]
    surfaces = frozenset(finding.surface or "state" for finding in asking)
    required = requirements(
        surfaces,
        case.site.config.approvals,
        own_change=case.provenance.authorship == "human",
    )
    votes = tally(case.ballot, required, case.facts)
    gaps = case.gaps + vote_gaps(case.ballot, votes, case.origin)
    reasons = _reasons(live, votes, gaps, case.origin)
    notes = tuple(
        f"waiver {neutralise(name, 60)} has expired"
        for name in expired(case.site.waivers, case.today)
    )
    if case.site.policies:
        notes += label_notes(case.ballot.labels)
    return Decision(
        name=_name(live, votes, gaps),
        reasons=reasons,
        findings=tuple(findings),
        votes=votes,
        gaps=gaps,
        notes=notes,
    )


def finding_id(rule: str, subject: str, path: str, evidence: str) -> str:
    """Identity of a finding: 16 hex digits that outlive a rebase and a change of severity."""
    parts = "\x00".join((rule, subject, path, evidence))
    return hashlib.sha256(parts.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _name(live: Sequence[Finding], votes: Votes, gaps: Sequence[Gap]) -> DecisionName:
    enforcements = {finding.enforcement for finding in live}
    if gaps:
        return "error"
    if "block" in enforcements:
        return "block"
    if votes.missing or votes.objections:
        return "hold"
    return "warn" if "warn" in enforcements else "pass"


def _places(case: Case) -> list[Location | None]:
    """Where each finding stands; what a plan cannot be traced to, HCL may have shown."""
    places: list[Location | None] = []
    seen: dict[tuple[str, str, str], Location] = {}
    for raw in case.findings:
        at = raw.at
        if isinstance(at, Anchor):
            at = case.locations.get(at, at.block)
        places.append(at)
        if at is not None:
            seen.setdefault((raw.rule, raw.subject, raw.evidence), at)
    return [
        at or seen.get((raw.rule, raw.subject, raw.evidence))
        for raw, at in zip(case.findings, places, strict=True)
    ]


def _judge(
    raw: RawFinding, rule: Rule, at: Location | None, case: Case, render: Render
) -> tuple[Finding, bool]:
    """The finding, and whether it was seen in HCL alone."""
    surface = raw.surface or rule.metadata.custom.surface
    path = at.path if at else ""
    finding = Finding(
        id=finding_id(rule.id, raw.subject, path, raw.evidence),
        rule=rule.id,
        severity=rule.metadata.custom.severity,
        enforcement=effective(raw, rule, case.site, case.provenance.authorship, surface),
        surface=surface,
        message=render(rule, raw),
        subject=neutralise(raw.subject),
        at=msgspec.structs.replace(at, path=neutralise(at.path, 1000)) if at else None,
        values={
            key: neutralise(value) if isinstance(value, str) else value
            for key, value in sorted(raw.values.items())
        },
        evidence=neutralise(raw.evidence),
        why=_first_sentence(rule.metadata.description),
        remediation=rule.metadata.custom.remediation,
    )
    waiver = waiver_for(finding, rule, case.site.waivers, case.today)
    if waiver is not None:
        finding = msgspec.structs.replace(finding, waived_by=neutralise(waiver.id, 60))
    from_text = not isinstance(raw.at, Anchor) or raw.at.block is not None
    return finding, from_text


def _first_sentence(text: str) -> str:
    line = " ".join(text.split())
    end = line.find(". ")
    return neutralise(line[: end + 1] if end >= 0 else line)


def _merge(judged: list[tuple[Finding, bool]]) -> list[Finding]:
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
    return sorted(kept.values(), key=_order)


def _strictness(finding: Finding) -> int:
    return ENFORCEMENT_ORDER.index(finding.enforcement)


def _same_thing(finding: Finding) -> set[tuple[object, ...]]:
    keys: set[tuple[object, ...]] = {(finding.rule, finding.subject, finding.evidence)}
    if finding.at is not None and finding.at.line is not None:
        keys.add((finding.rule, finding.at.path, finding.at.line, finding.evidence))
    return keys


def _order(finding: Finding) -> tuple[object, ...]:
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


def _reasons(
    live: Sequence[Finding], votes: Votes, gaps: Sequence[Gap], origin: str
) -> tuple[Reason, ...]:
    reasons = [Reason(code="input.gap", text=f"{gap.section}: {gap.reason}") for gap in gaps]
    for enforcement in ("block", "approve", "warn"):
        if enforcement == "approve" and not votes.missing:
            continue
        reasons += [
            Reason(code=f"finding.{enforcement}", finding=finding.id, text=finding.message)
            for finding in live
            if finding.enforcement == enforcement
        ]
    if votes.missing:
        people = "1 more person" if votes.missing == 1 else f"{votes.missing} more people"
        later = "; nobody can vote on a local range, reviews come later" if origin == "git" else ""
        reasons.append(Reason(code="votes.missing", text=f"{people} must approve{later}"))
    reasons += [
        Reason(code="votes.objection", text=f"{login} requested changes")
        for login in votes.objections
    ]
    return tuple(reasons) or (Reason(code="clean", text="Nothing to object to."),)
