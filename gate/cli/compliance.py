"""`gate compliance`: which controls of a framework operated, counted from the ledger."""

from __future__ import annotations

import argparse
import time
from datetime import date

import msgspec

from gate import config
from gate.audit.compliance.claim import STALE_DAYS, Statement, state
from gate.audit.compliance.framework import FRAMEWORKS, Framework, read_framework
from gate.audit.compliance.measures import MEASURES
from gate.audit.reading import Told, read_all
from gate.errors import RecordError, UsageError
from gate.evaluate.catalogue import bundled_rules
from gate.moment import read_day
from gate.report.console import emit
from gate.report.table import render_table
from gate.store.open import SPECS
from gate.store.streams import Streams
from gate.text import neutralise

_WIDTH = 110
_DESCRIPTION = (
    "Count from the ledger how often what a control asks for operated in a period, with the "
    "exceptions and gaps. What the ledger does not show is not claimed. This produces evidence "
    "relevant to a control; whether somebody complies is for an auditor to say."
)


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `compliance`."""
    parser = subparsers.add_parser(
        "compliance",
        help="which controls operated, counted from the ledger",
        description=_DESCRIPTION,
    )
    parser.add_argument("framework", nargs="?", choices=FRAMEWORKS, help="default: every one")
    parser.add_argument("--from", dest="since", default="", metavar="DAY", help="YYYY-MM-DD")
    parser.add_argument(
        "--to", dest="until", default="", metavar="DAY", help="that day not included"
    )
    parser.add_argument("--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's)")
    parser.add_argument("--format", choices=("table", "json", "markdown"), default="table")
    parser.add_argument(
        "--measures", action="store_true", help="how each measure is counted, and nothing else"
    )
    parser.add_argument(
        "--reviewed-by",
        metavar="LOGIN",
        help="record that this person held the mapping against the official text today",
    )
    parser.add_argument("--now", metavar="DAY", help="today, for replays: YYYY-MM-DD")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.measures:
        rows = [(name, text) for name, (_, text) in MEASURES.items()]
        emit(render_table(("measure", "counts"), rows, width=_WIDTH))
        return 0
    for name in ("since", "until", "now"):
        given = getattr(arguments, name)
        if given and read_day(given) is None:
            raise UsageError(f"{given[:40]!a} is not a day", "Write it as 2026-11-24.")
    streams = Streams(arguments.ledger or config.default_ledger())
    today = arguments.now or time.strftime("%Y-%m-%d", time.gmtime())
    if arguments.reviewed_by:
        return _review(arguments, streams, today)
    told = read_all(streams.store)
    if not told:
        raise RecordError("the ledger is empty", "Give the right one with --ledger SPEC.")
    names = (arguments.framework,) if arguments.framework else FRAMEWORKS
    rules = [rule.id for rule in bundled_rules()]
    within = [one for one in told if _is_within(one.entry.at, arguments)]
    statements = [
        state(
            read_framework(name),
            within,
            rules,
            review=_review_of(read_framework(name), told, today),
            period=(arguments.since, arguments.until),
        )
        for name in names
    ]
    _show(arguments.format, statements)
    return 0


def _is_within(at: str, arguments: argparse.Namespace) -> bool:
    return arguments.since <= at and (not arguments.until or at < arguments.until)


def _review(arguments: argparse.Namespace, streams: Streams, today: str) -> int:
    if not arguments.framework:
        raise UsageError("--reviewed-by: which framework was reviewed?", "Name one of them.")
    framework = read_framework(arguments.framework)
    body = {"framework": framework.id, "edition": framework.edition, "by": arguments.reviewed_by}
    entry = streams.registry().append("review", f"{today}T00:00:00Z", body)
    emit(
        f"{framework.id}: reviewed by {neutralise(arguments.reviewed_by, 60)}, entry {entry.seq}\n"
    )
    return 0


def _review_of(framework: Framework, told: list[Told], today: str) -> str:
    """Who reviewed the mapping last, as the ledger has it."""
    found = [
        one.entry
        for one in told
        if one.entry.kind == "review"
        and one.entry.body.get("framework") == framework.id
        and one.entry.body.get("edition") == framework.edition
    ]
    if not found:
        return "unreviewed: nobody held this mapping against the official text"
    last = found[-1]
    who = neutralise(str(last.body.get("by")), 60)
    days = (date.fromisoformat(today) - date.fromisoformat(last.at[:10])).days
    stale = f", {days} days ago: due again after {STALE_DAYS}" if days > STALE_DAYS else ""
    return f"reviewed by {who} on {last.at[:10]}{stale}"


def _show(form: str, statements: list[Statement]) -> None:
    if form == "json":
        emit(msgspec.json.encode(statements, order="sorted").decode() + "\n")
        return
    for number, one in enumerate(statements):
        emit("\n" * bool(number) + _head(one, "## " if form == "markdown" else ""))
        rows = [(claim.control, claim.about, claim.text) for claim in one.claims]
        if form == "markdown":
            emit("| control | about | from the ledger |\n|---|---|---|\n")
            emit("".join(f"| {' | '.join(row)} |\n" for row in rows))
        else:
            emit(render_table(("control", "about", "from the ledger"), rows, width=_WIDTH))


def _head(one: Statement, mark: str) -> str:
    period = f"{one.since or 'the first entry'} to {one.until or 'the last'}"
    return (
        f"{mark}{one.title} ({one.edition})\n{period}; mapping of {one.written}, {one.review}\n\n"
    )
