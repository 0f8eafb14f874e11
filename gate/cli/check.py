"""`gate check`: judge one pull request."""

from __future__ import annotations

import argparse
import os
import sys
import time

from gate import config
from gate.cli.help import HelpFormatter
from gate.cli.sources import is_event, open_source, read_policies, with_config
from gate.errors import GateError, ReportError, UsageError
from gate.outcome import Outcome, failure
from gate.pattern import pattern
from gate.pipeline import Options, check
from gate.report.console import emit
from gate.schema.changes import Changes
from gate.schema.collected import Source
from gate.schema.report import Report
from gate.store.file import FileLedger

FORMATS = ("console", "json", "sarif", "markdown")
"""How a report can be written."""

_REPORT = pattern(rf"(?:{'|'.join(FORMATS)})=.")
_NOW = pattern(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")

_DESCRIPTION = """\
Judge one pull request: a scenario folder, a local git range, or a pull request on GitHub.
Without a target: the event, when run in GitHub Actions; else the current branch against the
merge base with the default branch.
"""

_EPILOG = """\
examples:
  gate check                                     the current branch, before pushing it
  gate check main...my-branch --plan infra=plan.json
  gate check acme/infra#42
  gate check fixtures/pulls/agent-widens-ci-role

exit codes: 0 pass or warn, 1 hold or block, 2 could not judge or bad usage
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `check`."""
    parser = subparsers.add_parser(
        "check",
        help="judge one pull request",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "target", nargs="?", metavar="TARGET", help="DIR, OWNER/REPO#N or BASE...HEAD"
    )
    parser.add_argument(
        "--plan",
        action="append",
        default=[],
        metavar="[ROOT=]FILE",
        help="a plan as `terraform show -json` prints it; ROOT is its root module's directory",
    )
    parser.add_argument(
        "--policy", action="append", default=[], metavar="DIR", help="further policies"
    )
    parser.add_argument(
        "--config", metavar="DIR", help="take this .gate folder instead of the base branch's"
    )
    parser.add_argument("--engine", choices=("auto", "opa", "embedded"), default="auto")
    parser.add_argument("--format", choices=FORMATS, default="console")
    parser.add_argument("--output", metavar="FILE", help="write the report here, not to stdout")
    parser.add_argument(
        "--report",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write one more report; may be given several times",
    )
    parser.add_argument(
        "--post", choices=("none", "review"), default="none", help="post a review (GitHub only)"
    )
    parser.add_argument("--ledger", metavar="FILE", help="the ledger to append to")
    parser.add_argument(
        "--now", metavar="TIME", help="RFC 3339 UTC; sets the clock, only with --post none"
    )
    parser.add_argument(
        "--what-if",
        action="append",
        default=[],
        metavar="VOTE",
        help="pretend approve=LOGIN[:PERMISSION], object=LOGIN, label=NAME@LOGIN or push;"
        " nothing is recorded or posted",
    )
    parser.set_defaults(run=_run, on_crash=_on_crash)


def _run(arguments: argparse.Namespace) -> int:
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        _check_reports(arguments)
        outcome = _judge(arguments, arguments.now or started)
    except GateError as error:
        section = "usage" if isinstance(error, UsageError) else "input"
        outcome = _failed(error, section, started)
    return 0 if outcome is None else _announce(arguments, outcome)


def _check_reports(arguments: argparse.Namespace) -> None:
    wrong = [wish for wish in arguments.report if not _REPORT.match(wish)]
    arguments.report = [wish for wish in arguments.report if wish not in wrong]
    if wrong:
        raise UsageError(
            f"--report {wrong[0][:200]!a}: not FORMAT=FILE",
            f"FORMAT is one of {', '.join(FORMATS)}.",
        )


def _on_crash(arguments: argparse.Namespace, error: GateError) -> int:
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    outcome = _failed(error, "internal", started)
    arguments.post = "none"
    return _announce(arguments, outcome)


def _failed(error: GateError, section: str, now: str) -> Outcome:
    report = failure(error, section, now)
    return Outcome(report=report, changes=Changes(), evaluation=None)


def _judge(arguments: argparse.Namespace, now: str) -> Outcome | None:
    if arguments.now is not None:
        if not _NOW.fullmatch(arguments.now):
            raise UsageError("--now: not a time", "Write it as 2026-11-24T10:00:00Z.")
        if arguments.post != "none":
            raise UsageError("--now sets the clock of replays", "Use it with --post none.")
    if arguments.what_if and arguments.post != "none":
        raise UsageError("--what-if: what is pretended is not posted", "Leave --post out.")
    options = Options(
        now=now,
        what_if=_wishes(arguments.what_if),
        engine=arguments.engine,
        policies=read_policies(arguments.policy),
    )
    ledger = FileLedger(arguments.ledger or config.default_ledger())

    def judge(opened: Source) -> Outcome:
        source = with_config(opened, arguments.config) if arguments.config else opened
        return check(source, options, ledger)

    if is_event(arguments):
        from gate.cli.events import judge_event  # NOTE: only runs of Actions have one

        return judge_event(arguments, judge, now)
    opened = open_source(arguments)
    if arguments.post == "review":
        from gate.cli.posting import announced

        return announced(opened, judge)
    return judge(opened)


def _wishes(words: list[str]) -> tuple[str, ...]:
    if not words:
        return ()
    from gate.judge.approvals import split_what_if

    return split_what_if(words)


def _announce(arguments: argparse.Namespace, outcome: Outcome) -> int:
    code = outcome.exit_code
    try:
        for wish in arguments.report:
            name, _, path = wish.partition("=")
            _write(path, _render(name, outcome))
        if arguments.output:
            _write(arguments.output, _render(arguments.format, outcome))
        else:
            emit(_render(arguments.format, outcome, terminal=True).decode("utf-8"))
        if config.environ().get("GITHUB_ACTIONS") == "true":
            from gate.cli.actions import announce

            announce(outcome, arguments.report, config.environ())
    except GateError as error:
        sys.stderr.write(f"gate: {error.diagnostics()}\n")
        return 2
    return code


def _render(name: str, outcome: Outcome, *, terminal: bool = False) -> bytes:
    report: Report = outcome.report
    if name == "json":
        from gate.report.json import render as render_json

        return render_json(report)
    if name == "sarif":
        from gate.report.sarif import render as render_sarif

        return render_sarif(report, outcome.evaluation.rules if outcome.evaluation else ())
    if name == "markdown":
        from gate.report.summary import render as render_summary

        return render_summary(report).encode("utf-8")
    from gate.report.console import render

    is_terminal = terminal and sys.stdout.isatty()
    width = 100
    if is_terminal:
        width = min(max(os.get_terminal_size(sys.stdout.fileno()).columns, 60), 120)
    color = is_terminal and not config.environ().get("NO_COLOR")
    return render(report, width=width, color=color).encode("utf-8")


def _write(path: str, content: bytes) -> None:
    try:
        with open(path, "wb") as handle:
            handle.write(content)
    except OSError as error:
        raise ReportError(
            f"{path}: the report could not be written: {error.strerror or type(error).__name__}",
            "The decision is in the ledger.",
        ) from error
