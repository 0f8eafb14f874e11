"""Say what a ledger knew at a moment: agents, kills, waivers, limits, open incidents, baselines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gate.audit.reading import Told
from gate.enquire.killed import same_target
from gate.schema.bodies import DecisionBody
from gate.schema.events import (
    BaselineBody,
    IncidentBody,
    KillBody,
    ReserveBody,
    SettleBody,
)
from gate.store.streams import KILL
from gate.trust.history import Standing, fold


class Killed(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was stopped."""

    scope: str
    """org | repo | agent | model."""
    target: str
    """Which; empty for `org`."""
    at: str
    """Since when."""
    by: str
    """Login of the person."""
    reason: str
    """Why."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A share of the limits that was taken: committed, or reserved with a lease that ran."""

    reservation: str
    """Its event id."""
    agent: str
    """Whose."""
    pull: str
    """`owner/name#number`."""
    at: str
    """When it was taken."""
    committed: bool
    """Its decision had been made."""
    resources: int
    """Resources of plans."""
    destroyed: int
    """Those deleted or replaced."""
    files: int
    """Paths."""
    lines: int
    """Lines."""


class Waived(msgspec.Struct, frozen=True, kw_only=True):
    """A waiver that a decision had used."""

    waiver: str
    """Its id."""
    rule: str
    """For which rule."""
    last_at: str
    """When it was last used."""
    times: int
    """How many findings it had waived."""


class AsOf(msgspec.Struct, frozen=True, kw_only=True):
    """What a ledger knew at a moment."""

    at: str
    """The moment, RFC 3339 UTC; entries of that second are known."""
    agents: Mapping[str, Standing]
    """Registry id -> what was known of it."""
    kills: tuple[Killed, ...]
    """What was stopped and not let go on."""
    kill_switch: bool
    """The kill switch had been set up."""
    held: tuple[Held, ...]
    """Shares of the limits, oldest first; which of them count is a matter of each window."""
    waivers: tuple[Waived, ...]
    """Waivers that had been used."""
    incidents: tuple[str, ...]
    """Ids of open incidents."""
    baselines: Mapping[str, str]
    """Agent -> last day of its latest frozen baseline."""


def as_of(told: Sequence[Told], at: str, agent: str = "") -> AsOf:
    """Fold the entries up to a moment.

    Args:
        told: entries in order of time, verified.
        at: RFC 3339 UTC.
        agent: registry id; empty: everybody.

    Raises:
        RecordError: the body of an entry is not what its kind says.
    """
    known = [one for one in told if one.entry.at <= at]
    agents = fold(one.entry for one in known)
    baselines = _baselines(known)
    return AsOf(
        at=at,
        agents={name: agents[name] for name in sorted(agents) if agent in ("", name)},
        kills=_kills(known),
        kill_switch=any(one.stream == KILL for one in known),
        held=tuple(one for one in _held(known, at) if agent in ("", one.agent)),
        waivers=_waivers(known),
        incidents=_incidents(known),
        baselines={name: baselines[name] for name in sorted(baselines) if agent in ("", name)},
    )


def _kills(known: Sequence[Told]) -> tuple[Killed, ...]:
    found: dict[tuple[str, str], Killed] = {}
    kills = [one for one in known if one.entry.kind == "kill" and one.stream == KILL]
    # NOTE: the order of the stream, as runs read it: clocks of who stops and who lifts differ
    for one in sorted(kills, key=lambda one: one.entry.seq):
        body = one.body(KillBody)
        key = (body.scope, same_target(body.scope, body.target))
        if body.event == "lifted":
            found.pop(key, None)
        elif body.event == "killed":
            killed = Killed(
                scope=body.scope,
                target=body.target,
                at=one.entry.at,
                by=body.by,
                reason=body.reason,
            )
            found.setdefault(key, killed)
    return tuple(found[key] for key in sorted(found))


def _held(known: Sequence[Told], at: str) -> list[Held]:
    found: dict[str, tuple[Told, ReserveBody]] = {}
    committed: set[str] = set()
    for one in known:
        if one.entry.kind == "reserve" and isinstance(one.entry.id, str):
            found[one.entry.id] = (one, one.body(ReserveBody))
        elif one.entry.kind == "commit":
            committed.add(one.body(SettleBody).reservation)
        elif one.entry.kind == "release":
            found.pop(one.body(SettleBody).reservation, None)
    return [
        _show(name, told, body, name in committed)
        for name, (told, body) in found.items()
        if name in committed or body.lease > at
    ]


def _show(name: str, told: Told, body: ReserveBody, committed: bool) -> Held:
    return Held(
        reservation=name,
        agent=body.agent,
        pull=body.pull.name,
        at=told.entry.at,
        committed=committed,
        resources=body.measures.resources,
        destroyed=body.measures.destroyed,
        files=body.measures.files,
        lines=body.measures.lines,
    )


def _waivers(known: Sequence[Told]) -> tuple[Waived, ...]:
    found: dict[tuple[str, str], Waived] = {}
    for one in known:
        if one.entry.kind != "decision":
            continue
        for finding in one.body(DecisionBody).findings:
            if finding.waived_by:
                key = (finding.waived_by, finding.rule)
                times = found[key].times if key in found else 0
                found[key] = Waived(
                    waiver=key[0], rule=key[1], last_at=one.entry.at, times=times + 1
                )
    return tuple(found[key] for key in sorted(found))


def _incidents(known: Sequence[Told]) -> tuple[str, ...]:
    opened: dict[str, None] = {}
    for one in known:
        if one.entry.kind != "incident":
            continue
        body = one.body(IncidentBody)
        if body.event == "opened":
            opened[body.incident] = None
        elif body.event == "closed":
            opened.pop(body.incident, None)
    return tuple(opened)


def _baselines(known: Sequence[Told]) -> dict[str, str]:
    bodies = (one.body(BaselineBody) for one in known if one.entry.kind == "baseline")
    return {body.agent: body.until for body in bodies}
