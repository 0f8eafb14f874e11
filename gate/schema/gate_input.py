"""GateInput: the one document that rules see as `input`; encoded once, hashed into the ledger."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gate.schema.provenance import Provenance
from gate.schema.section import Gap
from gate.schema.terraform import HclBlock, TerraformInput
from gate.schema.usage import Usage
from gate.schema.votes import VoteCode, Votes
from gate.schema.workflow import Workflow


class ActorInput(msgspec.Struct, frozen=True, kw_only=True):
    """An account."""

    login: str
    """Login."""
    id: int
    """Numeric id."""
    type: str
    """User | Bot | ... ."""


class RefInput(msgspec.Struct, frozen=True, kw_only=True):
    """One end of the pull request."""

    ref: str
    """Branch."""
    sha: str
    """Commit."""
    repo: str
    """`owner/name`; empty where unknown."""


class LabelEvent(msgspec.Struct, frozen=True, kw_only=True):
    """The latest word on one label."""

    label: str
    """Label."""
    by: str
    """Login that set it; empty when unknown."""
    at: str
    """When."""
    counts: bool
    """Whether the label stands in `pr.labels`."""
    reason: str = ""
    """Why not, or how its time was judged."""
    code: VoteCode | Literal[""] = ""
    """Why not, from the closed list of docs/approvals.md; empty where it counts."""


class PullInput(msgspec.Struct, frozen=True, kw_only=True):
    """The pull request."""

    origin: str
    """folder | git | github."""
    number: int
    """Number."""
    title: str
    """Title."""
    body: str
    """Description."""
    draft: bool
    """Draft."""
    author: ActorInput | None
    """Who opened it."""
    base: RefInput
    """Base."""
    head: RefInput
    """Head."""
    fork: bool
    """Head lies in another repository."""
    labels: tuple[str, ...]
    """Only labels set by somebody who may approve this change, after the head arrived."""
    labels_all: tuple[str, ...]
    """All labels."""
    label_events: tuple[LabelEvent, ...]
    """Who set what."""


class ChangeInput(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One changed path, without its text."""

    path: str
    """Path at the head (before, when removed)."""
    previous_path: str | None
    """Before a rename or copy."""
    status: str
    """added | removed | modified | renamed | copied | mode."""
    mode: str
    """Git mode at the head (before, when removed); empty when the diff does not say."""
    added: int
    """Added lines."""
    removed: int
    """Removed lines."""
    binary: bool
    """Binary."""
    kind: str
    """terraform | workflow | gate | agent_instructions | manifest | other."""
    surfaces: tuple[str, ...]
    """Surfaces that the path alone touches: gate, pipeline, agent, ... ."""


class Touch(msgspec.Struct, frozen=True, kw_only=True):
    """One thing the change does: to what, where, and how."""

    surface: str
    """Surface, or `other` for a resource or path of none."""
    environment: str
    """Environment by the site's mapping; `unmapped` where the mapping names none, empty where the
    site has no mapping."""
    action: str
    """create | update | replace | delete | forget | read | unclear."""
    path: str
    """Changed file, or the root module's directory for a resource of a plan."""
    subject: str = ""
    """Resource address; empty for a path."""


class MissingGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent's grants do not cover."""

    surface: str
    """Surface."""
    environment: str
    """Environment."""
    action: str
    """Action."""
    path: str
    """Path."""
    subject: str = ""
    """Resource address."""
    grant: str = ""
    """The grant that would allow it, in one line of YAML."""


class Overdue(msgspec.Struct, frozen=True, kw_only=True):
    """Something that should have happened by now."""

    what: str
    """`review`, or the reference of a credential."""
    due: str
    """Day it was due, YYYY-MM-DD."""
    days: int
    """Days since."""


class AgentFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What the registry says of the agent behind the change; rules of family `agents` read it."""

    has_registry: bool
    """The site has an `agents` folder."""
    match: str
    """registered | unregistered | ambiguous."""
    id: str = ""
    """Registry id; empty unless registered."""
    agent: str = ""
    """Agent id of the signals."""
    candidates: tuple[str, ...] = ()
    """Registry ids that fit, where several do."""
    others: tuple[str, ...] = ()
    """Further agents that were seen as surely as the registered one and that no record names."""
    state: str = ""
    """proposed | observing | active | suspended | decommissioned, as it is in force: the ledger's
    word wins over the file's."""
    state_source: str = ""
    """`file` or `ledger <seq>`."""
    kind: str = ""
    """coder | remediator | triage | reviewer | merge-bot | integration | assistant."""
    risk_tier: str = ""
    """low | medium | high | critical."""
    owner: str = ""
    """Login of the human owner."""
    owner_exists: bool = True
    """False: neither owner nor backup has access any more."""
    read_only: bool = False
    """It has no grant to change anything, and changed something."""
    promotion_proven: bool = True
    """False: active without the digest of a report that allowed it."""
    missing_grants: tuple[MissingGrant, ...] = ()
    """What it did outside its grants; at most 50."""
    outside_sandbox: tuple[MissingGrant, ...] = ()
    """While observing: what it did outside its sandbox; at most 50."""
    environments: tuple[str, ...] = ()
    """Environments the change touches."""
    overdue: tuple[Overdue, ...] = ()
    """Review and rotations that are overdue."""


class Completeness(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether everything could be looked at."""

    ok: bool
    """True: no gap."""
    gaps: tuple[Gap, ...] = ()
    """What could not be looked at."""


class GateInput(msgspec.Struct, frozen=True, kw_only=True):
    """The Rego `input`."""

    version: int = 1
    """Version of this document."""
    now: str
    """The run's clock, RFC 3339 UTC."""
    pr: PullInput
    """The pull request."""
    changes: tuple[ChangeInput, ...]
    """Changed paths."""
    provenance: Provenance
    """Who wrote it."""
    agent: AgentFacts | None = None
    """What the registry says of the agent; `None`: no agent took part."""
    touches: tuple[Touch, ...] = ()
    """What the change does, by surface, environment and action."""
    environments: tuple[str, ...] = ()
    """Environments touched, sorted."""
    votes: Votes
    """Votes that count; `required` and `missing` are judged later."""
    terraform: TerraformInput
    """Plans and changed resources."""
    hcl: tuple[HclBlock, ...] = ()
    """Changed HCL blocks other than resources."""
    workflows: tuple[Workflow, ...] = ()
    """Changed CI files."""
    manifests: tuple[dict[str, Any], ...] = ()
    """Changed manifests."""
    surfaces: tuple[str, ...] = ()
    """Every surface touched."""
    completeness: Completeness
    """Gaps known before evaluation."""
    site: dict[str, Any] = {}
    """The site's parameters."""
    usage: Usage = Usage()
    """What the ledger remembers: kill switch, limits, anomalies."""
