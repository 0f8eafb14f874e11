"""`gate ledger init`: make what a PostgreSQL ledger is kept in."""

from __future__ import annotations

import argparse

from gate import config
from gate.errors import UsageError
from gate.report.console import emit
from gate.store.open import is_shared

_DESCRIPTION = """\
Make the tables of a ledger in a PostgreSQL database, and the role gate_writer, which can add to
them and change nothing. Run it as the owner of the database, then grant gate_writer to the account
that writes. A file or a git repository needs nothing of the kind.
"""


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger init`."""
    parser = actions.add_parser(
        "init", help="make the tables of a ledger in PostgreSQL", description=_DESCRIPTION
    )
    parser.add_argument(
        "spec", nargs="?", metavar="SPEC", help="postgres://... (default: $GATE_LEDGER)"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    spec = arguments.spec or config.shared_ledger()
    if not is_shared(spec) or spec.startswith("git:"):
        raise UsageError(
            "only PostgreSQL has tables to be made",
            "A file and the branches of a git repository are made with the first entry.",
        )
    from gate.store.postgres import PostgresStore  # NOTE: psycopg is an extra

    PostgresStore(spec).prepare()
    emit("the ledger's tables are there; grant gate_writer to the account that writes\n")
    return 0
