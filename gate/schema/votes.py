"""Votes: whose approval counts, whose does not, and how many are missing."""

from __future__ import annotations

from typing import Literal

import msgspec

VoteCode = Literal[
    "author",
    "committer",
    "co_author",
    "requester",
    "agent_owner",
    "last_pusher",
    "bot",
    "agent",
    "machine_account",
    "ghost",
    "no_write",
    "no_maintain",
    "permission_unknown",
    "team_unknown",
    "not_in_team",
    "other_commit",
    "before_head",
    "before_retarget",
    "too_old",
    "objecting",
    "dismissed",
    "edited",
    "via_app",
    "malformed_command",
    "switched_off",
    "revoked",
    "label_removed",
    "label_unknown",
    "duplicate",
]
"""Why a vote or a label does not count; closed, explained one by one in docs/approvals.md."""


class Requirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many people one surface asks for."""

    surface: str
    """Surface."""
    min: int
    """Distinct people."""
    teams: tuple[str, ...] = ()
    """`org/slug`; each vote must come from one of them. Empty: anyone eligible."""
    environment: str = ""
    """Environment it is for; empty: any."""
    action: str = ""
    """create | update | replace | delete | forget | ... ; empty: any."""
    max_age_days: int | None = None
    """Votes older than this do not count for it; `None`: no limit but the head."""
    code_owners: bool = False
    """Every touched path needs the approval of one of its code owners as well."""
    source: str = "default"
    """Where it comes from: `default`, `approvals.<surface>` or `matrix <n>` (from 1)."""
    have: int = 0
    """Counted votes that serve it; 0 before judging."""


class CountedVote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval that counts."""

    login: str
    """Who."""
    via: str
    """review | comment."""
    at: str
    """When, RFC 3339."""
    sha: str
    """Commit it is bound to."""
    id: int = 0
    """Numeric account id; 0 where unknown."""
    permission: str = ""
    """admin | maintain | write, as of now."""
    carried: bool = False
    """Given on an older head and carried over, because what it was about is unchanged."""


class IgnoredVote(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An approval that does not count."""

    login: str
    """Who."""
    via: str
    """review | comment."""
    reason: str
    """Why not, one line for the reader of the review."""
    code: VoteCode = "no_write"
    """Why not, from a closed list."""


class BreakGlass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An emergency override by two maintainers."""

    by: tuple[str, ...]
    """Logins, sorted; fewer than two override nothing."""
    reason: str
    """The first one's words, neutralised."""
    at: str
    """When the last one needed spoke, RFC 3339."""
    in_force: bool
    """Whether it overrides this decision."""
    review_by: str
    """When the override must have been reviewed, RFC 3339 (24 hours later)."""


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
    unowned: tuple[str, ...] = ()
    """Touched paths that still lack the approval of a code owner."""
    eligible: tuple[str, ...] | None = None
    """Who could approve and has not, sorted; `None`: nobody asked, or the token cannot tell."""
    eligible_note: str = ""
    """Why `eligible` is not known, or what follows from it (a repository with one eligible
    person, say)."""
    unknown: tuple[str, ...] = ()
    """What could not be told about a vote, each one line."""
    break_glass: BreakGlass | None = None
    """The emergency override, if anybody asked for one."""
    comments: bool = True
    """Whether `/gate approve` counts beside a review; the site's word."""
