"""The sentences of a report, which console, summary and review share.

Everything comes back as plain text on one line each: whoever shows it still passes it through the
function of `gate.text` for that place.
"""

from __future__ import annotations

from collections.abc import Sequence

from gate.schema.finding import Enforcement, Finding
from gate.schema.provenance import Provenance, Signal
from gate.schema.report import Report
from gate.schema.votes import CountedVote, Requirement, Votes
from gate.text import redact

WHOLE_PULL = "pull request"
"""The place of a finding that stands in no file."""

MAX_LISTED: dict[Enforcement, int] = {"block": 25, "approve": 5, "warn": 3, "observe": 2}
"""Findings of one rule that a reader is shown one by one; of the rest the number is said."""

MAX_TOTAL = 400
"""Findings that a reader is shown one by one, whatever their rules."""

MAX_LEFT_OUT = 20
"""Rules of which it is said how many findings were left out."""

_WORDS = {
    "account": "opened the pull request",
    "app": "app",
    "signature": "signing key",
    "author_email": "author",
    "author_name": "author's name",
    "committer_email": "committer",
    "trailer": "trailer",
    "body": "description",
    "label": "label",
    "branch": "branch",
}
_WAITING = ("votes.missing", "votes.unowned", "votes.objection")
_DONE: dict[Enforcement, tuple[str, str]] = {
    "block": ("blocking", "blocking"),
    "approve": ("needs approval", "need approval"),
    "warn": ("warning", "warnings"),
    "observe": ("observed", "observed"),
}


def plural(number: int, word: str, many: str = "") -> str:
    """`1 finding`, `2 findings`."""
    return f"{number} {word if number == 1 else many or word + 's'}"


def live(report: Report) -> tuple[Finding, ...]:
    """Findings that no waiver covers."""
    return tuple(finding for finding in report.findings if finding.waived_by is None)


def waived(report: Report) -> tuple[Finding, ...]:
    """Findings that a waiver covers."""
    return tuple(finding for finding in report.findings if finding.waived_by is not None)


def is_approved(report: Report) -> bool:
    """Whether everybody that the findings ask for has approved."""
    votes = report.votes
    settled = not votes.missing and not votes.unowned and not votes.objections
    return bool(votes.required) and settled


def name_enforcement(finding: Finding, report: Report) -> str:
    """What the gate does about a finding, in one word."""
    if finding.enforcement == "approve" and is_approved(report):
        return "approved"
    return finding.enforcement


def count_findings(report: Report) -> tuple[str, ...]:
    """How many findings do what, worst first, e.g. `2 blocking`, `1 needs approval`."""
    counts = []
    for enforcement, (one, many) in _DONE.items():
        number = sum(finding.enforcement == enforcement for finding in live(report))
        if number and enforcement == "approve" and is_approved(report):
            counts.append(f"{number} approved")
        elif number:
            counts.append(f"{number} {one if number == 1 else many}")
    covered = len(waived(report))
    return (*counts, f"{covered} waived") if covered else tuple(counts)


def headline(report: Report) -> str:
    """The decision in one line, without the decision's name."""
    if report.decision == "error":
        text = report.reasons[0].text if report.reasons else "no reason was given"
        return f"could not judge: {text}"
    counts = ", ".join(count_findings(report))
    if report.decision == "pass":
        return f"nothing to object to ({counts})" if counts else "nothing to object to"
    waiting = [reason.text for reason in report.reasons if reason.code in _WAITING]
    if report.decision == "hold" and waiting:
        return "; ".join(waiting) + (f" ({counts})" if counts else "")
    return "; ".join((counts, *waiting)) if counts else "; ".join(waiting) or "see below"


def name_pull(report: Report) -> str:
    """What was judged, e.g. `acme/infra#7 at aaaaaaaaaaaa`."""
    pull = report.pull
    if pull is None:
        return ""
    name = f"{pull.repo}#{pull.number}" if pull.number else pull.repo or "local change"
    return f"{name} at {_short(pull.head)}" if pull.head else name


