"""Ask whether the decision is required, of everybody, and of every pull request."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gate.schema.settings import RequiredCheck
from gate.text import neutralise
from gate.verify.gate_jobs import is_gate
from gate.verify.layers import Layer, any_layer, hidden
from gate.verify.questions import CONTEXT, Reply, cannot_tell, say_no, say_yes
from gate.verify.seen import Seen

ACTIONS_APP = 15368
"""Id of the app that Actions' own token speaks for."""


def ask_required(seen: Seen) -> Iterator[Reply]:
    """Everything about requiring the decision."""
    yield _required(seen)
    yield _source(seen)
    yield _bypass(seen)
    yield _up_to_date(seen)
    yield _queue(seen)
    yield _forks(seen)
    yield _auto_merge(seen)


def is_required(seen: Seen) -> bool | None:
    """Whether the decision, or a workflow that runs the gate, is required; `None`: unknown."""
    return any_layer(seen.layers, lambda layer: _requires(layer, seen))


def required_workflow(seen: Seen) -> str:
    """The path of the gate's workflow that a ruleset requires; empty: none."""
    return next(
        (
            one.path
            for layer in seen.layers
            for one in layer.workflows or ()
            if _is_gate_workflow(one.path, seen)
        ),
        "",
    )


def unclear(id: str, seen: Seen, ask: Callable[[Layer], object]) -> Reply:
    """Cannot tell, for the layer that does not show what is asked."""
    layer = hidden(seen.layers, ask)
    found = f"{layer.name}: {layer.reason}" if layer.reason else f"{layer.name} does not show it"
    return cannot_tell(id, found, layer.permission, is_failure=layer.is_failure)


def _requires(layer: Layer, seen: Seen) -> bool | None:
    if any(_is_gate_workflow(one.path, seen) for one in layer.workflows or ()):
        return True
    if layer.checks is None:
        return None
    return bool(_named(layer))


def _named(layer: Layer) -> tuple[RequiredCheck, ...]:
    return tuple(check for check in layer.checks or () if check.context == CONTEXT)


def _is_gate_workflow(path: str, seen: Seen) -> bool:
    return is_gate(path, "") or any(job.path == path for job in seen.jobs)


def _required(seen: Seen) -> Reply:
    here = "decision.required"
    answer = is_required(seen)
    if answer:
        layer = next(layer for layer in seen.layers if _requires(layer, seen))
        path = required_workflow(seen)
        what = CONTEXT if _named(layer) else f"the workflow {neutralise(path, 100)}"
        return say_yes(here, f"{layer.name} requires {what}")
    if answer is None:
        return unclear(here, seen, lambda layer: _requires(layer, seen))
    checks = [check.context for layer in seen.layers for check in layer.checks or ()]
    jobs = {job.name for job in seen.jobs}
    own = next((name for name in checks if name in jobs), "")
    if own:
        return say_no(
            here,
            f"only the job {neutralise(own, 60)} is required: a vote or label does not change its"
            " result",
        )
    if checks:
        return say_no(here, f"required are {_list(checks)}, and not {CONTEXT}")
    return say_no(here, "no status is required")


def _source(seen: Seen) -> Reply:
    here = "decision.source"
    if required_workflow(seen):
        return say_yes(here, "a required workflow: no other run can stand in for it")
    checks = [check for layer in seen.layers for check in _named(layer)]
    apps = [app for check in checks if (app := check.integration_id or check.app_id or -1) > 0]
    if ACTIONS_APP in apps and len(set(apps)) == 1:
        return say_yes(
            here,
            "GitHub Actions; a workflow on any branch could set it as well, an app of the gate's"
            " own is stronger",
        )
    if apps:
        return say_yes(here, f"app {apps[0]}")
    if checks:
        return say_no(here, "any source is accepted")
    if is_required(seen) is None:
        return unclear(here, seen, lambda layer: _requires(layer, seen))
    return say_no(here, f"{CONTEXT} is not required")


