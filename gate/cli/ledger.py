"""`gate ledger`: verify, read, sign, prove and hand out the ledger of decisions."""

from __future__ import annotations

import argparse

import msgspec

from gate.cli import (
    ledger_as_of,
    ledger_erase,
    ledger_explain,
    ledger_export,
    ledger_init,
    ledger_migrate,
    ledger_prove,
    ledger_sign,
    ledger_verify,
)
from gate.cli.ledger_files import add_ledger, entries
from gate.report.console import emit
from gate.schema.entry import Entry
from gate.text import neutralise


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger` and its actions."""
    ledger = subparsers.add_parser(
        "ledger",
        help="verify and read the ledger of decisions",
        description="A hash-chained log: every decision is in it before it is announced.",
    )
    actions = ledger.add_subparsers(metavar="ACTION", required=True)
    ledger_verify.add(actions)
    showing = actions.add_parser(
        "show", help="print entries", description="Print the last entries, newest last."
    )
    showing.add_argument("--last", type=int, default=10, metavar="N", help="how many (default 10)")
    add_ledger(showing)
    showing.add_argument("--format", choices=("console", "json"), default="console")
    showing.set_defaults(run=_show)
    ledger_explain.add(actions)
    ledger_prove.add(actions)
    ledger_sign.add(actions)
    ledger_export.add(actions)
    ledger_migrate.add(actions)
    ledger_init.add(actions)
    ledger_as_of.add(actions)
    ledger_erase.add(actions)


def _describe(entry: Entry) -> tuple[str, str]:
    """What happened, and to whom."""
    body = entry.body
    if entry.kind == "agent":
        return str(body.get("event", entry.kind)), f"agent {body.get('agent', '-')}"
    pull = body.get("pull") or {}
    where = f"{pull.get('repo') or pull.get('origin') or '-'}#{pull.get('number', 0)}"
    decided = body.get("decision") if entry.kind == "decision" else None
    return str(decided or entry.kind.replace("_", " ")), where


def _show(arguments: argparse.Namespace) -> int:
    from collections import deque

    last = deque((entry for _, entry in entries(arguments)), maxlen=max(arguments.last, 0))
    if arguments.format == "json":
        emit(msgspec.json.encode(list(last), order="sorted").decode() + "\n")
        return 0
    for entry in last:
        what, where = _describe(entry)
        line = f"{entry.seq:>6}  {entry.at}  {what:<6} {where}  {entry.hash[:16]}"
        emit(neutralise(line) + "\n")
    return 0
