"""Compare the events that a gate must run on with those that its workflows subscribe."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from gate.decode.glob import covers
from gate.verify.gate_jobs import GateJob, Trigger, WorkflowFile

PULL_TYPES = frozenset(
    {
        "opened",
        "reopened",
        "synchronize",
        "edited",
        "labeled",
        "unlabeled",
        "ready_for_review",
        "converted_to_draft",
    }
)
"""What happens to a pull request that may change its decision."""
PULL_EVENTS = ("pull_request", "pull_request_target")
"""Either brings the pull request's own activities."""


def needed_events(*, comments: bool, queue: bool, ages: bool) -> dict[str, frozenset[str]]:
    """Event -> activity types; `pull_request` stands for `pull_request_target` too.

    Args:
        comments: votes by comment count here.
        queue: there is a merge queue.
        ages: some approval grows too old, so that time alone changes a decision.
    """
    needed = {
        "pull_request": PULL_TYPES,
        "pull_request_review": frozenset({"submitted", "edited", "dismissed"}),
    }
    if comments:
        needed["issue_comment"] = frozenset({"created", "edited", "deleted"})
    if queue:
        needed["merge_group"] = frozenset({"checks_requested"})
    if ages:
        needed["schedule"] = frozenset()
    return needed


def missing_events(
    needed: Mapping[str, frozenset[str]],
    jobs: Iterable[GateJob],
    workflows: Iterable[WorkflowFile],
) -> tuple[str, ...]:
    """What is not subscribed, as one would write it: `pull_request: edited, labeled`."""
    subscribed: dict[str, set[str]] = {}
    for trigger in _heard(jobs, tuple(workflows)):
        event = "pull_request" if trigger.event in PULL_EVENTS else trigger.event
        subscribed.setdefault(event, set()).update(trigger.types)
    found = []
    for event, types in needed.items():
        if event not in subscribed:
            found.append(f"{event}: {', '.join(sorted(types))}" if types else event)
        elif types - subscribed[event]:
            found.append(f"{event}: {', '.join(sorted(types - subscribed[event]))}")
    return tuple(found)


def _heard(jobs: Iterable[GateJob], workflows: tuple[WorkflowFile, ...]) -> Iterator[Trigger]:
    """Triggers of the gate's jobs, and of the workflows whose runs start them."""
    for job in jobs:
        for trigger in job.triggers:
            yield trigger
            if trigger.event == "workflow_run":
                for workflow in workflows:
                    if workflow.name in trigger.workflows:
                        yield from workflow.triggers


def filtered(jobs: Iterable[GateJob], branch: str) -> Iterator[tuple[GateJob, str]]:
    """Jobs whose pull request events leave something out, with what does so.

    An event that another of the jobs hears without a filter is not left out.
    """
    whole: set[str] = set()
    found: list[tuple[str, GateJob, str]] = []
    for job in jobs:
        for trigger in job.triggers:
            event = "pull_request" if trigger.event in PULL_EVENTS else trigger.event
            if event not in ("pull_request", "merge_group"):
                continue
            reason = _filter(trigger, branch)
            if reason:
                found.append((event, job, f"{trigger.event}.{reason}"))
            else:
                whole.add(event)
    for event, job, reason in found:
        if event not in whole:
            yield job, reason


def _filter(trigger: Trigger, branch: str) -> str:
    if trigger.filters:
        return trigger.filters[0]
    if trigger.branches is not None and not _lets_in(branch, trigger.branches):
        return "branches"
    if any(_matches(pattern, branch) for pattern in trigger.not_branches):
        return "branches-ignore"
    return ""


def _lets_in(branch: str, patterns: tuple[str, ...]) -> bool:
    """The last pattern that fits decides; `!` takes out."""
    inside = False
    for pattern in patterns:
        if pattern.startswith("!"):
            inside = inside and not _matches(pattern[1:], branch)
        else:
            inside = inside or _matches(pattern, branch)
    return inside


def _matches(pattern: str, branch: str) -> bool:
    """Whether a branch filter fits; one with `?`, `+` or `[]` fits only what equals it."""
    if pattern == branch:
        return True
    if "**" not in pattern and pattern.count("/") != branch.count("/"):
        return False
    return not set(pattern) & set("?+[]") and covers(pattern, branch)
