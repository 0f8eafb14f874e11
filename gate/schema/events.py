"""Bodies of the entries that are events and no decision, kind by kind."""

from __future__ import annotations

from typing import Literal

import msgspec

from gate.schema.bodies import EntryName, Measures, PullName
from gate.schema.usage import KillScope

OutcomeName = Literal["opened", "merged", "closed", "fixed", "reverted", "false_block"]
"""What became of a pull request."""


class OutcomeBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `outcome`: what became of a pull request."""

    pull: PullName
    """Which one."""
    outcome: OutcomeName
    """`fixed`: a later head passed where an earlier one was blocked; `false_block`: somebody who
    may approve said that the block was wrong."""
    by: str = ""
    """Login of who did it; empty where nobody in particular did."""
    at: str
    """When it happened, RFC 3339 UTC; the entry's own time is when it was seen."""
    merge: str = ""
    """Of `merged`: the commit on the protected branch. Of `reverted`: the reverting commit."""
    reason: str = ""
    """Of `false_block`: why, neutralised."""


class KillBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `kill`, stream `org/kill`: something is stopped, or let go on."""

    event: Literal["ready", "killed", "lifted"]
    """`ready`: the switch was set up."""
    scope: KillScope = "org"
    """What."""
    target: str = ""
    """Which: `owner/name`, a registry id, a model; empty for `org`."""
    by: str
    """Login of the person."""
    reason: str
    """Why."""
    alert: str = ""
    """Event id of the alert that led to it."""


class HookBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `hook`: a command of the response plan ran."""

    of: EntryName
    """What it answered to."""
    name: str
    """Its name in the plan."""
    result: Literal["ok", "failed", "timeout", "missing"]
    """What came of it."""
    code: int | None = None
    """Exit code."""
    text: str = ""
    """First line of what it said, neutralised and redacted."""


class ReserveBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `reserve`, stream `org/limits`: one run takes its share of the limits."""

    pull: PullName
    """For which pull request."""
    agent: str
    """Registry id, agent id or `unknown`."""
    requester: str = ""
    """Who asked for it."""
    measures: Measures
    """How much."""
    plans: tuple[str, ...] = ()
    """Digests of its plans, sorted."""
    lease: str
    """Until when it holds without a `commit`, RFC 3339 UTC."""


class SettleBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kinds `commit` and `release`: what became of a reservation."""

    reservation: str
    """Its event id."""
    decision: str = ""
    """Of `commit`: hash of the decision's entry."""
    reason: str = ""
    """Of `release`: why."""


AlertSource = Literal[
    "anomaly", "limit", "killed", "break_glass", "reconciliation", "tampering", "overdue", "manual"
]
"""What raises an alert."""


class AlertBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `alert`, stream `org/incidents`: something that somebody should look at."""

    source: AlertSource
    """What raised it."""
    key: str
    """Alerts of one key belong to one incident: `anomaly:tf-bot:volume`."""
    severity: Literal["low", "medium", "high", "critical"]
    """How bad."""
    agent: str = ""
    """Registry id, or empty."""
    pull: PullName | None = None
    """Pull request, if it is about one."""
    about: tuple[EntryName, ...] = ()
    """The entries it names, oldest first."""
    first_at: str
    """When the oldest of them happened, RFC 3339 UTC."""
    text: str
    """One line, neutralised."""
    values: dict[str, str | int | float] = {}
    """Numbers behind it."""


IncidentEvent = Literal["opened", "acknowledged", "escalated", "told", "closed", "note"]
"""What happens to an incident."""


class IncidentBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `incident`, stream `org/incidents`: the life of one incident."""

    incident: str
    """Its id: the event id of its `opened` entry."""
    event: IncidentEvent
    """What happened."""
    by: str = ""
    """Login of the person; empty: the gate."""
    reason: str = ""
    """Why, or the resolution."""
    key: str = ""
    """Of `opened`: the key of its alerts."""
    severity: str = ""
    """Of `opened`."""
    alerts: tuple[str, ...] = ()
    """Of `opened`: event ids of the alerts."""
    frozen: tuple[EntryName, ...] = ()
    """Of `opened`: the head of every stream, the evidence as it stood."""
    whom: tuple[str, ...] = ()
    """Of `escalated` and `told`: who was told, by which way."""


class BaselineBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `baseline`, stream `org/baselines`: what is usual for an agent, frozen by a person."""

    agent: str
    """Registry id."""
    by: str
    """Login of the person, at a review or a promotion."""
    since: str
    """First day it spans, YYYY-MM-DD."""
    until: str
    """Last day."""
    days: dict[str, dict[str, int]] = {}
    """Signal -> day -> count, for the days that had any."""
    sizes: dict[str, tuple[int, ...]] = {}
    """Signal -> the size of each pull request that was let go, sorted."""
    pulls: int = 0
    """Pull requests that were let go; sizes, directories, surfaces and hours are theirs."""
    strays: int = 0
    """Those of them whose directories had next to nothing in common with the ones before."""
    directories: tuple[str, ...] = ()
    """Directories seen."""
    surfaces: tuple[str, ...] = ()
    """Surfaces seen."""
    hours: tuple[int, ...] = ()
    """Pull requests in each of the 168 hours of the week, from Monday 00:00 UTC."""


class ReconciliationBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `reconciliation`: the protected branch was walked."""

    repo: str
    """`owner/name`."""
    branch: str
    """Branch."""
    since: str
    """Commit the walk began behind; empty: from the first."""
    until: str
    """Commit it ended at."""
    commits: int
    """Commits walked."""
    uncovered: tuple[dict[str, str], ...] = ()
    """Commits without a decision: {commit, at, why}; at most 1,000."""


class ScheduledBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `scheduled`, stream `org/schedule`: a task ran."""

    task: str
    """Its name."""
    result: Literal["done", "failed"]
    """What came of it."""
    text: str = ""
    """One line."""


class ErasureBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `erasure`: a blob and its salt are gone."""

    digests: tuple[str, ...]
    """Which."""
    entry: EntryName
    """The decision that they belong to."""
    by: str
    """Login of the person."""
    reason: str
    """Why."""
