"""Decode one CI file before and after into triggers, permissions, actions used and injections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from gate.decode.workflow_expression import MAX_LENGTH, TOO_LARGE, expressions, untrusted
from gate.decode.workflow_permissions import (
    PermissionBlock,
    PermissionSet,
    absent_block,
    compare_permissions,
    read_block,
)
from gate.errors import DecodeError
from gate.pattern import pattern
from gate.schema.workflow import ActionUse, Injection, Permission, Trigger, Workflow
from gate.text import neutralise
from gate.yamldoc import LinedDict, LinedList, parse_yaml

Kind = Literal["workflow", "action", "other"]
"""See `schema.workflow.Workflow`."""

DANGEROUS_EVENTS = frozenset({"pull_request_target", "workflow_run", "issue_comment"})
"""Events that run with the base's rights on a stranger's input.

Source: https://securitylab.github.com/resources/github-actions-preventing-pwn-requests/
"""
PROMPT_ACTIONS = frozenset(
    {
        "actions/ai-inference",
        "anthropics/claude-code-action",
        "anthropics/claude-code-base-action",
        "google-gemini/gemini-cli-action",
        "google-github-actions/run-gemini-cli",
        "openai/codex-action",
    }
)
"""Actions that hand an input to an AI agent."""
MAX_SCRIPT_LINES = 2_000
"""Lines below a key among which an expression is looked for."""
MAX_SCRIPT = 2_000_000
"""Characters of scripts in one file, after YAML aliases are expanded."""
_PROMPT_INPUTS = ("prompt", "direct_prompt", "system-prompt", "custom_instructions")
_WORKFLOW_PATH = pattern(r"(^|/)\.github/workflows/[^/]+\.ya?ml$", re.IGNORECASE)
_ACTION_PATH = pattern(r"(^|/)action\.ya?ml$", re.IGNORECASE)
_COMMIT = pattern(r"[0-9a-fA-F]{40}|[0-9a-fA-F]{64}")
_DIGEST = pattern(r"@sha256:[0-9a-fA-F]{64}$")
_HEAD_REF = pattern(
    r"pull_request\.head|merge_commit_sha|head_ref|refs/pull/|workflow_run\.head_|head_sha"
    r"|head\.(sha|ref|repo)"
)
_GIT_VERBS = frozenset({"checkout", "clone", "fetch", "merge", "pull", "reset", "switch"})
_ENV_FILES = ("GITHUB_ENV", "GITHUB_PATH")


class _Step(NamedTuple):
    """One step, or a job that calls a reusable workflow."""

    job: str
    body: LinedDict
    tainted: Mapping[str, str]


class _Reading(NamedTuple):
    """One side of a file."""

    triggers: tuple[tuple[str, int], ...] = ()
    permissions: PermissionSet | None = None
    uses: tuple[ActionUse, ...] = ()
    injections: tuple[Injection, ...] = ()
    checks_out_head: bool = False


def decode_workflow(
    path: str, before: bytes | None, after: bytes | None, *, repository: str
) -> Workflow:
    """The normalised view of one changed CI file.

    Args:
        path: path at the head.
        before: bytes before; `None`: no such file.
        after: bytes after; `None`: no such file.
        repository: `owner/name`; actions of its owner are first-party.

    Returns:
        The view; what already stood before is marked so. A file before that GitHub could not read
        ran nothing, so all of the file after counts as new.

    Raises:
        DecodeError: the file after is not a workflow; names path and line.
    """
    kind = _kind(path)
    change: Literal["added", "removed", "changed"] = "changed"
    if before is None and after is not None:
        change = "added"
    elif after is None and before is not None:
        change = "removed"
    if kind == "other" or after is None:
        return Workflow(path=path, change=change, kind=kind)
    owner = repository.partition("/")[0].lower()
    now = _read(after, path, kind, owner)
    was = _read_former(before, path, kind, owner)
    permissions: tuple[Permission, ...] = ()
    if now.permissions is not None:
        permissions = compare_permissions(was.permissions, now.permissions)
    return Workflow(
        path=path,
        change=change,
        kind=kind,
        triggers=_compare_triggers(was, now),
        permissions=permissions,
        uses=_compare_uses(was, now),
        injections=_compare_injections(was, now),
    )


def _kind(path: str) -> Kind:
    if _WORKFLOW_PATH.search(path):
        return "workflow"
    return "action" if _ACTION_PATH.search(path) else "other"


def _read_former(content: bytes | None, path: str, kind: Kind, owner: str) -> _Reading:
    if content is None:
        return _Reading()
    try:
        return _read(content, path, kind, owner)
    except DecodeError:
        return _Reading()  # NOTE: stricter, not laxer: nothing stood before


def _read(content: bytes, path: str, kind: Kind, owner: str) -> _Reading:
    what = neutralise(path)
    document = parse_yaml(content, what)
    if document is None:
        return _Reading()
    if not isinstance(document, LinedDict):
        raise DecodeError(f"{what}:1: not a workflow: no mapping", "Run `actionlint` on the file.")
    source = content.decode("utf-8-sig").split("\n")
    steps = tuple(_action_steps(document) if kind == "action" else _steps(document))
    if sum(len(text) for step in steps for _, text, _ in _sinks(step.body)) > MAX_SCRIPT:
        raise DecodeError(f"{what}: more than {MAX_SCRIPT} characters of script")
    reading = _Reading(
        uses=tuple(use for step in steps for use in _uses(step, owner)),
        injections=tuple(hit for step in steps for hit in _injections(step, source)),
        checks_out_head=any(_checks_out_head(step.body) for step in steps),
    )
    if kind == "action":
        return reading
    return reading._replace(triggers=tuple(_triggers(document)), permissions=_permissions(document))


def _get(mapping: object, name: str) -> tuple[Any, int]:
    """Value and line of a key in any letter case; (None, 0) where it is absent."""
    if not isinstance(mapping, LinedDict):
        return None, 0
    for key, value in mapping.items():
        if isinstance(key, str) and key.lower() == name:
            return value, mapping.lines[key]
    return None, 0


def _jobs(document: LinedDict) -> Iterator[tuple[str, LinedDict, int]]:
    jobs, _ = _get(document, "jobs")
    if isinstance(jobs, LinedDict):
        for name, job in jobs.items():
            if isinstance(job, LinedDict):
                yield str(name), job, jobs.lines[name]


def _steps(document: LinedDict) -> Iterator[_Step]:
    shared = _tainted(_get(document, "env")[0], {})
    for name, job, _ in _jobs(document):
        tainted = _tainted(_get(job, "env")[0], shared)
        yield _Step(name, job, tainted)
        yield from _listed(name, _get(job, "steps")[0], tainted)


def _action_steps(document: LinedDict) -> Iterator[_Step]:
    runs, _ = _get(document, "runs")
    image, line = _get(runs, "image")
    if isinstance(image, str) and image.lower().startswith("docker://"):
        body = LinedDict({"uses": image})
        body.lines = {"uses": line}
        yield _Step("", body, {})
    yield from _listed("", _get(runs, "steps")[0], {})


def _listed(job: str, steps: object, tainted: Mapping[str, str]) -> Iterator[_Step]:
    for step in steps if isinstance(steps, LinedList) else ():
        if isinstance(step, LinedDict):
            yield _Step(job, step, _tainted(_get(step, "env")[0], tainted))


def _tainted(env: object, outer: Mapping[str, str]) -> Mapping[str, str]:
    """Names of `env` that hold a stranger's text, the outer ones included."""
    if not isinstance(env, LinedDict):
        return outer
    names = dict(outer)
    for key, value in env.items():
        text = str(value)
        if "${{" in text and len(text) > MAX_LENGTH:
            names[str(key).lower()] = TOO_LARGE
            continue
        found = [hit for part in expressions(text) for hit in untrusted(part.body, outer)]
        if found:
            names[str(key).lower()] = found[0]
        else:
            names.pop(str(key).lower(), None)
    return names


