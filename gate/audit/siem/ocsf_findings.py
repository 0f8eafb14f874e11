"""Map decisions, alerts and incidents to the findings of OCSF."""

from __future__ import annotations

from typing import Any

from gate.audit.siem.gist import CRITICAL, named, pull_name, words
from gate.audit.siem.ocsf_class import (
    COMPLIANCE,
    DETECTION,
    INCIDENT,
    OTHER,
    Drawn,
    Sketch,
)
from gate.schema.bodies import DecisionBody, FindingTold, PullName
from gate.schema.events import AlertBody, IncidentBody, ReconciliationBody

MAX_CHECKS = 100
"""Findings of one decision that become `compliance.checks`; all stand in `unmapped`."""

_PROFILES = ("security_control",)
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_STATES = {0: "Unknown", 1: "Pass", 2: "Warning", 3: "Fail"}
_COMPLIANCE = {"pass": 1, "warn": 2, "hold": 2, "block": 3, "error": 0}
"""Decision -> `compliance.status_id`; an error is not known to comply, and never a pass."""
_CHECK = {"observe": 2, "warn": 2, "approve": 2, "block": 3}
_ALLOWED, _DENIED, _OBSERVED = (1, "Allowed"), (2, "Denied"), (3, "Observed")
_DISPOSITIONS = {
    "pass": (_ALLOWED, (1, "Allowed")),
    "warn": (_ALLOWED, (1, "Allowed")),
    "hold": (_DENIED, (OTHER, "Held for approval")),
    "block": (_DENIED, (2, "Blocked")),
    "error": (_DENIED, (27, "Error")),
}
_APPROVED, _LOGGED, _TOLD = (8, "Approved"), (17, "Logged"), (19, "Alert")
_INCIDENT = {
    "opened": (_CREATE, 1, "New"),
    "acknowledged": (_UPDATE, 2, "In Progress"),
    "closed": (_CLOSE, 5, "Closed"),
}
_STATISTICAL, _RULE = 3, 1


def decision(sketch: Sketch) -> Drawn:
    """A decision: Compliance Finding, created.

    Raises:
        msgspec.ValidationError: its body is none.
    """
    body = sketch.body(DecisionBody)
    fields: dict[str, Any] = {
        "compliance": _compliance(body, sketch),
        "finding_info": _info(sketch, sketch.told.entry.hash, "Decision on a pull request"),
        **_control(body),
        **_new(),
    }
    if body.pull:
        fields["resources"] = [_pull(body.pull, sketch)]
    if body.policy_digest:
        fields["policy"] = {
            "name": "policies of the gate",
            "uid": sketch.plain.text(body.policy_digest),
            "is_applied": not body.observe,
        }
    return Drawn(COMPLIANCE, _CREATE, fields, profiles=_PROFILES)


def follow_up(sketch: Sketch) -> Drawn:
    """A decision that was overridden must be reviewed: its finding, updated."""
    of = words(sketch.told.entry.body, "decision") or sketch.told.entry.hash
    fields = {
        "compliance": {**_state(2), "control": "review of an override"},
        "finding_info": _info(sketch, of, "Override of a decision"),
        "is_alert": True,
    }
    return Drawn(COMPLIANCE, _UPDATE, fields, profiles=_PROFILES)


def reconciliation(sketch: Sketch) -> Drawn:
    """The protected branch was walked: Compliance Finding, failed where a commit has no decision.

    Raises:
        msgspec.ValidationError: its body is none.
    """
    body = sketch.body(ReconciliationBody)
    state = _state(3 if body.uncovered else 1)
    branch = sketch.plain.text(f"{body.repo} {body.branch}")
    fields = {
        "compliance": {**state, "control": "every commit has a decision"},
        "finding_info": _info(sketch, sketch.told.entry.hash, "Commits without a decision"),
        "resources": [{"name": branch, "uid": branch, "type": "Branch", "role_id": 1}],
        "is_alert": bool(body.uncovered),
        **_new(),
    }
    return Drawn(COMPLIANCE, _CREATE, fields, correlation=body.repo, profiles=_PROFILES)


