"""Count the votes of a pull request, before anybody knows how many are needed."""

from __future__ import annotations

import msgspec

from gate.judge.votes.breakglass import Call, Glass
from gate.judge.votes.casts import Booth, Cast
from gate.judge.votes.currency import Currency
from gate.judge.votes.electorate import Electorate, Franchise, show_login
from gate.judge.votes.labels import count_labels
from gate.judge.votes.people import People, Voter
from gate.judge.votes.reviews import Dismissals, Stand, find_stand
from gate.judge.votes.revokes import Revokes
from gate.judge.votes.stakes import Bar, is_unmapped
from gate.moment import show_time
from gate.schema.facts import Actor, PullFacts
from gate.schema.gate_input import LabelEvent
from gate.schema.votes import CountedVote, IgnoredVote
from gate.text import neutralise

_TWICE = Bar("duplicate", "said so twice; one person is one vote")


class StaleVote(msgspec.Struct, frozen=True, kw_only=True):
    """An approval that would count, but for its older commit."""

    login: str
    """Who."""
    id: int
    """Numeric account id; 0 where unknown."""
    permission: str
    """admin | maintain | write, as of now."""
    sha: str
    """Commit it is for."""
    at: str
    """When, RFC 3339."""
    via: str = "review"
    """review | comment."""


class Ballot(msgspec.Struct, frozen=True, kw_only=True):
    """Who voted, before anybody knows how many are needed."""

    counted: tuple[CountedVote, ...] = ()
    """Approvals that count."""
    ignored: tuple[IgnoredVote, ...] = ()
    """Votes that do not, with the reason; one entry per person, way and reason."""
    objections: tuple[str, ...] = ()
    """People with write access, but for the opener, whose CHANGES_REQUESTED stands."""
    extra: int = 0
    """People needed on top, because a commit maps to no account."""
    labels: tuple[LabelEvent, ...] = ()
    """The labels now on the pull request, and whether each may be relied on."""
    readable: bool = True
    """False: reviews or permissions were not handed in, so nobody can say who approved."""
    stale: tuple[StaleVote, ...] = ()
    """Approvals that would count, but for their older commit."""
    unknown: tuple[str, ...] = ()
    """Approvals of which nobody can tell whether they count, each one line."""
    undecided: tuple[str, ...] = ()
    """Objections and retractions of which nobody can tell whether they stand, each one line."""
    break_glass: tuple[Call, ...] = ()
    """Calls to break the glass that hold: login, when, reason; oldest first, one per person."""


def count_votes(facts: PullFacts, franchise: Franchise) -> Ballot:
    """The votes of a pull request.

    Args:
        facts: its facts.
        franchise: who may vote, and how.

    Returns:
        Every vote once, as counted or as ignored with the reason.
    """
    labels = count_labels(facts, franchise)
    if facts.reviews is None or facts.permissions is None:
        return Ballot(labels=labels, readable=False)
    extra = int(any(is_unmapped(commit) for commit in facts.commits))
    return _Count(facts, franchise).ballot(labels, extra)


