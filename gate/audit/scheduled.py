"""Run what is due by the clock: one cron job, a table of tasks, an entry for each run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from gate.audit.notify import Sender
from gate.errors import GateError, ReportError
from gate.moment import read_time, show_time
from gate.record.incidents import plain
from gate.schema.bodies import ScheduledBody
from gate.schema.site import Site
from gate.store.ledger import walk
from gate.store.streams import SCHEDULE, Streams
from gate.text import neutralise

if TYPE_CHECKING:
    from gate.audit.outcome_sync import PullListing
    from gate.store.note import NoteSigner

SLACK = 0.1
"""Part of its interval that a task may come early, since no cron job is on time."""
CATCH_UP = timedelta(days=30)
"""How far back pull requests are looked at the first time."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """All that tasks need; what is missing keeps the tasks that need it from running."""

    streams: Streams
    """The ledger."""
    site: Site
    """The site's word."""
    clock: Callable[[], str]
    """The time, RFC 3339 UTC."""
    environ: Mapping[str, str]
    """For hooks."""
    senders: Mapping[str, Sender]
    """Ways of telling people."""
    listing: PullListing | None = None
    """GitHub, for the repository; `None`: no repository or no token was given."""
    branch: str = "main"
    """The protected branch."""
    repository: str = ""
    """`owner/name`; empty: none was given."""
    clone: str = ""
    """Folder of a clone of it; empty: none was given."""
    signer: NoteSigner | None = None
    """The private key; `None`: there is none."""
    metrics: str = ""
    """Where the metrics go; empty: nowhere."""
    write: Callable[[str, bytes], None] = lambda _path, _data: None
    """Puts a file in place, whole or not at all."""
    last: Mapping[str, str] = {}
    """Task -> when it was last done, RFC 3339 UTC."""


class Task(NamedTuple):
    """One thing that is done by the clock."""

    name: str
    """Name."""
    every: timedelta
    """How long it may rest; zero: every time."""
    what: str
    """What it does, one line."""
    lacks: Callable[[Job], str]
    """What it is not given; empty: it can run."""
    run: Callable[[Job], str]
    """Does it, and says what came of it; raises a GateError where it failed."""


class Standing(NamedTuple):
    """How it stands with one task."""

    task: Task
    """The task."""
    last: str
    """When it was last done; empty: never."""
    due: str
    """When it is due; empty: now, since it never ran."""
    is_due: bool
    """Whether it would run now."""
    lacks: str
    """What it is not given."""


class Ran(NamedTuple):
    """What came of one task."""

    name: str
    """Its name."""
    result: str
    """done | failed."""
    text: str
    """One line, neutralised."""


def last_runs(streams: Streams) -> dict[str, str]:
    """When each task was last done.

    Raises:
        TamperedError: something was done to the stream.
        RecordError: it cannot be read.
    """
    found: dict[str, str] = {}
    for entry, _ in walk(enumerate(streams.store.read(SCHEDULE), 1)):
        if entry.kind == "scheduled":
            body = msgspec.convert(entry.body, ScheduledBody)
            if body.result == "done":
                found[body.task] = max(entry.at, found.get(body.task, ""))
    return found


def standings(job: Job) -> tuple[Standing, ...]:
    """How it stands with every task, in the order they run."""
    return tuple(_standing(task, job) for task in TASKS)


def run_tasks(job: Job, names: Sequence[str] = ()) -> tuple[Ran, ...]:
    """Run tasks, whatever becomes of the ones before, and write down what came of each.

    Args:
        job: what they need.
        names: these, due or not; empty: what is due and can run.

    Raises:
        RecordError: the ledger did not take the entry of a run.
    """
    chosen = [
        one.task
        for one in standings(job)
        if (one.task.name in names if names else one.is_due and not one.lacks)
    ]
    return tuple(_run(task, job) for task in chosen)


