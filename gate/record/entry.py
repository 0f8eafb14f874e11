"""Write the decision down, durably, before anybody hears of it."""

from __future__ import annotations

from typing import Any

import msgspec

from gate.schema.report import EntryRef, Report
from gate.store.ledger import Ledger


def record(report: Report, ledger: Ledger) -> EntryRef:
    """Append the entry of one decision.

    Args:
        report: the report without its entry.
        ledger: where to write.

    Returns:
        Where it stands.

    Raises:
        RecordError: it could not be written; the decision is then `error`.
    """
    entry = ledger.append("decision", report.at, body(report))
    return EntryRef(seq=entry.seq, hash=entry.hash)


def body(report: Report) -> dict[str, Any]:
    """What the ledger keeps: enough to ask every later question, no text of the pull request."""
    pull = report.pull
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
        "model": report.provenance.model,
        "requester": report.provenance.requester,
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
    }
