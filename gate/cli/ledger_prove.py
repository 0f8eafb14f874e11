"""`gate ledger prove`: that an entry is in the ledger, or that the ledger only grew."""

from __future__ import annotations

import argparse
import base64
from collections.abc import Sequence
from typing import Any

import msgspec

from gate.cli.help import HelpFormatter
from gate.cli.ledger_files import add_keys, add_ledger, counted, entries, read_file, tell, trusted
from gate.errors import RecordError, UsageError
from gate.report.console import emit
from gate.schema.entry import Entry
from gate.store.checkpoint import SignedCheckpoint, read_checkpoint
from gate.store.examine import hold_against
from gate.store.ledger import walk
from gate.store.merkle import Tree, leaf_hash

_DESCRIPTION = (
    "Prove that entry SEQ is in the ledger, or with --since that the ledger only grew. A proof is "
    "against the ledger as it is, or against --checkpoint, which it then carries."
)
_EPILOG = """\
examples:
  gate ledger prove 12 --format json
  gate ledger prove 12 --checkpoint latest.checkpoint --format tlog-proof
  gate ledger prove --since last-year.checkpoint --checkpoint latest.checkpoint
"""


class _Grown(msgspec.Struct, frozen=True):
    """A ledger with the tree over all of it, and the size that is proven against."""

    tree: Tree
    size: int
    entry: Entry | None
    checkpoint: SignedCheckpoint | None


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger prove`."""
    parser = actions.add_parser(
        "prove",
        help="prove that an entry is in, or that nothing was rewritten",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("seq", nargs="?", type=int, metavar="SEQ", help="number of an entry")
    parser.add_argument("--since", metavar="CHECKPOINT", help="an older checkpoint")
    parser.add_argument("--checkpoint", metavar="FILE", help="the checkpoint to prove against")
    add_ledger(parser)
    add_keys(parser)
    parser.add_argument("--format", choices=("console", "json", "tlog-proof"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if (arguments.seq is None) == (arguments.since is None):
        raise UsageError("say what to prove: the number of an entry, or --since CHECKPOINT")
    if arguments.format == "tlog-proof" and (arguments.seq is None or not arguments.checkpoint):
        raise UsageError(
            "a tlog-proof is of an entry and carries a checkpoint",
            "Give SEQ and --checkpoint FILE.",
        )
    if arguments.seq is not None:
        return _inclusion(arguments, _grow(arguments))
    since = _checkpoint(arguments, arguments.since)
    return _consistency(arguments, _grow(arguments), since)


def _grow(arguments: argparse.Namespace) -> _Grown:
    known = _checkpoint(arguments, arguments.checkpoint) if arguments.checkpoint else None
    leaves: list[bytes] = []
    wanted: Entry | None = None
    for entry, leaf in walk(entries(arguments)):
        leaves.append(leaf_hash(leaf))
        if entry.seq == arguments.seq:
            wanted = entry
    tree = Tree(leaves)
    size = known.checkpoint.size if known else tree.size
    if known:
        hold_against(tree.size, tree.root, known.checkpoint, "checkpoint")
    return _Grown(tree, size, wanted, known)


def _checkpoint(arguments: argparse.Namespace, path: str) -> SignedCheckpoint:
    return read_checkpoint(read_file(path), trusted(arguments), arguments.stream)


def _inclusion(arguments: argparse.Namespace, grown: _Grown) -> int:
    entry = grown.entry
    if entry is None or not 0 <= entry.seq < grown.size:
        raise RecordError(f"there is no entry {arguments.seq} among {counted(grown.size)}")
    path = grown.tree.inclusion(entry.seq, grown.size)
    if arguments.format == "tlog-proof":
        emit(_tlog_proof(entry.seq, path, grown.checkpoint))
        return 0
    root = grown.tree.root(grown.size)
    document: dict[str, Any] = {
        "entry": entry,
        "index": entry.seq,
        "size": grown.size,
        "root": _text(root),
        "path": [_text(step) for step in path],
        "checkpoint": _note(grown.checkpoint),
    }
    lines = [
        f"entry {entry.seq} is in the ledger of {counted(grown.size)}",
        f"  entry  {entry.hash}",
        f"  root   {root.hex()}",
        *_steps(path),
    ]
    tell(arguments, document, lines)
    return 0


def _consistency(arguments: argparse.Namespace, grown: _Grown, since: SignedCheckpoint) -> int:
    old = since.checkpoint
    hold_against(grown.tree.size, grown.tree.root, old, "older checkpoint")
    if old.size > grown.size:
        raise RecordError(
            f"--since is of {counted(old.size)}, the proof would be against {grown.size}",
            "Take the older checkpoint for --since.",
        )
    path = grown.tree.consistency(old.size, grown.size)
    root = grown.tree.root(grown.size)
    document = {
        "from": {"size": old.size, "root": _text(old.root), "checkpoint": _note(since)},
        "to": {"size": grown.size, "root": _text(root), "checkpoint": _note(grown.checkpoint)},
        "path": [_text(step) for step in path],
    }
    lines = [
        f"the ledger of {counted(grown.size)} begins with the {counted(old.size)} of before",
        f"  before {old.root.hex()}",
        f"  root   {root.hex()}",
        *_steps(path),
    ]
    tell(arguments, document, lines)
    return 0


def _tlog_proof(index: int, path: Sequence[bytes], known: SignedCheckpoint | None) -> str:
    """The proof as https://c2sp.org/tlog-proof has it."""
    steps = "".join(f"{_text(step)}\n" for step in path)
    return f"c2sp.org/tlog-proof@v1\nindex {index}\n{steps}\n{_note(known)}"


def _note(known: SignedCheckpoint | None) -> str | None:
    return known.note.whole if known else None


def _steps(path: Sequence[bytes]) -> list[str]:
    return [f"  {'path' if not number else '':<6} {step.hex()}" for number, step in enumerate(path)]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