def _bypass(seen: Seen) -> Reply:
    here = "decision.bypass"
    requiring = [layer for layer in seen.layers if _requires(layer, seen)]
    if not requiring:
        if is_required(seen) is None:
            return unclear(here, seen, lambda layer: _requires(layer, seen))
        return say_no(here, "the decision is not required, so everybody is let past it")
    strict = next((layer for layer in requiring if layer.bypass == ()), None)
    if strict is not None:
        return say_yes(here, f"{strict.name} binds everybody")
    if any(layer.bypass is None for layer in requiring):
        layer = hidden(requiring, lambda one: one.bypass)
        return cannot_tell(
            here, f"{layer.name}: {layer.reason}", layer.permission, is_failure=layer.is_failure
        )
    names = dict.fromkeys(name for layer in requiring for name in layer.bypass or ())
    return say_no(here, f"{requiring[0].name} lets past: {_list(list(names))}")


def _up_to_date(seen: Seen) -> Reply:
    here = "decision.up_to_date"
    if any(layer.queue for layer in seen.layers):
        return say_yes(here, "a merge queue tests what will be merged")
    answer = any_layer(seen.layers, lambda layer: layer.strict)
    if answer is None:
        return unclear(here, seen, lambda layer: layer.strict)
    return say_yes(here, "they must") if answer else say_no(here, "they need not")


def _queue(seen: Seen) -> Reply:
    here = "decision.queue"
    listens = any(trigger.event == "merge_group" for job in seen.jobs for trigger in job.triggers)
    answer = any_layer(seen.layers, lambda layer: layer.queue)
    if answer is False:
        return say_yes(here, "there is no merge queue")
    if listens:
        return say_yes(here, "merge_group is subscribed")
    if required_workflow(seen):
        return cannot_tell(here, "the required workflow could not be looked into")
    if answer:
        return say_no(here, "there is a merge queue, and merge_group is not subscribed")
    layer = hidden(seen.layers, lambda one: one.queue)
    if layer.reason:
        return unclear(here, seen, lambda one: one.queue)
    return cannot_tell(here, f"the API does not show whether {layer.name} has a merge queue")


def _forks(seen: Seen) -> Reply:
    here = "decision.forks"
    if seen.repository.private and seen.repository.allow_forking is False:
        return say_yes(here, "the repository may not be forked")
    if not seen.jobs:
        return cannot_tell(here, "no workflow that could be read runs the gate")
    events = {trigger.event for job in seen.jobs for trigger in job.triggers}
    for event in ("workflow_run", "schedule"):
        if event in events:
            return say_yes(here, f"{event} is subscribed")
    if "pull_request_target" in events:
        if seen.repository.private:
            return say_yes(here, "pull_request_target is subscribed")
        return cannot_tell(
            here,
            "pull_request_target is subscribed, and GitHub blocks it in public repositories"
            " unless Settings › Actions › Policies allows it",
        )
    names = {job.name for job in seen.jobs}
    checks = {check.context for layer in seen.layers for check in layer.checks or ()}
    if required_workflow(seen) or (names & checks and CONTEXT not in checks):
        return say_yes(here, "the required check is that of the run, which forks have too")
    return say_no(here, "only events are subscribed that give a fork a read-only token")


def _auto_merge(seen: Seen) -> Reply:
    here = "decision.auto_merge"
    answer, allowed = is_required(seen), seen.repository.allow_auto_merge
    if answer:
        return say_yes(here, "what is required has to be green first")
    if allowed is False:
        return say_yes(here, "auto-merge is off")
    if allowed is None:
        return cannot_tell(here, "GitHub does not show the setting", "administration=read")
    if answer is None:
        return unclear(here, seen, lambda layer: _requires(layer, seen))
    return say_no(here, f"auto-merge is on, and {CONTEXT} is not required")


def _list(names: list[str]) -> str:
    shown = ", ".join(neutralise(name, 60) for name in names[:5])
    return f"{shown} and {len(names) - 5} more" if len(names) > 5 else shown
