"""Report: the JSON document of one run; schema `gate/schema/v1/report.schema.json`."""

from __future__ import annotations

from typing import Literal

import msgspec

from gate.schema.finding import Finding
from gate.schema.gate_input import AgentFacts, Completeness
from gate.schema.provenance import Provenance
from gate.schema.terraform import PlanInfo
from gate.schema.usage import Usage
from gate.schema.votes import Votes

DecisionName = Literal["pass", "warn", "hold", "block", "error"]
"""Best first; the worst wins."""

ReasonCode = Literal[
    "finding.block",
    "finding.approve",
    "finding.warn",
    "votes.missing",
    "votes.unowned",
    "votes.objection",
    "break_glass",
    "input.gap",
    "engine",
    "ledger",
    "usage",
    "internal",
    "clean",
]
"""Why a decision is what it is; closed, explained one by one in docs/report.md."""


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One reason of the decision."""

    code: ReasonCode
    """Which kind of reason."""
    finding: str | None = None
    """Id of the finding behind it."""
    text: str
    """One line, neutralised."""


class EngineInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which engine evaluated the rules."""

    name: Literal["opa", "embedded", "none"]
    """`none`: nothing was evaluated."""
    version: str
    """Its version; empty with `none`."""


class EntryRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the decision stands in the ledger."""

    seq: int
    """Sequence number, from 0."""
    hash: str
    """SHA-256 of the entry, hex."""
    stream: str = "main"
    """Stream of the ledger."""


class PullRefInfo(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pull request was judged."""

    origin: str
    """folder | git | github."""
    repo: str
    """`owner/name`; empty where unknown."""
    number: int
    """Number; 0 for a local range."""
    head: str
    """Head commit."""
    base: str
    """Base commit."""


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One run, whole."""

    version: int = 1
    """Version of this document."""
    decision: DecisionName
    """The decision."""
    observe: bool = False
    """The site only looks: the exit code is 0 whatever the decision."""
    reasons: tuple[Reason, ...]
    """Why, worst first."""
    findings: tuple[Finding, ...] = ()
    """Findings, worst first."""
    provenance: Provenance
    """Who wrote it."""
    agent: AgentFacts | None = None
    """What the site's registry says of the agent; `None`: no agent took part."""
    environments: tuple[str, ...] = ()
    """Environments touched, by the site's mapping; empty where it has none."""
    surfaces: tuple[str, ...] = ()
    """Surfaces touched."""
    simulated: tuple[str, ...] = ()
    """What `--what-if` pretended; such a run is not recorded and never posted."""
    votes: Votes = Votes()
    """Votes."""
    completeness: Completeness
    """Gaps."""
    plans: tuple[PlanInfo, ...] = ()
    """Plans."""
    engine: EngineInfo
    """Engine."""
    policy_digest: str = ""
    """SHA-256 over the policies in force, hex."""
    input_digest: str = ""
    """SHA-256 over the GateInput bytes, hex."""
    entry: EntryRef | None = None
    """Ledger entry."""
    recorded: Literal["", "local", "shared"] = ""
    """Where: in a file of this run, or in the ledger that all runs share; empty: nowhere."""
    usage: Usage = Usage()
    """What the ledger remembers that bears on it."""
    pull: PullRefInfo | None = None
    """What was judged; `None` when it could not even be read."""
    rules: int = 0
    """Number of rules evaluated."""
    notes: tuple[str, ...] = ()
    """Things worth knowing that decide nothing, each one line."""
    at: str = ""
    """When, RFC 3339 UTC."""
