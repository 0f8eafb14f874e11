"""Usage: what the ledger remembers that bears on a change: kill switch, limits, anomalies."""

from __future__ import annotations

from typing import Literal

import msgspec

KillScope = Literal["org", "repo", "agent", "model"]
"""What a kill stops."""

Counted = Literal[
    "pulls", "open_pulls", "attempts", "resources", "destroyed", "files", "lines", "surfaces"
]
"""What a limit counts; explained one by one in docs/limits.md."""

LimitKey = Literal["agent", "repository", "environment", "requester"]
"""Whose use a limit adds up."""


class Killed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One kill that holds for this change."""

    scope: KillScope
    """What it stops."""
    target: str
    """Which one; empty for `org`."""
    reason: str
    """Why, neutralised."""
    by: str
    """Login of who ordered it."""
    at: str
    """Since when, RFC 3339 UTC."""
    seq: int
    """Its entry in the stream `org/kill`."""


class LimitUse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One limit held against this change."""

    name: str
    """The site's name for it."""
    count: Counted
    """What is counted."""
    per: dict[str, str]
    """Whose: agent, repository, environment, requester -> which."""
    whose: str = ""
    """The same in words, neutralised."""
    window: str
    """Over how long: `1h`, `1d`, `7d`, ... ; back from now."""
    max: int
    """Most that is allowed."""
    used: int
    """Used by other pull requests of the window."""
    wanted: int
    """What this one adds."""
    exceeded: bool
    """`used + wanted > max`, and the change takes some of it."""
    fits_at: str = ""
    """When it would fit if nothing else came, RFC 3339 UTC; empty: it does, or never will."""
    others: tuple[str, ...] = ()
    """Pull requests behind `used`, `owner/name#n`, newest first; at most 20."""
    touching: str = ""
    """Of `surfaces`: which those are, this change's included, sorted, `data, iam`."""


class Anomaly(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way in which the change is unlike what its agent did before."""

    signal: str
    """volume | files | resources | destroyed | directories | hours | first_touch | denials |
    approval_latency."""
    agent: str
    """Registry id."""
    value: float
    """What was seen: a count, a distance, seconds."""
    expected: float
    """What the baseline expects."""
    probability: float | None = None
    """Of so much or more under the baseline; `None`: the signal is one of novelty."""
    baseline: str
    """`frozen <day>` or `rolling`, with the days it spans."""
    text: str
    """Why, in numbers, one line."""
    detail: str = ""
    """What is new: a surface, directories; neutralised."""


class Usage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the ledger remembers that bears on this change; rules read it as `input.usage`."""

    kill: Literal["absent", "clear", "killed"] = "absent"
    """`absent`: there is no kill switch."""
    killed: tuple[Killed, ...] = ()
    """The kills that hold for it."""
    limits: tuple[LimitUse, ...] = ()
    """Every limit of the site that speaks of it."""
    limits_unchecked: str = ""
    """Why no limit was held against it; empty: they were, or there is none."""
    reserved: str = ""
    """Event id of the reservation; empty: a dry run, or over a limit."""
    anomalies: tuple[Anomaly, ...] = ()
    """What is unusual about it."""
    anomalies_unchecked: str = ""
    """Why nothing was looked for; empty: it was, or the site does not ask for it."""
