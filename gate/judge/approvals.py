"""Count the approvals that count: distinct humans with write access, without a stake."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from gate.pattern import pattern
from gate.schema.facts import Actor, IssueEvent, PullCommit, PullFacts, Review
from gate.schema.gate_input import LabelEvent
from gate.schema.provenance import Provenance
from gate.schema.section import Gap
from gate.schema.site import ApprovalRule
from gate.schema.votes import CountedVote, IgnoredVote, Requirement, Votes
from gate.text import neutralise

IsAgent = Callable[[Actor], bool]
"""Whether an account is known to be an agent."""

WEB_FLOW = "web-flow"
"""GitHub's own committer for commits made in the browser; it is nobody."""

_CO_AUTHOR = pattern(r"(?im)^[ \t]{0,8}co-authored-by[ \t]{0,4}:[^<\n]{0,200}<([^>\n]{1,200})>")
_NOREPLY = pattern(
    r"(?:(\d{1,12})\+)?([A-Za-z0-9_-]{1,64})@users\.noreply\.[a-z0-9.-]{1,100}", re.IGNORECASE
)
_TIME = pattern(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})\Z")
_MAY_APPROVE = ("admin", "maintain", "write")

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


class Ballot(msgspec.Struct, frozen=True, kw_only=True):
    """Who voted, before anybody knows how many are needed."""

    counted: tuple[CountedVote, ...] = ()
    """Approvals that count."""
    ignored: tuple[IgnoredVote, ...] = ()
    """Approvals that do not, with the reason."""
    objections: tuple[str, ...] = ()
    """Eligible people whose CHANGES_REQUESTED stands."""
    extra: int = 0
    """People needed on top, because a commit maps to no account."""
    labels: tuple[LabelEvent, ...] = ()
    """The labels now on the pull request, and whether each may be relied on."""
    readable: bool = True
    """False: reviews or permissions were not handed in, so nobody can say who approved."""


class Electorate:
    """Who may approve one pull request, with the reason where somebody may not."""

    def __init__(self, facts: PullFacts, provenance: Provenance, is_agent: IsAgent) -> None:
        self._facts = facts
        self._is_agent = is_agent
        self._permissions = {
            login.lower(): permission for login, permission in (facts.permissions or {}).items()
        }
        self._conflicts = _conflicts(facts, provenance)

    def objection(self, actor: Actor | None) -> str:
        """Why this account's approval does not count; empty when it does."""
        if actor is None:
            return "the account is gone"
        login = actor.login.lower()
        if actor.type != "User" or login.endswith("[bot]"):
            return "not a person"
        if self._is_agent(actor):
            return "an agent, not a person"
        for key in (login, f"#{actor.id}" if actor.id else ""):
            if key and key in self._conflicts:
                return self._conflicts[key]
        permission = self._permissions.get(login, "none")
        if permission not in _MAY_APPROVE:
            return f"has {neutralise(permission, 20)} access, write is needed"
        return ""


def count_votes(facts: PullFacts, provenance: Provenance, is_agent: IsAgent) -> Ballot:
    """The votes of a pull request.

    An approval is a review in state APPROVED by a distinct human with write access who is not in
    the conflict set, whose `commit_id` is the head, submitted after the head arrived where the
    forge tells when that was. The latest decisive review of each person counts.
    """
    labels = count_labels(facts, provenance, is_agent)
    if facts.reviews is None or facts.permissions is None:
        return Ballot(labels=labels, readable=False)
    extra = int(any(_is_unmapped(commit) for commit in facts.commits))
    electorate = Electorate(facts, provenance, is_agent)
    counted: list[CountedVote] = []
    ignored: list[IgnoredVote] = []
    objections: list[str] = []
    for review in _latest_decisive(facts.reviews):
        login = neutralise(review.user.login if review.user else "ghost", 60)
        reason = electorate.objection(review.user)
        if review.state.upper() == "CHANGES_REQUESTED":
            if not reason:
                objections.append(login)
            continue
        if review.state.upper() != "APPROVED":
            continue
        reason = reason or _staleness(review, facts)
        if reason:
            ignored.append(IgnoredVote(login=login, via="review", reason=reason))
        else:
            counted.append(
                CountedVote(
                    login=login,
                    via="review",
                    at=_time(review.submitted_at),
                    sha=facts.pull.head.sha,
                )
            )
    return Ballot(
        counted=tuple(sorted(counted, key=lambda vote: (vote.at, vote.login))),
        ignored=tuple(sorted(ignored, key=lambda vote: vote.login)),
        objections=tuple(sorted(objections)),
        extra=extra,
        labels=labels,
    )


