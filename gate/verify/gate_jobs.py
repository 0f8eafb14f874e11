"""Find the jobs that run the gate in a repository's workflows, when they run and what they may."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from gate.decode.workflow import decode_workflow
from gate.decode.workflow_permissions import read_block
from gate.errors import DecodeError
from gate.pattern import pattern
from gate.schema.workflow import ActionUse
from gate.text import neutralise
from gate.yamldoc import LinedDict, LinedList, parse_yaml

Ledger = Literal["shared", "artefact", "artefact if green", "cache", "lost"]
"""What becomes of the ledger when the job ends."""

DEFAULT_TYPES: Mapping[str, frozenset[str]] = {
    "pull_request": frozenset({"opened", "synchronize", "reopened"}),
    "pull_request_target": frozenset({"opened", "synchronize", "reopened"}),
    "pull_request_review": frozenset({"submitted", "edited", "dismissed"}),
    "issue_comment": frozenset({"created", "edited", "deleted"}),
    "merge_group": frozenset({"checks_requested", "destroyed"}),
    "workflow_run": frozenset({"completed", "requested", "in_progress"}),
}
"""Event -> activity types where `types` is not written (docs: events that trigger workflows)."""

NAMES = ("gate", "agent-pr-gate")
"""Last part of an action's or workflow's path that is taken for the gate."""

_RUNS = pattern(
    r"\bpython[\d.]*(?:[ \t]+-\S+){0,6}[ \t]+-m[ \t]+gate\b|(?m:^|[;&|])[ \t]*gate[ \t]+check\b"
)
_OWN_TOKEN = pattern(r"github\.token|secrets\.GITHUB_TOKEN", re.IGNORECASE)
_ARTEFACT = "actions/upload-artifact"
_CACHE = "actions/cache"


class Trigger(msgspec.Struct, frozen=True, kw_only=True):
    """One event that starts a workflow."""

    event: str
    """Name."""
    types: frozenset[str] = frozenset()
    """Activity types."""
    filters: tuple[str, ...] = ()
    """Keys that keep some changes out: paths, paths-ignore."""
    branches: tuple[str, ...] | None = None
    """`branches`, where written."""
    not_branches: tuple[str, ...] = ()
    """`branches-ignore`."""
    workflows: tuple[str, ...] = ()
    """Of workflow_run: whose runs."""


class GateJob(msgspec.Struct, frozen=True, kw_only=True):
    """One job that runs the gate."""

    path: str
    """The workflow's file."""
    job: str
    """The job's id."""
    name: str
    """The name of its check."""
    triggers: tuple[Trigger, ...]
    """What starts the workflow."""
    conditions: tuple[str, ...] = ()
    """`if` of the job and of its step."""
    tolerated: bool = False
    """`continue-on-error` lets a red gate pass for green."""
    needs: tuple[str, ...] = ()
    """Jobs that must succeed before."""
    uses: tuple[ActionUse, ...] = ()
    """Actions of the job, the gate's own among them."""
    by_module: bool = False
    """The gate is started as a module, not as an action."""
    permissions: Mapping[str, str] | None = None
    """Scope -> none | read | write, `*` for all; `None`: nothing is written."""
    own_token: bool = False
    """A token other than that of Actions is handed in."""
    ledger: Ledger = "lost"
    """What becomes of its ledger."""


class WorkflowFile(msgspec.Struct, frozen=True, kw_only=True):
    """One workflow of the repository."""

    path: str
    """Its file."""
    name: str
    """How other workflows call it."""
    triggers: tuple[Trigger, ...]
    """What starts it."""
    jobs: tuple[GateJob, ...] = ()
    """Its jobs that run the gate."""


def read_workflow(path: str, content: bytes, repository: str, action: str) -> WorkflowFile:
    """A workflow with its jobs that run the gate.

    Args:
        path: its file.
        content: bytes.
        repository: `owner/name`.
        action: `owner/name[/path]` of the gate's action; empty: known by its name.

    Raises:
        DecodeError: not a workflow; names path and line.
    """
    shown = neutralise(path, 120)
    document = parse_yaml(content, shown)
    if not isinstance(document, LinedDict):
        raise DecodeError(f"{shown}:1: not a workflow: no mapping")
    uses = decode_workflow(path, None, content, repository=repository).uses
    triggers = tuple(_triggers(_value(document, "on") or _value(document, "true")))
    whole = _Whole(path, document, uses, triggers, action)
    jobs = _value(document, "jobs")
    found: list[GateJob] = []
    for job, body in jobs.items() if isinstance(jobs, LinedDict) else ():
        if isinstance(body, LinedDict):
            found += _gate_job(whole, str(job), body)
    name = _value(document, "name")
    return WorkflowFile(
        path=path, name=str(name) if name else path, triggers=triggers, jobs=tuple(found)
    )


