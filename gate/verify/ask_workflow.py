"""Ask whether the workflow that runs the gate runs always, on everything, and with few rights."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gate.forge_settings import Unread
from gate.text import neutralise
from gate.verify.ask_required import required_workflow
from gate.verify.events import filtered, missing_events, needed_events
from gate.verify.gate_jobs import ALWAYS, GateJob, squeeze
from gate.verify.layers import any_layer
from gate.verify.owners import covers_workflows
from gate.verify.questions import Reply, cannot_tell, say_no, say_yes
from gate.verify.seen import Seen

GUARDS = frozenset(
    {
        "github.event_name!='issue_comment'||github.event.issue.pull_request",
        "github.event_name!='issue_comment'||github.event.issue.pull_request!=null",
        "!github.event.issue||github.event.issue.pull_request",
        "github.event.issue.pull_request||github.event_name!='issue_comment'",
    }
)
"""Conditions, without spaces, that leave out nothing but comments on plain issues."""

NEEDED_WRITES = frozenset({"pull-requests", "statuses", "security-events"})
"""What the gate may have to write: reviews, the status, findings in code scanning."""

_OWN_COPY = ("pull_request", "pull_request_review")
"""Events under which a branch runs its own copy of a workflow. What is in a merge group has been
judged by another run before."""
_SHOWN = (*_OWN_COPY, "pull_request_target", "merge_group")
"""Events whose job is shown on the commit that is judged, so that its colour counts."""


def ask_workflow(seen: Seen) -> Iterator[Reply]:
    """Everything about the workflow."""
    yield _present(seen)
    asked: tuple[tuple[str, Callable[[Seen], Reply]], ...] = (
        ("job.events", _events),
        ("job.unfiltered", _unfiltered),
        ("job.unconditional", _unconditional),
        ("job.pinned", _pinned),
        ("job.permissions", _permissions),
        ("job.may_post", _may_post),
        ("job.protected", _protected),
        ("job.ledger", _ledger),
    )
    for here, ask in asked:
        yield ask(seen) if seen.jobs else _nothing(here, seen)


def _nothing(here: str, seen: Seen) -> Reply:
    path = required_workflow(seen)
    if path and here == "job.protected":
        return say_yes(here, "a required workflow, which no branch can change")
    if path:
        return cannot_tell(
            here, f"{neutralise(path, 100)} lies in another repository: ask the doctor there"
        )
    unread = seen.files.workflows
    if isinstance(unread, Unread):
        return cannot_tell(here, unread.reason, unread.permission, is_failure=unread.is_failure)
    return cannot_tell(here, "no workflow that could be read runs the gate")


def _present(seen: Seen) -> Reply:
    here = "job.present"
    if seen.repository.archived:
        return say_no(here, "the repository is archived")
    if not seen.jobs:
        if required_workflow(seen):
            return say_yes(here, f"a ruleset requires {neutralise(required_workflow(seen), 100)}")
        if isinstance(seen.files.workflows, Unread):
            return _nothing(here, seen)
        broken = f"; not readable: {seen.broken[0]}" if seen.broken else ""
        return say_no(here, f"none of {len(seen.workflows)} workflows does{broken}")
    paths = {job.path for job in seen.jobs}
    names = ", ".join(neutralise(path, 80) for path in sorted(paths))
    if isinstance(seen.states, Unread):
        unread = seen.states
        return cannot_tell(
            here,
            f"{names} does; whether it is switched on is not shown: {unread.reason}",
            unread.permission,
            is_failure=unread.is_failure,
        )
    states = {state.path: state.state for state in seen.states}
    off = [path for path in sorted(paths) if states.get(path, "active") != "active"]
    if off and len(off) == len(paths):
        return say_no(here, f"{neutralise(off[0], 80)} is {neutralise(states[off[0]], 30)}")
    return say_yes(here, names)


def _events(seen: Seen) -> Reply:
    here = "job.events"
    config = None if isinstance(seen.site, Unread) else seen.site.config
    needed = needed_events(
        comments=config is None or config.voting.comments,
        queue=bool(any_layer(seen.layers, lambda layer: layer.queue)),
        ages=config is not None and any(row.max_age_days is not None for row in config.matrix),
    )
    missing = missing_events(needed, seen.jobs, seen.workflows)
    if missing:
        return say_no(here, f"missing: {'; '.join(missing)}")
    events = {trigger.event for job in seen.jobs for trigger in job.triggers}
    if "pull_request" not in events and not seen.repository.private:
        return cannot_tell(
            here,
            "all are subscribed; in public repositories GitHub blocks pull_request_target unless a"
            " policy under Settings › Actions › Policies allows it",
        )
    return say_yes(here, f"{', '.join(needed)} are subscribed")


def _unfiltered(seen: Seen) -> Reply:
    here = "job.unfiltered"
    found = [f"{_name(job)} has {reason}" for job, reason in filtered(seen.jobs, seen.branch)]
    return say_no(here, "; ".join(found[:3])) if found else say_yes(here, "no filter")


def _unconditional(seen: Seen) -> Reply:
    here = "job.unconditional"
    found = []
    for job in seen.jobs:
        conditions = [condition for condition in job.conditions if not _harmless(condition)]
        if conditions:
            found.append(f"{_name(job)} has if: {neutralise(conditions[0], 80)}")
        if job.tolerated and any(trigger.event in _SHOWN for trigger in job.triggers):
            found.append(f"{_name(job)} has continue-on-error")
        if job.needs and not any(squeeze(one) in ALWAYS for one in job.conditions):
            needs = ", ".join(neutralise(one, 40) for one in job.needs[:3])
            found.append(f"{_name(job)} is skipped when {needs} fails")
    return say_no(here, "; ".join(found[:3])) if found else say_yes(here, "nothing skips it")


def _harmless(condition: str) -> bool:
    return squeeze(condition) in ALWAYS | GUARDS


def _pinned(seen: Seen) -> Reply:
    here = "job.pinned"
    loose, local = [], []
    for job in seen.jobs:
        for use in job.uses:
            shown = f"{neutralise(use.action, 80)}@{neutralise(use.ref, 40)}".rstrip("@")
            if use.action.startswith(("./", "../")):
                local.append(shown)
            elif not use.pinned:
                loose.append(shown)
    if local:
        return say_no(here, f"{local[0]} is the checked-out code's own copy")
    if loose:
        more = f" and {len(loose) - 3} more" if len(loose) > 3 else ""
        return say_no(here, f"not pinned: {', '.join(loose[:3])}{more}")
    if any(job.by_module for job in seen.jobs):
        return cannot_tell(here, "the gate is run as a module: what was installed is not shown")
    return say_yes(here, "all are")


def _permissions(seen: Seen) -> Reply:
    here = "job.permissions"
    for job in seen.jobs:
        if job.permissions is None:
            return say_no(here, f"{_name(job)} has no permissions: the repository's default holds")
        extra = sorted(
            scope
            for scope, access in job.permissions.items()
            if access == "write" and scope not in NEEDED_WRITES
        )
        if extra:
            shown = ", ".join("write-all" if scope == "*" else f"{scope}: write" for scope in extra)
            return say_no(here, f"{_name(job)} has {neutralise(shown, 120)}")
    return say_yes(here, "it writes nothing else")


def _may_post(seen: Seen) -> Reply:
    here = "job.may_post"
    lacking: set[str] = set()
    for job in seen.jobs:
        if job.own_token:
            return cannot_tell(here, f"{_name(job)} hands in another token, whose rights are its")
        if job.permissions is None:
            if isinstance(seen.token, Unread):
                return cannot_tell(here, seen.token.reason, seen.token.permission)
            if seen.token.default_workflow_permissions == "write":
                return say_yes(here, "by the repository's default")
            lacking |= {"statuses", "pull-requests"}
            continue
        lacks = {
            scope
            for scope in ("statuses", "pull-requests")
            if job.permissions.get(scope, job.permissions.get("*")) != "write"
        }
        if not lacks:
            return say_yes(here, "both")
        lacking |= lacks
    return say_no(here, f"missing: {', '.join(f'{scope}: write' for scope in sorted(lacking))}")


def _protected(seen: Seen) -> Reply:
    here = "job.protected"
    if required_workflow(seen):
        return say_yes(here, "a required workflow, which no branch can change")
    own = [
        trigger.event for job in seen.jobs for trigger in job.triggers if trigger.event in _OWN_COPY
    ]
    if not own:
        return say_yes(here, "it runs from the default branch's copy")
    covered = covers_workflows(seen)
    if covered.answer == "yes":
        return say_yes(here, f"{covered.found} must review it")
    if covered.answer == "cannot-tell":
        return covered._replace(id=here)
    return say_no(here, f"{own[0]} runs the branch's own copy, and {covered.found}")


def _ledger(seen: Seen) -> Reply:
    here = "job.ledger"
    kept = {job.ledger for job in seen.jobs}
    if "shared" in kept:
        return say_yes(here, "in a shared ledger")
    if "artefact" in kept:
        return say_yes(here, "as an artefact of each run")
    if "artefact if green" in kept:
        return say_no(here, "only of green runs: the upload is skipped after a red one")
    if "cache" in kept:
        return say_no(here, "in the cache of Actions, which anybody's run may replace")
    return say_no(here, "it ends with the job")


def _name(job: GateJob) -> str:
    return f"{neutralise(job.path.rpartition('/')[2], 60)} ({neutralise(job.job, 40)})"
