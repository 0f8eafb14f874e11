"""Say of an entry in one line what happened, and how grave it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from gate.audit.reading import Told
from gate.text import neutralise

UNKNOWN, INFORMATIONAL, LOW, MEDIUM, HIGH, CRITICAL = range(6)
"""How grave, as OCSF numbers it (`severity_id`)."""

SEVERITIES = ("Unknown", "Informational", "Low", "Medium", "High", "Critical")
"""What OCSF calls them."""

_BY_NAME = {"low": LOW, "medium": MEDIUM, "high": HIGH, "critical": CRITICAL}
_DECISIONS = {"pass": INFORMATIONAL, "warn": LOW, "hold": MEDIUM, "block": HIGH, "error": HIGH}
_AGENT = {"suspended": HIGH, "decommissioned": LOW}
_KILL = {"killed": CRITICAL, "lifted": MEDIUM}
_OUTCOMES = {"reverted": MEDIUM, "false_block": LOW}
_MAX_GIST = 400


class Gist(NamedTuple):
    """What an entry comes down to."""

    severity: int
    """0 unknown to 5 critical."""
    text: str
    """One line, neutralised, at most 400 characters."""


def gist(told: Told) -> Gist:
    """What an entry comes down to, whatever stands in it."""
    kind, body = told.entry.kind, told.entry.body
    tell = _KINDS.get(kind)
    severity, text = tell(body) if tell else (UNKNOWN, kind)
    return Gist(severity, neutralise(text, _MAX_GIST))


def pull_name(body: dict[str, Any]) -> str:
    """`owner/name#number` of the pull request an entry is about; empty where it is about none."""
    pull = body.get("pull")
    if not isinstance(pull, dict):
        return ""
    return f"{pull.get('repo') or pull.get('origin') or '-'}#{pull.get('number') or 0}"


def words(body: dict[str, Any], key: str) -> str:
    """A text of a body; empty where there is none."""
    value = body.get(key)
    return value if isinstance(value, str) else ""


def members(body: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The objects of a list in a body; none where there is no list."""
    value = body.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def named(severity: str) -> int:
    """The number of low | medium | high | critical; 0 of anything else."""
    return _BY_NAME.get(severity, UNKNOWN)


def _decision(body: dict[str, Any]) -> tuple[int, str]:
    decision = words(body, "decision")
    pull = body.get("pull")
    head = words(pull, "head")[:12] if isinstance(pull, dict) else ""
    who = words(body, "registered") or words(body, "agent") or words(body, "authorship")
    rules = dict.fromkeys(words(one, "rule") for one in members(body, "findings"))
    parts = [
        f"{decision} {pull_name(body) or 'a pull request that could not be read'}",
        f"at {head}" if head else "",
        f"by {who}" if who else "",
        "(only observed)" if body.get("observe") is True else "",
    ]
    text = " ".join(part for part in parts if part)
    return _DECISIONS.get(decision, UNKNOWN), f"{text}: {', '.join(rules)}" if rules else text


def _by(body: dict[str, Any]) -> str:
    reason = words(body, "reason")
    by = f" by {words(body, 'by')}" if words(body, "by") else ""
    return f"{by}: {reason}" if reason else by


def _agent(body: dict[str, Any]) -> tuple[int, str]:
    event = words(body, "event")
    return _AGENT.get(event, INFORMATIONAL), f"agent {words(body, 'agent')} {event}{_by(body)}"


def _kill(body: dict[str, Any]) -> tuple[int, str]:
    event = words(body, "event")
    what = f"{words(body, 'scope')} {words(body, 'target')}".strip()
    if event == "ready":
        return INFORMATIONAL, f"kill switch ready{_by(body)}"
    return _KILL.get(event, UNKNOWN), f"{what} {event}{_by(body)}"


def _outcome(body: dict[str, Any]) -> tuple[int, str]:
    outcome = words(body, "outcome")
    text = f"{pull_name(body)} {outcome.replace('_', ' ')}{_by(body)}"
    return _OUTCOMES.get(outcome, INFORMATIONAL), text


def _incident(body: dict[str, Any]) -> tuple[int, str]:
    name = words(body, "incident")
    return named(words(body, "severity")), f"incident {name} {words(body, 'event')}{_by(body)}"


def _reconciliation(body: dict[str, Any]) -> tuple[int, str]:
    missing = len(members(body, "uncovered"))
    where = f"{words(body, 'repo')} {words(body, 'branch')}"
    text = f"{where}: {missing} of {body.get('commits')} commits without a decision"
    return HIGH if missing else INFORMATIONAL, text


def _follow_up(body: dict[str, Any]) -> tuple[int, str]:
    by = body.get("by")
    who = ", ".join(str(login) for login in by) if isinstance(by, list) else str(by or "somebody")
    return HIGH, f"break-glass on {pull_name(body)} by {who}: {words(body, 'reason')}"


def _ran(name: str, good: str) -> Callable[[dict[str, Any]], tuple[int, str]]:
    def tell(body: dict[str, Any]) -> tuple[int, str]:
        result = words(body, "result")
        text = f"{name} {words(body, 'name') or words(body, 'task')} {result}"
        said = words(body, "text")
        return INFORMATIONAL if result == good else HIGH, f"{text}: {said}" if said else text

    return tell


def _plainly(
    text: str, severity: int = INFORMATIONAL
) -> Callable[[dict[str, Any]], tuple[int, str]]:
    def tell(body: dict[str, Any]) -> tuple[int, str]:
        about = pull_name(body) or words(body, "agent") or words(body, "reservation")
        return severity, f"{text} {about}".strip() + _by(body)

    return tell


_KINDS: dict[str, Callable[[dict[str, Any]], tuple[int, str]]] = {
    "decision": _decision,
    "follow_up": _follow_up,
    "outcome": _outcome,
    "agent": _agent,
    "kill": _kill,
    "hook": _ran("hook", "ok"),
    "reserve": _plainly("share of the limits reserved for"),
    "commit": _plainly("reservation kept:"),
    "release": _plainly("reservation given back:"),
    "baseline": _plainly("baseline frozen of"),
    "alert": lambda body: (named(words(body, "severity")), words(body, "text")),
    "incident": _incident,
    "checkpoint": _plainly("checkpoint signed"),
    "reconciliation": _reconciliation,
    "review": _plainly("reviewed"),
    "scheduled": _ran("task", "done"),
    "erasure": _plainly("content erased", LOW),
    "recovery": _plainly("a torn line of the ledger was moved aside", MEDIUM),
}
"""Kind -> what tells of it."""

TOLD_KINDS = frozenset(_KINDS)
"""Kinds that have words of their own; of any other the kind alone is told."""
