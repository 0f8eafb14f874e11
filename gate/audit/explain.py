"""Derive a decision again from what was kept of it, and compare."""

from __future__ import annotations

from typing import Any

import msgspec

from gate.audit.reading import Told
from gate.collect.recording import Replay, unpack
from gate.errors import RecordError
from gate.options import Options
from gate.pipeline import check
from gate.record.context import Circumstances, open_blob
from gate.record.entry import body as body_of
from gate.schema.bodies import DecisionBody, Measures
from gate.schema.report import Report
from gate.store.ledger import entry_hash
from gate.store.streams import Streams
from gate.store.tampering import TamperedError


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that comes out otherwise."""

    what: str
    """decision | policy_digest | input_digest | findings | reasons | counted | ... ."""
    recorded: str
    """As the ledger has it."""
    derived: str
    """As it comes out now."""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """A decision, and whether it comes out again."""

    stream: str
    """Stream of the entry."""
    seq: int
    """Its number."""
    decision: str
    """The decision."""
    same: bool | None
    """Whether it comes out the same; `None`: it cannot be derived again."""
    why_not: str = ""
    """Why it cannot."""
    differences: tuple[Difference, ...] = ()
    """What comes out otherwise."""
    reasons: tuple[dict[str, str], ...] = ()
    """Why it is what it is, derived again: {code, text}; the ledger keeps codes alone."""
    findings: tuple[dict[str, str], ...] = ()
    """Findings derived again: {id, rule, enforcement, message}."""
    tool: dict[str, str] = {}
    """With what it was decided: gate and engine with their versions."""
    measures: Measures = Measures()
    """How much the change changes."""


def explain(streams: Streams, told: Told, *, opa_path: str | None = None) -> Explanation:
    """A recorded decision, derived again with the ledger as it was then.

    Args:
        streams: the ledger.
        told: the entry, of kind `decision`.
        opa_path: the OPA binary, if the caller knows it.

    Raises:
        TamperedError: the entry was changed after it was written.
        RecordError: the ledger or the blob cannot be read.
    """
    if entry_hash(told.entry) != told.entry.hash:
        raise TamperedError(
            "changed",
            f"stream {told.stream}, entry {told.entry.seq}: the hash does not fit the entry",
            "The entry was changed after it was written.",
        )
    if told.entry.kind != "decision":
        raise RecordError(
            f"entry {told.entry.seq} of {told.stream} is of kind {told.entry.kind[:40]!a}",
            "Only a decision is derived again.",
        )
    body = told.body(DecisionBody)
    known = Explanation(
        stream=told.stream,
        seq=told.entry.seq,
        decision=body.decision,
        same=None,
        tool=body.context.tool,
        measures=body.measures,
    )
    content = body.context.content
    if not content.digest:
        return msgspec.structs.replace(known, why_not=f"nothing was kept: {content.absent}")
    packed = open_blob(streams.store, content)
    if packed is None:
        return msgspec.structs.replace(known, why_not="what was kept of it has been erased")
    return _compared(known, told, body, _derive(streams, told, body, packed, opa_path))


def _derive(
    streams: Streams, told: Told, body: DecisionBody, packed: bytes, opa_path: str | None
) -> Report:
    engine = body.context.tool.get("engine", "auto")
    options = Options(
        now=told.entry.at,
        engine=engine if engine in ("opa", "embedded") else "auto",
        opa_path=opa_path,
        replay="dry" if body.context.dry else "counted",
    )
    past = streams.as_of(body.context.seen)
    return check(Replay(unpack(packed)), options, past).report


def _compared(known: Explanation, told: Told, body: DecisionBody, report: Report) -> Explanation:
    recorded = _essence(told.entry.body)
    derived = _essence(_body_of(report))
    differences = tuple(
        Difference(what=what, recorded=recorded[what], derived=derived[what])
        for what in recorded
        if recorded[what] != derived[what]
    )
    return msgspec.structs.replace(
        known,
        same=not differences,
        differences=differences,
        reasons=tuple({"code": reason.code, "text": reason.text} for reason in report.reasons),
        findings=tuple(
            {
                "id": finding.id,
                "rule": finding.rule,
                "enforcement": finding.enforcement,
                "message": finding.message,
            }
            for finding in report.findings
        ),
    )


def _body_of(report: Report) -> dict[str, Any]:
    return body_of(report, Circumstances())


def _essence(body: dict[str, Any]) -> dict[str, str]:
    """What has to come out the same, each as one text."""
    votes = body.get("votes") or {}
    return {
        "decision": str(body.get("decision")),
        "policy_digest": str(body.get("policy_digest")),
        "input_digest": str(body.get("input_digest")),
        "findings": _sorted(
            f"{one['id']} {one['rule']} {one['enforcement']} {one['waived_by']}"
            for one in body.get("findings", ())
        ),
        "reasons": _sorted(body.get("reasons", ())),
        "counted": _sorted(f"{one['login']} {one['sha']}" for one in votes.get("counted", ())),
        "missing": str(votes.get("missing")),
        "agent": f"{body.get('agent')} {body.get('registered')} {body.get('agent_state')}",
    }


def _sorted(lines: Any) -> str:  # noqa: ANN401
    return "\n".join(sorted(map(str, lines)))
