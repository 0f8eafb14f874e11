"""Compare what agents were granted with what they used, for an access review."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import product
from typing import Literal

import msgspec

from gate.audit.lifecycle.dossier import Item, name_of, pull_of
from gate.audit.reading import Told, decisions
from gate.schema.agents import AgentGrant, AgentRecord
from gate.schema.bodies import DecisionBody
from gate.schema.events import OutcomeBody
from gate.text import neutralise
from gate.trust.card import describe_grant

DAYS = 90
"""Days a report looks back: about the quarter between two reviews."""
_DECIDED = frozenset({"create", "update", "replace", "delete"})
"""What an action that nobody could tell may be; as `gate.trust.grants`."""

_Right = tuple[str, str, str]
"""Surface, environment, action."""


class Use(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One right, and how it was used."""

    surface: str
    """Surface, or `*`."""
    environment: str
    """Environment, or `*`; empty: the site maps none."""
    action: str
    """Action, or `*`."""
    pulls: int = 0
    """Pull requests that used it."""
    last: str = ""
    """Day it was used last, YYYY-MM-DD; empty: never in the span."""


class GrantUse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One grant, taken apart into rights."""

    grant: str
    """The grant in words."""
    why: str
    """Why it was given."""
    rights: tuple[Use, ...]
    """Every combination of its surfaces, environments and actions, in its own order."""

    @property
    def unused(self) -> tuple[Use, ...]:
        """Those that nothing used."""
        return tuple(right for right in self.rights if not right.pulls)


class Rights(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one agent was granted, and what it used of it."""

    version: Literal[1] = 1
    """Version of this document."""
    agent: str
    """Registry id."""
    owner: str
    """Login of who answers for it."""
    backup: str
    """Login of the other one."""
    since: str
    """First day of the span, YYYY-MM-DD."""
    until: str
    """Last day."""
    grants: tuple[GrantUse, ...]
    """Grant by grant."""
    ungranted: tuple[Use, ...]
    """What was let through and no grant covers, by today's grants."""
    refused: tuple[Use, ...]
    """What it asked for and was never let through."""
    pulls: int
    """Pull requests in the span."""
    denied: int
    """Those that were blocked at least once."""
    denials: dict[str, int]
    """Rule -> pull requests in which it blocked."""
    last_activity: str
    """Day of its last decision, of whatever age; empty: there is none."""

    @property
    def unused(self) -> int:
        """Number of rights that nothing used."""
        return sum(len(grant.unused) for grant in self.grants)

    @property
    def granted(self) -> int:
        """Number of rights."""
        return sum(len(grant.rights) for grant in self.grants)


def rights_of(
    records: Iterable[AgentRecord], told: Sequence[Told], today: str, days: int = DAYS
) -> tuple[Rights, ...]:
    """Granted against used, record by record.

    A change was let through where it passed, where the site only observes, or where its pull
    request was merged all the same. Paths are not compared: the ledger keeps surfaces,
    environments and actions.

    Args:
        records: the agents.
        told: entries of the ledger of kinds `decision` and `outcome`, oldest first.
        today: YYYY-MM-DD.
        days: how far to look back.

    Raises:
        RecordError: an entry is malformed.
    """
    of: dict[str, list[Item[DecisionBody]]] = {}
    for one, body in decisions(told):
        if body.registered:
            of.setdefault(body.registered, []).append(Item(one.name, one.entry.at, body))
    merged = _merged(told)
    since = (date.fromisoformat(today) - timedelta(days=days)).isoformat()
    return tuple(
        _rights(record, of.get(record.id, []), merged, (since, today)) for record in records
    )