def detection(sketch: Sketch) -> Drawn:
    """Something to look at: Detection Finding, created.

    Raises:
        msgspec.ValidationError: its body is none.
    """
    body, plain = sketch.body(AlertBody), sketch.plain
    by = _STATISTICAL if body.source == "anomaly" else _RULE
    info = _info(sketch, sketch.uid, body.source)
    info["analytic"] = {"name": body.source, "type_id": by, "uid": plain.text(body.key)}
    info["related_events"] = [
        {"uid": plain.text(one.hash), "title": plain.text(f"{one.stream} {one.seq}")}
        for one in body.about[:MAX_CHECKS]
    ]
    resources = [_pull(body.pull, sketch)] if body.pull else []
    if body.agent:
        resources.append(_agent(body.agent, sketch))
    fields: dict[str, Any] = {"finding_info": info, **_new(), "is_alert": True}
    fields |= _action(_OBSERVED, _TOLD)
    if resources:
        fields["resources"] = resources
    return Drawn(DETECTION, _CREATE, fields, correlation=body.key, profiles=_PROFILES)


def incident(sketch: Sketch) -> Drawn:
    """An event in the life of an incident: Incident Finding.

    Raises:
        msgspec.ValidationError: its body is none.
    """
    body, plain = sketch.body(IncidentBody), sketch.plain
    activity, status, name = _INCIDENT.get(body.event, (_UPDATE, OTHER, body.event))
    fields: dict[str, Any] = {
        "finding_info_list": [_info(sketch, body.incident, "Incident")],
        "status_id": status,
        "status": name,
        "is_alert": named(body.severity) == CRITICAL,
        "comment": plain.text(body.reason),
    }
    if body.by:
        fields["assignee"] = {"name": plain.text(body.by), "type_id": 1}
    else:
        fields["assignee_group"] = {"name": "unassigned"}
    return Drawn(INCIDENT, activity, fields, correlation=body.incident, profiles=_PROFILES)


def _info(sketch: Sketch, uid: str, kind: str) -> dict[str, Any]:
    return {
        "uid": sketch.plain.text(uid),
        "title": sketch.gist.text,
        "types": [kind],
        "created_time": sketch.time,
    }


def _new() -> dict[str, Any]:
    return {"status_id": 1, "status": "New"}


def _state(number: int) -> dict[str, Any]:
    return {"status_id": number, "status": _STATES[number]}


def _action(action: tuple[int, str], disposition: tuple[int, str]) -> dict[str, Any]:
    return {
        "action_id": action[0],
        "action": action[1],
        "disposition_id": disposition[0],
        "disposition": disposition[1],
    }


def _control(body: DecisionBody) -> dict[str, Any]:
    """What was done about it: allowed, denied, or only looked at."""
    goes_in = body.decision in ("pass", "warn")
    action, disposition = _DISPOSITIONS[body.decision]
    if goes_in and body.votes.counted:
        disposition = _APPROVED
    if body.observe and not goes_in:
        action, disposition = _OBSERVED, _LOGGED
    return {**_action(action, disposition), "is_alert": not goes_in and not body.observe}


def _compliance(body: DecisionBody, sketch: Sketch) -> dict[str, Any]:
    plain = sketch.plain
    made: dict[str, Any] = {**_state(_COMPLIANCE[body.decision]), "control": "pull request policy"}
    if body.reasons:
        made["status_details"] = [plain.text(reason) for reason in body.reasons[:MAX_CHECKS]]
    if body.findings:
        made["checks"] = [_check(finding, sketch) for finding in body.findings[:MAX_CHECKS]]
        plain.cut |= len(body.findings) > MAX_CHECKS
    return made


def _check(finding: FindingTold, sketch: Sketch) -> dict[str, Any]:
    plain = sketch.plain
    where = " at ".join(part for part in (finding.subject, finding.path) if part)
    waived = f" (waived by {finding.waived_by})" if finding.waived_by else ""
    number = 1 if finding.waived_by else _CHECK.get(finding.enforcement, 3)
    return {
        "uid": plain.text(finding.id),
        "name": plain.text(finding.rule),
        "desc": plain.text(f"{finding.enforcement}: {where}{waived}"),
        **_state(number),
    }


def _pull(pull: PullName, sketch: Sketch) -> dict[str, Any]:
    name = sketch.plain.text(pull_name(sketch.told.entry.body))
    made = {"name": name, "uid": name, "type": "Pull Request", "role_id": 1, "role": "Target"}
    return {**made, "version": sketch.plain.text(pull.head)} if pull.head else made


def _agent(name: str, sketch: Sketch) -> dict[str, Any]:
    shown = sketch.plain.text(name)
    return {"name": shown, "uid": shown, "type": "AI agent", "role_id": 2, "role": "Actor"}