def count_labels(
    facts: PullFacts, provenance: Provenance, is_agent: IsAgent
) -> tuple[LabelEvent, ...]:
    """The latest word on each label now on the pull request, and whether it may be relied on.

    A label counts when its latest `labeled` event is by somebody who may approve this change,
    after the head arrived. Where no clock of the forge tells the arrival, the latest commit date
    and the opening of the pull request are its lower bound, and the event says so.
    """
    electorate = Electorate(facts, provenance, is_agent)
    arrival, certain = _arrival(facts)
    events: list[LabelEvent] = []
    for name in sorted({label.name for label in facts.pull.labels}):
        last = _last_event(facts.events or (), name)
        if last is None:
            reason = "nobody is known to have set it"
            events.append(LabelEvent(label=name, by="", at="", counts=False, reason=reason))
            continue
        at = _time(last.created_at)
        reason = electorate.objection(last.actor)
        if not reason and facts.permissions is None:
            reason = "permissions are not known"
        if not reason and (not at or (arrival and at < arrival)):
            reason = "set before the head arrived"
        note = reason or ("" if certain else "arrival of the head judged by commit dates")
        by = neutralise(last.actor.login, 60) if last.actor else ""
        events.append(LabelEvent(label=name, by=by, at=at, counts=not reason, reason=note))
    return tuple(events)


def label_notes(labels: tuple[LabelEvent, ...]) -> tuple[str, ...]:
    """Why a label that a policy may ask for does not count, one line for each."""
    return tuple(
        f"label {neutralise(event.label, 60)}{f' set by {event.by}' if event.by else ''}"
        f" does not count: {event.reason}"
        for event in labels
        if not event.counts
    )


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


def tally(ballot: Ballot, required: tuple[Requirement, ...], facts: PullFacts) -> Votes:
    """Votes against requirements; one person's approval serves every surface."""
    required = tuple(
        msgspec.structs.replace(need, min=need.min + ballot.extra) if need.min else need
        for need in required
    )
    missing = 0
    for requirement in required:
        eligible = [
            vote
            for vote in ballot.counted
            if not requirement.teams or _is_member(vote.login, requirement.teams, facts)
        ]
        missing = max(missing, requirement.min - len(eligible))
    return Votes(
        required=required,
        counted=ballot.counted,
        ignored=ballot.ignored,
        missing=missing,
        objections=ballot.objections,
    )


def vote_gaps(
    ballot: Ballot, required: tuple[Requirement, ...], facts: PullFacts, origin: str
) -> tuple[Gap, ...]:
    """What could not be looked at although a vote depends on it."""
    if not required or origin == "git":
        return ()
    if not ballot.readable:
        reason = "reviews or permissions are missing, and this change needs approval"
        return (Gap(section="votes", reason=reason),)
    unknown = sorted(
        {team for need in required for team in need.teams if team not in (facts.teams or {})}
    )
    return tuple(
        Gap(section="votes", reason=f"cannot tell who is in team {neutralise(team, 80)}")
        for team in unknown
    )


def _is_member(login: str, teams: tuple[str, ...], facts: PullFacts) -> bool:
    members = {name.lower() for team in teams for name in (facts.teams or {}).get(team, ())}
    return login.lower() in members


def _is_unmapped(commit: PullCommit) -> bool:
    return commit.author is None or commit.committer is None


