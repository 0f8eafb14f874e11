"""What stands in the body of an entry, kind by kind; readers ignore keys they do not know."""

from __future__ import annotations

import msgspec

from gate.schema.report import DecisionName
from gate.schema.usage import Anomaly
from gate.schema.votes import Votes

KINDS: tuple[str, ...] = (
    "decision",
    "follow_up",
    "outcome",
    "agent",
    "kill",
    "hook",
    "reserve",
    "commit",
    "release",
    "baseline",
    "alert",
    "incident",
    "checkpoint",
    "reconciliation",
    "review",
    "scheduled",
    "erasure",
)
"""Every kind of entry; each is explained in docs/ledger.md."""


class PullName(msgspec.Struct, frozen=True, kw_only=True):
    """Which pull request, at which commits."""

    origin: str = ""
    """folder | git | github."""
    repo: str = ""
    """`owner/name`; empty where unknown."""
    number: int = 0
    """Number; 0 for a local range."""
    head: str = ""
    """Head commit."""
    base: str = ""
    """Base commit."""

    @property
    def name(self) -> str:
        """`owner/name#number`."""
        return f"{self.repo}#{self.number}"


class EntryName(msgspec.Struct, frozen=True, kw_only=True):
    """Names one entry of a store."""

    stream: str
    """Its stream."""
    seq: int
    """Its number there."""
    hash: str
    """Its hash."""


class ModelContext(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the model behind a change."""

    name: str | None = None
    """As disclosed."""
    version: str | None = None
    """Version or dated snapshot."""
    digest: str | None = None
    """SHA-256 of its registered record, hex; `None`: it is not registered."""
    confidence: str | None = None
    """The model's own confidence, as disclosed; never decides anything."""
    unknown: dict[str, str] = {}
    """Field that is not known -> why."""


class Commitment(msgspec.Struct, frozen=True, kw_only=True):
    """What binds an entry to content that lies outside of it.

    The digest is SHA-256 over a random salt of 32 bytes and the content, which are the blob: once
    that is erased the digest tells nothing, and every proof over the entry still holds.
    """

    digest: str = ""
    """Hex; also the blob's name. Empty: there is none."""
    absent: str = ""
    """Why there is none: nothing was disclosed, the site keeps none, too large."""


class Session(msgspec.Struct, frozen=True, kw_only=True):
    """Who acted."""

    agent: str | None = None
    """Agent id of the signals."""
    registered: str | None = None
    """Registry id."""
    human: str | None = None
    """Login of the person who asked for it."""
    session: str | None = None
    """The agent's own id of its session, as disclosed."""
    strength: str = "none"
    """strong | medium | weak | none: how sure the attribution is."""
    unknown: dict[str, str] = {}
    """Field that is not known -> why."""


class Action(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from a decision."""

    action: str
    """exit | review | status | reservation | alert."""
    value: str
    """`1`, `REQUEST_CHANGES`, `failure`, an event id, ... ."""


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """In which circumstances a decision was made."""

    actor: Session = Session()
    """Who acted."""
    model: ModelContext = ModelContext()
    """The model."""
    prompt: Commitment = Commitment(absent="not recorded")
    """The prompt, as disclosed in the pull request."""
    content: Commitment = Commitment(absent="not recorded")
    """Everything that was judged, so that the decision can be derived again."""
    inputs: dict[str, str] = {}
    """facts, diff, site, input, plan:<root> -> SHA-256, hex."""
    downstream: tuple[Action, ...] = ()
    """What follows from it."""
    tool: dict[str, str] = {}
    """name, version of the gate; engine and its version."""
    dry: bool = False
    """A dry run, which asked the ledger for no limits."""
    seen: tuple[EntryName, ...] = ()
    """The last entry of each stream when it was asked, where content is kept."""


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """How much changes, in one environment."""

    resources: int = 0
    """Resources of plans that change."""
    destroyed: int = 0
    """Those that are deleted or replaced."""


class Measures(msgspec.Struct, frozen=True, kw_only=True):
    """How much a pull request changes."""

    files: int = 0
    """Changed paths."""
    lines: int = 0
    """Added and removed lines."""
    resources: int = 0
    """Resources of plans that change."""
    destroyed: int = 0
    """Those that are deleted or replaced."""
    directories: tuple[str, ...] = ()
    """Directories of the changed paths, neutralised, sorted; at most 200."""
    environments: dict[str, Amount] = {}
    """Environment touched -> how much of plans changes there; empty name: the site has no
    mapping."""
    surfaces: tuple[str, ...] = ()
    """Surfaces touched, sorted."""


class FindingTold(msgspec.Struct, frozen=True, kw_only=True):
    """One finding as the ledger keeps it."""

    id: str
    """Id."""
    rule: str
    """Rule."""
    enforcement: str
    """observe | warn | approve | block."""
    surface: str | None = None
    """Surface."""
    subject: str = ""
    """Subject."""
    path: str | None = None
    """Path."""
    waived_by: str | None = None
    """Waiver, or `break-glass`."""


class DecisionBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `decision`: one judgement of one head."""

    decision: DecisionName
    """The decision."""
    observe: bool = False
    """Nothing was blocked, the site only looks."""
    pull: PullName | None = None
    """What was judged; `None`: it could not even be read."""
    authorship: str = "unknown"
    """human | agent | co-authored | unknown."""
    agent: str | None = None
    """Agent id of the signals."""
    registered: str | None = None
    """Registry id."""
    agent_state: str | None = None
    """State in force."""
    environments: tuple[str, ...] = ()
    """Environments touched."""
    surfaces: tuple[str, ...] = ()
    """Surfaces touched."""
    model: str | None = None
    """Model as disclosed."""
    requester: str | None = None
    """Who asked for it."""
    requesters: tuple[str, ...] = ()
    """Everybody who did."""
    confidence: str = "none"
    """Strength of the attribution."""
    policy_digest: str = ""
    """Policies in force."""
    input_digest: str = ""
    """GateInput."""
    findings: tuple[FindingTold, ...] = ()
    """Findings."""
    votes: Votes = Votes()
    """Votes."""
    reasons: tuple[str, ...] = ()
    """Reason codes."""
    rules: int = 0
    """Rules evaluated."""
    context: Context = Context()
    """Circumstances."""
    measures: Measures = Measures()
    """How much it changes."""
    used: tuple[dict[str, str], ...] = ()
    """What an agent did, for access reviews: distinct {surface, environment, action}, sorted."""
    anomalies: tuple[Anomaly, ...] = ()
    """What was unusual about it."""
    anomalies_unchecked: str | None = None
    """Why nothing was looked for; empty: it was; `None`: an older entry does not say."""
    limits_unchecked: str | None = None
    """Why no limit was held against it; empty: they were; `None`: an older entry does not say."""
    kill: str = "absent"
    """absent | clear | killed."""
    reserved: str = ""
    """Event id of the reservation."""
    elapsed_ms: int | None = None
    """Milliseconds from start to decision; `None`: the clock was set by hand."""

    @property
    def who(self) -> str:
        """The agent by the best name there is; empty for a person's change."""
        return self.registered or self.agent or ("" if self.authorship == "human" else "unknown")

    @property
    def is_ai(self) -> bool:
        """Whether an agent took part, or nobody can tell."""
        return self.authorship != "human"
