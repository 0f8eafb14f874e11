"""Derive an archive's documents from its entries alone, so that verifying makes them again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from gate.audit.evidence.oscal import assessment_results
from gate.audit.evidence.population import Item, concerns, draw, id_of, population, within
from gate.audit.reading import Told, decisions
from gate.pattern import pattern
from gate.schema.bodies import DecisionBody, PullName
from gate.schema.evidence import Order
from gate.trust.history import fold

METHOD = (
    "the pull requests whose SHA-256 over seed, newline and id is smallest: "
    "printf '%s\\n%s' SEED ID | sha256sum"
)
"""How the sample is drawn, for whoever draws it again."""

_NAME = pattern(r"[a-z0-9][a-z0-9._-]{0,30}/[a-z0-9_][a-z0-9._-]{0,40}#[0-9]{1,9}\Z")


def derive(told: Sequence[Told], order: Order) -> dict[str, bytes]:
    """Path -> content of every document that follows from the entries.

    Args:
        told: entries in order of time, those from before the period that still count among them.
        order: what was asked for.

    Raises:
        RecordError: the body of an entry is not what its kind says.
    """
    items = population(told, order)
    sampled = draw((item.id for item in items), order)
    histories = _histories(told, order)
    files = {path_of(name): document(histories[name]) for name in histories}
    return {
        **files,
        "population.json": document(items),
        "sample.json": document(_sample(items, sampled, order)),
        "approvals.json": document(_approvals(told, order)),
        "waivers.json": document(_waivers(told, order)),
        "incidents.json": document(_of_kinds(told, ("alert", "incident", "hook", "kill"))),
        "reconciliations.json": document(_of_kinds(within(told, order), ("reconciliation",))),
        "registry.json": document(_registry(told, order)),
        "oscal/assessment-results.json": document(
            assessment_results(items, sampled, order, path_of)
        ),
    }


def is_derived(path: str) -> bool:
    """Whether a file of an archive is one that `derive` makes."""
    return path.startswith(("pulls/", "oscal/")) or path in (
        "population.json",
        "sample.json",
        "approvals.json",
        "waivers.json",
        "incidents.json",
        "reconciliations.json",
        "registry.json",
    )


def document(value: object) -> bytes:
    """Canonical enough to compare: JSON, keys sorted, a newline."""
    return msgspec.json.encode(value, order="sorted") + b"\n"


def path_of(name: str) -> str:
    """Where the history of a pull request stands; a name that is odd is told by its hash."""
    plain = name.lower()
    if not _NAME.match(plain):
        plain = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
    return f"pulls/{plain.replace('/', '~').replace('#', '~')}.json"


def _sample(items: Sequence[Item], sampled: Sequence[str], order: Order) -> dict[str, Any]:
    return {
        "seed": order.seed,
        "asked": order.sample,
        "method": METHOD,
        "population": [item.id for item in items],
        "sample": [{"id": name, "history": path_of(name)} for name in sampled],
    }


def _histories(told: Sequence[Told], order: Order) -> dict[str, list[dict[str, Any]]]:
    """Everything that names a pull request, in order, by pull request; only judged ones."""
    judged = {
        id_of(body.pull)
        for _, body in decisions(within(told, order))
        if body.pull is not None and concerns(body.pull, order)
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for one in told:
        pull = _pull_of(one)
        if pull is not None and id_of(pull) in judged:
            found.setdefault(id_of(pull), []).append(_show(one))
    return found


def _pull_of(one: Told) -> PullName | None:
    raw = one.entry.body.get("pull")
    if not isinstance(raw, dict):
        return None
    try:
        return msgspec.convert(raw, PullName)
    except msgspec.ValidationError:
        return None


def _approvals(told: Sequence[Told], order: Order) -> list[dict[str, Any]]:
    return [
        {
            "entry": one.name,
            "at": one.entry.at,
            "pull": id_of(body.pull),
            "head": body.pull.head,
            "decision": body.decision,
            "required": body.votes.required,
            "counted": body.votes.counted,
            "ignored": body.votes.ignored,
            "missing": body.votes.missing,
            "break_glass": body.votes.break_glass,
        }
        for one, body in _judged(told, order)
        if body.pull is not None and (body.votes.required or body.votes.counted)
    ]


def _waivers(told: Sequence[Told], order: Order) -> list[dict[str, Any]]:
    return [
        {
            "waiver": finding.waived_by,
            "rule": finding.rule,
            "finding": finding.id,
            "entry": one.name,
            "at": one.entry.at,
            "pull": id_of(body.pull) if body.pull else "",
        }
        for one, body in _judged(told, order)
        for finding in body.findings
        if finding.waived_by
    ]


def _registry(told: Sequence[Told], order: Order) -> dict[str, Any]:
    """What the ledger said of every agent when each decision was made, each state once."""
    events: list[Told] = []
    snapshots: dict[str, Any] = {}
    rows: list[dict[str, Any]] = []
    digest = ""
    for one in told:
        if one.entry.kind == "agent":
            events.append(one)
            digest = ""
        if one.entry.kind != "decision" or not order.since <= one.entry.at < order.until:
            continue
        if not digest:
            standing = fold(event.entry for event in events)
            digest = hashlib.sha256(document(standing)).hexdigest()
            last = events[-1].name if events else None
            snapshots.setdefault(digest, {"agents": standing, "after": last})
        rows.append({"entry": one.name, "at": one.entry.at, "registry": digest})
    return {"snapshots": snapshots, "decisions": rows}


def _of_kinds(told: Iterable[Told], kinds: tuple[str, ...]) -> list[dict[str, Any]]:
    return [_show(one) for one in told if one.entry.kind in kinds]


def _show(one: Told) -> dict[str, Any]:
    return {
        "entry": one.name,
        "at": one.entry.at,
        "kind": one.entry.kind,
        "id": one.entry.id if one.entry.id is not msgspec.UNSET else None,
        "body": one.entry.body,
    }


def _judged(told: Sequence[Told], order: Order) -> list[tuple[Told, DecisionBody]]:
    return [
        (one, body)
        for one, body in decisions(within(told, order))
        if body.pull is None or concerns(body.pull, order)
    ]
