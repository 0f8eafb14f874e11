"""Word the commit status of a decision; nothing is posted here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from gate.report.phrases import describe_need, headline, name_some, plural
from gate.schema.facts import Pull, Sibling
from gate.schema.report import DecisionName, Report
from gate.text import neutralise

CONTEXT = "gate/decision"
"""Name of the status, the one to require; no job is called that."""
MAX_DESCRIPTION = 140
"""Characters; GitHub refuses more."""

StatusState = Literal["success", "pending", "failure", "error"]
"""The states GitHub knows."""

_STATES: dict[DecisionName, StatusState] = {
    "pass": "success",
    "warn": "success",
    "hold": "pending",
    "block": "failure",
    "error": "error",
}


class StatusDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A commit status ready to be written."""

    state: StatusState
    """What GitHub makes of it; only `success` lets a required status through."""
    description: str
    """One line, at most `MAX_DESCRIPTION` characters."""


JUDGING = StatusDraft(state="pending", description="judging again")
"""What stands in the place of an older success while the gate looks again."""


def render_status(report: Report, origin: str = "") -> StatusDraft:
    """The status of a decision.

    Args:
        report: the run.
        origin: what is said first, `#7` where several pull requests share the commit.
    """
    state = _STATES[report.decision]
    text = _waiting(report) if report.decision == "hold" else headline(report)
    if report.observe and report.decision != "error":
        state, text = "success", f"observed only, else {report.decision}: {text}"
    return StatusDraft(state=state, description=cut(f"{origin}: {text}" if origin else text))


def withhold(
    draft: StatusDraft, pull: Pull, siblings: Sequence[Sibling] | None, base: str
) -> StatusDraft:
    """The status, with a success turned to `pending` where the commit may not be called good.

    A status belongs to the commit, not to the pull request: whoever opens another one with the
    same commit inherits it.

    Args:
        draft: status of the decision.
        pull: the pull request as it is now.
        siblings: other open pull requests with this head; `None`: nobody could tell.
        base: branch that was judged.
    """
    if draft.state != "success":
        return draft
    reason = ""
    others = [one for one in siblings or () if one.base != pull.base.ref]
    if siblings is None:
        reason = "cannot tell whether another pull request has this commit"
    elif others:
        names = name_some([f"#{one.number} into {one.base}" for one in others], 3)
        reason = f"this commit is open for another branch as well: {names}"
    elif pull.base.ref != base:
        reason = f"the base is {pull.base.ref} now, {base} was judged"
    elif pull.state != "open":
        reason = "not open: it is judged again when it is reopened"
    elif pull.draft:
        reason = "a draft: it is judged again when it is ready for review"
    if not reason:
        return draft
    return StatusDraft(state="pending", description=cut(f"{reason} ({draft.description})"))


def cut(text: str) -> str:
    """A text as a description may be: one safe line, with a mark where something is left out."""
    line = neutralise(text, 4 * MAX_DESCRIPTION)
    return line if len(line) <= MAX_DESCRIPTION else f"{line[: MAX_DESCRIPTION - 1]}…"


def _waiting(report: Report) -> str:
    """What a hold waits for, people first."""
    votes = report.votes
    parts = []
    if votes.objections:
        word = "requests" if len(votes.objections) == 1 else "request"
        parts.append(f"{name_some(votes.objections, 3)} {word} changes")
    if votes.missing:
        needs = name_some([describe_need(need) for need in votes.required if need.min], 3)
        counted = f", {len(votes.counted)} counted" if votes.counted else ""
        parts.append(f"{plural(votes.missing, 'approval')} missing{counted} ({needs})")
    if votes.unowned:
        parts.append(f"a code owner of {name_some(votes.unowned, 2)} is missing")
    return "; ".join(parts) or headline(report)
