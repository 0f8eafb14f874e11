"""The site's documents: `.gate/gate.yml` and `.gate/waivers.yml`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gate.schema.agents import AgentRecord
from gate.schema.finding import Enforcement
from gate.schema.response import ResponsePlan
from gate.schema.usage import Counted, LimitKey

ACTIONS: tuple[str, ...] = (
    "create",
    "update",
    "replace",
    "delete",
    "forget",
    "read",
    "unclear",
)
"""What can be done to something; the third column of the approval matrix."""

UNMAPPED = "unmapped"
"""The environment of what the mapping names none for."""

ANY = "*"
"""What stands for every surface, environment or action in a row."""


class ApprovalRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people one surface needs."""

    min: int
    """Distinct people, 0 to 10."""
    teams: tuple[str, ...] = ()
    """`org/slug`, any of them; empty: anyone who may approve."""
    applies_to: Literal["agents", "everyone"] = "agents"
    """Whether it holds on a person's own change too."""


class MatrixRow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the approval matrix; the first row that fits decides."""

    surfaces: tuple[str, ...] = ("*",)
    """Surfaces, or `*`."""
    environments: tuple[str, ...] = ("*",)
    """Environments of the mapping, `unmapped`, or `*`."""
    actions: tuple[str, ...] = ("*",)
    """create, update, replace, delete, forget, read, unclear, or `*`."""
    over: int = 0
    """Holds only where more than this many resources of the surface change there."""
    min: int
    """Distinct people, 0 to 10."""
    teams: tuple[str, ...] = ()
    """`org/slug`, any of them; empty: anyone who may approve."""
    max_age_days: int | None = None
    """Votes older than this do not count."""
    code_owners: bool = False
    """Every touched path needs one of its code owners as well."""
    applies_to: Literal["agents", "everyone"] = "agents"
    """Whether it holds on a person's own change too."""

    def fits(self, surface: str, environment: str, action: str) -> bool:
        """Whether the row speaks of this, whatever the number of resources."""
        return (
            (surface in self.surfaces or ANY in self.surfaces)
            and (environment in self.environments or ANY in self.environments)
            and (action in self.actions or ANY in self.actions)
        )


class Environment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what an environment is known; anything that fits makes it touched."""

    paths: tuple[str, ...] = ()
    """Globs over changed files and root directories."""
    workspaces: tuple[str, ...] = ()
    """Terraform workspaces, as the backend block names them."""
    accounts: tuple[str, ...] = ()
    """Provider accounts: AWS account ids, GCP projects, Azure subscriptions."""
    tags: dict[str, tuple[str, ...]] = {}
    """Tag or label -> values."""


class VotingSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How votes are counted."""

    current: Literal["head", "scope"] = "head"
    """`head`: an approval is for one commit. `scope`: it carries over to a later head while what
    asks for approval is the same or less, and the planned changes behind it are identical."""
    comments: bool = True
    """Whether `/gate approve <sha>` counts."""
    machine_accounts: tuple[str, ...] = ()
    """Accounts of type User that are programs; they never count."""
    break_glass: bool = True
    """Whether two maintainers may override in an emergency."""


class PackSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one conftest pack in `policies/<pack>/` is evaluated."""

    input: Literal["gate", "plan"] = "gate"
    """GateInput, or the raw plan JSON (once per plan)."""
    rego: Literal["auto", "v0", "v1"] = "auto"
    """Rego version of its files."""
    namespaces: tuple[str, ...] = ("*",)
    """Packages to query, as globs."""


class Limit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How much agents may do in a window of time."""

    name: str
    """Name, unique: lower case letters, digits and hyphens."""
    count: Counted
    """What is counted; `surfaces` asks for approval, everything else blocks."""
    per: tuple[LimitKey, ...] = ("agent",)
    """Whose use is added up; empty: everybody's."""
    window: str = "1d"
    """Back from now: minutes, hours or days, `30m`, `6h`, `7d`; at most `90d`."""
    max: int
    """Most that is allowed, 0 or more."""
    agents: tuple[str, ...] = ()
    """Registry ids it holds for; empty: every agent."""
    environments: tuple[str, ...] = ()
    """Environments whose resources are counted; empty: all."""


class LedgerSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the site asks of its ledger."""

    kill: bool = False
    """The kill switch must be readable; a run that cannot read it is an error."""
    keep: Literal["none", "all"] = "none"
    """`all`: what was judged is kept beside the ledger, so that decisions can be derived again."""
    anomalies: bool = False
    """What is unusual for an agent asks for one approval, and raises an alert."""


class SiteConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`.gate/gate.yml`."""

    version: Literal[1] = 1
    """Version of this document."""
    observe: bool = False
    """Judge and report, block nothing."""
    rules: dict[str, Enforcement] = {}
    """Rule id -> enforcement."""
    approvals: dict[str, ApprovalRule] = {}
    """Surface -> approvals."""
    matrix: tuple[MatrixRow, ...] = ()
    """Approvals by surface, environment, action and magnitude; before `approvals`."""
    environments: dict[str, Environment] = {}
    """Environment -> by what it is known."""
    voting: VotingSettings = VotingSettings()
    """How votes are counted."""
    waiver_days: int = 90
    """Days that a waiver may reach ahead; one that reaches further does not hold."""
    packs: dict[str, PackSettings] = {}
    """Pack -> settings."""
    limits: tuple[Limit, ...] = ()
    """How much agents may do; needs a shared ledger."""
    ledger: LedgerSettings = LedgerSettings()
    """What the site asks of its ledger."""
    parameters: dict[str, Any] = {}
    """Handed to policies as `input.site`."""

    @property
    def needs_shared_ledger(self) -> bool:
        """Whether something of it only works where all runs write to one ledger."""
        return bool(self.limits) or self.ledger.kill or self.ledger.anomalies

    def environment_names(self) -> tuple[str, ...]:
        """What an environment may be called in a row, in order; one empty name without mapping."""
        return (*self.environments, UNMAPPED) if self.environments else ("",)


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A time-boxed, owned exception to one finding, or to a rule within paths."""

    id: str
    """Id, unique in the file."""
    rule: str | None = None
    """Rule id; with `paths`."""
    finding: str | None = None
    """Finding id."""
    paths: tuple[str, ...] = ()
    """Globs over the finding's path; `**` crosses directories."""
    reason: str
    """Why."""
    owner: str
    """Login of who answers for it."""
    expires: str
    """Last day it holds, YYYY-MM-DD."""


class WaiverFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`.gate/waivers.yml`."""

    version: Literal[1] = 1
    """Version of this document."""
    waivers: tuple[Waiver, ...] = ()
    """The waivers."""


class PolicyFile(msgspec.Struct, frozen=True, kw_only=True):
    """One file under `.gate/policies/` (or a `--policy` folder)."""

    path: str
    """POSIX path below `policies/`."""
    data: bytes
    """Bytes."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """The site's word, parsed."""

    present: bool
    """False: no `.gate` folder; the defaults apply and the report says so."""
    config: SiteConfig = SiteConfig()
    """Settings."""
    waivers: tuple[Waiver, ...] = ()
    """Waivers."""
    response: ResponsePlan | None = None
    """The plan for incidents, `response.yml`; `None`: there is none."""
    keys: dict[str, bytes] = {}
    """The trust root: path below `keys/` -> bytes."""
    digest: str = ""
    """SHA-256 over every file of the folder, hex; empty: there is no folder."""
    agents: tuple[AgentRecord, ...] | None = None
    """Registered agents; `None`: the site has no registry."""
    policies: tuple[PolicyFile, ...] = ()
    """Site policies: `findings` form, conftest packs, and their data documents."""
    lines: dict[str, int] = {}
    """`<file> <key> <key> ...` -> 1-based line, for messages."""
