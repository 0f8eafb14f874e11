"""Pretend that somebody voted, so that people see what would follow; never recorded or posted."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from gate.account import is_app_login
from gate.errors import UsageError
from gate.moment import read_time, show_time
from gate.pattern import pattern
from gate.schema.facts import Actor, IssueEvent, Label, PullFacts, Review
from gate.text import neutralise

SIMULATED = "simulated by --what-if"
"""Body of a review that nobody wrote; simulated reviews and events have ids below zero."""

MAX_WORDS = 50
"""Things that may be pretended at once."""

_HINT = "Write approve=LOGIN, approve=LOGIN:PERMISSION, object=LOGIN, label=NAME@LOGIN or push."
_LOGIN = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:\[bot\])?"
_VOTE = pattern(rf"(approve|object)=({_LOGIN})(?::(admin|maintain|write|triage|read|none))?")
_LABEL = pattern(rf"label=(.{{1,100}})@({_LOGIN})")
_COMMA = pattern(r",(?=(?:approve|object|label)=|push(?:,|\Z))")
_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def split_what_if(words: Sequence[str]) -> tuple[str, ...]:
    """The single wishes of `--what-if`, which may be joined by commas.

    Raises:
        UsageError: too many.
    """
    wishes = tuple(wish for word in words for wish in _COMMA.split(word[:10_000]))
    if len(wishes) > MAX_WORDS:
        raise UsageError(f"--what-if: more than {MAX_WORDS} wishes", "Pretend fewer things.")
    return wishes


def apply_what_if(facts: PullFacts, words: Sequence[str], now: str = "") -> PullFacts:
    """The facts as they would be, one wish after the other, each a second later.

    Whoever is not known yet is taken for a person with write access; `approve=LOGIN:PERMISSION`
    says otherwise, for somebody known too.

    Args:
        facts: the facts.
        words: the wishes.
        now: the run's clock, RFC 3339; what is pretended happens then, or after all that happened.

    Raises:
        UsageError: a wish that is none.
    """
    wishes = split_what_if(words)
    moment = max(_latest(facts), read_time(now) or _BEGINNING)
    for number, wish in enumerate(wishes, start=1):
        at = show_time(moment + timedelta(seconds=number))
        if wish == "push":
            facts = _push(facts, at)
        elif found := _VOTE.fullmatch(wish):
            facts = _vote(facts, found, at, number)
        elif found := _LABEL.fullmatch(wish):
            facts = _label(facts, found, at, number)
        else:
            raise UsageError(f"--what-if {neutralise(wish, 100)}: nothing to pretend", _HINT)
    return facts


def _vote(facts: PullFacts, found: re.Match[str], at: str, number: int) -> PullFacts:
    verb, login, permission = found.groups()
    actor = _actor(facts, login)
    review = Review(
        id=-number,
        user=actor,
        state="APPROVED" if verb == "approve" else "CHANGES_REQUESTED",
        commit_id=facts.pull.head.sha,
        submitted_at=at,
        body=SIMULATED,
    )
    return msgspec.structs.replace(
        facts,
        reviews=(*(facts.reviews or ()), review),
        permissions=_permissions(facts, actor.login, permission),
    )


def _label(facts: PullFacts, found: re.Match[str], at: str, number: int) -> PullFacts:
    name, login = found.groups()
    actor = _actor(facts, login)
    event = IssueEvent(
        id=-number, event="labeled", actor=actor, label=Label(name=name), created_at=at
    )
    labels = tuple(label for label in facts.pull.labels if label.name != name)
    pull = msgspec.structs.replace(facts.pull, labels=(*labels, Label(name=name)))
    return msgspec.structs.replace(
        facts,
        pull=pull,
        events=(*(facts.events or ()), event),
        permissions=_permissions(facts, actor.login, None),
    )


def _push(facts: PullFacts, at: str) -> PullFacts:
    """A new head with the same content; whoever would push it is not known."""
    sha = hashlib.sha1(f"{SIMULATED} {facts.pull.head.sha}".encode(), usedforsecurity=False)
    head = msgspec.structs.replace(facts.pull.head, sha=sha.hexdigest())
    pull = msgspec.structs.replace(facts.pull, head=head)
    return msgspec.structs.replace(facts, pull=pull, head_arrived_at=at)


def _permissions(facts: PullFacts, login: str, permission: str | None) -> dict[str, str]:
    known = dict(facts.permissions or {})
    names = [name for name in known if name.lower() == login.lower()]
    if permission is not None or not names:
        for name in names:
            del known[name]
        known[login] = permission or "write"
    return known


def _actor(facts: PullFacts, login: str) -> Actor:
    """The account as the facts know it."""
    known = [facts.pull.user]
    known += [review.user for review in facts.reviews or ()]
    known += [comment.user for comment in facts.comments or ()]
    known += [event.actor for event in facts.events or ()]
    known += [actor for commit in facts.commits for actor in (commit.author, commit.committer)]
    same = (actor for actor in known if actor and actor.login.lower() == login.lower())
    return next(same, Actor(login=login, type="Bot" if is_app_login(login) else "User"))


def _latest(facts: PullFacts) -> datetime:
    stamps = [facts.head_arrived_at, facts.pull.created_at]
    stamps += [review.submitted_at for review in facts.reviews or ()]
    stamps += [comment.created_at for comment in facts.comments or ()]
    stamps += [event.created_at for event in facts.events or ()]
    stamps += [push.timestamp for push in facts.pushes or ()]
    moments = (moment for stamp in stamps if (moment := read_time(stamp)) is not None)
    latest = max(moments, default=_BEGINNING)
    return min(latest, datetime(9000, 1, 1, tzinfo=UTC))
