"""Say why a decision is what it is, worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from gate.schema.finding import Finding
from gate.schema.report import Reason, ReasonCode
from gate.schema.section import Gap
from gate.schema.votes import Requirement, Votes
from gate.text import neutralise

_LEVELS: tuple[tuple[Literal["block", "approve", "warn"], ReasonCode], ...] = (
    ("block", "finding.block"),
    ("approve", "finding.approve"),
    ("warn", "finding.warn"),
)


def explain_decision(
    live: Sequence[Finding], votes: Votes, gaps: Sequence[Gap], origin: str
) -> tuple[Reason, ...]:
    """The reasons of a decision.

    Args:
        live: findings that nothing waives.
        votes: the votes held against what is required.
        gaps: what could not be looked at.
        origin: folder | git | github; on a local range nobody can vote.
    """
    reasons = [Reason(code="input.gap", text=f"{gap.section}: {gap.reason}") for gap in gaps]
    for enforcement, code in _LEVELS:
        if enforcement == "approve" and not votes.missing and not votes.unowned:
            continue
        reasons += [
            Reason(code=code, finding=finding.id, text=finding.message)
            for finding in live
            if finding.enforcement == enforcement
        ]
    reasons += _explain_votes(votes, origin)
    return tuple(reasons) or (Reason(code="clean", text="Nothing to object to."),)


def _explain_votes(votes: Votes, origin: str) -> list[Reason]:
    reasons = []
    if votes.missing:
        later = "; nobody can vote on a local range, reviews come later" if origin == "git" else ""
        reasons.append(Reason(code="votes.missing", text=f"{_missing(votes)}{later}"))
    if votes.unowned:
        paths = ", ".join(votes.unowned[:3])
        more = f" and {len(votes.unowned) - 3} more" if len(votes.unowned) > 3 else ""
        reasons.append(
            Reason(code="votes.unowned", text=f"a code owner of {paths}{more} must approve")
        )
    reasons += [
        Reason(code="votes.objection", text=f"{login} requested changes")
        for login in votes.objections
    ]
    glass = votes.break_glass
    if glass is not None and glass.in_force:
        text = f"break-glass by {' and '.join(glass.by)}, to be reviewed by {glass.review_by}"
        reasons.append(Reason(code="break_glass", text=text))
    return reasons


def _missing(votes: Votes) -> str:
    """How many people, and where it matters who they are, which."""
    people = "1 more person" if votes.missing == 1 else f"{votes.missing} more people"
    short = [need for need in votes.required if need.have < need.min]
    if not any(need.teams or need.environment or need.max_age_days for need in short):
        return f"{people} must approve"
    return f"{people} must approve: {'; '.join(_shortage(need) for need in short)}"


def _shortage(need: Requirement) -> str:
    text = f"{need.min - need.have} for {need.surface}"
    if need.environment:
        text += f" in {neutralise(need.environment, 60)}"
    if need.teams:
        text += f" of {neutralise(' or '.join(need.teams), 120)}"
    return text
