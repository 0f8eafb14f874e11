"""Digest each planned change, to tell whether a later head plans the very same one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec
from msgspec import Raw

from gate.decode.plan_format import read_document, read_entries
from gate.schema.changes import Changes
from gate.schema.collected import PlanFile
from gate.text import neutralise

SEPARATOR = b"\x00"
"""Between the parts of a digest; JSON text and hunks of text files hold none."""


class _Entry(msgspec.Struct):
    address: str = ""
    change: Raw = Raw(b"null")
    deposed: str = ""
    previous_address: str | None = None


def digest_planned(plans: Sequence[PlanFile], changes: Changes) -> dict[str, str]:
    """SHA-256, hex, of what would happen to each resource address and to each changed path.

    An address that stands in several plans, or with deposed objects, has one digest over all of
    them. A resource's is over the text of its change as the plan writes it, every attribute
    included; a path's over its hunks, modes and status.

    Args:
        plans: plans handed in, readable ones.
        changes: the decoded diff.

    Raises:
        DecodeError: a plan cannot be read.
    """
    parts: dict[str, list[bytes]] = {}
    for plan in plans:
        what = neutralise(plan.name)
        document = read_document(plan.data, what)
        for entry in read_entries(document, _Entry, what):
            name = (plan.root or "", entry.deposed, entry.previous_address or "")
            parts.setdefault(entry.address, []).append(
                SEPARATOR.join([*(text.encode() for text in name), bytes(entry.change)])
            )
    digests = {
        address: hashlib.sha256(SEPARATOR.join(sorted(texts))).hexdigest()
        for address, texts in parts.items()
    }
    for change in changes.files:
        seen = hashlib.sha256()
        for text in (change.status, change.previous_path, change.mode_before, change.mode_after):
            seen.update((text or "").encode() + SEPARATOR)
        for hunk in change.hunks:
            seen.update(hunk.body + SEPARATOR)
        if not change.binary:
            digests.setdefault(change.path, seen.hexdigest())
    return digests
