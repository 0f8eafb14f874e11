"""Tell who stands behind a change, who may vote on it, and whose approval carries over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import msgspec

from gate.decode.planned import digest_planned, unplanned
from gate.detect.accounts import is_agent
from gate.errors import CollectError, DecodeError, RecordError
from gate.judge.approvals import Franchise, eligible_people
from gate.judge.decision import Carry, Decision
from gate.record.scope import covered_heads, scope_of
from gate.schema.changes import Changes
from gate.schema.collected import Collected, Source
from gate.schema.finding import Finding
from gate.schema.gate_input import AgentFacts, Touch
from gate.schema.provenance import Provenance
from gate.schema.site import Site
from gate.schema.terraform import TerraformInput
from gate.schema.votes import Votes
from gate.store.streams import Streams
from gate.text import neutralise


class Parties(NamedTuple):
    """Who is who in one pull request."""

    provenance: Provenance
    """Who wrote it, with the registry's id for the agent."""
    agent: AgentFacts | None
    """What the registry says of the agent; `None`: no agent took part."""
    franchise: Franchise
    """Who may vote."""
    notes: tuple[str, ...] = ()
    """What a reader should know of the agent's owners, each one line."""
    names: tuple[str, ...] = ()
    """Everything the agents behind it are known by: registry ids and agent ids, sorted."""


def find_parties(
    collected: Collected,
    provenance: Provenance,
    site: Site,
    touches: Sequence[Touch],
    streams: Streams,
    now: str,
) -> Parties:
    """Who stands behind the change, and who may vote on it.

    Raises:
        RecordError: there is a registry, and the ledger cannot be read for what happened to its
            agents.
    """
    franchise = Franchise(
        is_agent=partial(is_agent, registry=site.agents or ()),
        requesters=(*provenance.requesters, *filter(None, [provenance.requester])),
        settings=site.config.voting,
        now=now,
    )
    if provenance.authorship == "human" and not site.agents:
        return Parties(provenance, None, franchise, names=_names(provenance, ()))
    from gate.trust.history import read_history  # NOTE: only an agent's change needs them
    from gate.trust.owners import owner_notes
    from gate.trust.standing import agent_facts, match

    found = match(provenance, collected.facts, site.agents)
    history = read_history(streams.registry()) if site.agents else {}
    facts = agent_facts(found, provenance, collected.facts, touches, history, now[:10])
    owners = tuple(record.owner.human for record in found.records)
    return Parties(
        msgspec.structs.replace(provenance, registered=found.id or None),
        facts,
        msgspec.structs.replace(franchise, agent_owners=owners),
        tuple(owner_notes(found.records, collected.facts)) if collected.origin != "git" else (),
        _names(provenance, [*(record.id for record in found.records), *found.others]),
    )


def _names(provenance: Provenance, known: Iterable[str]) -> tuple[str, ...]:
    """Every name but those that only a branch or the like suggests."""
    seen = (signal.agent for signal in provenance.signals if signal.strength != "weak")
    return tuple(sorted({*known, *seen, provenance.agent or ""} - {""}))


def plan_scope(
    collected: Collected, changes: Changes, terraform: TerraformInput, site: Site
) -> Mapping[str, str]:
    """Digests of the planned changes, where the site lets approvals carry over.

    A plan that cannot be read has been reported by now, and carries nothing over.
    """
    if site.config.voting.current != "scope":
        return {}
    try:
        planned = digest_planned(collected.plans, changes)
    except DecodeError:
        return {}
    hidden = unplanned(terraform)
    return {name: digest for name, digest in planned.items() if name not in hidden}


def carry_over(planned: Mapping[str, str], collected: Collected, streams: Streams) -> Carry:
    """Which older heads' approvals carry over, asked once the findings are known.

    A ledger that is not there yet knows of none.
    """
    pull = collected.facts.pull
    repo = pull.base.repo.full_name if pull.base.repo else ""
    name = (neutralise(repo, 200), pull.number)

    def carry(asking: Sequence[Finding]) -> frozenset[str]:
        scope = scope_of(asking, planned)
        try:
            return covered_heads(streams.decisions(repo).entries(), name, asking, scope)
        except RecordError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return frozenset()
            raise

    return carry


def name_eligible(
    source: Source, collected: Collected, parties: Parties, decision: Decision
) -> Votes:
    """The votes with who could approve, where somebody still must; GitHub is asked only then."""
    votes = decision.votes
    waits = votes.missing or votes.unowned
    if not waits or collected.origin == "git" or decision.name == "error":
        return votes
    try:
        people = source.people()
    except CollectError:
        people = None
    known = None if people is None else {one.login: "write" for one in people if one.type == "User"}
    eligible, note = eligible_people(
        known, collected.facts, parties.franchise, votes, votes.required
    )
    return msgspec.structs.replace(votes, eligible=eligible, eligible_note=note)
