"""Hear calls to break the glass: two maintainers may override in an emergency."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from gate.judge.votes.casts import Booth
from gate.judge.votes.comments import Spoken
from gate.judge.votes.electorate import Electorate, show_login
from gate.judge.votes.people import Voter
from gate.judge.votes.reviews import Stand
from gate.judge.votes.revokes import LastRevoke
from gate.judge.votes.stakes import Bar
from gate.moment import read_time, show_time
from gate.schema.site import VotingSettings
from gate.schema.votes import BreakGlass

PEOPLE = 2
"""How many it takes."""

REVIEW_HOURS = 24
"""Hours until the override must have been reviewed."""

Call = tuple[str, str, str]
"""Login, when, reason."""

_NO_GLASS = Bar("switched_off", "the site has no break-glass")
_NO_TIME = Bar("before_head", "has no time")


class Glass:
    """Who may break the glass of one pull request."""

    def __init__(self, electorate: Electorate, booth: Booth, settings: VotingSettings) -> None:
        self._electorate = electorate
        self._booth = booth
        self._settings = settings

    def hear(
        self, voter: Voter, who: Bar | None, stand: Stand, revoked: LastRevoke
    ) -> tuple[Call | None, list[Bar]]:
        """A person's first call that holds, and why the others do not.

        Args:
            voter: the person.
            who: why who it is keeps them from voting.
            stand: where they stand by their reviews.
            revoked: when their words were taken back.
        """
        calls: list[Call] = []
        bars: list[Bar] = []
        for spoken in voter.spoken:
            if spoken.command.verb != "break-glass":
                continue
            bar = who or self._bar(voter, spoken, stand, revoked)
            if bar is not None:
                bars.append(Bar(bar.code, f"break-glass: {bar.text}"))
                continue
            login = show_login(voter.actor)
            calls.append((login, show_time(spoken.moment), spoken.command.reason))
        return min(calls, key=lambda call: call[1], default=None), bars

    def _bar(self, voter: Voter, spoken: Spoken, stand: Stand, revoked: LastRevoke) -> Bar | None:
        if not self._settings.break_glass:
            return _NO_GLASS
        bar = self._electorate.maintain_bar(voter.actor) if voter.actor is not None else None
        bar = bar or self._booth.word_bar(spoken, stand, revoked)
        return bar or (_NO_TIME if spoken.moment is None else None)


def break_glass(calls: Sequence[Call]) -> BreakGlass | None:
    """The override out of the calls that hold, oldest first; `None` where nobody called.

    What it may override is not decided here: never a finding of an integrity rule.
    """
    if not calls:
        return None
    enough = len(calls) >= PEOPLE
    at = calls[PEOPLE - 1 if enough else -1][1]
    moment = read_time(at)
    due = moment + timedelta(hours=REVIEW_HOURS) if moment is not None and enough else None
    return BreakGlass(
        by=tuple(sorted(login for login, _, _ in calls)),
        reason=calls[0][2],
        at=at,
        in_force=enough,
        review_by=show_time(due),
    )
