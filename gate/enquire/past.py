"""Read what an agent's pull requests were, from the decisions of every repository."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec

from gate.errors import RecordError
from gate.moment import read_time
from gate.schema.bodies import Measures, PullName
from gate.schema.entry import Entry
from gate.store.block import uncollected
from gate.store.body import read_body
from gate.store.recent import later
from gate.store.streams import Streams
from gate.text import neutralise

HASTE = 60
"""Seconds: an approval that follows its hold sooner is a rubber stamp."""
SIZES: tuple[str, ...] = ("files", "resources", "destroyed")
"""What is measured of each pull request; fields of `Measures`."""


class _Vote(msgspec.Struct, frozen=True):
    at: str
    sha: str = ""


class _Votes(msgspec.Struct, frozen=True):
    counted: tuple[_Vote, ...] = ()


class _Decided(msgspec.Struct, frozen=True):
    """The few fields of a `DecisionBody` that are needed: there may be 100,000 of them."""

    decision: str
    observe: bool = False
    pull: PullName | None = None
    votes: _Votes = _Votes()
    measures: Measures | None = None


@dataclass(slots=True)
class Pull:
    """What is known of one pull request of the agent."""

    key: str
    """As `key_of`."""
    heads: dict[str, str] = field(default_factory=dict)
    """Head -> when it was judged first, RFC 3339 UTC."""
    blocked: dict[str, str] = field(default_factory=dict)
    """Head -> when it was blocked first."""
    held: dict[str, str] = field(default_factory=dict)
    """Head -> when it was held first."""
    hasty: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Head -> when it was approved, and how many seconds after the hold, if in `HASTE`."""
    sizes: dict[str, int] = field(default_factory=dict)
    """Signal of `SIZES` -> the most of any head that was let go; empty: none was measured."""
    directories: set[str] = field(default_factory=set)
    """Directories of the changed paths of every such head."""
    surfaces: set[str] = field(default_factory=set)
    """Surfaces that any such head touched: one that was held and then replaced makes none usual."""
    settled: bool = False
    """The last decision let it go: only then it shows what is usual."""

    @property
    def first(self) -> str:
        """When it was judged first."""
        return min(self.heads.values())

    @property
    def days(self) -> frozenset[str]:
        """Days on which a head was judged for the first time; a re-run adds none."""
        return frozenset(at[:10] for at in self.heads.values())


def key_of(pull: PullName) -> str:
    """What tells pull requests apart; a local range is known by its head."""
    return f"{pull.repo.lower()}#{pull.number or pull.head}"


def read_pulls(streams: Streams, agent: str, since: str) -> dict[str, Pull]:
    """The pull requests of an agent in every repository, by `key_of`.

    Args:
        streams: the ledger.
        agent: as `DecisionBody.who`.
        since: decisions before this are left out; RFC 3339 UTC.

    Raises:
        RecordError: the ledger cannot be read, or a decision in it is none.
    """
    pulls: dict[str, Pull] = {}
    with uncollected():
        for stream in streams.decision_names():
            for entry in later(streams.store, stream, since):
                if entry.kind == "decision" and entry.at >= since and _is_by(entry, agent):
                    _add(pulls, entry.at, read_body(entry, _Decided))
    return pulls


def _is_by(entry: Entry, agent: str) -> bool:
    return (entry.body.get("registered") or entry.body.get("agent")) == agent


def _add(pulls: dict[str, Pull], at: str, decided: _Decided) -> None:
    if decided.pull is None:
        return
    if read_time(at) is None:
        raise RecordError(f"a decision of {neutralise(at, 40)}: not a time")
    key, head = key_of(decided.pull), decided.pull.head
    pull = pulls.get(key)
    if pull is None:
        pull = pulls[key] = Pull(key)
    _keep_first(pull.heads, head, at)
    pull.settled = decided.decision in ("pass", "warn") or (
        decided.observe and decided.decision != "error"
    )
    if decided.decision == "block":
        _keep_first(pull.blocked, head, at)
    elif decided.decision == "hold":
        _keep_first(pull.held, head, at)
    elif head in pull.held and head not in pull.hasty:
        _note_haste(pull, head, decided.votes)
    if decided.measures is not None and pull.settled:
        _note_measures(pull, decided.measures)


def _keep_first(moments: dict[str, str], head: str, at: str) -> None:
    known = moments.get(head)
    if known is None or at < known:
        moments[head] = at


def _note_haste(pull: Pull, head: str, votes: _Votes) -> None:
    last = max((vote.at for vote in votes.counted if vote.sha == head), default="")
    voted, held = read_time(last), read_time(pull.held[head])
    if voted is None or held is None:
        return
    seconds = (voted - held).total_seconds()
    if 0 <= seconds < HASTE:
        pull.hasty[head] = (last, seconds)


def _note_measures(pull: Pull, measures: Measures) -> None:
    sizes = pull.sizes
    for name in SIZES:
        size = getattr(measures, name)
        if size >= sizes.get(name, 0):
            sizes[name] = size
    pull.directories.update(measures.directories)
    pull.surfaces.update(measures.surfaces)
