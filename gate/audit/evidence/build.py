"""Build the archive of a period: ledger, documents, policies, keys, verifier, signature."""

from __future__ import annotations

import hashlib
import importlib.resources
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from gate import __version__
from gate.audit.evidence.container import MANIFEST, first_part, second_part
from gate.audit.evidence.documents import derive, document
from gate.audit.evidence.population import concerns, is_about, within
from gate.audit.evidence.segment import Cut, cut, files_of, stem_of
from gate.audit.evidence.site import NO_CLONE, gather
from gate.audit.reading import Told, decisions, read_all
from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.evidence import Manifest, Order
from gate.store.checkpoint import Checkpoint, origin_of, sign_checkpoint
from gate.store.ledger import require_stream, walk
from gate.store.note import NoteSigner, decode_base64
from gate.store.streams import Streams, stream_of
from gate.text import neutralise
from gate.trust.dsse import IN_TOTO, seal

PREDICATE = "urn:gate:evidence:v1"
"""Predicate type of the statement that is signed."""
VERIFIER = "verify_evidence.py"
"""The verifier that goes along: it takes Python and `cryptography`, not the gate."""

_README = """\
Evidence of the gate, {since} to {until}.

manifest.json lists every file with its SHA-256; manifest.dsse.json is its signature.
verify_evidence.py checks the archive without the gate: python verify_evidence.py ARCHIVE KEY.
Take the key from the signer, not from keys/ of this archive: anybody can put one there.
`gate evidence verify ARCHIVE --key KEY` checks the same, and makes every document again.

ledger/*.jsonl          entries of the period, one stream each, chained
ledger/*.earlier.jsonl  entries from before that still count: agents, kills, open incidents
ledger/*.json           the tree they hang in; *.proofs.jsonl one inclusion proof each;
ledger/*.checkpoint     the signed root
population.json         every pull request judged; sample.json which were drawn, and how
pulls/                  every entry about one pull request
approvals.json waivers.json incidents.json reconciliations.json registry.json metrics.json
policies.json           what was in force at each decision: policies/bundled, site/
oscal/                  assessment results (OSCAL)
"""


class Built(NamedTuple):
    """An archive and what is in it."""

    data: bytes
    """The file."""
    manifest: Manifest
    """Its list."""
    decisions: int
    """Decisions of the period."""
    pulls: int
    """Pull requests of the population."""


def build(streams: Streams, order: Order, signer: NoteSigner, clone: str | None = None) -> Built:
    """Everything about a period, in one file; the same ledger, order and key give the same bytes.

    Args:
        streams: the ledger.
        order: period, repository, sample.
        signer: the private key; its name is the ledger's.
        clone: where `.gate` is read from, at the base commit of each decision.

    Raises:
        TamperedError: the ledger does not verify.
        RecordError: it cannot be read, or has nothing in the period.
    """
    parts = list(cut_all(streams, order))
    told = sort_told(parts)
    judged = [
        (one, body)
        for one, body in decisions(within(told, order))
        if body.pull is None or concerns(body.pull, order)
    ]
    if not judged:
        raise RecordError(
            f"the ledger has no decision from {order.since} to {order.until}"
            + (f" on {neutralise(order.repo, 100)}" if order.repo else ""),
            "See --from, --to and --repo.",
        )
    files: dict[str, bytes] = {}
    for part in parts:
        files |= files_of(part)
        files[f"{stem_of(part.segment.stream)}.checkpoint"] = _checkpoint(part, signer)
    derived = derive(told, order)
    metrics, absent = _metrics(streams, order)
    if clone is None:
        absent["site"] = NO_CLONE
    files |= {**derived, **gather(judged, clone), **metrics, **_company(order, signer)}
    data, manifest = _close(files, order, absent, signer)
    pulls = sum(1 for path in derived if path.startswith("pulls/"))
    return Built(data, manifest, len(judged), pulls)


def cut_all(streams: Streams, order: Order) -> Iterator[Cut]:
    """The part of every stream that bears on the order, each stream verified whole."""
    wanted = stream_of(order.repo) if order.repo and streams.shared else ""
    for stream in streams.store.streams():
        if wanted and stream.startswith("repo/") and stream != wanted:
            continue
        part = cut(stream, _walk(streams, stream), order)
        if part is not None:
            yield part


def sort_told(parts: list[Cut]) -> list[Told]:
    """The entries of all parts in order of time."""
    told = [one for part in parts for one in part.told]
    return sorted(told, key=lambda one: (one.entry.at, one.stream, one.entry.seq))


def statement(manifest: bytes, order: Order) -> bytes:
    """What is signed: an in-toto statement over the manifest's digest."""
    subject = {"name": MANIFEST, "digest": {"sha256": hashlib.sha256(manifest).hexdigest()}}
    told = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [subject],
        "predicateType": PREDICATE,
        "predicate": msgspec.to_builtins(order),
    }
    return msgspec.json.encode(told, order="sorted")


def verifier() -> bytes:
    """The verifier that goes along."""
    place = importlib.resources.files("gate.audit.evidence").joinpath("verify_evidence.txt")
    return place.read_bytes()


def _walk(streams: Streams, stream: str) -> Iterator[tuple[Entry, bytes]]:
    for entry, leaf in walk(iter(enumerate(streams.store.read(stream), 1))):
        require_stream(entry, stream, f"entry {entry.seq}")
        yield entry, leaf


def _checkpoint(part: Cut, signer: NoteSigner) -> bytes:
    segment = part.segment
    origin = origin_of(signer.key.name, segment.stream)
    return sign_checkpoint(
        Checkpoint(origin, segment.size, decode_base64(segment.root)), signer
    ).encode()


def _company(order: Order, signer: NoteSigner) -> dict[str, bytes]:
    return {
        "README.txt": _README.format(since=order.since, until=order.until).encode(),
        "keys/signer.pub": f"{signer.key}\n".encode(),
        VERIFIER: verifier(),
    }


def _metrics(streams: Streams, order: Order) -> tuple[dict[str, bytes], dict[str, str]]:
    """The metrics of the period; they take older entries too, so verifying cannot redo them."""
    try:
        from gate.audit.metrics import measure
        from gate.audit.metrics.document import render
    except ImportError:
        return {}, {"metrics": "this version of the gate computes none"}
    told = [
        one for one in read_all(streams.store, until=order.until) if is_about(one.entry.body, order)
    ]
    return {"metrics.json": render(measure(told, order.since, order.until))}, {}


def _close(
    files: dict[str, bytes], order: Order, absent: dict[str, str], signer: NoteSigner
) -> tuple[bytes, Manifest]:
    second, content, members = second_part(files)
    manifest = Manifest(
        tool=__version__, order=order, content=content, members=members, absent=absent
    )
    listed = document(manifest)
    signature = seal(statement(listed, order), IN_TOTO, (signer,))
    return first_part(listed, signature) + second, manifest
