"""Map what happens to agents to Entity Management, and what has no class to Base Events."""

from __future__ import annotations

from typing import Any

from gate.audit.siem.gist import words
from gate.audit.siem.ocsf_class import BASE, ENTITY, OTHER, Drawn, Sketch
from gate.schema.events import BaselineBody, KillBody
from gate.trust.history import AgentEntry

_EVENTS = {
    "registered": 1,
    "promoted": 10,
    "suspended": 12,
    "resumed": 13,
    "decommissioned": 11,
    "reviewed": 2,
    "rotated": 3,
}
"""What happened to an agent -> `activity_id`."""
_KILLS = {"ready": 1, "killed": 9, "lifted": 8}
_UPDATE = 3
_SUCCESS, _FAILURE = (1, "Success"), (2, "Failure")
_ORGANISATION, _POLICY = 4, 5
_SCOPES = {"repo": "Repository", "agent": "AI agent", "model": "AI model"}


def agent(sketch: Sketch) -> Drawn:
    """Something happened to an agent.

    Raises:
        msgspec.ValidationError: its body is none.
    """
    body = sketch.body(AgentEntry)
    entity = _entity(body.agent, "AI agent", OTHER, sketch)
    fields = {"entity": entity, **_person(body.by, body.reason, sketch)}
    return Drawn(ENTITY, _EVENTS[body.event], fields, correlation=body.agent)


def baseline(sketch: Sketch) -> Drawn:
    """What is usual for an agent was frozen: the agent, updated.

    Raises:
        msgspec.ValidationError: its body is none.
    """
    body = sketch.body(BaselineBody)
    why = f"baseline of {body.since} to {body.until} frozen"
    entity = _entity(body.agent, "AI agent", OTHER, sketch)
    fields = {"entity": entity, **_person(body.by, why, sketch)}
    return Drawn(ENTITY, _UPDATE, fields, correlation=body.agent)


def kill(sketch: Sketch) -> Drawn:
    """Something was stopped (disabled) or let go on (enabled); the switch was set up (created).

    Raises:
        msgspec.ValidationError: its body is none.
    """
    body = sketch.body(KillBody)
    if body.event == "ready":
        entity = _entity("kill switch", "Policy", _POLICY, sketch)
    elif body.scope == "org":
        entity = _entity(body.target or "org", "Organization", _ORGANISATION, sketch)
    else:
        entity = _entity(body.target, _SCOPES[body.scope], OTHER, sketch)
    fields = {"entity": entity, **_person(body.by, body.reason, sketch)}
    return Drawn(ENTITY, _KILLS[body.event], fields, correlation=body.alert)


def task(sketch: Sketch) -> Drawn:
    """A command or a task ran: Base Event with what came of it."""
    done = words(sketch.told.entry.body, "result") in ("ok", "done")
    number, name = _SUCCESS if done else _FAILURE
    return Drawn(BASE, OTHER, {"status_id": number, "status": name}, _kind(sketch))


def base(sketch: Sketch) -> Drawn:
    """What has no class of its own: Base Event."""
    return Drawn(BASE, OTHER, {}, _kind(sketch))


def _kind(sketch: Sketch) -> str:
    return sketch.plain.text(sketch.told.entry.kind, 60) or "entry"


def _entity(name: str, kind: str, number: int, sketch: Sketch) -> dict[str, Any]:
    shown = sketch.plain.text(name)
    return {"name": shown, "uid": shown, "type": kind, "type_id": number}


def _person(login: str, reason: str, sketch: Sketch) -> dict[str, Any]:
    fields: dict[str, Any] = {"status_id": _SUCCESS[0], "status": _SUCCESS[1]}
    if login:
        fields["actor"] = {"user": {"name": sketch.plain.text(login), "type_id": 1}}
    if reason:
        fields["comment"] = sketch.plain.text(reason)
    return fields
