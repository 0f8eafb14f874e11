"""`gate ledger as-of`: what the ledger knew at a moment."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import msgspec

from gate import config
from gate.cli.evidence import moment
from gate.report.console import emit
from gate.store.open import SPECS
from gate.text import neutralise

if TYPE_CHECKING:
    from gate.audit.as_of import AsOf

_DESCRIPTION = """\
Say what the ledger knew at a moment: the agents' standing, what was stopped, which shares of the
limits were taken, which waivers had been used, which incidents were open. The whole ledger is
verified first.
"""


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger as-of`."""
    parser = actions.add_parser(
        "as-of", help="what the ledger knew at a moment", description=_DESCRIPTION
    )
    parser.add_argument("time", metavar="TIME", help="day (its begin) or RFC 3339 time")
    parser.add_argument("--agent", default="", metavar="ID", help="only this agent")
    parser.add_argument(
        "--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's state folder)"
    )
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from gate.audit.as_of import as_of
    from gate.audit.reading import read_all
    from gate.store.streams import Streams

    at = moment("TIME", arguments.time)
    streams = Streams(arguments.ledger or config.default_ledger())
    known = as_of(read_all(streams.store), at, arguments.agent)
    if arguments.format == "json":
        emit(msgspec.json.encode(known, order="sorted").decode() + "\n")
        return 0
    for line in _lines(known):
        emit(neutralise(line, 200) + "\n")
    return 0


def _lines(known: AsOf) -> list[str]:
    switch = "nothing" if known.kill_switch else "the kill switch was not set up"
    lines = [f"as of {known.at}"]
    lines += [
        f"  agent     {name}: {one.state or 'as its file says'}"
        f"{f', review due {one.review_due}' if one.review_due else ''}"
        f"{f', baseline to {known.baselines[name]}' if name in known.baselines else ''}"
        for name, one in known.agents.items()
    ] or ["  agents    none known"]
    lines += [
        f"  stopped   {one.scope} {one.target}".rstrip() + f" since {one.at} by {one.by}"
        for one in known.kills
    ] or [f"  stopped   {switch}"]
    lines += [
        f"  limits    {one.agent} {one.pull} since {one.at}: {one.resources} resources, "
        f"{one.destroyed} destroyed, {one.files} files, {one.lines} lines"
        f"{'' if one.committed else ' (not settled)'}"
        for one in known.held
    ] or ["  limits    nothing taken"]
    lines += [
        f"  waiver    {one.waiver} for {one.rule}: {one.times} times, last {one.last_at}"
        for one in known.waivers
    ]
    lines += [f"  incident  {name} open" for name in known.incidents]
    return lines
