"""Read what one person cast, each with the reason why it does not hold if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from gate.judge.votes.comments import Spoken
from gate.judge.votes.currency import Currency
from gate.judge.votes.people import Voter
from gate.judge.votes.reviews import Stand
from gate.judge.votes.revokes import LastRevoke
from gate.judge.votes.stakes import Bar
from gate.moment import read_time
from gate.schema.site import VotingSettings

_REPLACED = Bar("duplicate", "was replaced by a later review")
_COMMENTS_OFF = Bar("switched_off", "the site does not take approvals by comment")
_FIRST = datetime.min.replace(tzinfo=UTC)


class Cast(NamedTuple):
    """One approval that somebody cast."""

    via: str
    """review | comment."""
    sha: str
    """Commit it is bound to."""
    moment: datetime | None
    """When."""
    bar: Bar | None
    """Why it does not hold, apart from who cast it."""
    is_approval: bool = True
    """False: an objection that was dismissed; of people it is told, of programs it is no news."""


class Booth:
    """What makes an approval hold on one pull request, whoever casts it."""

    def __init__(self, currency: Currency, settings: VotingSettings) -> None:
        self._currency = currency
        self._settings = settings

    def casts(self, voter: Voter, stand: Stand, revoked: LastRevoke) -> list[Cast]:
        """A person's approvals, oldest first."""
        found = [*self._reviewed(stand, revoked), *self._commented(voter, stand, revoked)]
        return sorted(found, key=lambda cast: (cast.moment or _FIRST, cast.via == "review"))

    def word_bar(self, spoken: Spoken, stand: Stand, revoked: LastRevoke) -> Bar | None:
        """Why a command that names a commit does not hold."""
        return (
            spoken.bar
            or stand.bar_at(spoken.moment)
            or revoked.bar(spoken.moment)
            or self._currency.bar(spoken.command.sha, spoken.moment)
        )

    def _reviewed(self, stand: Stand, revoked: LastRevoke) -> Iterator[Cast]:
        """The approvals among a person's reviews; only the latest decisive one may hold."""
        for review in stand.earlier:
            moment = read_time(review.submitted_at)
            yield Cast("review", review.commit_id or "", moment, stand.bar or _REPLACED)
        latest = stand.latest
        if latest is None or stand.position == "objecting":
            return
        moment = read_time(latest.submitted_at)
        bar = stand.bar or revoked.bar(moment) or self._currency.bar(latest.commit_id, moment)
        yield Cast("review", latest.commit_id or "", moment, bar, stand.was_approval)

    def _commented(self, voter: Voter, stand: Stand, revoked: LastRevoke) -> Iterator[Cast]:
        for spoken in voter.spoken:
            command = spoken.command
            if command.verb == "malformed":
                bar: Bar | None = Bar("malformed_command", command.reason)
            elif command.verb != "approve":
                continue
            elif self._settings.comments:
                bar = self.word_bar(spoken, stand, revoked)
            else:
                bar = _COMMENTS_OFF
            yield Cast("comment", command.sha, spoken.moment, bar)