def _short(digest: str) -> str:
    return redact(digest)[:12]


def describe_author(provenance: Provenance) -> str:
    """Who wrote the change, with which model, for whom."""
    agent = provenance.agent or "an agent"
    kind = "an AI agent"
    if provenance.registered and provenance.registered != agent:
        agent, kind = provenance.registered, f"{agent}, an AI agent"
    opening = {
        "agent": f"{agent} ({kind})",
        "co-authored": f"a person together with {agent}",
        "human": "a person; no trace of an AI agent",
        "unknown": "somebody unknown; nobody can tell whether an AI agent took part",
    }[provenance.authorship]
    if provenance.authorship == "human" and provenance.signals:
        opening = "a person; weak signals alone make no agent"
    parts = [opening]
    if provenance.model:
        version = f" {provenance.model_version}" if provenance.model_version else ""
        parts.append(f"model {provenance.model}{version}")
    elif provenance.model_unknown:
        parts.append(f"model unknown ({provenance.model_unknown})")
    people = provenance.requesters or tuple(filter(None, [provenance.requester]))
    if people:
        parts.append(f"asked for by {name_some(people)}")
    if provenance.agent:
        parts.append(f"{provenance.confidence} evidence")
    return ", ".join(parts)


def describe_signal(signal: Signal) -> str:
    """One trace, with how much it proves."""
    word = _WORDS.get(signal.kind, signal.kind)
    where = "" if signal.where == "pull" else f" of {signal.where}"
    if signal.kind == "account":
        return f"{signal.value} {word} ({signal.strength})"
    return f"{word}{where}: {signal.value} ({signal.strength})"


def describe_votes(report: Report) -> tuple[str, ...]:
    """What approval is asked for and what came of it; empty when none is."""
    votes = report.votes
    lines = [*_describe_override(votes)]
    if not votes.required:
        return tuple(lines)
    lines.append(f"needed: {', '.join(describe_need(need) for need in votes.required)}")
    if votes.counted:
        people = ", ".join(f"{vote.login} ({describe_vote(vote)})" for vote in votes.counted)
        lines.append(f"counted: {people}")
    lines.extend(f"not counted: {vote.login} ({vote.via}): {vote.reason}" for vote in votes.ignored)
    lines.extend(f"against: {login} requested changes" for login in votes.objections)
    lines.extend(f"cannot tell: {text}" for text in votes.unknown)
    if votes.missing:
        later = report.pull is not None and report.pull.origin == "git"
        lines.append(
            f"missing: {plural(votes.missing, 'more person', 'more people')}"
            + ("; reviews come later, nobody can vote on a local range" if later else "")
        )
    if votes.unowned:
        lines.append(f"missing: a code owner of {name_some(votes.unowned, 5)}")
    if not votes.missing and not votes.unowned:
        lines.append("missing: nobody")
    elif votes.eligible:
        lines.append(f"could approve: {name_some(votes.eligible)}")
    if votes.eligible_note:
        lines.append(votes.eligible_note)
    return tuple(lines)


def describe_need(need: Requirement) -> str:
    """What one surface asks for, e.g. `iam 2 of acme/security (production, delete)`."""
    text = f"{need.surface} {need.min}"
    if need.teams:
        text += f" of {' or '.join(need.teams)}"
    limits = [word for word in (need.environment, need.action) if word]
    if need.max_age_days is not None:
        limits.append(f"at most {plural(need.max_age_days, 'day')} old")
    if need.code_owners:
        limits.append("and a code owner of each path")
    return text + (f" ({', '.join(limits)})" if limits else "")


def describe_vote(vote: CountedVote) -> str:
    """How somebody approved."""
    return f"{vote.via} of {redact(vote.sha)[:7]}, carried over" if vote.carried else vote.via


