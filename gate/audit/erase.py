"""Erase the prompt and the content behind a decision; its entry, and every proof, stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from gate.audit.reading import Told, read_all
from gate.errors import RecordError
from gate.pattern import pattern
from gate.schema.bodies import DecisionBody
from gate.schema.entry import Entry
from gate.schema.events import ErasureBody
from gate.store.port import Store
from gate.store.streams import Streams
from gate.text import neutralise

KIND = "erasure"
"""Kind of the entry."""

_HASH = pattern(r"[0-9a-f]{8,64}\Z")
_HINT = "Give the hash of a decision's entry, 8 digits of it or more: `gate ledger show`."


class Erased(NamedTuple):
    """What was erased."""

    decision: Told
    """The decision."""
    digests: tuple[str, ...]
    """Blobs that belong to it."""
    dropped: tuple[str, ...]
    """Those that were still there."""
    entry: Entry | None
    """The entry that says so; `None`: an earlier one says it already."""


def erase(streams: Streams, name: str, by: str, reason: str, now: str) -> Erased:
    """Drop the blobs of a decision, then write down that they are gone.

    What is asked for twice is done twice and written once; a run that was interrupted between the
    two is finished by the next.

    Args:
        streams: the ledger.
        name: hash of the decision's entry, or its beginning.
        by: login of the person.
        reason: why.
        now: RFC 3339 UTC.

    Raises:
        TamperedError: the ledger does not verify.
        RecordError: there is no such decision, it has no blobs, or it could not be written.
    """
    told = read_all(streams.store, kinds=("decision", KIND))
    decision = _find(told, name)
    digests = tuple(_digests(decision.body(DecisionBody)))
    if not digests:
        raise RecordError(
            f"entry {decision.entry.hash[:16]} has no prompt and no content to erase",
            "Only what lies outside of the ledger can be erased.",
        )
    there = [digest for digest in digests if _is_there(streams.store, digest)]
    for digest in digests:
        streams.store.drop_blob(digest)
    if _is_told(told, decision):
        return Erased(decision, digests, tuple(there), None)
    body = ErasureBody(digests=digests, entry=decision.name, by=by, reason=neutralise(reason, 400))
    ledger = streams.ledger(decision.stream)
    entry = ledger.append(KIND, now, msgspec.to_builtins(body))
    return Erased(decision, digests, tuple(there), entry)


def _find(told: list[Told], name: str) -> Told:
    if not _HASH.match(name):
        raise RecordError(f"{neutralise(name, 80)}: not the hash of an entry", _HINT)
    found = [
        one for one in told if one.entry.kind == "decision" and one.entry.hash.startswith(name)
    ]
    if len(found) != 1:
        raise RecordError(f"{name[:64]}: {len(found)} decisions have this hash", _HINT)
    return found[0]


def _digests(body: DecisionBody) -> Iterator[str]:
    for kept in (body.context.prompt, body.context.content):
        if kept.digest:
            yield kept.digest


def _is_there(store: Store, digest: str) -> bool:
    """Whether a blob is there; one that somebody changed has to go no less."""
    try:
        return store.get_blob(digest) is not None
    except RecordError:
        return True


def _is_told(told: list[Told], decision: Told) -> bool:
    return any(
        one.body(ErasureBody).entry.hash == decision.entry.hash
        for one in told
        if one.entry.kind == KIND
    )
