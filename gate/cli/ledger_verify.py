"""`gate ledger verify`: the chain, the Merkle root, and the checkpoints it is held against."""

from __future__ import annotations

import argparse
import base64
from typing import Any

from gate.cli import ledger_all
from gate.cli.ledger_files import (
    add_keys,
    add_ledger,
    counted,
    entries,
    read_file,
    tell,
    trusted,
)
from gate.errors import RecordError
from gate.store.checkpoint import SignedCheckpoint, read_checkpoint
from gate.store.examine import Examined, compare, examine

_DESCRIPTION = """\
Check every hash and link, and the Merkle root against checkpoints. Exit 2 says what was done
(changed, removed, inserted, moved, rewritten, truncated, swapped, replayed) and where.
"""


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger verify`."""
    parser = actions.add_parser("verify", help="check the whole ledger", description=_DESCRIPTION)
    add_ledger(parser)
    add_keys(parser)
    parser.add_argument(
        "--all", action="store_true", help="every stream, against the checkpoints in the ledger"
    )
    parser.add_argument("--checkpoint", metavar="FILE", help="the ledger's own latest checkpoint")
    parser.add_argument(
        "--anchor", metavar="CHECKPOINT", help="a checkpoint that was kept somewhere else"
    )
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.all:
        return ledger_all.verify(arguments)
    keys = trusted(arguments)
    known: dict[str, SignedCheckpoint] = {}
    for what in ("checkpoint", "anchor"):
        path = getattr(arguments, what)
        if path is not None:
            known[what] = read_checkpoint(read_file(path), keys, arguments.stream)
    found = examine(entries(arguments), (read.checkpoint.size for read in known.values()))
    if len(known) == 2:
        compare(known["checkpoint"].checkpoint, known["anchor"].checkpoint)
    for what in sorted(known):
        found.hold_against(known[what].checkpoint, what)
    if known and not keys:
        raise RecordError(
            "the ledger is self-consistent, signer unproven: the checkpoint fits, "
            "and anybody may have made both",
            "Give the signer's public key with --key.",
        )
    tell(arguments, _document(found, known), _lines(found, known))
    return 0


def _document(found: Examined, known: dict[str, SignedCheckpoint]) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "ok": True,
        "entries": found.size,
        "head": found.last.hash if found.last else None,
        "root": base64.b64encode(found.root).decode(),
    }
    for what, read in known.items():
        signers = [key.id for key in read.signers]
        answer[what] = {"entries": read.checkpoint.size, "signers": signers}
    return answer


def _lines(found: Examined, known: dict[str, SignedCheckpoint]) -> list[str]:
    head = f", head {found.last.hash[:16]}" if found.last else ""
    lines = [f"ledger verifies: {counted(found.size)}{head}, root {found.root.hex()[:16]}"]
    for what, read in known.items():
        names = ", ".join(key.name for key in read.signers)
        lines.append(f"  {what:<10}  {counted(read.checkpoint.size)}, signed by {names}")
    return lines
