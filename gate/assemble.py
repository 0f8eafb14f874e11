"""Put the decoded sections together into GateInput, the one document rules see."""

from __future__ import annotations

import hashlib

import msgspec

from gate.schema.collected import Collected
from gate.schema.facts import Actor, PullRef
from gate.schema.gate_input import (
    ActorInput,
    ChangeInput,
    Completeness,
    GateInput,
    LabelEvent,
    PullInput,
    RefInput,
)
from gate.schema.provenance import Provenance
from gate.schema.section import Gap
from gate.schema.site import Site
from gate.schema.terraform import HclBlock, TerraformInput
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


def assemble(parts: Parts) -> GateInput:
    """GateInput out of its parts."""
    surfaces = {surface for change in parts.changes for surface in change.surfaces}
    for resources in parts.terraform.by_type.values():
        for resource in resources:
            if resource.action != "no-op":
                surfaces.update(resource.surfaces)
    return GateInput(
        now=parts.now,
        pr=_pull(parts.collected, parts.labels),
        changes=parts.changes,
        provenance=parts.provenance,
        votes=parts.votes,
        terraform=parts.terraform,
        hcl=parts.hcl,
        workflows=parts.workflows,
        surfaces=tuple(sorted(surfaces)),
        completeness=Completeness(ok=not parts.gaps, gaps=parts.gaps),
        site=parts.site.config.parameters,
    )


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
