"""Tell who set each label, and whether a policy may rely on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from gate.judge.votes.currency import Currency
from gate.judge.votes.electorate import Electorate, Franchise, show_login
from gate.judge.votes.lookalike import fold
from gate.judge.votes.stakes import Bar
from gate.moment import read_time, show_time
from gate.schema.facts import IssueEvent, PullFacts
from gate.schema.gate_input import LabelEvent
from gate.schema.section import Gap
from gate.schema.votes import VoteCode
from gate.text import neutralise

MAX_LABELS = 100
"""Labels of one pull request; GitHub allows no more, so a longer list is not GitHub's."""

_LAST = datetime.max.replace(tzinfo=UTC)
_NOBODY = Bar("label_unknown", "nobody is known to have set it")
_NO_EVENTS = Bar("label_unknown", "who set it cannot be told, the events are missing")
_TOO_MANY = Bar("label_unknown", f"there are more than {MAX_LABELS} labels")
_REMOVED = Bar("label_removed", "was taken off again")
_BEFORE = Bar("before_head", "set before the head arrived")
_VIA_APP = Bar("via_app", "was set through an app")
_OF_THE_SETTER: frozenset[VoteCode] = frozenset({
    "author", "committer", "co_author", "requester", "agent_owner", "last_pusher", "bot", "agent",
    "machine_account", "no_write",
})  # fmt: skip
"""Codes whose words are about the person, not about the label."""
_BY_DATES = "arrival of the head judged by commit dates"


def count_labels(facts: PullFacts, franchise: Franchise) -> tuple[LabelEvent, ...]:
    """The latest word on each label now on the pull request, and whether it may be relied on.

    A label is never a vote. It may be relied on when its latest `labeled` event is by somebody
    who may approve this change, after the head arrived and the pull request was opened. Where no
    clock of the forge tells the arrival, the latest commit date stands in for it and the event
    says so.
    """
    names = sorted({label.name for label in facts.pull.labels})
    if not names:
        return ()
    judge = _Judge(facts, franchise)
    return tuple(judge.event(name, len(names)) for name in names)


def label_notes(labels: tuple[LabelEvent, ...], wanted: Iterable[str] = ()) -> tuple[str, ...]:
    """Why a label that a policy may ask for does not count, one line for each.

    Args:
        labels: the labels, as `count_labels` judged them.
        wanted: names that a policy asks for, as far as the caller knows them.
    """
    notes = [_note(event) for event in labels if not event.counts]
    return (*notes, *_near_misses([event.label for event in labels], wanted))


def _note(event: LabelEvent) -> str:
    """Why one label does not count, in a sentence."""
    label = f"label {neutralise(event.label, 60)}"
    if event.code in _OF_THE_SETTER:
        return f"{label} does not count: {event.by}, who set it, {event.reason}"
    return f"{label}{f' set by {event.by}' if event.by else ''} does not count: {event.reason}"


def label_gaps(labels: tuple[LabelEvent, ...]) -> tuple[Gap, ...]:
    """Labels of which nobody can tell who set them, for a site whose policies may ask."""
    return tuple(
        Gap(section="votes", reason=f"label {neutralise(event.label, 60)}: {event.reason}")
        for event in labels
        if event.code in ("label_unknown", "permission_unknown") and event.reason != _NOBODY.text
    )


class _Judge:
    """What all labels of one pull request are judged by."""

    def __init__(self, facts: PullFacts, franchise: Franchise) -> None:
        self._electorate = Electorate(facts, franchise)
        self._currency = Currency(facts)
        self._last = _last_events(facts.events) if facts.events is not None else None
        self._is_certain = self._currency.is_certain
        bounds = [self._currency.arrived, read_time(facts.pull.created_at)]
        if not self._is_certain:
            bounds += [
                read_time(commit.commit.committer.date)
                for commit in facts.commits
                if commit.commit.committer is not None
            ]
        self._bound = max((bound for bound in bounds if bound is not None), default=None)

    def event(self, name: str, count: int) -> LabelEvent:
        """The word on one label of `count`."""
        last = (self._last or {}).get(name)
        moment = read_time(last.created_at) if last is not None else None
        bar = _TOO_MANY if count > MAX_LABELS else self._bar(last, moment)
        note = "" if self._is_certain else _BY_DATES
        return LabelEvent(
            label=name,
            by=show_login(last.actor) if last is not None and last.actor is not None else "",
            at=show_time(moment),
            counts=bar is None,
            reason=bar.text if bar is not None else note,
            code=bar.code if bar is not None else "",
        )

    def _bar(self, last: IssueEvent | None, moment: datetime | None) -> Bar | None:
        if self._last is None:
            return _NO_EVENTS
        if last is None:
            return _NOBODY
        if last.event == "unlabeled":
            return _REMOVED
        if last.performed_via_github_app is not None:
            return self._electorate.identity_bar(last.actor) or _VIA_APP
        return self._electorate.bar(last.actor) or self._time_bar(moment)

    def _time_bar(self, moment: datetime | None) -> Bar | None:
        if moment is None or (self._bound is not None and moment <= self._bound):
            return _BEFORE
        if self._currency.is_before_retarget(moment):
            return Bar("before_retarget", "set before the base branch was changed")
        return None


def _last_events(events: Iterable[IssueEvent]) -> Mapping[str, IssueEvent]:
    """The latest word on each label; one without a time is the latest, so that nothing is won."""
    last: dict[str, tuple[datetime, int, IssueEvent]] = {}
    for event in events:
        if event.event not in ("labeled", "unlabeled") or event.label is None:
            continue
        order = (read_time(event.created_at) or _LAST, event.id)
        known = last.get(event.label.name)
        if known is None or order >= known[:2]:
            last[event.label.name] = (*order, event)
    return {name: found[2] for name, found in last.items()}


def _near_misses(names: Iterable[str], wanted: Iterable[str]) -> tuple[str, ...]:
    """Labels that only look like one that is wanted, or that hide what they are."""
    known = {fold(name): name for name in wanted}
    notes = []
    for name in names:
        plain = fold(name)
        meant = known.get(plain)
        if meant is None and (not name.isascii() or name != " ".join(name.split())):
            meant = plain if plain.isascii() else None
        if meant is not None and meant != name and name not in known.values():
            shown = name.encode("ascii", "backslashreplace").decode()
            notes.append(
                f"label {neutralise(shown, 60)} is not {neutralise(meant, 60)}, though it looks it"
            )
    return tuple(notes)
