"""Find everybody with a stake in a pull request: their approval of it proves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from gate.account import WEB_FLOW, WEB_FLOW_EMAIL
from gate.pattern import pattern
from gate.schema.facts import Actor, PullCommit, PullFacts
from gate.schema.votes import VoteCode

MAX_MESSAGE = 65_536
"""Characters of a commit message that are searched for trailers, at each end."""

_CO_AUTHOR = pattern(r"(?im)^[ \t]{0,8}co-authored-by[ \t]{0,4}:[^<\n]{0,200}<([^>\n]{1,200})>")
_NOREPLY = pattern(
    r"(?:(\d{1,12})\+)?([A-Za-z0-9_-]{1,64})@users\.noreply\.[a-z0-9.-]{1,100}",
    re.IGNORECASE | re.ASCII,
)


class Bar(NamedTuple):
    """Why a vote does not count."""

    code: VoteCode
    """From the closed list."""
    text: str
    """The same for a reader, to stand after `<login>: `."""


_OPENED = Bar("author", "opened the pull request")
_WROTE = Bar("author", "wrote a commit of it")
_COMMITTED = Bar("committer", "committed to it")
_CO_WROTE = Bar("co_author", "is a co-author of it")
_ASKED = Bar("requester", "asked the agent for it")
_OWNS = Bar("agent_owner", "answers for the agent that wrote it")
_PUSHED = Bar("last_pusher", "pushed its head")


class Stakes:
    """Everybody with a stake in one pull request.

    Whoever is named is barred, proven or not: a forged name can keep somebody from voting, never
    let anybody vote.
    """

    def __init__(
        self, facts: PullFacts, requesters: Iterable[str], agent_owners: Iterable[str]
    ) -> None:
        self._bars: dict[str, Bar] = {}
        self._emails = _mapped_emails(facts.commits)
        self._add(facts.pull.user, _OPENED)
        for commit in facts.commits:
            self._add_commit(commit)
        for commit in facts.commits:
            for email in _co_authors(commit.commit.message):
                self._add_address(email, _CO_WROTE)
        self._add_logins(requesters, _ASKED)
        self._add_logins(agent_owners, _OWNS)
        for actor in _pushers(facts):
            self._add(actor, _PUSHED)

    def find(self, actor: Actor) -> Bar | None:
        """The stake an account has, by its numeric id or its login without case."""
        if actor.id and (bar := self._bars.get(f"#{actor.id}")):
            return bar
        return self._bars.get(actor.login.lower())

    def find_opener(self, actor: Actor) -> Bar | None:
        """The same, where it is that the account opened the pull request."""
        bar = self.find(actor)
        return bar if bar is _OPENED else None

    def _add(self, actor: Actor | None, bar: Bar) -> None:
        if actor is None or actor.login.lower() == WEB_FLOW:
            return
        self._bars.setdefault(actor.login.lower(), bar)
        if actor.id:
            self._bars.setdefault(f"#{actor.id}", bar)

    def _add_logins(self, logins: Iterable[str], bar: Bar) -> None:
        for login in logins:
            if login:
                self._bars.setdefault(login.lower().removeprefix("@"), bar)

    def _add_commit(self, commit: PullCommit) -> None:
        self._add(commit.author, _WROTE)
        if commit.commit.author is not None:
            self._add_address(commit.commit.author.email, _WROTE)
        self._add(commit.committer, _COMMITTED)
        if commit.commit.committer is not None:
            self._add_address(commit.commit.committer.email, _COMMITTED)

    def _add_address(self, email: str, bar: Bar) -> None:
        """The stake of whoever an address belongs to, as far as GitHub tells.

        A noreply address holds the numeric id, which stays when the login in it has changed.
        """
        address = email.strip()
        noreply = _NOREPLY.fullmatch(address)
        if noreply is None:
            self._add(self._emails.get(address.lower()), bar)
            return
        number, login = noreply.groups()
        if login.lower() != WEB_FLOW:
            self._bars.setdefault(login.lower(), bar)
        if number:
            self._bars.setdefault(f"#{int(number)}", bar)


def is_unmapped(commit: PullCommit) -> bool:
    """Whether nobody can say which account wrote or committed a commit.

    GitHub's own committer counts as known even where it is not mapped, once GitHub verified the
    signature; the address alone anybody can write.
    """
    if commit.author is None:
        return True
    if commit.committer is not None:
        return False
    person, signature = commit.commit.committer, commit.commit.verification
    by_github = person is not None and person.email.lower() == WEB_FLOW_EMAIL
    return not (by_github and signature is not None and signature.verified)


def _co_authors(message: str) -> Iterator[str]:
    yield from _CO_AUTHOR.findall(message[:MAX_MESSAGE])
    if len(message) > MAX_MESSAGE:
        yield from _CO_AUTHOR.findall(message[-MAX_MESSAGE:])


def _mapped_emails(commits: Iterable[PullCommit]) -> Mapping[str, Actor]:
    """Accounts by the e-mails that GitHub maps to them in this pull request."""
    emails: dict[str, Actor] = {}
    for commit in commits:
        for person, actor in (
            (commit.commit.author, commit.author),
            (commit.commit.committer, commit.committer),
        ):
            if person is not None and actor is not None:
                emails.setdefault(person.email.strip().lower(), actor)
    return emails


def _pushers(facts: PullFacts) -> Iterator[Actor | None]:
    """Everybody who put the head there; where no push tells, everybody who rewrote the branch."""
    told = [push.actor for push in facts.pushes or () if push.after == facts.pull.head.sha]
    yield from told
    for event in () if told else facts.events or ():
        if event.event == "head_ref_force_pushed":
            yield event.actor
