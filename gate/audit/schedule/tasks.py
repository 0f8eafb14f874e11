"""List what is done by the clock, and do each."""

from __future__ import annotations

from datetime import timedelta

from gate.audit.schedule.job import Job, Task
from gate.errors import ReportError
from gate.moment import read_time, show_time
from gate.record.alerts import raise_alerts
from gate.report.phrases import plural
from gate.schema.bodies import EntryName
from gate.schema.events import AlertBody
from gate.text import neutralise

CATCH_UP = timedelta(days=30)
"""How far back pull requests are looked at the first time."""


def _outcomes(job: Job) -> str:
    from gate.audit.outcomes.sync import sync_outcomes

    if job.listing is None:
        return ""
    now = job.clock()
    begin, moment = read_time(job.last.get("outcomes")), read_time(now)
    since = begin - timedelta(days=1) if begin else moment - CATCH_UP if moment else None
    written = sync_outcomes(job.streams, job.listing, job.branch, show_time(since), now)
    return f"{len(written)} entries on what became of pull requests"


def _reviews(job: Job) -> str:
    from gate.audit.schedule.overdue import overdue_reviews

    found, written = overdue_reviews(job.streams, job.site.agents or (), job.clock())
    return f"{len(found)} reviews overdue, {len(written)} new entries"


def _rotations(job: Job) -> str:
    from gate.audit.schedule.overdue import overdue_rotations

    found, written = overdue_rotations(job.streams, job.site.agents or (), job.clock())
    return f"{len(found)} rotations overdue, {len(written)} new entries"


def _notify(job: Job) -> str:
    from gate.audit.incidents.response import respond

    plan = job.site.response
    if plan is None:
        return ""
    told = respond(job.streams, plan, job.senders, job.clock, job.environ)
    if told.failures:
        raise ReportError("; ".join(told.failures))
    return f"{len(told.lines)} told"


def _reconciliation(job: Job) -> str:
    from gate.audit.reconciliation.walk import Question, reconcile

    now = job.clock()
    found = reconcile(job.streams, Question(job.clone, job.repository, job.branch), now)
    rows = found.uncovered
    if rows:
        # NOTE: when a commit was made its author says, so the time to detect counts from the walk
        name = EntryName(
            stream=job.streams.decisions_name(job.repository),
            seq=found.entry.seq,
            hash=found.entry.hash,
        )
        alert = AlertBody(
            source="reconciliation",
            key=neutralise(f"reconciliation:{job.repository}:{job.branch}", 200),
            severity="high",
            about=(name,),
            first_at=now,
            text=neutralise(
                f"{plural(len(rows), 'commit')} of {job.repository} {job.branch} without a "
                f"decision, the first {rows[0].commit.sha[:12]}",
                300,
            ),
            values={"uncovered": len(rows), "commits": found.body.commits},
        )
        raise_alerts(job.streams, [alert], now)
    return f"{len(rows)} of {found.body.commits} commits uncovered"


def _checkpoints(job: Job) -> str:
    from gate.audit.checkpoints import sign_heads

    if job.signer is None:
        return ""
    entry = sign_heads(job.streams, job.signer, job.clock())
    return f"entry {entry.seq}" if entry else "nothing new to sign"


def _metrics(job: Job) -> str:
    from gate.audit.metrics.measure import measure
    from gate.audit.metrics.prometheus import render
    from gate.audit.reading import read_all

    told = read_all(job.streams.store)
    job.write(job.metrics, render(measure(told)).encode())
    return f"over {len(told)} entries"


def _no_clone(job: Job) -> str:
    return "" if job.clone and job.repository else "no clone (--repo) or no --repository"


def _no_key(job: Job) -> str:
    return "" if job.signer else "no private key (--sign-with or GATE_LEDGER_KEY)"


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
    Task(
        "reconciliation",
        timedelta(days=1),
        "alerts on commits without a decision",
        _no_clone,
        _reconciliation,
    ),
    Task("checkpoints", timedelta(hours=1), "signs the end of every stream", _no_key, _checkpoints),
    Task("metrics", timedelta(days=1), "the Prometheus text file", _no_file, _metrics),
    Task("notify", timedelta(), "hooks, messages and escalation", _no_plan, _notify),
)
"""Every task, in the order they run: what raises alerts comes before what tells of them."""
