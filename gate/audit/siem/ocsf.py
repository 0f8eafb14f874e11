"""Write entries as events of OCSF 1.8.0, one event for one entry.

The classes and their attributes are those of the Open Cybersecurity Schema Framework, 1.8.0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from gate import __version__
from gate.audit.reading import Told
from gate.audit.siem import ocsf_entities, ocsf_findings
from gate.audit.siem.gist import SEVERITIES, gist, pull_name
from gate.audit.siem.ocsf_class import BASE, Drawn, Sketch
from gate.audit.siem.plain import Plain
from gate.moment import read_time

VERSION = "1.8.0"
"""Version of the schema."""


def event(told: Told) -> dict[str, Any]:
    """The event of an entry, whatever stands in it.

    A body that this version of the gate does not understand becomes a Base Event that says so:
    an entry is never left out.
    """
    told_in_short, plain = gist(told), Plain()
    sketch = Sketch(told, uid_of(told), milliseconds(told.entry.at), told_in_short, plain)
    drawn, note = _draw(sketch)
    kind = drawn.kind
    made: dict[str, Any] = {
        "category_uid": kind.category,
        "category_name": kind.category_name,
        "class_uid": kind.uid,
        "class_name": kind.name,
        "activity_id": drawn.activity,
        "activity_name": drawn.activity_name,
        "type_uid": kind.uid * 100 + drawn.activity,
        "type_name": f"{kind.name}: {kind.activities.get(drawn.activity, 'Other')}",
        "severity_id": told_in_short.severity,
        "severity": SEVERITIES[told_in_short.severity],
        "time": sketch.time,
        "message": told_in_short.text,
        **drawn.fields,
    }
    if note or sketch.time == 0:
        made["status_detail"] = note or "the entry names no moment that can be read"
    made["unmapped"] = _unmapped(told, plain)
    made["metadata"] = _metadata(sketch, drawn)
    return made


def encode(told: Told) -> bytes:
    """The event of an entry as one line of JSON, its newline left out."""
    return msgspec.json.encode(event(told), order="sorted")


def uid_of(told: Told) -> str:
    """By what a receiver knows an entry again: its event id, or its hash where it has none."""
    name = told.entry.id
    return Plain().text(name if isinstance(name, str) and name else told.entry.hash, 64)


def milliseconds(at: str) -> int:
    """A moment as milliseconds since 1970; 0 where it cannot be read."""
    moment = read_time(at)
    return int(moment.timestamp() * 1000) if moment else 0


_DRAWN: dict[str, Callable[[Sketch], Drawn]] = {
    "decision": ocsf_findings.decision,
    "follow_up": ocsf_findings.follow_up,
    "reconciliation": ocsf_findings.reconciliation,
    "alert": ocsf_findings.detection,
    "incident": ocsf_findings.incident,
    "agent": ocsf_entities.agent,
    "baseline": ocsf_entities.baseline,
    "kill": ocsf_entities.kill,
    "outcome": ocsf_entities.base,
    "hook": ocsf_entities.task,
    "reserve": ocsf_entities.base,
    "commit": ocsf_entities.base,
    "release": ocsf_entities.base,
    "checkpoint": ocsf_entities.base,
    "review": ocsf_entities.base,
    "scheduled": ocsf_entities.task,
    "erasure": ocsf_entities.base,
    "recovery": ocsf_entities.base,
}
"""Kind -> what its event is made by."""

MAPPED_KINDS = frozenset(_DRAWN)
"""Kinds that are mapped on purpose; any other becomes a Base Event too."""


def _draw(sketch: Sketch) -> tuple[Drawn, str]:
    draw = _DRAWN.get(sketch.told.entry.kind)
    if draw is None:
        return ocsf_entities.base(sketch), "this version of the gate does not know the kind"
    try:
        return draw(sketch), ""
    except msgspec.ValidationError as error:
        why = sketch.plain.text(str(error), 200)
        return ocsf_entities.base(sketch), f"not a body that this version of the gate knows: {why}"


def _unmapped(told: Told, plain: Plain) -> dict[str, Any]:
    entry = told.entry
    return {
        "stream": plain.text(told.stream),
        "seq": entry.seq,
        "hash": plain.text(entry.hash),
        "prev": plain.text(entry.prev),
        "kind": plain.text(entry.kind),
        "body": plain.value(entry.body),
    }


def _metadata(sketch: Sketch, drawn: Drawn) -> dict[str, Any]:
    entry, plain = sketch.told.entry, sketch.plain
    made: dict[str, Any] = {
        "version": VERSION,
        "uid": sketch.uid,
        "product": {
            "name": "agent-pr-gate",
            "vendor_name": "agent-pr-gate",
            "version": __version__,
        },
        "event_code": plain.text(entry.kind),
        "log_name": plain.text(sketch.told.stream),
        "sequence": entry.seq,
        "original_time": plain.text(entry.at),
    }
    about = drawn.correlation or pull_name(entry.body)
    if about:
        made["correlation_uid"] = plain.text(about)
    if drawn.kind is not BASE:
        made["profiles"] = list(drawn.profiles)
    if plain.cut:
        made["is_truncated"] = True
    return made
