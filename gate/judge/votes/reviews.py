"""Follow one person's reviews to where that person stands now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from gate.judge.votes.electorate import Electorate, show_login
from gate.judge.votes.stakes import Bar
from gate.moment import read_time
from gate.schema.facts import IssueEvent, PullFacts, Review

Position = Literal["none", "approved", "objecting", "dismissed", "unclear"]
"""`unclear`: a review was dismissed, and nobody can tell what it said or who dismissed it."""

_OBJECTING = Bar("objecting", "requests changes, and that stands")
_UNCLEAR = Bar("dismissed", "was dismissed, nobody can tell by whom")
_FIRST = datetime.min.replace(tzinfo=UTC)
_LAST = datetime.max.replace(tzinfo=UTC)


class Stand(NamedTuple):
    """Where one person stands by their reviews."""

    position: Position = "none"
    """By the latest decisive review."""
    latest: Review | None = None
    """That review."""
    earlier: tuple[Review, ...] = ()
    """Approvals before it; none of them speaks any more."""
    bar: Bar | None = None
    """Why the person has no vote from before, where the position is not an approval."""
    since: datetime | None = None
    """Up to when `silenced` holds; `None`: for ever."""
    silenced: Bar | None = None
    """Why the person's commands of up to then do not hold: what an objection or a dismissal made
    void does not come back with a later review."""
    overruled: tuple[IssueEvent, Bar] | None = None
    """A dismissal that does not count, and why; the objection stands."""
    was_approval: bool = True
    """False: the latest review, now dismissed, was an objection."""

    def bar_at(self, moment: datetime | None) -> Bar | None:
        """Why the person had no voice at a moment, outside reviews."""
        if self.since is not None and moment is not None and moment > self.since:
            return None
        return self.silenced


class Dismissals:
    """Who dismissed which review."""

    def __init__(self, facts: PullFacts, electorate: Electorate) -> None:
        self._electorate = electorate
        self._events: Mapping[int, IssueEvent] = {
            event.dismissed_review.review_id: event
            for event in facts.events or ()
            if event.event == "review_dismissed"
            and event.dismissed_review is not None
            and event.dismissed_review.review_id
        }

    def of(self, review: Review) -> IssueEvent | None:
        """The event that dismissed a review."""
        return self._events.get(review.id) if review.id else None

    def bar(self, event: IssueEvent) -> Bar | None:
        """Why a dismissal does not take an objection away: by nobody's or an interested hand."""
        if event.performed_via_github_app is not None:
            return Bar("via_app", "acted through an app")
        return self._electorate.identity_bar(event.actor)


def find_stand(reviews: Iterable[Review], dismissals: Dismissals) -> Stand:
    """Where a person stands: the latest decisive review, by its time and then its id.

    An approval that a later objection replaced does not come back when that is dismissed, and an
    objection that somebody with a stake dismissed was not dismissed at all.
    """
    decisive = sorted((review for review in reviews if _is_decisive(review)), key=_order)
    if not decisive:
        return Stand()
    latest = decisive[-1]
    earlier = tuple(review for review in decisive[:-1] if review.state.upper() == "APPROVED")
    state = latest.state.upper()
    if state == "APPROVED":
        since, silenced = _silence(decisive, dismissals)
        return Stand("approved", latest, earlier, since=since, silenced=silenced)
    if state == "CHANGES_REQUESTED":
        return Stand("objecting", latest, earlier, _OBJECTING, silenced=_OBJECTING)
    return _dismissed(latest, earlier, dismissals)


def _dismissed(latest: Review, earlier: tuple[Review, ...], dismissals: Dismissals) -> Stand:
    event = dismissals.of(latest)
    if event is None or event.dismissed_review is None:
        return Stand("unclear", latest, earlier, _UNCLEAR, silenced=_UNCLEAR)
    bar = Bar("dismissed", f"was dismissed by {show_login(event.actor)}")
    against = dismissals.bar(event)
    if event.dismissed_review.state.lower() == "approved" or against is None:
        since = read_time(event.created_at)
        approved = event.dismissed_review.state.lower() == "approved"
        return Stand(
            "dismissed", latest, earlier, bar, since=since, silenced=bar, was_approval=approved
        )
    overruled = (event, against)
    return Stand("objecting", latest, earlier, _OBJECTING, silenced=_OBJECTING, overruled=overruled)


def _silence(
    decisive: Sequence[Review], dismissals: Dismissals
) -> tuple[datetime | None, Bar | None]:
    """Until when an approver's commands are void: until the last objection or dismissal ended."""
    for review, successor in zip(decisive[-2::-1], decisive[:0:-1], strict=True):
        if review.state.upper() == "APPROVED":
            continue
        ended = read_time(successor.submitted_at)
        stand = _dismissed(review, (), dismissals) if review.state.upper() == "DISMISSED" else None
        if stand is not None and stand.position == "dismissed" and stand.since and ended:
            ended = min(ended, stand.since)
        return ended, stand.silenced if stand is not None else _OBJECTING
    return None, None


def _is_decisive(review: Review) -> bool:
    return review.state.upper() in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


def _order(review: Review) -> tuple[datetime, int]:
    """By time; an approval without one comes first and anything else last, so that none is won."""
    moment = read_time(review.submitted_at)
    if moment is None:
        moment = _FIRST if review.state.upper() == "APPROVED" else _LAST
    return moment, review.id
