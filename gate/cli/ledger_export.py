"""`gate ledger export`: entries in a folder, with proofs, checkpoint and a signed statement."""

from __future__ import annotations

import argparse
import base64
import hashlib
import os

import msgspec

from gate.cli.ledger_files import add_ledger, counted, entries, tell, write_file
from gate.cli.ledger_sign import add_signer
from gate.errors import RecordError
from gate.store.checkpoint import Checkpoint, origin_of, sign_checkpoint
from gate.store.ledger import encode_line, walk
from gate.store.merkle import Tree, leaf_hash
from gate.store.note import NoteSigner
from gate.text import neutralise
from gate.trust.dsse import IN_TOTO, seal
from gate.trust.keys import has_private_key, private_key

_DESCRIPTION = """\
Write entries to a new folder: ledger.jsonl, and proofs.jsonl with a path to the root for each.
With a private key also checkpoint, and statement.json: a DSSE envelope over the digests of all
of them. The same ledger and key give the same bytes.
"""
PREDICATE = "urn:gate:ledger-export:v1"
"""Predicate type of the statement."""


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger export`."""
    parser = actions.add_parser(
        "export", help="hand out entries, with proofs", description=_DESCRIPTION
    )
    parser.add_argument("--output", required=True, metavar="DIR", help="a folder that is not there")
    parser.add_argument("--first", type=int, default=0, metavar="SEQ", help="from here (default 0)")
    parser.add_argument("--last", type=int, metavar="SEQ", help="to here (default: the end)")
    add_ledger(parser)
    add_signer(parser)
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


class _Segment(msgspec.Struct, frozen=True):
    """Some entries, and the tree over all."""

    tree: Tree
    first: int
    lines: list[bytes]


def _run(arguments: argparse.Namespace) -> int:
    signed = has_private_key(arguments.sign_with)
    signer = private_key(arguments.sign_with) if signed else None
    segment = _segment(arguments)
    files = {"ledger.jsonl": b"".join(segment.lines), "proofs.jsonl": _proofs(segment)}
    if signer:
        checkpoint = Checkpoint(
            origin_of(signer.key.name, arguments.stream), segment.tree.size, segment.tree.root()
        )
        files["checkpoint"] = sign_checkpoint(checkpoint, signer).encode()
        files["statement.json"] = _statement(files, segment, checkpoint, signer)
    _write(arguments.output, files)
    document = {
        "entries": len(segment.lines),
        "first": segment.first,
        "of": segment.tree.size,
        "signer": signer.key.id if signer else None,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    by = f"signed by {signer.key.name}" if signer else "not signed: no private key is given"
    told = f"exported {counted(len(segment.lines))} of {segment.tree.size} to {arguments.output}"
    tell(arguments, document, [f"{told}, {by}"])
    return 0


def _segment(arguments: argparse.Namespace) -> _Segment:
    leaves: list[bytes] = []
    lines: list[bytes] = []
    for entry, leaf in walk(entries(arguments)):
        leaves.append(leaf_hash(leaf))
        after = arguments.last is not None and entry.seq > arguments.last
        if entry.seq >= arguments.first and not after:
            lines.append(encode_line(entry))
    if not lines:
        raise RecordError(
            f"there is no such entry among {counted(len(leaves))}", "See --first and --last."
        )
    return _Segment(Tree(leaves), max(arguments.first, 0), lines)


def _proofs(segment: _Segment) -> bytes:
    lines = []
    for index in range(segment.first, segment.first + len(segment.lines)):
        path = [base64.b64encode(step).decode() for step in segment.tree.inclusion(index)]
        proof = {"index": index, "size": segment.tree.size, "path": path}
        lines.append(msgspec.json.encode(proof, order="sorted") + b"\n")
    return b"".join(lines)


def _statement(
    files: dict[str, bytes], segment: _Segment, checkpoint: Checkpoint, signer: NoteSigner
) -> bytes:
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [
            {"name": name, "digest": {"sha256": hashlib.sha256(files[name]).hexdigest()}}
            for name in sorted(files)
        ],
        "predicateType": PREDICATE,
        "predicate": {
            "origin": checkpoint.origin,
            "first": segment.first,
            "entries": len(segment.lines),
            "size": checkpoint.size,
            "root": base64.b64encode(checkpoint.root).decode(),
        },
    }
    return seal(msgspec.json.encode(statement, order="sorted"), IN_TOTO, (signer,))


def _write(folder: str, files: dict[str, bytes]) -> None:
    try:
        os.makedirs(folder)
    except OSError as error:
        raise RecordError(
            f"{neutralise(folder, 200)}: {error.strerror or error.__class__.__name__}",
            "Name a folder that is not there yet.",
        ) from error
    for name, data in files.items():
        write_file(os.path.join(folder, name), data)
