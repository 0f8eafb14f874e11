"""The site's documents: `.gate/gate.yml` and `.gate/waivers.yml`."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from gate.schema.finding import Enforcement


class ApprovalRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people one surface needs."""

    min: int
    """Distinct people, 0 to 10."""
    teams: tuple[str, ...] = ()
    """`org/slug`, any of them; empty: anyone who may approve."""
    applies_to: Literal["agents", "everyone"] = "agents"
    """Whether it holds on a person's own change too."""


class PackSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How one conftest pack in `policies/<pack>/` is evaluated."""

    input: Literal["gate", "plan"] = "gate"
    """GateInput, or the raw plan JSON (once per plan)."""
    rego: Literal["auto", "v0", "v1"] = "auto"
    """Rego version of its files."""
    namespaces: tuple[str, ...] = ("*",)
    """Packages to query, as globs."""


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
    packs: dict[str, PackSettings] = {}
    """Pack -> settings."""
    parameters: dict[str, Any] = {}
    """Handed to policies as `input.site`."""


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
    policies: tuple[PolicyFile, ...] = ()
    """Site policies: `findings` form, conftest packs, and their data documents."""
    lines: dict[str, int] = {}
    """`<file> <key> <key> ...` -> 1-based line, for messages."""
