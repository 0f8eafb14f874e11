"""`gate reconcile`: commits of a protected branch that no decision covers."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from gate import config
from gate.cli.agents_folder import read_now, show_table
from gate.cli.help import HelpFormatter
from gate.cli.runner import require_writer
from gate.errors import UsageError
from gate.pattern import pattern
from gate.report.console import emit
from gate.store.open import SPECS
from gate.text import neutralise

if TYPE_CHECKING:
    from gate.audit.reconciliation.walk import Reconciled

_DESCRIPTION = (
    "Walk a protected branch along its first parents and name every commit that no decision "
    "covers: pushed past the gate, merged although it was blocked, or changed on the way in. "
    "What was found is written to the ledger. Without --since the walk goes on where the last "
    "one ended."
)
_EPILOG = "exit codes: 0 every commit is covered, 1 one is not, 2 it could not be told\n"
_REPOSITORY = pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}\Z")


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `reconcile`."""
    parser = subparsers.add_parser(
        "reconcile",
        help="commits of the protected branch that no decision covers",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--repo", default=".", metavar="DIR", help="a clone (default: here)")
    parser.add_argument("--repository", required=True, metavar="OWNER/NAME", help="its name")
    parser.add_argument("--branch", default="main", help="the protected branch (default main)")
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--since", metavar="COMMIT", help="walk what came after this commit")
    start.add_argument("--all", action="store_true", help="walk from the first commit on")
    parser.add_argument(
        "--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's state folder)"
    )
    parser.add_argument("--now", metavar="TIME", help="day or RFC 3339 time, UTC; sets the clock")
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from gate.audit.reconciliation.walk import Question, reconcile
    from gate.store.streams import Streams

    if not _REPOSITORY.match(arguments.repository):
        raise UsageError(f"--repository {neutralise(arguments.repository, 100)}: not OWNER/NAME")
    since = "" if arguments.all else arguments.since
    question = Question(
        arguments.repo, arguments.repository, arguments.branch, _commit(arguments.repo, since)
    )
    spec = arguments.ledger or config.default_ledger()
    require_writer(spec, config.environ(), arguments.now)
    streams = Streams(spec)
    found = reconcile(streams, question, read_now(arguments.now))
    if arguments.format == "json":
        import msgspec

        emit(msgspec.json.encode(_document(found), order="sorted").decode() + "\n")
    else:
        _show(found)
    return 1 if found.uncovered else 0


def _commit(clone: str, name: str | None) -> str | None:
    from gate.collect.git_objects import find_repository, resolve

    if not name:
        return name
    found = resolve(find_repository(clone), name)
    if found is None:
        raise UsageError(f"--since {neutralise(name, 100)}: no such commit in the clone")
    return found


def _document(found: Reconciled) -> dict[str, Any]:
    rows = [
        {
            "commit": row.commit.sha,
            "at": row.commit.at,
            "rule": row.rule or None,
            "why": row.why,
            "decision": row.judged.name if row.judged else None,
        }
        for row in found.rows
    ]
    return {
        "repo": found.body.repo,
        "branch": found.body.branch,
        "since": found.body.since,
        "until": found.body.until,
        "commits": rows,
        "uncovered": len(found.uncovered),
        "entry": {"seq": found.entry.seq, "hash": found.entry.hash},
    }


def _show(found: Reconciled) -> None:
    body = found.body
    begin = f"behind {body.since[:12]}" if body.since else "from the first commit"
    emit(
        neutralise(
            f"{body.repo} {body.branch}: {body.commits - len(found.uncovered)} of {body.commits} "
            f"commits covered, {begin} to {body.until[:12]}",
            300,
        )
        + "\n"
    )
    counts = {row.rule: 0 for row in found.rows if row.rule}
    for row in found.rows:
        if row.rule:
            counts[row.rule] += 1
    for rule in sorted(counts):
        emit(f"  by {rule}: {counts[rule]}\n")
    if found.uncovered:
        rows = tuple(
            (row.commit.sha[:12], row.commit.at, row.why, neutralise(row.commit.subject, 60))
            for row in found.uncovered
        )
        show_table(("commit", "at", "why", "subject"), rows, "")
