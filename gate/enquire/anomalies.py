"""Say in which ways a change is unlike what its agent did before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gate.enquire.baseline import (
    COUNTS,
    DAYS,
    MIN_DAYS,
    Baseline,
    build,
    count_on,
    day_of,
    is_enough,
    latest_frozen,
    shift,
    span,
)
from gate.enquire.past import Pull, key_of, read_pulls
from gate.enquire.signals import SIGNALS, Sighting, find, missing
from gate.enquire.statistics import median
from gate.schema.question import Question
from gate.schema.site import LedgerSettings
from gate.schema.usage import Anomaly
from gate.store.streams import Streams

OLDEST = 14
"""Days back to which a head that was judged before is held against its own day: who waits until
tomorrow and runs the gate again is still part of today's burst."""


@dataclass(frozen=True, slots=True)
class Look:
    """What came of looking for anomalies."""

    anomalies: tuple[Anomaly, ...] = ()
    """What is unusual, in the order of the signals."""
    unchecked: str = ""
    """Why nothing, or not everything, was looked for; `Usage.anomalies_unchecked`."""


def look(streams: Streams, question: Question, settings: LedgerSettings) -> Look:
    """Hold a change against what is usual for its agent.

    A person's change has no baseline, and neither has a site that does not ask for it.

    Args:
        streams: the ledger.
        question: the change.
        settings: the site's; nothing is read unless `anomalies` is on.

    Raises:
        RecordError: the ledger cannot be read.
    """
    if not settings.anomalies or not question.is_ai:
        return Look()
    if question.agent == "unknown":
        return Look(unchecked="nobody can tell which agent made the change")
    today = day_of(question.now)
    pulls = read_pulls(streams, question.agent, f"{shift(today, -DAYS - OLDEST)}T00:00:00Z")
    frozen = latest_frozen(streams.store, question.agent)
    return judge(pulls, frozen, question)


def find_anomalies(
    streams: Streams, question: Question, settings: LedgerSettings
) -> tuple[Anomaly, ...]:
    """What is unusual about a change; `look` says as well why nothing was looked for.

    Raises:
        RecordError: the ledger cannot be read.
    """
    return look(streams, question, settings).anomalies


def judge(pulls: Mapping[str, Pull], frozen: Baseline | None, question: Question) -> Look:
    """As `look`, from what was read.

    Args:
        pulls: the agent's pull requests of the last 44 days, by key.
        frozen: the baseline that a person froze last; `None`: the 30 days before are taken.
        question: the change.
    """
    own = pulls.get(key_of(question.pull))
    at = _moment(own, question)
    others = [pull for key, pull in pulls.items() if key != key_of(question.pull)]
    rolling = Baseline(build(others, question.agent, "", at[:10]), "")
    baseline = frozen or rolling
    if not is_enough(baseline.body):
        days = span(baseline.body)
        known = f"the agent is known for {days} days, {MIN_DAYS} are needed"
        return Look(unchecked=f"{known}; until then limits hold alone")
    sighting = _sighting(others, question, at)
    gaps = (missing(signal, baseline) for signal in SIGNALS)
    return Look(find(sighting, baseline), "; ".join(gap for gap in gaps if gap))


def _moment(own: Pull | None, question: Question) -> str:
    """When the head was judged first; a head unknown to the ledger, now."""
    first = own.heads.get(question.pull.head, question.now) if own else question.now
    oldest = shift(day_of(question.now), -OLDEST)
    return first if first[:10] >= oldest else f"{oldest}{first[10:]}"


def _sighting(others: list[Pull], question: Question, at: str) -> Sighting:
    day = at[:10]
    counts = {signal: count_on(others, signal, day) for signal in COUNTS}
    counts["volume"] += 1
    waits = [
        seconds for pull in others for moment, seconds in pull.hasty.values() if moment[:10] == day
    ]
    return Sighting(
        agent=question.agent,
        at=at,
        measures=question.measures,
        counts=counts,
        haste=median(waits) if waits else 0.0,
    )
