"""Weigh a change against the site's limits: what others used in each window, what it adds."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import msgspec

from gate.enquire.windows import (
    PullKey,
    Share,
    ended,
    length_of,
    pull_key,
    shares,
)
from gate.schema.bodies import Measures, PullName
from gate.schema.entry import Entry
from gate.schema.question import Question
from gate.schema.site import Limit
from gate.schema.usage import LimitUse
from gate.store.taken import Taken, back, taken, whole
from gate.text import neutralise

MAX_OTHERS = 20
"""Pull requests that are named behind a number."""


def weigh(
    entries: Sequence[Entry], question: Question, limits: Sequence[Limit]
) -> tuple[LimitUse, ...]:
    """Every limit that speaks of a change, with what was used and what the change adds.

    A pull request counts once in a window, at the most it ever took there; the one in question is
    left out of what others used. Only agents' changes are limited.

    Args:
        entries: of the stream `org/limits`, in order, at least back to the longest window.
        question: the change, and the moment the windows end at.
        limits: the site's.

    Raises:
        RecordError: an entry is malformed.
    """
    return weigher(question, limits)([taken(entry) for entry in entries], question.now)


def weigher(question: Question, limits: Sequence[Limit]) -> Weigher:
    """Ready to weigh one change, as soon as the entries are read.

    Raises:
        RecordError: a window is none; the site's settings are refused for that earlier.
    """
    cases = [
        _Case(limit, per)
        for limit in limits
        if question.is_ai and (not limit.agents or question.agent in limit.agents)
        for per in _whose(limit, question)
    ]
    return Weigher(question, cases)


class Weigher:
    """The limits that speak of one change.

    Args:
        question: the change.
        cases: limit by limit, whose use of it is added up.
    """

    def __init__(self, question: Question, cases: Sequence[_Case]) -> None:
        self._question = question
        self._cases = cases
        lengths = [length_of(case.limit) for case in cases]
        self.longest = max(lengths, default=timedelta())
        """The longest window: how far back entries are needed."""
        self.shortest = min(lengths, default=timedelta())
        """The shortest window."""

    def __call__(self, entries: Sequence[Taken], now: str) -> tuple[LimitUse, ...]:
        """What was used in each window up to a moment, and what the change adds; see `weigh`."""
        if not self._cases:
            return ()
        question = msgspec.structs.replace(self._question, now=whole(now))
        history = _History(shares(entries, now, self.longest), ended(entries))
        return tuple(_use(case, question, history) for case in self._cases)


class _Case(NamedTuple):
    """One limit, and whose use of it is added up."""

    limit: Limit
    per: Mapping[str, str]

    @property
    def environments(self) -> tuple[str, ...]:
        """The environments that count; empty: all."""
        own = self.per.get("environment")
        return self.limit.environments if own is None else (own,)

    def covers(self, share: Share) -> bool:
        """Whether a reservation is one of those added up."""
        body = share.body
        for key, name in self.per.items():
            if key == "agent":
                is_whose = body.agent == name
            elif key == "repository":
                is_whose = share.key[1] == name
            else:
                is_whose = key != "requester" or body.requester.lower() == name
            if not is_whose:
                return False
        return (not self.limit.agents or body.agent in self.limit.agents) and self.touches(
            body.measures
        )

    def touches(self, measures: Measures) -> bool:
        """Whether a change reaches the environments that count."""
        wanted = self.environments
        return not wanted or any(name in measures.environments for name in wanted)

    def amount(self, measures: Measures) -> int:
        """How much of what is counted a change takes."""
        what = self.limit.count
        if what in ("files", "lines"):
            return int(getattr(measures, what))
        if what not in ("resources", "destroyed"):
            return 1
        if not self.environments:
            return int(getattr(measures, what))
        touched = (measures.environments.get(name) for name in self.environments)
        return sum(int(getattr(amount, what)) for amount in touched if amount is not None)


class _History(NamedTuple):
    """What the stream says, read once for all limits."""

    shares: list[Share]
    ended: Mapping[tuple[str, int], int]

    def within(self, case: _Case, now: str) -> Iterator[Share]:
        """The reservations that a limit adds up."""
        since = back(now, length_of(case.limit))
        return (one for one in self.shares if since < one.at and case.covers(one))

    def is_open(self, share: Share) -> bool:
        """Whether the pull request was neither merged nor closed since it was judged."""
        pull = share.body.pull
        return self.ended.get((pull.repo.lower(), pull.number), -1) < share.seq


def _whose(limit: Limit, question: Question) -> Iterator[dict[str, str]]:
    """Whose use a limit adds up for a change: nobody's where it does not speak of the change."""
    if limit.count == "attempts" and not question.plans:
        return
    names = {
        "agent": question.agent,
        "repository": question.pull.repo.lower(),
        "requester": question.requester.lower(),
    }
    per = {str(key): names[key] for key in sorted(limit.per) if key in names}
    touched = sorted(question.measures.environments)
    if limit.environments:
        touched = [name for name in touched if name in limit.environments]
        if not touched:
            return
    if "environment" not in limit.per:
        yield per
        return
    for name in touched:
        yield {**per, "environment": name}


