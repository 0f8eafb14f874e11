"""`gate ledger key` and `gate ledger checkpoint`: make keys, sign what the ledger holds."""

from __future__ import annotations

import argparse
import os

from gate.cli.ledger_files import add_ledger, entries, read_file, tell, write_file
from gate.report.console import emit
from gate.store.checkpoint import Checkpoint, origin_of, read_checkpoint, sign_checkpoint
from gate.store.examine import examine
from gate.store.note import NoteSigner
from gate.trust.keys import VARIABLE, make_pair, private_key

_CHECKPOINT = """\
Sign the ledger's size and Merkle root, as a C2SP checkpoint. With --output the file's last
checkpoint is read first: what does not grow out of it is not signed.
"""


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger checkpoint` and `ledger key`."""
    parser = actions.add_parser(
        "checkpoint", help="sign size and Merkle root", description=_CHECKPOINT
    )
    add_ledger(parser)
    add_signer(parser)
    parser.add_argument("--output", metavar="FILE", help="put it there, after what is there")
    parser.add_argument(
        "--all",
        action="store_true",
        help="sign every stream into org/checkpoints, and then that: one anchor for all",
    )
    parser.add_argument("--now", metavar="TIME", help="the clock of --all (default: this moment)")
    parser.set_defaults(run=_checkpoint)
    parser = actions.add_parser(
        "key",
        help="make a pair of keys",
        description="Make a pair of Ed25519 keys: PART.key, which is a secret, and PART.pub.",
    )
    parser.add_argument("name", metavar="NAME", help="host and path, like ledger.acme.example/gate")
    parser.add_argument("--folder", default=".", metavar="DIR", help="where to (default: here)")
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_key)


def add_signer(parser: argparse.ArgumentParser) -> None:
    """Let a command be told where the private key is."""
    parser.add_argument(
        "--sign-with", metavar="FILE", help=f"the private key (default: ${VARIABLE})"
    )


def checkpoint_of(
    arguments: argparse.Namespace, signer: NoteSigner, before: bytes | None = None
) -> str:
    """Examine the ledger and sign it.

    Args:
        arguments: which ledger.
        signer: the private key.
        before: the last checkpoint that was signed.

    Raises:
        TamperedError: the ledger is not sound, or does not grow out of that checkpoint.
    """
    last = read_checkpoint(before, (signer.key,), arguments.stream) if before else None
    found = examine(entries(arguments), (last.checkpoint.size,) if last else ())
    if last:
        found.hold_against(last.checkpoint, "last checkpoint")
    origin = origin_of(signer.key.name, arguments.stream)
    return sign_checkpoint(Checkpoint(origin, found.size, found.root), signer)


def _checkpoint(arguments: argparse.Namespace) -> int:
    if arguments.all:
        from gate.cli import ledger_all  # NOTE: it signs by what is here

        return ledger_all.checkpoint(arguments)
    signer = private_key(arguments.sign_with)
    path = arguments.output
    before = read_file(path) if path is not None and os.path.exists(path) else None
    note = checkpoint_of(arguments, signer, before)
    if path is None:
        emit(note)
    else:
        write_file(path, note.encode())
    return 0


def _key(arguments: argparse.Namespace) -> int:
    key, private, public = make_pair(arguments.name, arguments.folder)
    document = {"key": str(key), "private": private, "public": public}
    lines = [
        f"{public}  commit it to .gate/keys of the default branch, and hand it to auditors",
        f"{private}  keep it secret: --sign-with FILE, or its line in ${VARIABLE}",
    ]
    tell(arguments, document, lines)
    return 0