def _conflicts(facts: PullFacts, provenance: Provenance) -> dict[str, str]:
    """Accounts with a stake -> why, by lower-case login and by `#id`."""
    stakes: dict[str, str] = {}
    _add_stake(stakes, facts.pull.user, "opened the pull request")
    for commit in facts.commits:
        _add_stake(stakes, commit.author, "wrote a commit of it")
        _add_stake(stakes, commit.committer, "committed to it")
    emails = _emails(facts)
    for commit in facts.commits:
        for person in (commit.commit.author, commit.commit.committer):
            if person is not None:
                _add_address(stakes, person.email, emails, "wrote a commit of it")
        for email in _CO_AUTHOR.findall(commit.commit.message[:65_536]):
            _add_address(stakes, email, emails, "is a co-author of it")
    if provenance.requester:
        stakes.setdefault(provenance.requester.lower(), "asked the agent for it")
    for event in facts.events or ():
        if event.event == "head_ref_force_pushed":
            _add_stake(stakes, event.actor, "pushed to it")
    return stakes


def _add_stake(stakes: dict[str, str], actor: Actor | None, why: str) -> None:
    if actor is None or actor.login == WEB_FLOW:
        return
    stakes.setdefault(actor.login.lower(), why)
    if actor.id:
        stakes.setdefault(f"#{actor.id}", why)


def _add_address(stakes: dict[str, str], email: str, emails: Mapping[str, Actor], why: str) -> None:
    """The stake of whoever an address belongs to, as far as GitHub tells.

    A noreply address holds the numeric id, which stays when the login in it has changed.
    """
    noreply = _NOREPLY.fullmatch(email.strip())
    if noreply is None:
        _add_stake(stakes, emails.get(email.strip().lower()), why)
        return
    number, login = noreply.groups()
    if login.lower() != WEB_FLOW:
        stakes.setdefault(login.lower(), why)
    if number:
        stakes.setdefault(f"#{int(number)}", why)


def _emails(facts: PullFacts) -> dict[str, Actor]:
    """Accounts by the e-mails that GitHub maps to them in this pull request."""
    emails: dict[str, Actor] = {}
    for commit in facts.commits:
        for person, actor in (
            (commit.commit.author, commit.author),
            (commit.commit.committer, commit.committer),
        ):
            if person is not None and actor is not None:
                emails.setdefault(person.email.lower(), actor)
    return emails


def _latest_decisive(reviews: tuple[Review, ...]) -> list[Review]:
    """The latest decisive review of each person.

    Reviews are one person's where the numeric id or the login, without case, is the same: a login
    changes, and an id may be missing where facts come from a file.
    """
    latest: dict[str, Review] = {}
    person_of: dict[str, str] = {}
    decisive = [
        review
        for review in reviews
        if review.state.upper() in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
    ]
    for review in sorted(decisive, key=lambda review: (_time(review.submitted_at), review.id)):
        user = review.user
        login = user.login.lower() if user else "ghost"
        names = [f"#{user.id}", login] if user and user.id else [login]
        known = {person_of[name] for name in names if name in person_of}
        key = min(known, default=names[0])
        for other in known - {key}:
            latest.pop(other, None)
        person_of.update(dict.fromkeys(names, key))
        latest[key] = review
    return list(latest.values())


def _staleness(review: Review, facts: PullFacts) -> str:
    if review.commit_id != facts.pull.head.sha:
        return "approved an older commit"
    arrival = facts.head_arrived_at or _force_push(facts)
    if arrival and _time(review.submitted_at) < arrival:
        return "approved before the head arrived"
    return ""


def _time(text: str | None) -> str:
    """A time as GitHub writes it; anything else is no time, and shown nowhere."""
    return text if text is not None and _TIME.match(text) else ""


def _force_push(facts: PullFacts) -> str | None:
    pushes = [
        event.created_at
        for event in facts.events or ()
        if event.event == "head_ref_force_pushed" and event.created_at
    ]
    return max(pushes, default=None)


def _arrival(facts: PullFacts) -> tuple[str, bool]:
    known = facts.head_arrived_at or _force_push(facts)
    if known:
        return known, True
    dates = [facts.pull.created_at or ""]
    dates += [
        commit.commit.committer.date or ""
        for commit in facts.commits
        if commit.commit.committer is not None
    ]
    return max(dates), False


def _last_event(events: tuple[IssueEvent, ...], name: str) -> IssueEvent | None:
    found = [
        event
        for event in events
        if event.event in ("labeled", "unlabeled") and event.label and event.label.name == name
    ]
    found.sort(key=lambda event: event.created_at or "")
    return found[-1] if found and found[-1].event == "labeled" else None
