"""Hear what people took back: their own votes, or as a maintainer another's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gate.judge.votes.electorate import Electorate, show_login
from gate.judge.votes.people import People, Voter
from gate.judge.votes.stakes import Bar


class LastRevoke:
    """The last time one person's votes were taken back."""

    def __init__(self, words: Iterable[tuple[datetime | None, str]] = ()) -> None:
        words = list(words)
        self._undated = next((by for moment, by in words if moment is None), None)
        dated = [(moment, by) for moment, by in words if moment is not None]
        self._last = max(dated, default=None)

    def bar(self, moment: datetime | None) -> Bar | None:
        """Why what was said at a moment no longer stands; in doubt it was said before."""
        if self._undated is not None:
            return Bar("revoked", f"was taken back by {self._undated}")
        if self._last is None or (moment is not None and moment > self._last[0]):
            return None
        return Bar("revoked", f"was taken back by {self._last[1]}")


class Revokes:
    """Every `/gate revoke` of a pull request.

    Taking back is believed sooner than giving: an edited comment, or one written through an app,
    still revokes, and a maintainer may revoke whatever their own stake.
    """

    def __init__(self, people: People, electorate: Electorate) -> None:
        self._electorate = electorate
        self._words: dict[int, list[tuple[datetime | None, str]]] = {}
        self._doubts: dict[int, list[str]] = {}
        self.refused: list[tuple[Voter, Bar]] = []
        """Who tried to take back another's vote and may not, with the reason."""
        for voter in people.voters():
            for spoken in voter.spoken:
                if spoken.command.verb == "revoke":
                    login = spoken.command.target
                    self._hear(voter, people.find(login) if login else voter, spoken.moment)

    def of(self, voter: Voter) -> LastRevoke:
        """The last word on a person's votes."""
        return LastRevoke(self._words.get(id(voter), ()))

    def doubts(self, voter: Voter) -> list[str]:
        """Retractions of a person's votes of which nobody can tell whether they hold."""
        return self._doubts.get(id(voter), [])

    def _hear(self, voter: Voter, target: Voter | None, moment: datetime | None) -> None:
        if target is None:
            return
        login = show_login(voter.actor)
        bar = self._bar(voter) if target is not voter else None
        if bar is None:
            self._words.setdefault(id(target), []).append((moment, login))
            return
        self.refused.append((voter, Bar(bar.code, f"may not take back another's vote: {bar.text}")))
        if bar.code == "permission_unknown":
            line = f"cannot tell whether {login} may take back another's vote"
            self._doubts.setdefault(id(target), []).append(line)

    def _bar(self, voter: Voter) -> Bar | None:
        for actor in voter.actors:
            if (bar := self._electorate.person_bar(actor)) is not None:
                return bar
        return self._electorate.maintain_bar(voter.actor) if voter.actor is not None else None
