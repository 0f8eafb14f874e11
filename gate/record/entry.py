"""Write the decision down, durably, before anybody hears of it."""

from __future__ import annotations

from typing import Any

import msgspec

from gate.record.context import Circumstances, context_of
from gate.schema.report import EntryRef, Report
from gate.store.streams import Streams


def record(report: Report, streams: Streams, known: Circumstances) -> EntryRef:
    """Append the entry of one decision, and the one that asks for the review of an override.

    Args:
        report: the report without its entry.
        streams: where to write.
        known: what the run knows of itself.

    Returns:
        Where it stands.

    Raises:
        RecordError: it could not be written; the decision is then `error`.
    """
    name = streams.decisions_name(report.pull.repo if report.pull else "")
    ledger = streams.ledger(name)
    told = body(report, known)
    told["context"] = msgspec.to_builtins(
        context_of(report, known, streams.store if known.keep else None)
    )
    entry = ledger.append("decision", report.at, told)
    glass = report.votes.break_glass
    if glass is not None and glass.in_force:
        after = {"decision": entry.hash, "pull": told["pull"], **msgspec.to_builtins(glass)}
        ledger.append("follow_up", report.at, after)
    return EntryRef(seq=entry.seq, hash=entry.hash, stream=name)


def body(report: Report, known: Circumstances) -> dict[str, Any]:
    """What the ledger keeps: enough to ask every later question, no text of the pull request."""
    pull = report.pull
    more: dict[str, Any] = {"scope": dict(known.scope)} if known.scope else {}
    if known.elapsed_ms is not None:
        more["elapsed_ms"] = known.elapsed_ms
    return {
        "decision": report.decision,
        "observe": report.observe,
        "pull": {
            "origin": pull.origin,
            "repo": pull.repo,
            "number": pull.number,
            "head": pull.head,
            "base": pull.base,
        }
        if pull
        else None,
        "authorship": report.provenance.authorship,
        "agent": report.provenance.agent,
        "registered": report.provenance.registered,
        "agent_state": report.agent.state if report.agent else None,
        "environments": list(report.environments),
        "surfaces": list(report.surfaces),
        "model": report.provenance.model,
        "model_version": report.provenance.model_version,
        "requester": report.provenance.requester,
        "requesters": list(report.provenance.requesters),
        "confidence": report.provenance.confidence,
        "engine": msgspec.to_builtins(report.engine),
        "policy_digest": report.policy_digest,
        "input_digest": report.input_digest,
        "plans": [{"root": plan.root, "digest": plan.digest} for plan in report.plans],
        "findings": [
            {
                "id": finding.id,
                "rule": finding.rule,
                "enforcement": finding.enforcement,
                "surface": finding.surface,
                "subject": finding.subject,
                "path": finding.at.path if finding.at else None,
                "waived_by": finding.waived_by,
            }
            for finding in report.findings
        ],
        "votes": msgspec.to_builtins(report.votes),
        "gaps": [msgspec.to_builtins(gap) for gap in report.completeness.gaps],
        "reasons": [reason.code for reason in report.reasons],
        "rules": report.rules,
        "measures": msgspec.to_builtins(known.measures),
        "used": list(known.used),
        "anomalies": msgspec.to_builtins(report.usage.anomalies),
        "anomalies_unchecked": report.usage.anomalies_unchecked
        or ("" if known.watched else "the site does not ask for it"),
        "limits_unchecked": report.usage.limits_unchecked
        or ("" if known.limited else "the site sets no limit"),
        "kill": report.usage.kill,
        "reserved": report.usage.reserved,
        **more,
    }
