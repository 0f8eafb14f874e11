"""`gate ledger migrate`: move a ledger to another engine, entries and hashes as they are."""

from __future__ import annotations

import argparse

from gate import config
from gate.cli.ledger_files import counted, tell
from gate.cli.runner import require_writer
from gate.errors import RecordError
from gate.store.migrate import copy_blobs, copy_streams
from gate.store.open import SPECS, open_store

_DESCRIPTION = f"""\
Copy every stream and blob into another store. Entries keep their number and hash, so that roots,
checkpoints and proofs stay true. Run again it goes on where it stopped. SPEC is {SPECS}.
"""


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger migrate`."""
    parser = actions.add_parser(
        "migrate", help="copy the ledger to another engine", description=_DESCRIPTION
    )
    parser.add_argument("--from", dest="source", required=True, metavar="SPEC", help="the ledger")
    parser.add_argument("--to", dest="target", required=True, metavar="SPEC", help="its new place")
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    require_writer(arguments.target, config.environ())
    source, target = open_store(arguments.source), open_store(arguments.target)
    streams = tuple(copy_streams(source, target))
    blobs = copy_blobs(source, target)
    if not streams and not source.blobs():
        raise RecordError("there is nothing in that ledger", "Is --from the right one?")
    lines = [
        f"{item.stream}: {counted(item.entries)}, {item.new} new, head {item.head[:16]}"
        for item in streams
    ]
    document = {
        "streams": [
            {"stream": item.stream, "entries": item.entries, "new": item.new, "head": item.head}
            for item in streams
        ],
        "blobs": blobs,
    }
    tell(arguments, document, [*lines, f"{blobs} {'blob' if blobs == 1 else 'blobs'} copied"])
    return 0
