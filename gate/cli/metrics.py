"""`gate metrics`: what the ledger says in numbers."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from gate import config
from gate.cli.agents_folder import read_now
from gate.cli.help import HelpFormatter
from gate.cli.ledger_files import write_file
from gate.errors import RecordError, UsageError
from gate.moment import read_day, read_time, show_time
from gate.report.console import emit
from gate.store.open import SPECS, describe_place, open_store

if TYPE_CHECKING:
    from gate.audit.metrics import Measured

FORMATS = ("table", "json", "prometheus", "html", "markdown")
"""Ways to write the metrics down."""
_DESCRIPTION = (
    "Compute the metrics from the ledger, every chain of it verified: AI changes and their "
    "share, what became of the blocked, how long detection, containment and approval took, "
    "overrides, rubber stamps, the coverage gap, false blocks. What is not known is `no data`, "
    "never 0. docs/metrics.md defines each."
)
_EPILOG = """\
examples:
  gate metrics
  gate metrics --ledger postgres://gate@ledger/gate --days 30 --format html --output metrics.html
  gate metrics --ledger git:governance.git --since 2026-07-01 --until 2026-10-01 --format json
  gate metrics --days 30 --format prometheus --output /var/lib/node_exporter/gate.prom
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `metrics`."""
    parser = subparsers.add_parser(
        "metrics",
        help="what the ledger says in numbers",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's state folder)"
    )
    parser.add_argument("--since", metavar="TIME", help="begin, included: a day or RFC 3339 time")
    parser.add_argument("--until", metavar="TIME", help="end, not included")
    parser.add_argument("--days", type=int, metavar="N", help="the N days before --until, or now")
    parser.add_argument("--now", metavar="TIME", help="day or RFC 3339 time, UTC; sets the clock")
    parser.add_argument("--format", choices=FORMATS, default="table")
    parser.add_argument("--output", metavar="FILE", help="write it here, whole or not at all")
    parser.add_argument(
        "--definitions", action="store_true", help="print what each metric is, as Markdown"
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.definitions:
        from gate.audit.metrics.markdown import render_definitions

        return _write(arguments, render_definitions())
    from gate.audit.metrics import measure
    from gate.audit.reading import read_all

    since, until = _period(arguments)
    spec = arguments.ledger or config.default_ledger()
    store = open_store(spec)
    if not store.streams():
        raise RecordError(
            f"{describe_place(spec)}: there is no entry in this ledger",
            "Is it the right one? --ledger SPEC.",
        )
    measured = measure(read_all(store, until=until), since, until)
    return _write(arguments, render(measured, arguments.format))


def render(measured: Measured, form: str) -> str:
    """The metrics in one of `FORMATS`."""
    if form == "json":
        from gate.audit.metrics.document import render as render_json

        return render_json(measured).decode()
    if form == "prometheus":
        from gate.audit.metrics.prometheus import render as render_prometheus

        return render_prometheus(measured)
    if form == "html":
        from gate.audit.metrics.page import render as render_page

        return render_page(measured)
    if form == "markdown":
        from gate.audit.metrics.markdown import render as render_markdown

        return render_markdown(measured)
    return _table(measured)


def _table(measured: Measured) -> str:
    from gate.audit.metrics.wording import rows, say_period
    from gate.report.table import render_table

    width = 100
    if sys.stdout.isatty():
        width = min(max(os.get_terminal_size(sys.stdout.fileno()).columns, 60), 160)
    shown = render_table(("metric", "figure", "basis"), list(rows(measured)), width=width)
    return f"{shown}{say_period(measured)}, {measured.entries:,} entries read and verified\n"


def _period(arguments: argparse.Namespace) -> tuple[str, str]:
    since, until = _time("since", arguments.since), _time("until", arguments.until)
    if arguments.days is None:
        return since, until
    if since or not 0 < arguments.days <= 3660:
        raise UsageError("--days: 1 to 3660, and not together with --since")
    end = read_time(until or read_now(arguments.now)) or datetime.now(UTC)
    return show_time(end - timedelta(days=arguments.days)), show_time(end)


def _time(name: str, text: str | None) -> str:
    if text is None:
        return ""
    found = read_time(f"{text}T00:00:00Z" if read_day(text) else text)
    if found is None:
        raise UsageError(f"--{name}: not a time", "Write 2026-11-24 or 2026-11-24T10:00:00Z.")
    return show_time(found)


def _write(arguments: argparse.Namespace, text: str) -> int:
    if arguments.output:
        write_file(arguments.output, text.encode("utf-8", "backslashreplace"))
    else:
        emit(text)
    return 0