def name_some(names: Sequence[str], most: int = 10) -> str:
    """The first names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


def _describe_override(votes: Votes) -> tuple[str, ...]:
    override = votes.break_glass
    if override is None:
        return ()
    people = " and ".join(override.by) or "nobody who may"
    if not override.in_force:
        return (
            f"break-glass asked for by {people}: two maintainers outside the change are needed",
        )
    return (
        f"break-glass by {people}: {override.reason}; must be reviewed by {override.review_by}",
    )


def describe_gaps(report: Report) -> tuple[tuple[str, str], ...]:
    """(section, reason) of what could not be looked at, without what the headline says."""
    told = headline(report)
    return tuple(
        (gap.section, gap.reason) for gap in report.completeness.gaps if gap.reason not in told
    )


def describe_notes(report: Report) -> tuple[str, ...]:
    """Notes, with what a reader should know of the engine."""
    notes = list(dict.fromkeys(report.notes))
    if report.simulated:
        notes.insert(0, f"a simulation, not recorded: what if {', '.join(report.simulated)}")
    if report.observe:
        notes.insert(0, "the site only observes: this decision blocks nothing")
    if report.engine.name == "embedded" and not any("embedded" in note for note in notes):
        notes.append(
            "evaluated by the embedded engine, bundled rules only; "
            "`python -m gate opa install` gets the authoritative one"
        )
    return tuple(notes)


def describe_run(report: Report) -> tuple[str, ...]:
    """How it was judged: rules, engine, policies, ledger."""
    engine = f"{report.engine.name} {report.engine.version}".strip()
    parts = [plural(report.rules, "rule"), "no engine" if engine == "none" else engine]
    if report.policy_digest:
        parts.append(f"policies {_short(report.policy_digest)}")
    if report.entry is not None:
        parts.append(f"ledger entry {report.entry.seq} {_short(report.entry.hash)}")
        parts.append(f"recorded: {report.recorded}")
    else:
        parts.append("not recorded")
    if report.at:
        parts.append(report.at)
    return tuple(parts)


def place(finding: Finding) -> str:
    """Where a finding stands: `path:line`, `path`, or the pull request as a whole."""
    at = finding.at
    if at is None or not at.path:
        return WHOLE_PULL
    if at.line is None:
        return at.path
    return f"{at.path}:{at.line}" + (" (removed)" if at.side == "LEFT" else "")


def group_by_file(
    findings: Sequence[Finding], scale: int = 1
) -> tuple[tuple[tuple[Finding, ...], ...], tuple[str, ...]]:
    """Findings file by file, worst file first, `MAX_LISTED` of one rule and `MAX_TOTAL` at most.

    Args:
        findings: worst first.
        scale: multiplies `MAX_LISTED`.

    Returns:
        The groups, and one line per rule of which some are left out.
    """
    groups: dict[str, list[Finding]] = {}
    listed: dict[tuple[str, Enforcement], int] = {}
    over: dict[tuple[str, Enforcement], int] = {}
    total = 0
    for finding in findings:
        key = (finding.rule, finding.enforcement)
        number = listed.get(key, 0)
        if number >= MAX_LISTED[finding.enforcement] * scale or total >= MAX_TOTAL:
            over[key] = over.get(key, 0) + 1
            continue
        listed[key] = number + 1
        total += 1
        groups.setdefault(finding.at.path if finding.at else "", []).append(finding)
    return tuple(tuple(group) for group in groups.values()), _left_out(over)


def _left_out(over: dict[tuple[str, Enforcement], int]) -> tuple[str, ...]:
    lines = []
    for (rule, enforcement), number in list(over.items())[:MAX_LEFT_OUT]:
        one, many = _DONE[enforcement]
        lines.append(f"{number} more of {rule} ({one if number == 1 else many})")
    others = list(over.values())[MAX_LEFT_OUT:]
    if others:
        lines.append(f"{sum(others)} more of {plural(len(others), 'other rule')}")
    return tuple(lines)
