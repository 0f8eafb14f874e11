"""Decide whether a vote is about what would be merged now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gate.judge.votes.stakes import Bar
from gate.moment import read_time
from gate.schema.facts import PullFacts
from gate.text import neutralise

_RETARGETS = frozenset({"base_ref_changed", "automatic_base_change_succeeded"})
_BEFORE_HEAD = Bar("before_head", "was given before the head arrived")
_BEFORE_RETARGET = Bar("before_retarget", "was given before the base branch was changed")


class Currency:
    """The moments of one pull request that make older votes stale.

    The head arrived no earlier than its first check, the last force-push and the push that brought
    it: a commit may have been known on another branch, and a force-push may bring an old one back.
    Commit dates say nothing, their author writes them.
    """

    def __init__(self, facts: PullFacts) -> None:
        self.head = facts.pull.head.sha
        """The commit that would be merged."""
        own = [facts.head_arrived_at, *_pushed(facts)]
        forced = [
            event.created_at
            for event in facts.events or ()
            if event.event == "head_ref_force_pushed"
        ]
        self.arrived = _latest([*own, *forced])
        """No earlier than this it arrived, by the forge's own clock; `None`: nothing tells."""
        self.is_certain = _latest(own) is not None
        """Whether that is when it arrived; a force-push may be followed by an ordinary one."""
        retargets = [
            read_time(event.created_at) for event in facts.events or () if event.event in _RETARGETS
        ]
        known = [moment for moment in retargets if moment is not None]
        self._retargeted = max(known, default=None)
        self._retargeted_sometime = len(known) < len(retargets)

    def bar(self, sha: str | None, moment: datetime | None) -> Bar | None:
        """Why a vote on a commit, given at a moment, is not about the head.

        Args:
            sha: commit the vote is bound to.
            moment: when it was given; a vote without a time comes before everything.
        """
        if self.is_before_retarget(moment):
            return _BEFORE_RETARGET
        if sha != self.head:
            commit = f"commit {short(sha)}" if sha else "no commit"
            return Bar("other_commit", f"is for {commit}, the head is now {short(self.head)}")
        return _BEFORE_HEAD if self.is_before_head(moment) else None

    def is_before_retarget(self, moment: datetime | None) -> bool:
        """Whether the base branch was changed afterwards, or at a time nobody knows."""
        if self._retargeted_sometime:
            return True
        if self._retargeted is None:
            return False
        return moment is None or moment <= self._retargeted

    def is_before_head(self, moment: datetime | None) -> bool:
        """Whether the head is known to have arrived later; what nothing tells is no reason."""
        return self.arrived is not None and (moment is None or moment <= self.arrived)


def short(sha: str) -> str:
    """The seven digits by which people know a commit."""
    return neutralise(sha[:7], 30)


def _pushed(facts: PullFacts) -> list[str | None]:
    return [push.timestamp for push in facts.pushes or () if push.after == facts.pull.head.sha]


def _latest(stamps: Iterable[str | None]) -> datetime | None:
    moments = (read_time(stamp) for stamp in stamps)
    return max((moment for moment in moments if moment is not None), default=None)
