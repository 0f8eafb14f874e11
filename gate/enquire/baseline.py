"""Work out what is usual for an agent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gate.enquire.past import SIZES, Pull, read_pulls
from gate.errors import RecordError, UsageError
from gate.moment import read_time
from gate.schema.events import BaselineBody
from gate.store.body import STRANGER, name_entry, read_body
from gate.store.port import Store
from gate.store.recent import recent
from gate.store.streams import BASELINES, Streams
from gate.text import neutralise

DAYS = 30
"""Days that a baseline spans; no more, so that what an agent did a quarter ago is not usual."""
MIN_DAYS = 7
"""Days below which nothing is said: in fewer, two days of an attack hide the third."""
MAX_PULLS = 2_000
"""Pull requests whose sizes are kept, the newest."""
MAX_DIRECTORIES = 5_000
"""Directories that are kept, those nearest to the root first."""
WARM_UP = 5
"""Pull requests after which one can stray from those before."""
STRAY = 0.8
"""Distance from which on a set of directories has next to nothing in common with those before."""

COUNTS: tuple[str, ...] = ("volume", "denials", "approval_latency")
"""Signals that are counted by day."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is usual, and whether a person said so."""

    body: BaselineBody
    """What is usual."""
    frozen: str
    """Day on which a person froze it; empty: it rolls."""

    @property
    def label(self) -> str:
        """How a reader knows it."""
        kind = f"frozen {self.frozen}" if self.frozen else "rolling"
        return f"{kind}, {span(self.body)} days to {self.body.until}"


def span(body: BaselineBody) -> int:
    """Days of a baseline; 0 where the agent was not there yet."""
    if not body.since or body.since > body.until:
        return 0
    return (date.fromisoformat(body.until) - date.fromisoformat(body.since)).days + 1


def history(body: BaselineBody, signal: str) -> list[int]:
    """The counts of every day of a baseline, days without any included."""
    days = body.days.get(signal, {})
    first = date.fromisoformat(body.since)
    return [days.get((first + timedelta(days=day)).isoformat(), 0) for day in range(span(body))]


def freeze(streams: Streams, agent: str, by: str, now: str) -> BaselineBody:
    """What is usual for an agent up to yesterday; the caller appends it to `org/baselines`.

    Args:
        streams: the ledger.
        agent: registry id.
        by: login of the person who reviewed or promoted the agent.
        now: RFC 3339 UTC.

    Raises:
        RecordError: the ledger cannot be read.
    """
    today = day_of(now)
    since = shift(today, -DAYS)
    pulls = read_pulls(streams, agent, f"{since}T00:00:00Z")
    return build(pulls.values(), agent, by, today)


def is_enough(body: BaselineBody) -> bool:
    """Whether a baseline spans enough days to tell anything by."""
    return span(body) >= MIN_DAYS


def build(pulls: Iterable[Pull], agent: str, by: str, day: str) -> BaselineBody:
    """The baseline of the 30 days before a day.

    It begins with the first pull request, if that is later. What is novel is held against pull
    requests that were let go alone: one that was blocked, or still waits, teaches nothing.

    Args:
        pulls: the agent's.
        agent: registry id.
        by: login of who freezes it; empty: nobody does.
        day: YYYY-MM-DD; not part of it.
    """
    until, start = shift(day, -1), shift(day, -DAYS)
    seen = [pull for pull in pulls if any(start <= one <= until for one in pull.days)]
    seen.sort(key=lambda pull: (pull.first, pull.key))
    since = max(start, min((pull.first[:10] for pull in seen), default=day))
    settled = [pull for pull in seen if pull.settled and pull.sizes][-MAX_PULLS:]
    directories = {name for pull in settled for name in pull.directories}
    hours = [0] * 168
    for pull in settled:
        hours[hour_of(pull.first)] += 1
    return BaselineBody(
        agent=agent,
        by=by,
        since=since,
        until=until,
        days={name: _by_day(_moments(seen, name), since, until) for name in COUNTS},
        sizes={name: tuple(sorted(pull.sizes[name] for pull in settled)) for name in SIZES},
        pulls=len(settled),
        strays=_count_strays(settled),
        directories=_nearest_root(directories),
        surfaces=tuple(sorted({name for pull in settled for name in pull.surfaces})),
        hours=tuple(hours),
    )


def latest_frozen(store: Store, agent: str) -> Baseline | None:
    """The latest baseline that a person froze for an agent and that spans enough; else `None`.

    Raises:
        RecordError: it cannot be read.
    """
    entries, _ = recent(store, BASELINES, "")
    for entry in reversed(entries):
        if entry.kind != "baseline" or entry.body.get("agent") != agent:
            continue
        body = read_body(entry, BaselineBody)
        if body.pulls and (len(body.hours) != 168 or not all(map(body.sizes.get, SIZES))):
            raise RecordError(f"{name_entry(entry)}: not all of what a baseline holds", STRANGER)
        if is_enough(body):
            return Baseline(body, entry.at[:10])
    return None


def stray(directories: Iterable[str], known: set[str]) -> float:
    """Jaccard distance of directories, with all above them, to those of them that are known.

    0: all of them are; 1: not one of them is, nor anything above them but the root.
    """
    every = with_parents(directories)
    return 1 - len(every & known) / len(every) if every else 0.0


def with_parents(directories: Iterable[str]) -> set[str]:
    """Directories and every directory above them; the root stands for itself alone."""
    found: set[str] = set()
    for directory in directories:
        parts = directory.strip("/").split("/")
        found.update("/".join(parts[:depth]) for depth in range(1, len(parts) + 1))
    return found


def day_of(now: str) -> str:
    """The UTC day of a moment.

    Raises:
        UsageError: it is no RFC 3339 time.
    """
    moment = read_time(now)
    if moment is None:
        raise UsageError(
            f"{neutralise(now, 40)}: not a time", "Write it like 2026-11-24T12:00:00Z."
        )
    return moment.date().isoformat()


def shift(day: str, days: int) -> str:
    """The day so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def hour_of(at: str) -> int:
    """Hour of the week of a moment, 0 is Monday 00:00 UTC."""
    return date.fromisoformat(at[:10]).weekday() * 24 + int(at[11:13])


def _moments(pulls: Iterable[Pull], signal: str) -> Iterator[Iterable[str]]:
    """Of each pull request the moments at which it counts; several on one day count once."""
    for pull in pulls:
        if signal == "volume":
            yield pull.heads.values()
        elif signal == "denials":
            yield pull.blocked.values()
        else:
            yield (at for at, _ in pull.hasty.values())


def count_on(pulls: Iterable[Pull], signal: str, day: str) -> int:
    """How many pull requests count on a day."""
    return _by_day(_moments(pulls, signal), day, day).get(day, 0)


def _by_day(moments: Iterable[Iterable[str]], since: str, until: str) -> dict[str, int]:
    counter: Counter[str] = Counter()
    for one in moments:
        counter.update({at[:10] for at in one})
    return {day: count for day, count in sorted(counter.items()) if since <= day <= until}


def _count_strays(pulls: Sequence[Pull]) -> int:
    known: set[str] = set()
    found = 0
    for number, pull in enumerate(pulls):
        if number >= WARM_UP and stray(pull.directories, known) >= STRAY:
            found += 1
        known |= with_parents(pull.directories)
    return found


def _nearest_root(directories: Iterable[str]) -> tuple[str, ...]:
    ordered = sorted(directories, key=lambda name: (name.count("/"), name))
    return tuple(sorted(ordered[:MAX_DIRECTORIES]))
