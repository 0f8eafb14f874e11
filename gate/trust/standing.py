"""Find the record of the agent behind a change, and what the registry says of the change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from gate.account import is_app_login
from gate.schema.agents import AgentRecord
from gate.schema.facts import PullFacts
from gate.schema.gate_input import AgentFacts, Touch
from gate.schema.provenance import Provenance, Signal
from gate.text import neutralise
from gate.trust.grants import missing_grants, outside_sandbox
from gate.trust.history import History, promotion_proven, state_in_force
from gate.trust.owners import owner_missing
from gate.trust.record import READ_ONLY_KINDS
from gate.trust.sightings import Sightings, gather, identity_of
from gate.trust.upkeep import overdue

RANKS = {
    "key": 5,
    "app": 5,
    "account": 5,
    "email": 4,
    "trailer": 3,
    "agent": 2,
    "branch": 1,
    "": 0,
}
"""How surely an identity tells a record; below `agent` it tells nothing."""
_SURE, _EMAIL, _TRAILER, _AGENT = 5, 4, 3, 2

_SIGNAL_RANKS = {"account": 5, "app": 5, "signature": 5, "author_email": 4}
"""Signals that are as sure as those identities; any other is as sure as a trailer."""
_STRICTEST = ("decommissioned", "suspended", "proposed", "observing", "active")


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Which record is behind a change."""

    result: Literal["none", "registered", "unregistered", "ambiguous"]
    """`none`: no agent took part."""
    has_registry: bool = False
    """The site has an `agents` folder."""
    id: str = ""
    """Registry id of the surest record; empty unless `registered`."""
    by: str = ""
    """What told it: key | app | account | email | trailer | agent."""
    candidates: tuple[str, ...] = ()
    """Registry ids that fit equally well, where several do."""
    records: tuple[AgentRecord, ...] = ()
    """The records whose word holds, surest first: that one, and those seen beside it; or all that
    fit equally well, whose owners have no vote either."""
    wrote: tuple[str, ...] = ()
    """Registry ids of those that wrote or pushed, going by more than a trailer."""
    others: tuple[str, ...] = ()
    """Agents that were seen at least as surely and that no record names."""


def match(
    provenance: Provenance, facts: PullFacts, records: tuple[AgentRecord, ...] | None
) -> Match:
    """The record of the agent behind a change.

    The surest identity decides: a key, an app or an account that the forge vouches for, then an
    address, then a trailer, then the kind of agent. A branch tells nothing. Two records that fit
    equally well are ambiguous. A record seen less surely beside another keeps its word as well,
    so that nobody gets out of a record by adding another one's traces.

    Args:
        provenance: who wrote it.
        facts: the facts.
        records: the registry; `None`: the site has none.
    """
    seen = gather(facts)
    is_human = provenance.authorship == "human"
    least = _TRAILER if is_human else _AGENT
    kinds = {record.id: _told_by(record, seen, provenance) for record in records or ()}
    found = [record for record in records or () if RANKS[kinds[record.id]] >= least]
    found.sort(key=lambda record: (-RANKS[kinds[record.id]], record.id))
    has_registry = records is not None
    if not found:
        if is_human:
            return Match(result="none", has_registry=has_registry)
        others = (_name_unregistered(provenance, facts),)
        return Match(result="unregistered", has_registry=has_registry, others=others)
    best = RANKS[kinds[found[0].id]]
    tied = [record for record in found if RANKS[kinds[record.id]] == best]
    if len(tied) > 1:
        names = tuple(sorted(record.id for record in tied))
        return Match(result="ambiguous", has_registry=True, candidates=names, records=tuple(tied))
    heard = [record for record in found if RANKS[kinds[record.id]] >= min(best, _TRAILER)]
    return Match(
        result="registered",
        has_registry=True,
        id=found[0].id,
        by=kinds[found[0].id],
        records=tuple(heard),
        wrote=tuple(record.id for record in heard if RANKS[kinds[record.id]] >= _EMAIL),
        others=_others(provenance, facts, heard, best),
    )


