"""Gather what the ledger tells of one agent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

from gate.audit.reading import Told, read_all
from gate.enquire.killed import same_target
from gate.record.incidents import Incident, read_incidents
from gate.schema.agents import AgentRecord
from gate.schema.bodies import DecisionBody, EntryName, PullName
from gate.schema.events import KillBody, OutcomeBody
from gate.store.port import Store
from gate.store.streams import KILL
from gate.trust.history import AgentEntry

T = TypeVar("T")

_KINDS = ("decision", "follow_up", "outcome", "agent", "kill")


class Item(NamedTuple, Generic[T]):
    """One entry with what it says."""

    name: EntryName
    """Names it."""
    at: str
    """When, RFC 3339 UTC."""
    body: T
    """What it says."""


class Dossier(NamedTuple):
    """Everything the ledger tells of one agent, oldest first."""

    decisions: tuple[Item[DecisionBody], ...]
    """On its pull requests."""
    events: tuple[Item[AgentEntry], ...]
    """Of its life."""
    kills: tuple[Item[KillBody], ...]
    """That stop it, or let it go on: those of itself, of its models and of everything."""
    outcomes: tuple[Item[OutcomeBody], ...]
    """Of its pull requests, each once."""
    follow_ups: dict[str, EntryName]
    """Hash of an overridden decision -> the entry that asks for its review."""
    incidents: tuple[Incident, ...]
    """Whose alerts are about it or about its decisions."""

    @property
    def known_since(self) -> str:
        """Day of the first entry that tells of it; empty: there is none."""
        moments = [item.at for item in self.decisions] + [item.at for item in self.events]
        return min(moments, default="")[:10]


def gather(store: Store, registry: str, record: AgentRecord) -> Dossier:
    """Everything a store tells of an agent, the whole chain of every stream verified.

    Args:
        store: the store.
        registry: the stream in which the life of agents stands.
        record: the agent.

    Raises:
        TamperedError: something was done to a stream.
        RecordError: one cannot be read, or an entry is malformed.
    """
    told = read_all(store, kinds=_KINDS)
    decisions = tuple(
        _item(one, DecisionBody)
        for one in told
        if one.entry.kind == "decision" and one.entry.body.get("registered") == record.id
    )
    events = (one for one in told if one.entry.kind == "agent" and one.stream == registry)
    hashes = {item.name.hash for item in decisions}
    models = {*record.models, *(item.body.model or "" for item in decisions)} - {""}
    return Dossier(
        decisions=decisions,
        events=tuple(
            _item(one, AgentEntry) for one in events if one.entry.body.get("agent") == record.id
        ),
        kills=tuple(item for item in _kills(told) if _stops(item.body, record, models)),
        outcomes=tuple(_outcomes(told, {pull_of(item.body) for item in decisions})),
        follow_ups={
            str(one.entry.body.get("decision")): one.name
            for one in told
            if one.entry.kind == "follow_up" and one.entry.body.get("decision") in hashes
        },
        incidents=tuple(_incidents(store, record.id, hashes)),
    )


def pull_of(body: DecisionBody) -> str:
    """By what the pull request of a decision is counted: a local range has a head, no number."""
    return name_of(body.pull) if body.pull else ""


def name_of(pull: PullName) -> str:
    """`owner/name#n` in lower case, or `owner/name@head` of a local range."""
    if pull.number:
        return pull.name.lower()
    return f"{pull.repo.lower()}@{pull.head}"


def _item(told: Told, kind: type[T]) -> Item[T]:
    return Item(told.name, told.entry.at, told.body(kind))


def _incidents(store: Store, agent: str, decisions: set[str]) -> Iterator[Incident]:
    for incident in read_incidents(store).incidents:
        bodies = [alert.body for alert in incident.alerts]
        about = {name.hash for body in bodies for name in body.about}
        if about & decisions or any(body.agent == agent for body in bodies):
            yield incident


def _kills(told: Iterable[Told]) -> Iterator[Item[KillBody]]:
    """In the order of their stream, as runs read them: clocks of who stops and who lifts differ."""
    kills = [one for one in told if one.entry.kind == "kill" and one.stream == KILL]
    for one in sorted(kills, key=lambda one: one.entry.seq):
        yield _item(one, KillBody)


def _stops(kill: KillBody, record: AgentRecord, models: set[str]) -> bool:
    """Whether a kill stops what an agent does, in whatever repository."""
    target = same_target(kill.scope, kill.target)
    if kill.scope == "agent":
        own = (record.id, *record.identities.agents)
        return target in {same_target("agent", name) for name in own}
    if kill.scope == "model":
        names = (same_target("model", model) for model in models)
        return any(name == target or name.startswith(f"{target}@") for name in names)
    return kill.scope == "org"


def _outcomes(told: Iterable[Told], pulls: set[str]) -> Iterator[Item[OutcomeBody]]:
    """Outcomes of pull requests; merges and closings stand in two streams and come once."""
    seen = set()
    for one in told:
        if one.entry.kind != "outcome":
            continue
        item = _item(one, OutcomeBody)
        pull = name_of(item.body.pull)
        mark = (pull, item.body.outcome, item.body.at)
        if pull in pulls and mark not in seen:
            seen.add(mark)
            yield item
