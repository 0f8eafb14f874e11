"""`gate ledger`: verify and read the ledger of decisions."""

from __future__ import annotations

import argparse

import msgspec

from gate import config
from gate.report.console import emit
from gate.schema.entry import Entry
from gate.store.file import FileLedger
from gate.store.ledger import verify
from gate.text import neutralise


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger verify` and `ledger show`."""
    ledger = subparsers.add_parser(
        "ledger",
        help="verify and read the ledger of decisions",
        description="A hash-chained log: every decision is in it before it is announced.",
    )
    actions = ledger.add_subparsers(metavar="ACTION", required=True)
    checking = actions.add_parser(
        "verify",
        help="check the whole chain",
        description="Check every hash and link; exit 2 names the first line that does not fit.",
    )
    showing = actions.add_parser(
        "show", help="print entries", description="Print the last entries, newest last."
    )
    showing.add_argument("--last", type=int, default=10, metavar="N", help="how many (default 10)")
    for parser, run in ((checking, _verify), (showing, _show)):
        parser.add_argument(
            "--ledger", metavar="FILE", help="the ledger (default: the user's state folder)"
        )
        parser.add_argument("--format", choices=("console", "json"), default="console")
        parser.set_defaults(run=run)


def _verify(arguments: argparse.Namespace) -> int:
    path = arguments.ledger or config.default_ledger()
    last = verify(FileLedger(path).entries())
    count = last.seq + 1 if last else 0
    if arguments.format == "json":
        answer = {"entries": count, "head": last.hash if last else None, "ok": True}
        emit(msgspec.json.encode(answer).decode() + "\n")
    else:
        head = f", head {last.hash[:16]}" if last else ""
        emit(f"ledger verifies: {count} {'entry' if count == 1 else 'entries'}{head}\n")
    return 0


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

    path = arguments.ledger or config.default_ledger()
    entries = deque(
        (entry for _, entry in FileLedger(path).entries()), maxlen=max(arguments.last, 0)
    )
    if arguments.format == "json":
        emit(msgspec.json.encode(list(entries), order="sorted").decode() + "\n")
        return 0
    for entry in entries:
        what, where = _describe(entry)
        line = f"{entry.seq:>6}  {entry.at}  {what:<6} {where}  {entry.hash[:16]}"
        emit(neutralise(line) + "\n")
    return 0
