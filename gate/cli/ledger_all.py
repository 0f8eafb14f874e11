"""`--all` of `gate ledger verify` and `gate ledger checkpoint`: every stream at once."""

from __future__ import annotations

import argparse
import base64
import os
from typing import Any

from gate import config
from gate.audit.checkpoints import Verified, sign_heads, verify_all
from gate.cli.agents_folder import read_now
from gate.cli.ledger_files import counted, read_file, tell, trusted, write_file
from gate.cli.ledger_sign import checkpoint_of
from gate.cli.runner import require_writer
from gate.errors import RecordError, UsageError
from gate.report.console import emit
from gate.store.checkpoint import read_checkpoint
from gate.store.port import MAIN
from gate.store.streams import CHECKPOINTS, Streams
from gate.trust.keys import private_key


def verify(arguments: argparse.Namespace) -> int:
    """Verify every stream against what was signed of it, and all that against the anchor.

    Raises:
        UsageError: another option says one stream.
        RecordError: something does not hold, or nobody says whose key is trusted.
    """
    _require_no_stream(arguments)
    if arguments.checkpoint is not None:
        raise UsageError(
            "--all reads the checkpoints from the ledger itself", "Leave out --checkpoint."
        )
    keys = trusted(arguments)
    anchor = None
    if arguments.anchor is not None:
        anchor = read_checkpoint(read_file(arguments.anchor), keys, CHECKPOINTS).checkpoint
    found = verify_all(_streams(arguments).store, keys, anchor)
    if not found:
        raise RecordError("the ledger is empty", "Is it the right one? --ledger SPEC.")
    if anchor and not keys:
        raise RecordError(
            "the ledger is self-consistent, signer unproven: the anchor fits, "
            "and anybody may have made both",
            "Give the signer's public key with --key.",
        )
    document = {"ok": True, "streams": [_document(one) for one in found]}
    tell(arguments, document, [_line(one, bool(keys)) for one in found])
    return 0


def checkpoint(arguments: argparse.Namespace) -> int:
    """Sign the heads of all streams into the ledger, and print the anchor over all of them.

    Raises:
        UsageError: another option says one stream.
        RecordError: there is no key, or a stream does not hold.
    """
    _require_no_stream(arguments)
    require_writer(arguments.ledger or config.default_ledger(), config.environ(), arguments.now)
    now = read_now(arguments.now)
    signer = private_key(arguments.sign_with)
    path = arguments.output
    before = read_file(path) if path is not None and os.path.exists(path) else None
    streams = _streams(arguments)
    if not streams.store.streams():
        raise RecordError("the ledger is empty", "Is it the right one? --ledger SPEC.")
    sign_heads(streams, signer, now)
    arguments.stream = CHECKPOINTS
    note = checkpoint_of(arguments, signer, before)
    if path is None:
        emit(note)
    else:
        write_file(path, note.encode())
    return 0


def _streams(arguments: argparse.Namespace) -> Streams:
    return Streams(arguments.ledger or config.default_ledger())


def _require_no_stream(arguments: argparse.Namespace) -> None:
    if arguments.stream != MAIN:
        raise UsageError("--all and --stream contradict each other", "Leave out one of them.")


def _document(one: Verified) -> dict[str, Any]:
    signed = None
    if one.signed is not None:
        signers = [key.id for key in one.signed.signers]
        signed = {"entries": one.signed.checkpoint.size, "signers": signers}
    return {
        "stream": one.stream,
        "entries": one.found.size,
        "head": one.found.last.hash if one.found.last else None,
        "root": base64.b64encode(one.found.root).decode(),
        "signed": signed,
    }


def _line(one: Verified, is_proven: bool) -> str:
    head = one.found.last.hash[:16] if one.found.last else "-"
    told = f"{one.stream}: {counted(one.found.size)}, head {head}"
    if one.stream == CHECKPOINTS:
        return f"{told}, itself held by an anchor only"
    if one.signed is None:
        return f"{told}, never signed"
    by = ", ".join(key.name for key in one.signed.signers) if is_proven else "whom, unproven"
    return f"{told}, {one.signed.checkpoint.size} of them signed by {by}"
