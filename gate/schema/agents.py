"""Agent registry: one record per agent, in `.gate/agents/<name>.yml` on the base branch."""

from __future__ import annotations

from typing import Literal

import msgspec

AgentKind = Literal[
    "coder", "remediator", "triage", "reviewer", "merge-bot", "integration", "assistant"
]
"""What an agent is for; a reviewer, a triage agent and an assistant have no grants to change."""

AgentState = Literal["proposed", "observing", "active", "suspended", "decommissioned"]
"""Where an agent is in its life; only `observing` (in its sandbox) and `active` may change."""

RiskTier = Literal["low", "medium", "high", "critical"]
"""How much harm it could do."""

CredentialTier = Literal["high", "medium", "low"]
"""How often a credential is rotated: 30, 90 or 180 days."""

ROTATION_DAYS: dict[CredentialTier, int] = {"high": 30, "medium": 90, "low": 180}
"""Days between rotations by tier."""

OBSERVATION_DAYS = 30
"""Days an agent is observed before it may be promoted."""


class Owner(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who answers for an agent."""

    human: str
    """Login of a person."""
    backup: str
    """Login of another person."""
    team: str = ""
    """`org/slug`."""


class Identities(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """By what an agent is known; no identity may stand in two records."""

    logins: tuple[str, ...] = ()
    """Accounts, bots with `[bot]`."""
    app_ids: tuple[int, ...] = ()
    """Numeric ids of GitHub Apps."""
    emails: tuple[str, ...] = ()
    """Whole commit addresses."""
    keys: tuple[str, ...] = ()
    """Signing keys: `SHA256:<base64>` of an SSH key, or 16 or 40 hex digits of an OpenPGP key."""
    trailers: tuple[str, ...] = ()
    """Whole trailer lines, `Key: value`."""
    branches: tuple[str, ...] = ()
    """Branch prefixes; weak, since anybody may choose one."""
    agents: tuple[str, ...] = ()
    """Ids of the bundled table (`claude-code`) that this record stands for."""


class AgentGrant(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an agent may change."""

    surfaces: tuple[str, ...]
    """Surfaces, `other`, or `*`."""
    environments: tuple[str, ...] = ("*",)
    """Environments, or `*`."""
    actions: tuple[str, ...] = ("create", "update")
    """create, update, replace, delete, forget, or `*`."""
    paths: tuple[str, ...] = ("**",)
    """Globs over changed files and root directories."""
    why: str
    """Why it needs that."""


class Credential(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A reference to a credential; never the credential."""

    ref: str
    """Where it is kept: `vault:kv/tf-bot`, `oidc:aws/role/tf-bot`."""
    tier: CredentialTier
    """How often it is rotated."""
    rotated_at: str
    """Day of the last rotation, YYYY-MM-DD."""
    ephemeral: bool = False
    """Issued for each run and gone afterwards: no rotation falls due."""


class Sandbox(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where an agent may work while it is observed."""

    environments: tuple[str, ...]
    """Environments."""
    paths: tuple[str, ...] = ("**",)
    """Globs."""
    max_files: int = 20
    """Changed files of one pull request."""
    max_resources: int = 10
    """Changed resources of one pull request."""


class Promotion(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an agent is active."""

    report: str
    """SHA-256, hex, of the observation report that allowed it."""
    at: str
    """Day, YYYY-MM-DD."""
    by: str
    """Login of a person."""


class Onboarding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The five steps, each with the day it was done; empty: still open."""

    identity: str = ""
    """Identity and ephemeral credentials."""
    models: str = ""
    """Models named."""
    sandbox: str = ""
    """Sandbox with small limits."""
    logging: str = ""
    """Decisions go to a ledger."""
    observation: str = ""
    """Observation of 30 days begun."""


class AgentRecord(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One agent."""

    version: Literal[1]
    """Version of this document."""
    id: str
    """Id, unique, lower case letters, digits and hyphens; also the file's name."""
    kind: AgentKind
    """What it is for."""
    owner: Owner
    """Who answers for it."""
    purpose: str
    """What it does, at least 20 characters."""
    systems: tuple[str, ...]
    """Systems it reaches."""
    data_classes: tuple[Literal["none", "internal", "pii", "phi", "secret"], ...]
    """Data it may see."""
    justification: str
    """Why it is worth it, at least 20 characters."""
    identities: Identities
    """By what it is known; at least one."""
    models: tuple[str, ...] = ()
    """Models it may use."""
    grants: tuple[AgentGrant, ...] = ()
    """What it may change; empty: nothing."""
    credentials: tuple[Credential, ...] = ()
    """What it signs in with."""
    sandbox: Sandbox | None = None
    """Where it works while observed."""
    risk_tier: RiskTier
    """How much harm it could do."""
    state: AgentState
    """Where it is in its life."""
    observing_since: str = ""
    """Day the observation began, YYYY-MM-DD."""
    promotion: Promotion | None = None
    """Why it is active."""
    review_due: str
    """Day of the next access review, YYYY-MM-DD."""
    onboarding: Onboarding = Onboarding()
    """Steps done."""
