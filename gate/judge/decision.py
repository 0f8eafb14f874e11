"""Decide: a pure function of findings, votes and gaps."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import msgspec

from gate.judge.approvals import Ballot, label_gaps, label_notes, tally, vote_gaps
from gate.judge.enforcement import check_site, effective, known_names
from gate.judge.matrix import applies_to, requirements_for
from gate.judge.merging import merge, order, place_findings
from gate.judge.places import Places
from gate.judge.reasons import explain_decision
from gate.judge.waivers import expired_note, waiver_for, waiver_notes
from gate.schema.facts import PullFacts
from gate.schema.finding import Anchor, Finding, Location, RawFinding
from gate.schema.gate_input import Touch
from gate.schema.provenance import Provenance
from gate.schema.report import DecisionName, Reason
from gate.schema.rule import Rule
from gate.schema.section import Gap
from gate.schema.site import Site
from gate.schema.votes import Votes
from gate.text import neutralise

BREAK_GLASS = "break-glass"
"""What covers a finding that two maintainers overrode in an emergency."""

Carry = Callable[[Sequence[Finding]], frozenset[str]]
"""Older heads whose approvals carry over, given the findings that ask for approval."""

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
    now: str
    """The run's clock, RFC 3339 UTC."""
    touches: tuple[Touch, ...] = ()
    """What the change does, every touch of it."""
    paths: tuple[str, ...] = ()
    """Changed paths, the former ones of renamed files included."""
    carry: Carry = lambda _: frozenset()
    """See `Carry`."""

    @property
    def today(self) -> str:
        """YYYY-MM-DD, UTC."""
        return self.now[:10]


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
    places = Places(case.touches)
    findings = merge(
        [
            _judge(raw, names[raw.rule], at, case, places, render)
            for raw, at in zip(
                case.findings, place_findings(case.findings, case.locations), strict=True
            )
        ]
    )
    votes = _vote(findings, places, case)
    if votes.break_glass is not None:
        findings, votes = _override(findings, votes, names, places, case)
    live = [finding for finding in findings if finding.waived_by is None]
    gaps = _gaps(votes, case)
    return Decision(
        name=_name(live, votes, gaps),
        reasons=explain_decision(live, votes, gaps, case.origin),
        findings=tuple(findings),
        votes=votes,
        gaps=gaps,
        notes=_notes(case),
    )


def _vote(findings: Sequence[Finding], places: Places, case: Case) -> Votes:
    """The votes held against what the live findings ask for."""
    asking = [
        finding
        for finding in findings
        if finding.enforcement == "approve" and finding.waived_by is None
    ]
    config = case.site.config
    own_change = case.provenance.authorship == "human"
    votes = tally(
        case.ballot,
        requirements_for(asking, places, config, own_change=own_change),
        case.facts,
        covered=case.carry(asking) if asking and config.voting.current == "scope" else frozenset(),
        now=case.now,
        touched=case.paths,
    )
    return msgspec.structs.replace(votes, comments=config.voting.comments)


def _gaps(votes: Votes, case: Case) -> tuple[Gap, ...]:
    """What could not be looked at although the decision depends on it."""
    gaps = case.gaps + vote_gaps(case.ballot, votes, case.origin)
    if case.site.policies and case.origin != "git":
        gaps += label_gaps(case.ballot.labels)
    return gaps


def _override(
    findings: list[Finding],
    votes: Votes,
    names: Mapping[str, Rule],
    places: Places,
    case: Case,
) -> tuple[list[Finding], Votes]:
    """What is left when two maintainers break the glass: what an integrity rule found.

    Nothing is overridden where something could not be looked at.
    """
    call = votes.break_glass
    stands = bool(votes.objections) or any(
        finding.enforcement in ("block", "approve") and finding.waived_by is None
        for finding in findings
    )
    idle = msgspec.structs.replace(
        votes, break_glass=msgspec.structs.replace(call, in_force=False) if call else None
    )
    if call is None or not call.in_force or not stands:
        return findings, idle
    freed = [
        msgspec.structs.replace(finding, waived_by=BREAK_GLASS)
        if finding.enforcement in ("block", "approve")
        and finding.waived_by is None
        and not names[finding.rule].metadata.custom.integrity
        else finding
        for finding in findings
    ]
    left = _vote(freed, places, case)
    if not left.required:
        left = msgspec.structs.replace(left, objections=())
    return (findings, idle) if _gaps(left, case) else (sorted(freed, key=order), left)


def _notes(case: Case) -> tuple[str, ...]:
    site = case.site
    notes = waiver_notes(site.waivers, case.today, site.config.waiver_days)
    return notes + label_notes(case.ballot.labels) if site.policies else notes


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
    if votes.missing or votes.unowned or votes.objections:
        return "hold"
    overridden = votes.break_glass is not None and votes.break_glass.in_force
    return "warn" if overridden or "warn" in enforcements else "pass"


def _judge(
    raw: RawFinding, rule: Rule, at: Location | None, case: Case, places: Places, render: Render
) -> tuple[Finding, bool]:
    """The finding, and whether it was seen in HCL alone."""
    surface = raw.surface or rule.metadata.custom.surface
    path = at.path if at else ""
    finding = Finding(
        id=finding_id(rule.id, raw.subject, path, raw.evidence),
        rule=rule.id,
        severity=rule.metadata.custom.severity,
        enforcement=effective(
            raw, rule, case.site, lambda: _spares_author(raw, surface, path, places, case)
        ),
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
    finding = _waive(finding, rule, case)
    from_text = not isinstance(raw.at, Anchor) or raw.at.block is not None
    return finding, from_text


def _spares_author(
    raw: RawFinding, surface: str | None, path: str, places: Places, case: Case
) -> bool:
    """Whether nobody need approve it, since it is a person's own change."""
    if case.provenance.authorship != "human":
        return False
    config = case.site.config
    return applies_to(surface, places, config, subject=raw.subject, path=path) == "agents"


def _waive(finding: Finding, rule: Rule, case: Case) -> Finding:
    """The finding with the waiver that covers it, or with the word that one has expired."""
    waivers = case.site.waivers
    if not waivers:
        return finding
    waiver = waiver_for(finding, rule, waivers, case.today, case.site.config.waiver_days)
    if waiver is not None:
        return msgspec.structs.replace(finding, waived_by=neutralise(waiver.id, 60))
    gone = expired_note(finding, rule, waivers, case.today)
    if gone:
        return msgspec.structs.replace(finding, message=f"{finding.message} ({gone})")
    return finding


def _first_sentence(text: str) -> str:
    line = " ".join(text.split())
    end = line.find(". ")
    return neutralise(line[: end + 1] if end >= 0 else line)
