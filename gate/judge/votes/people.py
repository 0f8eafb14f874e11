"""Tell the people of a pull request apart, whatever they call themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gate.judge.votes.comments import Spoken, read_command
from gate.judge.votes.electorate import GHOST
from gate.schema.facts import Actor, PullFacts, Review


class Voter(msgspec.Struct):
    """One person with everything they said."""

    actors: list[Actor | None] = msgspec.field(default_factory=list)
    """Their account in each spelling it has; the last one is the newest."""
    reviews: list[Review] = msgspec.field(default_factory=list)
    """Their reviews."""
    spoken: list[Spoken] = msgspec.field(default_factory=list)
    """Their commands."""

    @property
    def actor(self) -> Actor | None:
        """The account as it is called now, with its id if that is known; `None`: it is gone."""
        numbered = (actor for actor in reversed(self.actors) if actor is not None and actor.id)
        return next(numbered, self.actors[-1])


class People:
    """Everybody who voted, each once.

    Two accounts are one person where the numeric id or the login, without case, is the same: a
    login changes, and an id may be missing where facts come from a file. An account that is gone
    has no name, so all of those are one.
    """

    def __init__(self, facts: PullFacts) -> None:
        self._parent: dict[str, str] = {}
        self._voters: dict[str, Voter] = {}
        spoken = [
            (comment.user, command)
            for comment in facts.comments or ()
            if (command := read_command(comment)) is not None
        ]
        for actor in self._accounts(facts, spoken):
            self._join(actor)
        for review in facts.reviews or ():
            self._voter(review.user).reviews.append(review)
        for writer, command in spoken:
            self._voter(writer).spoken.append(command)

    def voters(self) -> Iterator[Voter]:
        """Everybody, in the order in which they first appear."""
        yield from self._voters.values()

    def find(self, login: str) -> Voter | None:
        """Who a login names."""
        name = login.lower()
        return self._voters.get(self._root(name)) if name in self._parent else None

    @staticmethod
    def _accounts(
        facts: PullFacts, spoken: Iterable[tuple[Actor | None, Spoken]]
    ) -> Iterator[Actor | None]:
        for review in facts.reviews or ():
            yield review.user
        for writer, _ in spoken:
            yield writer

    def _join(self, actor: Actor | None) -> None:
        first, *others = _names(actor)
        self._parent.setdefault(first, first)
        for other in others:
            self._parent.setdefault(other, other)
            roots = sorted((self._root(first), self._root(other)))
            self._parent[roots[1]] = roots[0]

    def _root(self, name: str) -> str:
        while (above := self._parent[name]) != name:
            self._parent[name] = self._parent[above]
            name = above
        return name

    def _voter(self, actor: Actor | None) -> Voter:
        voter = self._voters.setdefault(self._root(_names(actor)[0]), Voter())
        if not voter.actors or voter.actors[-1] != actor:
            voter.actors.append(actor)
        return voter


def _names(actor: Actor | None) -> tuple[str, ...]:
    if actor is None:
        return (GHOST,)
    login = actor.login.lower()
    return (login, f"#{actor.id}") if actor.id else (login,)