def _rights(
    record: AgentRecord,
    every: Sequence[Item[DecisionBody]],
    merged: set[tuple[str, str]],
    span: tuple[str, str],
) -> Rights:
    items = [item for item in every if item.at >= span[0]]
    used = _tally(item for item in items if _let_through(item.body, merged))
    asked = _tally(item for item in items if not _let_through(item.body, merged))
    denials = {
        (finding.rule, pull_of(item.body))
        for item in items
        for finding in item.body.findings
        if finding.enforcement == "block" and finding.waived_by is None
    }
    return Rights(
        agent=record.id,
        owner=record.owner.human,
        backup=record.owner.backup,
        since=span[0],
        until=span[1],
        grants=tuple(_grant_use(grant, used) for grant in record.grants),
        ungranted=tuple(
            _use(*one, used[one])
            for one in sorted(used)
            if not any(_allows(grant, *one) for grant in record.grants)
        ),
        refused=tuple(_use(*one, asked[one]) for one in sorted(asked.keys() - used.keys())),
        pulls=len({pull_of(item.body) for item in items}),
        denied=len({pull_of(item.body) for item in items if item.body.decision == "block"}),
        denials=dict(sorted(Counter(neutralise(rule, 120) for rule, _ in denials).items())),
        last_activity=max((item.at[:10] for item in every), default=""),
    )


def _merged(told: Sequence[Told]) -> set[tuple[str, str]]:
    """Pull request and head of everything that was merged."""
    bodies = (one.body(OutcomeBody) for one in told if one.entry.kind == "outcome")
    return {(name_of(one.pull), one.pull.head) for one in bodies if one.outcome == "merged"}


def _let_through(body: DecisionBody, merged: set[tuple[str, str]]) -> bool:
    if body.decision in ("pass", "warn") or (body.observe and body.decision != "error"):
        return True
    return body.pull is not None and (name_of(body.pull), body.pull.head) in merged


def _tally(items: Iterable[Item[DecisionBody]]) -> dict[_Right, dict[str, str]]:
    """What decisions say was done -> pull request -> day it was done last."""
    found: dict[_Right, dict[str, str]] = {}
    for item in items:
        for told in item.body.used:
            one = (told.get("surface", ""), told.get("environment", ""), told.get("action", ""))
            days, pull = found.setdefault(one, {}), pull_of(item.body)
            days[pull] = max(days.get(pull, ""), item.at[:10])
    return found


def _grant_use(grant: AgentGrant, used: dict[_Right, dict[str, str]]) -> GrantUse:
    rights = []
    for right in product(grant.surfaces, grant.environments, grant.actions):
        days: dict[str, str] = {}
        for one, pulls in used.items():
            if _uses(grant, right, one):
                days |= {pull: max(day, days.get(pull, "")) for pull, day in pulls.items()}
        rights.append(_use(*right, days))
    return GrantUse(
        grant=neutralise(describe_grant(grant), 400),
        why=neutralise(grant.why, 300),
        rights=tuple(rights),
    )


def _uses(grant: AgentGrant, right: _Right, one: _Right) -> bool:
    """Whether a use needs one right of a grant.

    A read needs no action. One that nobody could tell needs all that the grant has.
    """
    surface, environment, action = one
    if right[0] not in ("*", surface) or (environment and right[1] not in ("*", environment)):
        return False
    if action == "unclear":
        return _allows(grant, *one)
    return right[2] in ("*", action)


def _allows(grant: AgentGrant, surface: str, environment: str, action: str) -> bool:
    """Whether a grant covers a use, its path left out; otherwise as `gate.trust.grants.covers`."""
    if not _names(grant.surfaces, surface):
        return False
    if environment and not _names(grant.environments, environment):
        return False
    if action == "unclear":
        return "*" in grant.actions or _DECIDED.issubset(grant.actions)
    return action == "read" or _names(grant.actions, action)


def _names(allowed: Sequence[str], name: str) -> bool:
    return name in allowed or "*" in allowed


def _use(surface: str, environment: str, action: str, days: dict[str, str]) -> Use:
    return Use(
        surface=neutralise(surface, 80),
        environment=neutralise(environment, 80),
        action=neutralise(action, 80),
        pulls=len(days),
        last=max(days.values(), default=""),
    )


def in_words(uses: Iterable[Use]) -> Iterator[str]:
    """Rights for a person to read: actions of one surface and environment in one line."""
    actions: dict[tuple[str, str], list[str]] = {}
    for one in uses:
        actions.setdefault((one.surface, one.environment), []).append(one.action)
    for (surface, environment), names in actions.items():
        what = "any action" if "*" in names else ", ".join(names)
        where = "any surface" if surface == "*" else surface
        there = f" in {environment}" if environment not in ("", "*") else ""
        yield f"{what} on {where}{there}"
