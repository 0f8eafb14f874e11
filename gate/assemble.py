"""Put the decoded sections together into GateInput, the one document rules see."""

from __future__ import annotations

import hashlib

import msgspec

from gate.decode.touches import OTHER, condense
from gate.schema.collected import Collected
from gate.schema.facts import Actor, PullRef
from gate.schema.gate_input import (
    ActorInput,
    AgentFacts,
    ChangeInput,
    Completeness,
    GateInput,
    LabelEvent,
    PullInput,
    RefInput,
    Touch,
)
from gate.schema.provenance import Provenance
from gate.schema.section import Gap
from gate.schema.site import Site
from gate.schema.terraform import HclBlock, TerraformInput
from gate.schema.usage import Usage
from gate.schema.votes import Votes
from gate.schema.workflow import Workflow


class Parts(msgspec.Struct, frozen=True, kw_only=True):
    """The sections of one GateInput."""

    now: str
    """The run's clock, RFC 3339 UTC."""
    collected: Collected
    """Facts."""
    changes: tuple[ChangeInput, ...]
    """Changed paths."""
    provenance: Provenance
    """Who wrote it."""
    agent: AgentFacts | None
    """What the registry says of the agent."""
    touches: tuple[Touch, ...]
    """What the change does."""
    labels: tuple[LabelEvent, ...]
    """Who set which label."""
    votes: Votes
    """Votes that count."""
    terraform: TerraformInput
    """Plans and resources."""
    hcl: tuple[HclBlock, ...]
    """Other blocks."""
    workflows: tuple[Workflow, ...]
    """CI files."""
    gaps: tuple[Gap, ...]
    """Gaps known before evaluation."""
    site: Site
    """The site's word."""
    usage: Usage = Usage()
    """What the ledger remembers."""


def assemble(parts: Parts) -> GateInput:
    """GateInput out of its parts."""
    return GateInput(
        now=parts.now,
        pr=_pull(parts.collected, parts.labels),
        changes=parts.changes,
        provenance=parts.provenance,
        agent=parts.agent,
        touches=condense(parts.touches),
        environments=environments_of(parts.touches),
        votes=parts.votes,
        terraform=parts.terraform,
        hcl=parts.hcl,
        workflows=parts.workflows,
        surfaces=surfaces_of(parts.touches),
        completeness=Completeness(ok=not parts.gaps, gaps=parts.gaps),
        site=parts.site.config.parameters,
        usage=parts.usage,
    )


def surfaces_of(touches: tuple[Touch, ...]) -> tuple[str, ...]:
    """Surfaces touched, sorted; what has none is on none."""
    return tuple(sorted({touch.surface for touch in touches} - {OTHER}))


def environments_of(touches: tuple[Touch, ...]) -> tuple[str, ...]:
    """Environments touched, sorted; empty where the site has no mapping."""
    return tuple(sorted({touch.environment for touch in touches} - {""}))


def encode(gate_input: GateInput) -> tuple[bytes, str]:
    """The bytes the engine gets, keys sorted, and their SHA-256 in hex."""
    encoded = msgspec.json.encode(gate_input, order="sorted")
    return encoded, hashlib.sha256(encoded).hexdigest()


def _pull(collected: Collected, labels: tuple[LabelEvent, ...]) -> PullInput:
    pull = collected.facts.pull
    head = pull.head.repo
    base = pull.base.repo
    return PullInput(
        origin=collected.origin,
        number=pull.number,
        title=pull.title,
        body=pull.body or "",
        draft=pull.draft,
        author=_actor(pull.user),
        base=_ref(pull.base),
        head=_ref(pull.head),
        fork=base is not None and (head is None or head.id != base.id),
        labels=tuple(event.label for event in labels if event.counts),
        labels_all=tuple(sorted({label.name for label in pull.labels})),
        label_events=labels,
    )


def _actor(actor: Actor | None) -> ActorInput | None:
    return ActorInput(login=actor.login, id=actor.id, type=actor.type) if actor else None


def _ref(end: PullRef) -> RefInput:
    return RefInput(ref=end.ref, sha=end.sha, repo=end.repo.full_name if end.repo else "")
