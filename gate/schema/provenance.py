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
    """account | author_email | committer_email | trailer | branch | body | label | author_name."""
    agent: str
    """Agent id of `agents.jsonl`."""
    strength: Strength
    """How much it proves."""
    where: str
    """`pull`, or `commit <12 hex>`."""
    value: str
    """What matched, neutralised and cut to 200 characters."""


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
    requester: str | None = None
    """Login of the person who asked for it, or `None`."""
    confidence: Literal["strong", "medium", "weak", "none"] = "none"
    """Strength of the best signal for `agent`."""
    signals: tuple[Signal, ...] = ()
    """Every signal, sorted."""
    conflicts: tuple[str, ...] = ()
    """Contradicting strong signals, each one line."""
