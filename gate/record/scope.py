"""Tell from the ledger which older heads were about the very same planned changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gate.schema.entry import Entry
from gate.schema.finding import Finding
from gate.trust.history import check_hash, linked

EXECUTION = "execution"
"""The surface of programs that run."""


def scope_of(findings: Sequence[Finding], planned: Mapping[str, str]) -> dict[str, str]:
    """What asks for approval, each with the digest of the change behind it.

    What a program does that a change lets run, no plan shows, so it has none.

    Args:
        findings: the report's findings.
        planned: digests by resource address and by path, of `gate.decode.planned`.

    Returns:
        Finding id -> digest; a finding whose change has no digest is left out, so that no
        approval is ever carried over for it.
    """
    scope = {}
    for finding in findings:
        if finding.enforcement != "approve" or finding.waived_by is not None:
            continue
        if finding.surface == EXECUTION:
            continue
        digest = planned.get(finding.subject)
        if digest is None and finding.at is not None:
            digest = planned.get(finding.at.path)
        if digest is not None:
            scope[finding.id] = digest
    return scope


def covered_heads(
    entries: Iterable[tuple[int, Entry]],
    pull: tuple[str, int],
    asking: Sequence[Finding],
    scope: Mapping[str, str],
) -> frozenset[str]:
    """Heads whose approvals carry over: they asked for at least what is asked for now, of the very
    same changes.

    Args:
        entries: the ledger.
        pull: repository and number; approvals never cross pull requests.
        asking: today's findings that ask for approval.
        scope: today's `scope_of` them.

    Raises:
        RecordError: the ledger cannot be read, the chain is broken, or an entry that would carry an
            approval over was changed since it was written.
    """
    if any(finding.id not in scope for finding in asking):
        return frozenset()
    heads = set()
    for number, entry in linked(entries):
        told = entry.body.get("pull")
        if entry.kind != "decision" or not isinstance(told, dict):
            continue
        if (told.get("repo"), told.get("number")) != pull:
            continue
        known = entry.body.get("scope")
        if isinstance(known, dict) and scope.items() <= known.items():
            check_hash(number, entry)
            heads.add(str(told.get("head")))
    return frozenset(heads)