def _standing(task: Task, job: Job) -> Standing:
    last = job.last.get(task.name, "")
    begin, now = read_time(last), read_time(job.clock())
    due = show_time(begin + task.every * (1 - SLACK)) if begin else ""
    # NOTE: a last run in the future was written by a clock that was wrong
    is_due = begin is None or now is None or begin > now or show_time(now) >= due
    return Standing(task, last, due, is_due, task.lacks(job))


def _run(task: Task, job: Job) -> Ran:
    try:
        lacks = task.lacks(job)
        ran = Ran(task.name, "failed", lacks) if lacks else Ran(task.name, "done", task.run(job))
    except GateError as error:
        ran = Ran(task.name, "failed", error.message)
    except Exception as error:  # noqa: BLE001 - a fault in one task must not stop the others
        ran = Ran(task.name, "failed", f"a fault of the gate: {type(error).__name__}")
    ran = ran._replace(text=neutralise(ran.text, 400))
    body = ScheduledBody(
        task=ran.name, result="done" if ran.result == "done" else "failed", text=ran.text
    )
    job.streams.ledger(SCHEDULE).append("scheduled", job.clock(), plain(body))
    return ran


def _outcomes(job: Job) -> str:
    from gate.audit.outcome_sync import sync_outcomes

    if job.listing is None:
        return ""
    now = job.clock()
    begin, moment = read_time(job.last.get("outcomes")), read_time(now)
    since = begin - timedelta(days=1) if begin else moment - CATCH_UP if moment else None
    written = sync_outcomes(job.streams, job.listing, job.branch, show_time(since), now)
    return f"{len(written)} entries on what became of pull requests"


def _reviews(job: Job) -> str:
    from gate.audit.overdue import overdue_reviews

    found, written = overdue_reviews(job.streams, job.site.agents or (), job.clock())
    return f"{len(found)} reviews overdue, {len(written)} new entries"


def _rotations(job: Job) -> str:
    from gate.audit.overdue import overdue_rotations

    found, written = overdue_rotations(job.streams, job.site.agents or (), job.clock())
    return f"{len(found)} rotations overdue, {len(written)} new entries"


def _notify(job: Job) -> str:
    from gate.audit.response import respond

    plan = job.site.response
    if plan is None:
        return ""
    told = respond(job.streams, plan, job.senders, job.clock, job.environ)
    if told.failures:
        raise ReportError("; ".join(told.failures))
    return f"{len(told.lines)} told"


def _metrics(job: Job) -> str:
    from gate.audit.metrics.measure import measure
    from gate.audit.metrics.prometheus import render
    from gate.audit.reading import read_all

    told = read_all(job.streams.store)
    job.write(job.metrics, render(measure(told)).encode())
    return f"over {len(told)} entries"


def _no_file(job: Job) -> str:
    return "" if job.metrics else "no file (--metrics)"


def _no_listing(job: Job) -> str:
    return "" if job.listing else "no repository (--repository) or no token (GITHUB_TOKEN)"


def _no_registry(job: Job) -> str:
    return "" if job.site.agents is not None else "no registry of agents in the .gate folder"


def _no_plan(job: Job) -> str:
    return "" if job.site.response is not None else "no response.yml in the .gate folder"


TASKS: tuple[Task, ...] = (
    Task(
        "outcomes",
        timedelta(hours=1),
        "what became of pull requests: merges, ends, reverts, fixes",
        _no_listing,
        _outcomes,
    ),
    Task("reviews", timedelta(days=1), "alerts on overdue reviews", _no_registry, _reviews),
    Task("rotations", timedelta(days=1), "alerts on overdue credentials", _no_registry, _rotations),
    Task("metrics", timedelta(days=1), "the Prometheus text file", _no_file, _metrics),
    Task("notify", timedelta(), "hooks, messages and escalation", _no_plan, _notify),
)
"""Every task, in the order they run: what raises alerts comes before what tells of them."""
