"""Votes: whose approval counts, whose does not, and how many are missing."""

from __future__ import annotations

import msgspec


class Requirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people one surface asks for."""

    surface: str
    """Surface."""
    min: int
    """Distinct people."""
    teams: tuple[str, ...] = ()
    """`org/slug`; each vote must come from one of them. Empty: anyone eligible."""


class CountedVote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval that counts."""

    login: str
    """Who."""
    via: str
    """review | comment | label."""
    at: str
    """When, RFC 3339."""
    sha: str
    """Commit it is bound to."""


class IgnoredVote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval that does not count."""

    login: str
    """Who."""
    via: str
    """review | comment | label."""
    reason: str
    """Why not, one line for the reader of the review."""


class Votes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The votes of one pull request."""

    required: tuple[Requirement, ...] = ()
    """One entry per surface that asks for approval; empty before judging."""
    counted: tuple[CountedVote, ...] = ()
    """Approvals that count."""
    ignored: tuple[IgnoredVote, ...] = ()
    """Approvals that do not."""
    missing: int = 0
    """How many more people are needed."""
    objections: tuple[str, ...] = ()
    """Logins of eligible people whose CHANGES_REQUESTED stands."""
