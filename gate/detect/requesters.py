"""Find everybody who asked an agent for the change or steered it; GitHub lets them approve it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gate.account import read_noreply
from gate.detect.accounts import WORK_STARTED, is_person
from gate.detect.agents import Agents
from gate.detect.commits import CommitView
from gate.detect.trailers import read_people
from gate.pattern import pattern
from gate.schema.facts import Actor, PullFacts
from gate.text import neutralise

MAX_TEXT = 65_536
"""Characters of the description that are read."""
MAX_COMMENT = 4_096
"""Characters of one comment that are read."""
MAX_REQUESTERS = 50
"""People that are listed; the surest come first."""

_LOGIN = r"([A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}))(?![\w\[-])"
_REQUESTS = (
    pattern(
        rf"^\W{{0,8}}Requested by:[^\n@]{{0,200}}(?<![\w.+-])@{_LOGIN}",
        re.IGNORECASE | re.MULTILINE,
    ),
    pattern(rf"\bstarted by @{_LOGIN}", re.IGNORECASE),
    pattern(rf"\bon behalf of @{_LOGIN}", re.IGNORECASE),
)
_REQUEST_MAIL = pattern(
    r"^\W{0,8}Requested by:[^\n@<(]{0,120}[<(]([^\s<>()@]{1,100}@[^\s<>()@]{1,200})[>)]",
    re.IGNORECASE | re.MULTILINE,
)
_MENTION = pattern(
    r"^[ \t]{0,3}(?:(?:hey|hi|ok),? )?@([A-Za-z0-9-]{1,39})\b[ \t,:]{0,4}(\w{0,20})",
    re.IGNORECASE | re.MULTILINE,
)
_WHOLE_LOGIN = pattern(_LOGIN)
_SERVICES = frozenset({"apk@cognition.ai", "noreply@github.com"})
"""Addresses that stand as co-authors and are nobody."""


class Asked(NamedTuple):
    """Who asked."""

    surest: str | None
    """The one whom the surest source names."""
    everybody: tuple[str, ...]
    """All of them, sorted."""


def find_requesters(
    facts: PullFacts, views: Sequence[CommitView], agents: Agents, shown: frozenset[str]
) -> Asked:
    """Everybody who asked for the change or steered it.

    In this order: GitHub's own event that somebody set the agent to work; people named as
    co-authors in a commit that an agent wrote; the description's own words; whoever opened it;
    people who told the agent in a comment to work on it. A bot or an agent is nobody.

    Args:
        facts: the facts.
        views: its commits.
        agents: the agents to look for.
        shown: families of the agents that took part; empty where none is known to have.
    """
    found: dict[str, str] = {}
    for login in _name(facts, views, agents, shown):
        if len(found) < MAX_REQUESTERS:
            found.setdefault(login.lower(), neutralise(login, 60))
    return Asked(next(iter(found.values()), None), tuple(sorted(found.values())))


def _name(
    facts: PullFacts, views: Sequence[CommitView], agents: Agents, shown: frozenset[str]
) -> Iterator[str]:
    for event in facts.events or ():
        if event.event == WORK_STARTED and event.actor is not None:
            yield from _person(event.actor, agents)
    yield from _co_authors(facts, views, agents)
    yield from _described(facts, agents)
    if shown and facts.pull.user is not None:
        yield from _person(facts.pull.user, agents)
    yield from _labelled(facts, agents, shown)
    yield from _commented(facts, agents, shown)


def _person(actor: Actor, agents: Agents) -> Iterable[str]:
    return (actor.login,) if is_person(actor, agents) else ()


def _co_authors(facts: PullFacts, views: Sequence[CommitView], agents: Agents) -> Iterator[str]:
    known: dict[str, Actor] | None = None
    for view in views:
        if not view.reading.written:
            continue
        for _, email in read_people(view.trailers, agents):
            known = _accounts(facts) if known is None else known
            yield from _login_of(email, known, agents)


def _accounts(facts: PullFacts) -> dict[str, Actor]:
    """Address -> the account that GitHub maps it to in one of the commits."""
    return {
        person.email.lower(): account
        for commit in facts.commits
        for person, account in (
            (commit.commit.author, commit.author),
            (commit.commit.committer, commit.committer),
        )
        if person is not None and account is not None
    }


def _login_of(email: str, known: dict[str, Actor], agents: Agents) -> Iterable[str]:
    """The login behind a person's address: a noreply address, or one that a commit maps."""
    address = email.lower()
    if address in _SERVICES:
        return ()
    noreply = read_noreply(email)
    if noreply is not None:
        shaped = _WHOLE_LOGIN.fullmatch(noreply[1]) is not None
        return _person(Actor(login=noreply[1], id=noreply[0]), agents) if shaped else ()
    account = known.get(address)
    return _person(account, agents) if account is not None else ()


def _described(facts: PullFacts, agents: Agents) -> Iterator[str]:
    body = (facts.pull.body or "")[:MAX_TEXT]
    for request in _REQUESTS:
        for match in request.finditer(body):
            yield from _person(Actor(login=match[1]), agents)
    for match in _REQUEST_MAIL.finditer(body):
        yield from _login_of(match[1], _accounts(facts), agents)


def _labelled(facts: PullFacts, agents: Agents, shown: frozenset[str]) -> Iterator[str]:
    """People who set the label at which an agent starts to work, where it opened what it did."""
    if is_person(facts.pull.user, agents):
        return
    labels = {
        label for row in agents.rows if agents.family_of(row.id) in shown for label in row.labels
    }
    for event in facts.events or () if labels else ():
        if event.event == "labeled" and event.label is not None and event.label.name in labels:
            yield from _person(event.actor, agents) if event.actor is not None else ()


def _commented(facts: PullFacts, agents: Agents, shown: frozenset[str]) -> Iterator[str]:
    """People who told an agent that took part to work on it; one asked for a review only reads."""
    names = {
        name for row in agents.rows if agents.family_of(row.id) in shown for name in row.mentions
    }
    for comment in facts.comments or () if names else ():
        for match in _MENTION.finditer((comment.body or "")[:MAX_COMMENT]):
            told = match[1].lower() in names and not match[2].lower().startswith("review")
            if told and comment.user is not None:
                yield from _person(comment.user, agents)