def is_gate(name: str, action: str) -> bool:
    """Whether the path of an action or reusable workflow is the gate's."""
    path = name.partition("@")[0].strip().lower().rstrip("/")
    if action:
        wanted = action.lower().rstrip("/")
        return path == wanted or path.startswith(wanted + "/")
    if path.startswith("docker://"):
        return False
    return re.sub(r"\.ya?ml$", "", path.rpartition("/")[2]) in NAMES


class _Whole(NamedTuple):
    """A workflow around its jobs."""

    path: str
    document: LinedDict
    uses: tuple[ActionUse, ...]
    triggers: tuple[Trigger, ...]
    action: str


def _gate_job(whole: _Whole, job: str, body: LinedDict) -> Iterator[GateJob]:
    steps = [step for step in _items(_value(body, "steps")) if isinstance(step, LinedDict)]
    own = [step for step in steps if _is_gate_step(step, whole.action)]
    called = isinstance(_value(body, "uses"), str) and is_gate(_value(body, "uses"), whole.action)
    if not own and not called:
        return
    holders = [body, *own]
    conditions = [str(_value(each, "if")) for each in holders if _value(each, "if") is not None]
    block = _value(body, "permissions", _MISSING)
    if block is _MISSING:
        block = _value(whole.document, "permissions", _MISSING)
    yield GateJob(
        path=whole.path,
        job=job,
        name=str(_value(body, "name") or job),
        triggers=whole.triggers,
        conditions=tuple(conditions),
        tolerated=any(
            str(_value(each, "continue-on-error", "false")).lower() != "false" for each in holders
        ),
        needs=tuple(map(str, _items(_value(body, "needs")))),
        uses=tuple(use for use in whole.uses if use.job == job),
        by_module=bool(own) and not any(_value(step, "uses") for step in own),
        permissions=None if block is _MISSING else dict(read_block(block, {}, 1).access),
        own_token=any(
            not _OWN_TOKEN.search(str(token))
            for step in own
            if (token := _value(_value(step, "with"), "github-token")) is not None
        ),
        ledger=_ledger(steps, own),
    )


_MISSING: Any = object()


def _value(mapping: object, key: str, default: Any = None) -> Any:  # noqa: ANN401 - YAML
    """The value of a key in any letter case."""
    if isinstance(mapping, LinedDict):
        for name, value in mapping.items():
            if isinstance(name, str) and name.lower() == key:
                return value
    return default


def _items(value: object) -> list[Any]:
    if isinstance(value, LinedList):
        return list(value)
    return [] if value is None else [value]


def _is_gate_step(step: LinedDict, action: str) -> bool:
    used, run = _value(step, "uses"), _value(step, "run")
    if isinstance(used, str):
        return is_gate(used, action)
    return isinstance(run, str) and _RUNS.search(run[:100_000]) is not None


def _triggers(events: object) -> Iterator[Trigger]:
    if isinstance(events, LinedDict):
        for event, settings in events.items():
            yield _trigger(str(event).lower(), settings)
    else:
        for event in _items(events):
            yield _trigger(str(event).lower(), None)


def _trigger(event: str, settings: object) -> Trigger:
    types = _value(settings, "types")
    branches = _value(settings, "branches")
    return Trigger(
        event=event,
        types=frozenset(str(one).lower() for one in _items(types))
        if types is not None
        else DEFAULT_TYPES.get(event, frozenset()),
        filters=tuple(
            key for key in ("paths", "paths-ignore") if _value(settings, key) is not None
        ),
        branches=tuple(map(str, _items(branches))) if branches is not None else None,
        not_branches=tuple(map(str, _items(_value(settings, "branches-ignore")))),
        workflows=tuple(map(str, _items(_value(settings, "workflows")))),
    )


def _ledger(steps: list[LinedDict], own: list[LinedDict]) -> Ledger:
    for step in own:
        place = str(_value(_value(step, "with"), "ledger") or "")
        written = f"{place} {_value(step, 'run') or ''}"
        if re.search(r"\b(?:postgres(?:ql)?|git|https?|ssh)[:+]", written):
            return "shared"
    kept: Ledger = "lost"
    for step in steps:
        used = str(_value(step, "uses") or "").partition("@")[0].lower()
        if "ledger" not in str(_value(_value(step, "with"), "path") or "").lower():
            continue
        if used == _ARTEFACT:
            condition = squeeze(str(_value(step, "if") or ""))
            return "artefact" if condition in ALWAYS else "artefact if green"
        if used.startswith(_CACHE):
            kept = "cache"
    return kept


ALWAYS = frozenset({"always()", "!cancelled()", "success()||failure()", "failure()||success()"})
"""Conditions, without spaces, under which a step or job runs after a failure too."""


def squeeze(condition: str) -> str:
    """A condition without `${{ }}` and spaces, in lower case."""
    text = condition.strip()
    if text.startswith("${{") and text.endswith("}}"):
        text = text[3:-2]
    return re.sub(r"\s+", "", text).lower()