def _triggers(document: LinedDict) -> Iterator[tuple[str, int]]:
    for name in ("on", "true"):
        events, line = _get(document, name)
        if isinstance(events, LinedDict):
            for event in events:
                yield str(event).lower(), events.lines[event]
        elif isinstance(events, LinedList):
            for index, event in enumerate(events):
                yield str(event).lower(), events.lines[index]
        elif isinstance(events, str):
            yield events.lower(), line


def _permissions(document: LinedDict) -> PermissionSet:
    jobs: dict[str, PermissionBlock | None] = {}
    lines: dict[str, int] = {}
    for name, job, line in _jobs(document):
        jobs[name] = _permission_block(job)
        lines[name] = line
    return PermissionSet(_permission_block(document) or absent_block(), jobs, lines)


def _permission_block(mapping: LinedDict) -> PermissionBlock | None:
    value, line = _get(mapping, "permissions")
    if line == 0:
        return None
    return read_block(value, value.lines if isinstance(value, LinedDict) else {}, line)


def _uses(step: _Step, owner: str) -> Iterator[ActionUse]:
    value, line = _get(step.body, "uses")
    if not isinstance(value, str):
        return
    written = value.strip()
    if written.lower().startswith("docker://"):
        name, _, ref = written.partition("@")
        pinned, first_party = _DIGEST.search(written) is not None, False
    elif written.startswith(("./", "../", "$/")):
        name, ref, pinned, first_party = written, "", True, True
    else:
        name, _, ref = written.partition("@")
        pinned = _COMMIT.fullmatch(ref) is not None
        first_party = name.partition("/")[0].lower() in {"actions", "github", owner} - {""}
    yield ActionUse(
        job=step.job, action=name, ref=ref, line=line, pinned=pinned, first_party=first_party
    )


