"""Rule: one named question, as its METADATA declares it."""

from __future__ import annotations

from typing import Literal

import msgspec

from gate.schema.finding import Enforcement, Severity

Need = Literal["terraform", "hcl", "workflows", "manifests", "changes", "provenance", "text"]
"""A section of the input."""


class RelatedResource(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page to read."""

    ref: str
    """URL."""
    description: str = ""
    """What it is."""


class RuleCustom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The `custom` part of a rule's METADATA."""

    severity: Severity
    """How bad a finding is."""
    enforcement: Enforcement
    """Default enforcement."""
    needs: tuple[Need, ...]
    """Sections it reads: absent -> it does not apply; unreadable -> the decision is `error`."""
    message: str
    """Template over the finding's values and `{subject}`."""
    remediation: str
    """What the author can do; one or two sentences."""
    surface: str | None = None
    """What it touches, for the approval matrix."""
    integrity: bool = False
    """Nothing lowers or waives it."""
    controls: tuple[str, ...] = ()
    """Controls it serves."""
    formerly: tuple[str, ...] = ()
    """Older ids, still honoured in waivers and levels."""


class RuleMetadata(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A rule's METADATA block, or a native check's `METADATA`."""

    title: str
    """One line."""
    description: str
    """What it finds and why it matters."""
    custom: RuleCustom
    """The gate's own keys."""
    related_resources: tuple[RelatedResource, ...] = ()
    """Further reading."""
    scope: str = "package"
    """OPA's annotation scope."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """A rule of the catalogue."""

    id: str
    """`family.name`; for site rules `site.family.name`."""
    metadata: RuleMetadata
    """What it declares."""
    engine: Literal["rego", "native", "pack"]
    """Who evaluates it: the bundled or site Rego form, a native check, or a conftest pack."""
    path: str
    """File it is declared in, relative to the policies' root."""
