"""Judge one pull request as `gate check` was asked to, and write the reports."""

from __future__ import annotations

import argparse
import os
import sys
import time

from gate import config
from gate.cli.check import FORMATS
from gate.cli.complaint import complain
from gate.cli.runner import require_writer, runner_of
from gate.cli.sources import is_event, open_source, read_policies, with_config
from gate.collect.plan_ahead import PlanAhead
from gate.errors import GateError, ReportError, UsageError
from gate.options import Options
from gate.outcome import Outcome, failure
from gate.pattern import pattern
from gate.pipeline import check
from gate.report.console import emit
from gate.schema.changes import Changes
from gate.schema.collected import Source
from gate.schema.report import Report
from gate.store.streams import Streams

_REPORT = pattern(rf"(?:{'|'.join(FORMATS)})=.")
_NOW = pattern(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")


def run(arguments: argparse.Namespace, ahead: PlanAhead | None) -> int:
    """Judge, render, announce.

    Args:
        arguments: of `gate check`.
        ahead: the plan of the folder that is judged, if somebody has begun to read it.

    Returns:
        The exit code.
    """
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    try:
        _check_reports(arguments)
        outcome = _judge(arguments, ahead, arguments.now or started)
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


def on_crash(arguments: argparse.Namespace, error: GateError) -> int:
    """Render and announce a crash of the gate itself; nothing is posted."""
    started = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    outcome = _failed(error, "internal", started)
    arguments.post = "none"
    return _announce(arguments, outcome)


def _failed(error: GateError, section: str, now: str) -> Outcome:
    report = failure(error, section, now)
    return Outcome(report=report, changes=Changes(), evaluation=None)


def _judge(arguments: argparse.Namespace, ahead: PlanAhead | None, now: str) -> Outcome | None:
    if arguments.now is not None:
        if not _is_time(arguments.now):
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
        reserve=_counts(arguments),
        runner=runner_of(config.environ()),
        announces=_announces(arguments.post),
        timed=arguments.now is None,
    )
    streams = Streams(arguments.ledger or config.default_ledger())
    require_writer(streams.spec, config.environ(), arguments.now)

    def judge(opened: Source) -> Outcome:
        source = with_config(opened, arguments.config) if arguments.config else opened
        return check(source, options, streams)

    if is_event(arguments):
        from gate.cli.events import judge_event  # NOTE: only runs of Actions have one

        return judge_event(arguments, judge, now, streams)
    opened = open_source(arguments, ahead)
    if arguments.post == "review":
        from gate.cli.posting import announced

        return announced(opened, judge)
    return judge(opened)


def _announces(post: str) -> tuple[str, ...]:
    if post != "review":
        return ()
    from gate.cli.posting import wants_status

    return ("review", "status") if wants_status() else ("review",)


def _counts(arguments: argparse.Namespace) -> bool:
    """Whether a run counts against the limits: a dry run on a range, or on a pull request without
    announcing anything, does not."""
    target = arguments.target
    return (
        arguments.post == "review"
        or is_event(arguments)
        or (target is not None and os.path.isdir(target))
    )


def _is_time(text: str) -> bool:
    try:
        return _NOW.fullmatch(text) is not None and bool(time.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return False


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
        complain(error)
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
