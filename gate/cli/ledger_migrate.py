"""`gate ledger migrate`: move a ledger to another engine, entries and hashes as they are."""

from __future__ import annotations

import argparse

from gate import config
from gate.cli.ledger_files import counted, tell
from gate.cli.runner import require_writer
from gate.errors import RecordError, UsageError
from gate.store.migrate import copy_blobs, copy_streams
from gate.store.open import SPECS, open_store
from gate.text import neutralise

_DESCRIPTION = f"""\
Copy every stream and blob into another store. Entries keep their number and hash, so that roots,
checkpoints and proofs stay true. Run again it goes on where it stopped. SPEC is {SPECS},
or env:NAME, the variable that holds one of them: no password has to stand among the arguments.
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
    begin, end = _resolved("--from", arguments.source), _resolved("--to", arguments.target)
    require_writer(end, config.environ())
    source, target = open_store(begin), open_store(end)
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


def _resolved(option: str, given: str) -> str:
    """The ledger itself, where a variable holds it because there is a password in it."""
    if not given.startswith("env:"):
        return given
    name = given.removeprefix("env:")
    value = config.environ().get(name, "").strip()
    if not value:
        raise UsageError(f"{option} env:{neutralise(name, 100)}: no such variable, or it is empty")
    return value
