"""Provenance: who wrote the change, weighed from signals."""

from __future__ import annotations

from typing import Literal

import msgspec

Strength = Literal["strong", "medium", "weak"]
"""How much one signal proves; weak signals alone never make an agent."""

Authorship = Literal["human", "agent", "co-authored", "unknown"]
"""Who wrote it."""


class Signal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One trace of AI authorship."""

    kind: str
    """account | app | signature | author_email | author_name | committer_email | trailer | body |
    label | branch."""
    agent: str
    """Agent id of the bundled table, or the id of a registry entry for a site's own agent."""
    strength: Strength
    """How much it proves."""
    where: str
    """`pull`, or `commit <12 hex>`."""
    value: str
    """What matched, neutralised and cut to 200 characters."""
    spoofable: bool = True
    """Whether the author of the change could have written it; false: GitHub's own word."""


class CommitClass(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who wrote one commit."""

    sha: str
    """Commit."""
    author: Literal["human", "agent", "co-authored", "automation", "merge", "unknown"]
    """`automation`: a program that is not AI; `merge`: more than one parent, judged by its diff."""
    agent: str | None = None
    """Agent id."""
    signed: bool = False
    """GitHub verified its signature."""


class Provenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The weighed set of signals."""

    authorship: Authorship
    """human | agent | co-authored | unknown."""
    agent: str | None = None
    """Agent id, or `None`."""
    registered: str | None = None
    """Id in the site's registry, or `None`."""
    model: str | None = None
    """Model as disclosed, or `None`."""
    model_version: str | None = None
    """Version or dated snapshot within `model`, or `None`."""
    model_unknown: str = ""
    """Why the model is not known; empty where it is, or where no agent took part."""
    requester: str | None = None
    """Login of the person who asked for it, or `None`."""
    requesters: tuple[str, ...] = ()
    """Everybody who asked for it or steered it, sorted; `requester` is the surest of them."""
    confidence: Literal["strong", "medium", "weak", "none"] = "none"
    """Strength of the best signal for `agent`."""
    signals: tuple[Signal, ...] = ()
    """Every signal, sorted."""
    conflicts: tuple[str, ...] = ()
    """Contradicting strong signals, each one line."""
    commits: tuple[CommitClass, ...] = ()
    """Each commit's class, oldest first; at most 250."""
    notes: tuple[str, ...] = ()
    """What was seen and does not count, with the reason, each one line (a quoted trailer, a person
    called like an agent, a dependency program)."""


class Testimony(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent says of its own work."""

    session: str | None = None
    """Id of its session."""
    prompt: str | None = None
    """What it was asked, as it stands there: never shown, only bound and kept apart."""
    confidence: str | None = None
    """How sure it says it is: high, medium, low, or a number."""
