"""One row of the table of agents: its identities, its marks, and what each of them proves."""

from __future__ import annotations

import msgspec

from gate.schema.provenance import Strength

AUTOMATION = frozenset({"automation", "dependency-bot", "mixed-automation"})
"""Kinds that are programs and not AI; `mixed-automation` accounts also carry agents' work."""

WRAPPERS = frozenset(
    {"orchestrator", "wrapper", "workflow-agent", "convention", "review-bot", "security-autofix"}
)
"""Kinds that stand beside another agent without contradicting it."""

PERSON_KEYS = frozenset(
    {"co-authored-by", "assisted-by", "generated-by", "signed-off-by", "drafted-by"}
)
"""Trailers that name a person or an agent, by address or by name."""
OTHER_KEYS = frozenset({"reported-by"})
"""Trailers that name somebody who did not write."""


class TrailerPattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mark in a trailer's value."""

    keys: tuple[str, ...]
    """Trailer keys, lower case."""
    regex: str
    """Matched from the start of the value, without case."""
    strength: Strength
    """What it proves in a trailer block."""


class BodyPattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mark in a description."""

    literal: str
    """Lower-case text that must be there before the pattern is tried."""
    regex: str
    """Searched without case."""
    strength: Strength
    """What it proves outside quotations."""
    run: bool = False
    """It names the run that wrote the change, so the agent wrote it."""


class Strengths(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each kind of trace of an agent proves, where it differs from the usual."""

    account: Strength = "strong"
    """The account that opened the pull request."""
    email: Strength = "medium"
    """An author address; strong once GitHub verified the commit's signature."""
    trailer: Strength = "strong"
    """An address in a trailer."""


class Agent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table."""

    id: str
    """Agent id."""
    vendor: str
    """Who makes it."""
    kind: str
    """coding-agent, cli-agent, review-bot, automation, ... ."""
    family: str = ""
    """Rows of one family do not contradict each other; empty: alone."""
    verified: bool = True
    """Seen in real commits or pull requests."""
    user_ids: tuple[int, ...] = ()
    """Numeric account ids; they survive a rename."""
    logins: tuple[str, ...] = ()
    """Logins as REST spells them."""
    app_slugs: tuple[str, ...] = ()
    """GitHub App slugs."""
    emails: tuple[str, ...] = ()
    """Whole addresses."""
    named_emails: dict[str, str] = {}
    """Addresses that people use too -> words that the name must hold."""
    trailer_regexes: tuple[TrailerPattern, ...] = ()
    """Marks in trailers."""
    body_regexes: tuple[BodyPattern, ...] = ()
    """Marks in descriptions."""
    branch_prefixes: tuple[str, ...] = ()
    """Branch prefixes; chosen by the author, so always weak."""
    branch_regexes: tuple[str, ...] = ()
    """Branch shapes; always weak."""
    labels: tuple[str, ...] = ()
    """Labels; weak, unless the opener set them within seconds."""
    author_name_regexes: tuple[str, ...] = ()
    """Shapes of the author's name that a person does not have."""
    mentions: tuple[str, ...] = ()
    """What stands behind `@` in a comment that sets it to work, lower case."""
    app_ids: tuple[int, ...] = ()
    """Numeric ids of a site's GitHub Apps."""
    keys: tuple[str, ...] = ()
    """Signing keys of a site's agent."""
    trailer_lines: tuple[tuple[str, str], ...] = ()
    """Whole trailers of a site's agent, as `plain_trailer` writes them."""
    strengths: Strengths = Strengths()
    """What its traces prove."""


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    version: int
    """Raised with every change of its rows."""
    agents: tuple[Agent, ...]
    """Rows; an id stands once."""