def agent_facts(
    found: Match,
    provenance: Provenance,
    facts: PullFacts,
    touches: Sequence[Touch],
    history: History,
    today: str,
) -> AgentFacts | None:
    """What the registry says of the change; `None` when no agent took part.

    Args:
        found: as `match` returned it.
        provenance: who wrote it.
        facts: the facts; `permissions` tell whether owners still have access.
        touches: what the change does.
        history: what the ledger says of agents.
        today: YYYY-MM-DD, UTC.
    """
    if found.result == "none":
        return None
    names = {touch.environment for touch in touches if touch.environment}
    base = AgentFacts(
        has_registry=found.has_registry,
        match=found.result,
        agent=neutralise(provenance.agent or "".join(found.others[:1]), 100),
        candidates=found.candidates,
        environments=tuple(sorted(names)),
        others=found.others if found.result == "registered" else (),
    )
    if found.result != "registered":
        return base
    return _strictest(
        [
            msgspec.structs.replace(
                _facts_of(record, facts, touches, history, today),
                read_only=bool(touches) and record.id in found.wrote and _is_read_only(record),
                **{name: getattr(base, name) for name in _OF_THE_CHANGE},
            )
            for record in found.records
        ]
    )


_OF_THE_CHANGE = ("has_registry", "match", "agent", "candidates", "environments", "others")
"""What is the same whichever record speaks."""


def _facts_of(
    record: AgentRecord,
    facts: PullFacts,
    touches: Sequence[Touch],
    history: History,
    today: str,
) -> AgentFacts:
    state, source = state_in_force(record, history)
    changed = facts.pull.changed_files or 0
    return AgentFacts(
        has_registry=True,
        match="registered",
        id=record.id,
        state=state,
        state_source=source,
        kind=record.kind,
        risk_tier=record.risk_tier,
        owner=record.owner.human,
        owner_exists=not owner_missing(record, facts),
        promotion_proven=promotion_proven(record, history),
        missing_grants=() if record.kind in READ_ONLY_KINDS else missing_grants(record, touches),
        outside_sandbox=outside_sandbox(record.sandbox, touches, changed)
        if state == "observing"
        else (),
        overdue=overdue(record, history, today),
    )


def _is_read_only(record: AgentRecord) -> bool:
    return record.kind in READ_ONLY_KINDS or not record.grants


def _strictest(each: Sequence[AgentFacts]) -> AgentFacts:
    """The facts of several records as one: whatever any of them forbids is forbidden."""
    if len(each) == 1:
        return each[0]
    worst = min(each, key=lambda facts: _STRICTEST.index(facts.state))
    missing = dict.fromkeys(item for facts in each for item in facts.missing_grants)
    outside = dict.fromkeys(item for facts in each for item in facts.outside_sandbox)
    return msgspec.structs.replace(
        worst,
        owner_exists=all(facts.owner_exists for facts in each),
        read_only=any(facts.read_only for facts in each),
        promotion_proven=all(facts.promotion_proven for facts in each),
        missing_grants=tuple(missing)[:50],
        outside_sandbox=tuple(outside)[:50],
        overdue=tuple(dict.fromkeys(item for facts in each for item in facts.overdue)),
    )


def _told_by(record: AgentRecord, seen: Sightings, provenance: Provenance) -> str:
    kind = identity_of(record, seen)
    if RANKS[kind] >= _AGENT:
        return kind
    names = {*record.identities.agents, record.id}
    told = provenance.agent in names or any(
        signal.agent in names for signal in _weighty(provenance.signals)
    )
    return "agent" if told else kind


def _weighty(signals: Iterable[Signal]) -> list[Signal]:
    return [signal for signal in signals if signal.strength != "weak"]


def _others(
    provenance: Provenance, facts: PullFacts, heard: Sequence[AgentRecord], best: int
) -> tuple[str, ...]:
    """Agents seen at least as surely as the best record, and named by none that is heard."""
    covered = {name for record in heard for name in (*record.identities.agents, record.id)}
    found = {
        signal.agent
        for signal in _weighty(provenance.signals)
        if signal.agent not in covered and _SIGNAL_RANKS.get(signal.kind, _TRAILER) >= best
    }
    known = any(signal.kind == "account" for signal in _weighty(provenance.signals))
    user = facts.pull.user
    if user is not None and not known and best < _SURE and _is_bot(user.login, user.type):
        found.add(neutralise(user.login, 60))
    return tuple(sorted(found))


def _is_bot(login: str, kind: str) -> bool:
    return kind == "Bot" or is_app_login(login)


def _name_unregistered(provenance: Provenance, facts: PullFacts) -> str:
    """What to call an agent that no record names."""
    if provenance.agent is not None:
        return neutralise(provenance.agent, 60)
    user = facts.pull.user
    if user is not None and _is_bot(user.login, user.type):
        return neutralise(user.login, 60)
    return "unknown author"
