"""The votes of a pull request: who may vote, what counts, what is missing."""

from __future__ import annotations

from collections.abc import Mapping

from gate.judge.ballot import Ballot, StaleVote, count_votes
from gate.judge.electorate import Franchise
from gate.judge.eligible import eligible_people
from gate.judge.labels import count_labels, label_gaps, label_notes
from gate.judge.tally import tally, vote_gaps
from gate.judge.what_if import apply_what_if, split_what_if
from gate.schema.site import ApprovalRule
from gate.schema.votes import Requirement

__all__ = [
    "DEFAULT_APPROVALS",
    "Ballot",
    "Franchise",
    "StaleVote",
    "apply_what_if",
    "count_labels",
    "count_votes",
    "eligible_people",
    "label_gaps",
    "label_notes",
    "requirements",
    "split_what_if",
    "tally",
    "vote_gaps",
]

DEFAULT_APPROVALS: Mapping[str, ApprovalRule] = {
    "iam": ApprovalRule(min=2),
    "secrets": ApprovalRule(min=2),
    "gate": ApprovalRule(min=2, applies_to="everyone"),
    "network": ApprovalRule(min=1),
    "data": ApprovalRule(min=1),
    "pipeline": ApprovalRule(min=1),
    "execution": ApprovalRule(min=1),
    "state": ApprovalRule(min=1),
    "agent": ApprovalRule(min=1),
}
"""Approvals per surface where the site says nothing; `gate` needs one on a person's own change."""


def requirements(
    surfaces: frozenset[str], rules: Mapping[str, ApprovalRule], *, own_change: bool
) -> tuple[Requirement, ...]:
    """How many people each surface asks for.

    Args:
        surfaces: surfaces of the findings that ask for approval.
        rules: the site's approvals; surfaces it leaves out have the defaults.
        own_change: the change is a person's own, no agent took part.
    """
    needed = []
    for surface in sorted(surfaces):
        rule = rules.get(surface)
        if rule is None:
            rule = DEFAULT_APPROVALS.get(surface, ApprovalRule(min=1))
            if own_change and surface == "gate":
                rule = ApprovalRule(min=1, applies_to="everyone")
        needed.append(Requirement(surface=surface, min=rule.min, teams=rule.teams))
    return tuple(needed)
