"""Write the decision down, durably, before anybody hears of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gate.schema.report import EntryRef, Report
from gate.store.ledger import Ledger


def record(report: Report, ledger: Ledger, scope: Mapping[str, str] | None = None) -> EntryRef:
    """Append the entry of one decision, and the one that asks for the review of an override.

    Args:
        report: the report without its entry.
        ledger: where to write.
        scope: what asks for approval -> digest of the planned change, where approvals carry over.

    Returns:
        Where it stands.

    Raises:
        RecordError: it could not be written; the decision is then `error`.
    """
    told = body(report)
    if scope:
        told["scope"] = dict(scope)
    entry = ledger.append("decision", report.at, told)
    glass = report.votes.break_glass
    if glass is not None and glass.in_force:
        after = {"decision": entry.hash, "pull": told["pull"], **msgspec.to_builtins(glass)}
        ledger.append("follow_up", report.at, after)
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
    }
