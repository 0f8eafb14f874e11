"""`gate scheduled`: everything that is done by the clock, in one cron job."""

from __future__ import annotations

import argparse
from datetime import timedelta

from gate import config
from gate.audit.incidents.senders import senders_of
from gate.audit.schedule.job import Job
from gate.audit.schedule.run import Standing, last_runs, run_tasks, standings
from gate.audit.schedule.tasks import TASKS
from gate.cli.agents_folder import read_now, show_table
from gate.cli.help import HelpFormatter
from gate.cli.incident import emit_json, open_streams
from gate.cli.incident_notify import read_site
from gate.cli.ledger_files import write_file
from gate.cli.sources import forge_of
from gate.errors import UsageError
from gate.report.console import emit
from gate.store.open import SPECS
from gate.trust.keys import VARIABLE, has_private_key, private_key

_EPILOG = """\
examples:
  gate scheduled --ledger git:https://github.com/acme/governance --repo .
  gate scheduled --ledger postgres://... --list
  gate scheduled --ledger postgres://... --only notify

exit codes: 0 done, or nothing was due; 1 a task failed, the others ran; 2 bad usage, or the ledger
cannot be read or written
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `scheduled`."""
    parser = subparsers.add_parser(
        "scheduled",
        help="everything that is done by the clock, in one cron job",
        description="Run the tasks that are due: overdue reviews and credentials, what became of "
        "pull requests, messages about incidents, reconciliation, checkpoints, metrics. Each run "
        "of a task is an entry of the ledger; one that fails keeps the others from nothing.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument(
        "--config", default=".gate", metavar="DIR", help="the .gate folder (default .gate)"
    )
    parser.add_argument("--ledger", metavar="SPEC", help=SPECS)
    parser.add_argument("--repo", default="", metavar="DIR", help="a clone, to reconcile")
    parser.add_argument(
        "--repository",
        default="",
        metavar="OWNER/NAME",
        help="the repository (default $GITHUB_REPOSITORY)",
    )
    parser.add_argument(
        "--branch", default="main", metavar="NAME", help="the protected branch (default main)"
    )
    parser.add_argument("--metrics", default="", metavar="FILE", help="Prometheus text file")
    parser.add_argument(
        "--sign-with", metavar="FILE", help=f"the private key (default: ${VARIABLE})"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        choices=[task.name for task in TASKS],
        metavar="TASK",
        help="run this task, due or not; repeatable: " + ", ".join(task.name for task in TASKS),
    )
    parser.add_argument("--list", action="store_true", help="show what is due when; run nothing")
    parser.add_argument("--now", metavar="TIME", help="day or RFC 3339 time, UTC; sets the clock")
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    job = _job(arguments)
    if arguments.list:
        return _list(standings(job), arguments.format)
    for one in standings(job):
        if one.task.name in arguments.only and one.lacks:
            raise UsageError(f"--only {one.task.name}: {one.lacks}")
    ran = run_tasks(job, arguments.only)
    if arguments.format == "json":
        emit_json([one._asdict() for one in ran])
    elif not ran:
        emit("nothing is due\n")
    else:
        emit("".join(f"{one.name:<15} {one.result:<7} {one.text}\n" for one in ran))
    return 1 if any(one.result == "failed" for one in ran) else 0


def _job(arguments: argparse.Namespace) -> Job:
    env, streams = config.environ(), open_streams(arguments.ledger, arguments.now)
    repository = arguments.repository or env.get("GITHUB_REPOSITORY", "")
    has_token = bool(env.get("GITHUB_TOKEN") or env.get("GH_TOKEN"))
    is_signed = has_private_key(arguments.sign_with)
    return Job(
        streams=streams,
        site=read_site(arguments.config),
        clock=lambda: read_now(arguments.now),
        environ=env,
        senders=senders_of(env, forge_of),
        listing=forge_of(repository) if repository and has_token else None,
        branch=arguments.branch,
        repository=repository,
        clone=arguments.repo,
        signer=private_key(arguments.sign_with) if is_signed else None,
        metrics=arguments.metrics,
        write=write_file,
        last=last_runs(streams),
    )


def _list(found: tuple[Standing, ...], form: str) -> int:
    if form == "json":
        emit_json(
            [
                {
                    "task": one.task.name,
                    "what": one.task.what,
                    "every_minutes": int(one.task.every.total_seconds() // 60),
                    "last": one.last or None,
                    "due": one.due or None,
                    "is_due": one.is_due,
                    "lacks": one.lacks or None,
                }
                for one in found
            ]
        )
        return 0
    rows = [
        (
            one.task.name,
            describe_interval(one.task.every),
            one.last or "never",
            describe_due(one),
            one.task.what,
        )
        for one in found
    ]
    show_table(("task", "every", "last done", "due", "what"), rows, "there are no tasks")
    return 0


def describe_due(one: Standing) -> str:
    """When a task would run."""
    if one.lacks:
        return f"never: {one.lacks}"
    return "now" if one.is_due else one.due


def describe_interval(every: timedelta) -> str:
    """`run`, `1 h`, `1 d`."""
    hours = int(every.total_seconds() // 3600)
    if not every:
        return "run"
    return f"{hours // 24} d" if hours % 24 == 0 else f"{hours} h"