class _Sum(NamedTuple):
    """What is counted of some reservations."""

    used: int
    wanted: int
    others: Sequence[Share]
    asks: bool
    touching: str = ""


def _use(case: _Case, question: Question, history: _History) -> LimitUse:
    within = list(history.within(case, question.now))
    if case.limit.count == "open_pulls":
        within = [one for one in within if history.is_open(one)]
    found = _add_up(case, question, within)
    limit = case.limit
    exceeded = found.asks and found.used + found.wanted > limit.max
    return LimitUse(
        name=limit.name,
        count=limit.count,
        per={key: name or "unknown" for key, name in case.per.items()},
        whose=_in_words(case.per),
        window=limit.window,
        max=limit.max,
        used=found.used,
        wanted=found.wanted,
        exceeded=exceeded,
        fits_at=_fits_at(case, question, found) if exceeded else "",
        others=tuple(_newest(found.others)),
        touching=found.touching,
    )


def _newest(others: Sequence[Share]) -> list[str]:
    """Names of the latest pull requests behind a number; entries come in order of `seq`."""
    names: dict[str, None] = {}
    for one in reversed(others):
        names.setdefault(_name(one.body.pull))
        if len(names) == MAX_OTHERS:
            break
    return list(names)


def _add_up(case: _Case, question: Question, within: Sequence[Share]) -> _Sum:
    if case.limit.count == "surfaces":
        return _surfaces(question, within)
    if case.limit.count == "attempts":
        return _attempts(question, within)
    me = pull_key(question.agent, question.pull)
    most: dict[PullKey, int] = {me: case.amount(question.measures)}
    for one in within:
        amount = case.amount(one.body.measures)
        if amount >= most.get(one.key, 0):
            most[one.key] = amount
    wanted = most.pop(me)
    others = [one for one in within if one.key != me]
    return _Sum(sum(most.values()), wanted, others, wanted > 0)


def _attempts(question: Question, within: Sequence[Share]) -> _Sum:
    """Distinct heads that were judged with just these plans; running one again adds none."""
    me = (question.pull.repo.lower(), question.pull.head)
    same = [
        one
        for one in within
        if one.body.plans == question.plans
        and (one.body.pull.repo.lower(), one.body.pull.head) != me
    ]
    heads = {(one.body.pull.repo.lower(), one.body.pull.head) for one in same}
    return _Sum(len(heads), 1, same, True)


def _surfaces(question: Question, within: Sequence[Share]) -> _Sum:
    """Distinct protected surfaces of all pull requests of the window, the one in question included.

    What looks harmless in each of several pull requests may add up: a helper, a flag, an endpoint,
    a role. So what counts is the union, and it is only held against a change that touches some
    protected surface itself.
    """
    me = pull_key(question.agent, question.pull)
    own = set(question.measures.surfaces)
    theirs: set[str] = set()
    others = []
    for one in within:
        if one.key == me:
            own.update(one.body.measures.surfaces)
        elif one.body.measures.surfaces:
            theirs.update(one.body.measures.surfaces)
            others.append(one)
    asks = bool(question.measures.surfaces)
    return _Sum(len(theirs), len(own - theirs), others, asks, ", ".join(sorted(own | theirs)))


def _fits_at(case: _Case, question: Question, found: _Sum) -> str:
    """When the change fits if nothing else comes meanwhile; empty: it never will."""
    length = length_of(case.limit)
    ends = sorted({one.at for one in found.others})
    if found.wanted > case.limit.max or not ends:
        return ""

    def fits(place: int) -> bool:
        left = [one for one in found.others if one.at > ends[place]]
        later = _add_up(case, question, left)
        return later.used + later.wanted <= case.limit.max

    first = bisect_left(range(len(ends)), True, key=fits)
    return back(ends[first], -length) if first < len(ends) else ""


def _in_words(per: Mapping[str, str]) -> str:
    """`agent tf-bot, environment prod`; of nobody in particular `all agents together`."""
    words = ", ".join(f"{key} {name or 'unknown'}" for key, name in per.items())
    return neutralise(words, 300) or "all agents together"


def _name(pull: PullName) -> str:
    return pull.name if pull.number else f"{pull.repo}@{pull.head[:12]}"