class _Count:
    """The count under way."""

    def __init__(self, facts: PullFacts, franchise: Franchise) -> None:
        self._electorate = Electorate(facts, franchise)
        self._booth = Booth(Currency(facts), franchise.settings)
        self._glass = Glass(self._electorate, self._booth, franchise.settings)
        self._dismissals = Dismissals(facts, self._electorate)
        self._counted: list[CountedVote] = []
        self._ignored: dict[tuple[str, str, str, str], IgnoredVote] = {}
        self._objections: set[str] = set()
        self._stale: list[StaleVote] = []
        self._unknown: set[str] = set()
        self._undecided: set[str] = set()
        self._calls: list[Call] = []
        people = People(facts)
        self._revokes = Revokes(people, self._electorate)
        for voter, bar in self._revokes.refused:
            self._ignore(voter, "comment", bar, "revoke")
        for voter in people.voters():
            self._judge(voter)

    def ballot(self, labels: tuple[LabelEvent, ...], extra: int) -> Ballot:
        """Everything counted, sorted."""
        return Ballot(
            counted=tuple(sorted(self._counted, key=lambda vote: (vote.at, vote.login))),
            ignored=tuple(
                sorted(
                    self._ignored.values(),
                    key=lambda vote: (vote.login, vote.via, vote.code, vote.reason),
                )
            ),
            objections=tuple(sorted(self._objections)),
            extra=extra,
            labels=labels,
            stale=tuple(sorted(self._stale, key=lambda vote: (vote.at, vote.login, vote.sha))),
            unknown=tuple(sorted(self._unknown)),
            undecided=tuple(sorted(self._undecided)),
            break_glass=tuple(sorted(self._calls, key=lambda call: (call[1], call[0]))),
        )

    def _judge(self, voter: Voter) -> None:
        stand = find_stand(voter.reviews, self._dismissals)
        revoked = self._revokes.of(voter)
        who = self._identity_bar(voter)
        access = self._electorate.access_bar(voter.actor) if voter.actor is not None else None
        call, refused = self._glass.hear(voter, who, stand, revoked)
        self._calls += [call] if call is not None else []
        for bar in refused:
            self._ignore(voter, "comment", bar, "break-glass")
        self._hear_objection(voter, stand, self._objection_bar(voter) or access)
        casts = self._booth.casts(voter, stand, revoked)
        barred = who or (access if access is not None and access.code == "no_write" else None)
        if barred is None:
            self._settle(voter, casts, access)
            return
        for cast in casts:
            if cast.is_approval:
                self._ignore(voter, cast.via, barred)

    def _identity_bar(self, voter: Voter) -> Bar | None:
        bars = (self._electorate.identity_bar(actor) for actor in voter.actors)
        return next((bar for bar in bars if bar is not None), None)

    def _objection_bar(self, voter: Voter) -> Bar | None:
        bars = (self._electorate.objection_bar(actor) for actor in voter.actors)
        return next((bar for bar in bars if bar is not None), None)

    def _settle(self, voter: Voter, casts: list[Cast], access: Bar | None) -> None:
        """One vote at most out of all that a person cast: the latest that holds."""
        valid = [cast for cast in casts if cast.bar is None]
        for cast in casts:
            if cast.bar is not None:
                self._ignore(voter, cast.via, cast.bar)
        for cast in valid[:-1]:
            self._ignore(voter, cast.via, _TWICE)
        if access is None:
            self._stale += [
                self._stale_vote(voter, cast)
                for cast in casts
                if cast.bar is not None and cast.bar.code == "other_commit"
            ]
            self._counted += [self._vote(voter, cast) for cast in valid[-1:]]
            self._undecided.update(self._revokes.doubts(voter) if valid else ())
        elif valid:
            self._ignore(voter, valid[-1].via, access)
            login = show_login(voter.actor)
            self._unknown.add(f"cannot tell whether {login} may approve: {access.text}")

    def _vote(self, voter: Voter, cast: Cast) -> CountedVote:
        actor = voter.actor or Actor(login="")
        return CountedVote(
            login=show_login(actor),
            via=cast.via,
            at=show_time(cast.moment),
            sha=cast.sha,
            id=actor.id,
            permission=self._electorate.permission(actor) or "",
        )

    def _stale_vote(self, voter: Voter, cast: Cast) -> StaleVote:
        vote = self._vote(voter, cast)
        return StaleVote(
            login=vote.login,
            id=vote.id,
            permission=vote.permission,
            sha=vote.sha,
            at=vote.at,
            via=vote.via,
        )

    def _hear_objection(self, voter: Voter, stand: Stand, bar: Bar | None) -> None:
        login = show_login(voter.actor)
        if stand.overruled is not None:
            event, why = stand.overruled
            text = f"dismissed the objection of {login}, which stands: {why.text}"
            by = show_login(event.actor)
            vote = IgnoredVote(login=by, via="review", code=why.code, reason=neutralise(text))
            self._ignored[by, "review", why.code, f"dismissal {login}"] = vote
        if stand.position not in ("objecting", "unclear"):
            return
        if bar is not None and bar.code != "permission_unknown":
            if stand.position == "objecting":
                text = f"requested changes, but {bar.text}"
                self._ignore(voter, "review", Bar(bar.code, text), "objection")
        elif bar is None and stand.position == "objecting":
            self._objections.add(login)
        else:
            what = "may object" if bar is not None else "objects: a review of theirs was dismissed"
            self._undecided.add(f"cannot tell whether {login} {what}")

    def _ignore(self, voter: Voter, via: str, bar: Bar, what: str = "vote") -> None:
        """Note what does not count; a person repeating it is told once, the latest."""
        login = show_login(voter.actor)
        vote = IgnoredVote(login=login, via=via, code=bar.code, reason=neutralise(bar.text))
        self._ignored[login, via, bar.code, what] = vote
