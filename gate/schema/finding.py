"""Finding: one answer of a rule, with where it stands and what it is about."""

from __future__ import annotations

from typing import Literal

import msgspec

Severity = Literal["low", "medium", "high", "critical"]
"""How bad it is; the rule's word."""

Enforcement = Literal["observe", "warn", "approve", "block"]
"""What the gate does about it; the site's word. The order is that of strictness."""

ENFORCEMENT_ORDER: tuple[Enforcement, ...] = ("observe", "warn", "approve", "block")
"""Weakest first."""

SURFACES: tuple[str, ...] = (
    "iam",
    "network",
    "data",
    "secrets",
    "state",
    "execution",
    "pipeline",
    "gate",
    "agent",
)
"""What a change touches; the key of the approval matrix."""


class Location(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place in a file."""

    path: str
    """Path, POSIX; empty when the finding is about the pull request as a whole."""
    line: int | None = None
    """First line, 1-based; `None`: the file as a whole."""
    end_line: int | None = None
    """Last line, inclusive."""
    side: Literal["RIGHT", "LEFT"] = "RIGHT"
    """RIGHT: numbered at the head; LEFT: removed lines, numbered before."""


class Anchor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A place still to be looked up: a resource, and the attribute of it to point at."""

    root: str
    """Root module directory of the plan."""
    address: str
    """Resource address."""
    attribute: str = ""
    """Attribute path to point at, if it can be found."""
    value: str = ""
    """Text that tells which of several nested blocks of that name is meant; may be empty."""
    block: Location | None = None
    """The block, where HCL showed the resource; what stays when the attribute is not found."""


class RawFinding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule returns: where and what, never who it is (the catalogue adds that)."""

    rule: str
    """Rule id, written by the composition, not by the rule."""
    subject: str
    """What it is about: a resource address, a path, `pull request`."""
    at: Location | Anchor | None = None
    """Where; `None`: the pull request as a whole."""
    values: dict[str, str | int | float | bool] = {}
    """Values of the message template."""
    evidence: str = ""
    """What tells this finding from another of the same rule, subject and path."""
    surface: str | None = None
    """Overrides the rule's surface."""
    enforcement: Enforcement | None = None
    """Lowers the rule's enforcement for this finding; never raises it."""
    message: str | None = None
    """Message of a site policy that has no template; refused from bundled rules."""


class Finding(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One finding as judged and reported."""

    id: str
    """First 16 hex digits of SHA-256 over rule, subject, path and evidence: survives a rebase and a
    change of severity."""
    rule: str
    """Rule id."""
    severity: Severity
    """How bad."""
    enforcement: Enforcement
    """What the gate does, after the site's levels and authorship."""
    surface: str | None
    """What it touches."""
    message: str
    """One line, neutralised."""
    subject: str
    """What it is about, neutralised."""
    at: Location | None
    """Where."""
    values: dict[str, str | int | float | bool]
    """Values of the message, neutralised."""
    evidence: str
    """Neutralised; of a secret its kind and ordinal, never anything computed from its value."""
    waived_by: str | None = None
    """Id of the waiver that covers it."""
    why: str = ""
    """Why it matters: the first sentence of the rule's description."""
    remediation: str = ""
    """What to do."""
