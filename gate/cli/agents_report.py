"""`gate agents report`: what agents were granted, against what they used of it."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from gate.audit.lifecycle.rights import DAYS, Rights, Use, in_words, rights_of
from gate.audit.reading import read_all
from gate.cli.agents_folder import Office, add_shared, show_table
from gate.errors import UsageError
from gate.report.console import emit
from gate.schema.agents import AgentRecord
from gate.text import neutralise

MAX_DAYS = 3650
"""Days a report may look back."""
_HEADINGS = (
    "agent", "owner", "last active", "pull requests", "rights", "unused", "without a grant"
)  # fmt: skip


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `agents report`."""
    parser = actions.add_parser(
        "report",
        help="what agents were granted, against what they used",
        description="Compare grants with what the ledger says was done: rights that nothing used, "
        "what was done without a grant, what was refused, and when an agent was last active. "
        "Exit 1 when something was done without a grant.",
    )
    parser.add_argument("id", nargs="?", metavar="ID", help="one agent, right by right")
    parser.add_argument(
        "--days", type=int, default=DAYS, metavar="N", help=f"how far to look back (default {DAYS})"
    )
    add_shared(parser)
    parser.set_defaults(run=_run)


def find_rights(
    office: Office, records: Iterable[AgentRecord], days: int = DAYS
) -> tuple[Rights, ...]:
    """Granted against used, by the ledger at hand.

    Raises:
        RecordError: it cannot be read, or was tampered with.
    """
    told = read_all(office.known_streams.store, kinds=("decision", "outcome"))
    return rights_of(records, told, office.today, days)


def show_rights(found: Sequence[Rights], empty: str) -> None:
    """Print one row for each agent."""
    rows = [
        (
            one.agent,
            one.owner,
            one.last_activity or "never",
            f"{one.pulls}, {one.denied} blocked",
            f"{one.granted - one.unused} of {one.granted} used",
            "\n".join(_unused(one)),
            "\n".join(in_words(one.ungranted)),
        )
        for one in found
    ]
    show_table(_HEADINGS, rows, empty)


def _run(arguments: argparse.Namespace) -> int:
    if not 1 <= arguments.days <= MAX_DAYS:
        raise UsageError(f"--days {arguments.days}: not 1 to {MAX_DAYS}")
    office = Office(arguments)
    records = (office.record(arguments.id),) if arguments.id else office.records()
    living = [record for record in records if arguments.id or record.state != "decommissioned"]
    found = find_rights(office, living, arguments.days)
    if arguments.format == "json":
        emit(msgspec.json.encode([plain_rights(one) for one in found]).decode() + "\n")
    elif arguments.id:
        _show_one(found[0])
    else:
        show_rights(found, f"no agent is registered in {neutralise(office.folder, 200)}")
    return 1 if any(one.ungranted for one in found) else 0


def plain_rights(found: Rights) -> dict[str, object]:
    """Rights as JSON shows them, unused ones listed."""
    unused = [right for grant in found.grants for right in grant.unused]
    return {**msgspec.to_builtins(found), "unused": msgspec.to_builtins(unused)}


def _unused(found: Rights) -> Iterator[str]:
    for grant in found.grants:
        if len(grant.unused) == len(grant.rights):
            yield f"all of: {grant.grant}"
        else:
            yield from in_words(grant.unused)


def _show_one(found: Rights) -> None:
    denials = ", ".join(f"{number} by {rule}" for rule, number in found.denials.items())
    lines = (
        f"{found.agent}: {found.since} to {found.until}",
        f"  owner          {found.owner}, backup {found.backup}",
        f"  last active    {found.last_activity or 'never'}",
        f"  pull requests  {found.pulls}, {found.denied} blocked{': ' if denials else ''}{denials}",
        "",
    )
    emit("".join(f"{neutralise(line, 400)}\n" for line in lines))
    granted = [(use, grant.grant) for grant in found.grants for use in grant.rights]
    rows = [
        *(_row(use, f"granted: {grant}" if use.pulls else "not used") for use, grant in granted),
        *(_row(use, "without a grant") for use in found.ungranted),
        *(_row(use, "refused") for use in found.refused),
    ]
    show_table(
        ("right", "pull requests", "last used", ""), rows, "it has no grant, and did nothing"
    )


def _row(use: Use, what: str) -> tuple[str, ...]:
    last = use.last if what != "refused" else ""
    return (next(in_words((use,))), str(use.pulls), last, what)
