"""Say in which circumstances a decision was made, with commitments to what is kept outside."""

from __future__ import annotations

import os

import msgspec

from gate import __version__
from gate.errors import RecordError
from gate.schema.bodies import (
    Action,
    Commitment,
    Context,
    EntryName,
    Measures,
    ModelContext,
    Session,
)
from gate.schema.provenance import Testimony
from gate.schema.report import Report
from gate.store.port import MAX_BLOB, Store

SALT = 32
"""Bytes of random salt before the content of a blob: nobody can guess what the digest stands for
once the blob is gone."""


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What a run knows of itself beyond its report."""

    scope: dict[str, str] = {}
    """What asks for approval -> digest of the planned change, where approvals may carry over."""
    measures: Measures = Measures()
    """How much the pull request changes."""
    used: tuple[dict[str, str], ...] = ()
    """Rights it made use of."""
    testimony: Testimony = Testimony()
    """What the agent says of its own work."""
    inputs: dict[str, str] = {}
    """What was judged, by digest."""
    limited: bool = False
    """Whether the site sets limits."""
    watched: bool = False
    """Whether the site asks for what is unusual."""
    keep: bool = False
    """Whether the site keeps what was judged."""
    content: bytes | None = None
    """What was judged, to be kept apart; `None`: it is not kept."""
    seen: tuple[EntryName, ...] = ()
    """The last entry of each stream when the run asked."""
    elapsed_ms: int | None = None
    """Milliseconds from start to decision."""
    downstream: tuple[Action, ...] = ()
    """What follows from the decision."""
    dry: bool = False
    """Whether it was a dry run."""


def context_of(report: Report, known: Circumstances, store: Store | None) -> Context:
    """The context of one decision; what is to be kept is in the store when this returns.

    Args:
        report: the report.
        known: what the run knows of itself.
        store: where blobs are kept; `None`: nowhere.

    Raises:
        RecordError: a blob could not be written durably.
    """
    keep = store if known.keep else None
    prompt = known.testimony.prompt
    return Context(
        actor=_session(report, known.testimony),
        model=_model(report, known.testimony),
        prompt=_commit(keep, prompt.encode("utf-8", "surrogatepass") if prompt else None, _SILENT),
        content=_commit(keep, known.content, "nothing was read" if keep else _NOT_KEPT),
        inputs=known.inputs,
        downstream=known.downstream,
        tool={
            "name": "gate",
            "version": __version__,
            "engine": report.engine.name,
            "engine_version": report.engine.version,
        },
        dry=known.dry,
        seen=known.seen if keep else (),
    )


_SILENT = "the pull request discloses none"
_NOT_KEPT = "the site keeps none (ledger.keep)"


def _commit(store: Store | None, data: bytes | None, nothing: str) -> Commitment:
    if data is None:
        return Commitment(absent=nothing)
    if store is None:
        return Commitment(absent=_NOT_KEPT)
    if len(data) + SALT > MAX_BLOB:
        return Commitment(absent=f"too large to keep: {len(data)} bytes")
    return Commitment(digest=store.put_blob(os.urandom(SALT) + data))


def open_blob(store: Store, commitment: Commitment) -> bytes | None:
    """What a commitment binds; `None`: it was erased.

    Raises:
        RecordError: there never was anything, or the blob is not what the digest says.
    """
    if not commitment.digest:
        raise RecordError(f"nothing was kept: {commitment.absent}")
    data = store.get_blob(commitment.digest)
    return None if data is None else data[SALT:]


def _session(report: Report, testimony: Testimony) -> Session:
    provenance = report.provenance
    unknown = {}
    if provenance.authorship != "human":
        if provenance.agent is None:
            unknown["agent"] = "no signal names one"
        if provenance.requester is None:
            unknown["human"] = "nobody is named as having asked for it"
        if testimony.session is None:
            unknown["session"] = _SILENT
    return Session(
        agent=provenance.agent,
        registered=provenance.registered,
        human=provenance.requester,
        session=testimony.session,
        strength=provenance.confidence,
        unknown=unknown,
    )


def _model(report: Report, testimony: Testimony) -> ModelContext:
    provenance = report.provenance
    unknown = {}
    if provenance.authorship != "human":
        why = provenance.model_unknown or _SILENT
        if provenance.model is None:
            unknown["name"] = why
        if provenance.model_version is None:
            unknown["version"] = why if provenance.model is None else "the name holds none"
        unknown["digest"] = "no record of a model registry is bound to it"
        if testimony.confidence is None:
            unknown["confidence"] = _SILENT
    return ModelContext(
        name=provenance.model,
        version=provenance.model_version,
        confidence=testimony.confidence,
        unknown=unknown,
    )
