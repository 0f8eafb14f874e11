"""Run what is due by the clock: one cron job, a table of tasks, an entry for each run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gate.audit.schedule.job import Job, Task
from gate.audit.schedule.tasks import TASKS
from gate.errors import GateError
from gate.moment import read_time, show_time
from gate.record.incidents import plain
from gate.schema.events import ScheduledBody
from gate.store.body import read_body
from gate.store.ledger import walk
from gate.store.streams import SCHEDULE, Streams
from gate.text import neutralise

SLACK = 0.1
"""Part of its interval that a task may come early, since no cron job is on time."""

_FAULTS = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What a fault of the gate in one task may raise, which must not stop the others."""


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
            body = read_body(entry, ScheduledBody)
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
    except _FAULTS as error:
        ran = Ran(task.name, "failed", f"a fault of the gate: {type(error).__name__}")
    ran = ran._replace(text=neutralise(ran.text, 400))
    body = ScheduledBody(
        task=ran.name, result="done" if ran.result == "done" else "failed", text=ran.text
    )
    job.streams.ledger(SCHEDULE).append("scheduled", job.clock(), plain(body))
    return ran