def _action(step: LinedDict) -> str:
    value, _ = _get(step, "uses")
    name = value.partition("@")[0].strip().lower() if isinstance(value, str) else ""
    return "/".join(name.split("/")[:2])


def _checks_out_head(step: LinedDict) -> bool:
    run, _ = _get(step, "run")
    if isinstance(run, str) and _fetches_head(run.lower(), _get(step, "env")[0]):
        return True
    inputs, _ = _get(step, "with")
    if _action(step) != "actions/checkout":
        return False
    return any(
        _HEAD_REF.search(_plain(str(_get(inputs, name)[0] or ""))) for name in ("ref", "repository")
    )


def _fetches_head(script: str, env: object) -> bool:
    values = env.values() if isinstance(env, LinedDict) else ()
    is_bound = any(_HEAD_REF.search(_plain(str(value))) for value in values)
    for line in script.replace("\\\n", " ").splitlines():
        words = set(line.split())
        if "refs/pull/" in line or {"pr", "checkout"} <= words and words & {"gh", "hub"}:
            return True
        if "git" in words and words & _GIT_VERBS:
            head = "${{" in line and _HEAD_REF.search(_plain(line)) is not None
            if "pull/" in line or head or (is_bound and "$" in line):
                return True
    return False


def _plain(text: str) -> str:
    """An expression's text with bracket notation as dots, in lower case, without spaces."""
    text = re.sub(r"\[\s*'([^']*)'\s*\]", r".\1", text.lower())
    return "".join(text.split())


def _sinks(step: LinedDict) -> Iterator[tuple[str, str, int]]:
    """Texts of a step that are run, with their kind and line."""
    run, line = _get(step, "run")
    if isinstance(run, str):
        yield "run", run, line
    inputs, _ = _get(step, "with")
    action = _action(step)
    if action == "actions/github-script":
        script, line = _get(inputs, "script")
        if isinstance(script, str):
            yield "script", script, line
    elif action in PROMPT_ACTIONS:
        for name in _PROMPT_INPUTS:
            prompt, line = _get(inputs, name)
            if isinstance(prompt, str):
                yield "prompt", prompt, line


def _injections(step: _Step, source: list[str]) -> Iterator[Injection]:
    for sink, text, line in _sinks(step.body):
        first: dict[str, str] = {}
        for part in expressions(text):
            for name in untrusted(part.body, step.tainted):
                first.setdefault(name, part.source)
        for name, written in first.items():
            place = _line_of(written, source, line)
            shown = source[place - 1] if 0 < place <= len(source) else ""
            is_file = sink == "run" and any(mark in shown for mark in _ENV_FILES)
            yield Injection(
                job=step.job, context=name, sink="env-file" if is_file else sink, line=place
            )


def _line_of(expression: str, source: list[str], first: int) -> int:
    """The line an expression stands on, looked for from its key on; else the key's own line."""
    head = expression.split("\n", maxsplit=1)[0].rstrip()
    for number in range(first, min(first + MAX_SCRIPT_LINES, len(source)) + 1):
        if head in source[number - 1]:
            return number
    return first


def _compare_triggers(was: _Reading, now: _Reading) -> tuple[Trigger, ...]:
    events = {event for event, _ in was.triggers}
    is_worse = now.checks_out_head and not was.checks_out_head
    return tuple(
        Trigger(
            event=event,
            line=line,
            dangerous=event in DANGEROUS_EVENTS,
            checks_out_head=now.checks_out_head,
            stood=event in events and not (is_worse and event in DANGEROUS_EVENTS),
        )
        for event, line in now.triggers
    )


def _compare_uses(was: _Reading, now: _Reading) -> tuple[ActionUse, ...]:
    former = {(use.action.lower(), use.ref) for use in was.uses}
    return tuple(
        ActionUse(
            job=use.job,
            action=use.action,
            ref=use.ref,
            line=use.line,
            pinned=use.pinned,
            first_party=use.first_party,
            stood=(use.action.lower(), use.ref) in former,
        )
        for use in now.uses
    )


def _compare_injections(was: _Reading, now: _Reading) -> tuple[Injection, ...]:
    former = {(hit.job, hit.context, hit.sink) for hit in was.injections}
    first: dict[tuple[str, str, str], Injection] = {}
    for hit in now.injections:
        key = hit.job, hit.context, hit.sink
        if key not in first:
            first[key] = Injection(
                job=hit.job, context=hit.context, sink=hit.sink, line=hit.line, stood=key in former
            )
    return tuple(first.values())
