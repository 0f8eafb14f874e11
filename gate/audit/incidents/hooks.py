"""Run the commands of the response plan once an entry is durable, and record what came of each."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Literal
from urllib.parse import quote, quote_plus

import msgspec

from gate.audit.reading import Told
from gate.errors import ProcessError, RecordError
from gate.process import run
from gate.schema.events import HookBody
from gate.schema.response import Hook, ResponsePlan
from gate.store.ledger import Ledger
from gate.text import neutralise

Trigger = Literal["kill", "incident"]
"""What a hook may answer to."""

MEMORY = 512 * 1024 * 1024
"""Resident bytes that a hook may take."""
MAX_TEXT = 300
"""Characters that are kept of what a hook says."""
MIN_HIDDEN = 4
"""Characters from which on the value of a variable is taken out of what a hook says."""

MIN_LINE = 8
"""Characters from which on a line of such a value is taken out as well: of a key, for example."""

_ELSEWHERE = "/"
"""Where hooks run: nothing that lies in the working directory can stand in for a program."""


def run_hooks(
    plan: ResponsePlan,
    trigger: Trigger,
    told: Told,
    ledger: Ledger,
    clock: Callable[[], str],
    environ: Mapping[str, str],
) -> tuple[HookBody, ...]:
    """Run every hook that answers to an event, in order, and record each before the next begins.

    A hook gets the entry as JSON on its standard input, PATH, LANG, an empty HOME and the variables
    that the plan names. One that fails stops none of the others, and undoes nothing.

    Args:
        plan: the response plan of the base branch.
        trigger: what happened.
        told: the entry, which is durable by now.
        ledger: where results go.
        clock: the time, RFC 3339 UTC.
        environ: where named variables are looked up.

    Returns:
        What came of each; the caller exits 1 where one is not `ok`.

    Raises:
        RecordError: a result could not be written; every hook has run all the same.
    """
    results = []
    failure: RecordError | None = None
    for hook in plan.hooks:
        if trigger in hook.on:
            body = _run(hook, told, environ)
            results.append(body)
            try:
                ledger.append("hook", clock(), msgspec.to_builtins(body))
            except RecordError as error:
                failure = failure or error
    if failure is not None:
        raise failure
    return tuple(results)


def _run(hook: Hook, told: Told, environ: Mapping[str, str]) -> HookBody:
    absent = [name for name in hook.environment if name not in environ]
    if absent:
        text = f"the environment variable {neutralise(absent[0], 80)} is not set"
        return HookBody(of=told.name, name=hook.name, result="missing", text=text)
    passed = {name: environ[name] for name in hook.environment}
    began = time.monotonic()
    try:
        done = run(
            hook.command,
            stdin=_entry(told),
            timeout=float(hook.timeout_seconds),
            memory=MEMORY,
            cwd=_ELSEWHERE,
            env=passed,
        )
    except ProcessError as error:
        late = time.monotonic() - began >= hook.timeout_seconds
        unstarted = isinstance(error.__cause__, OSError | ValueError)
        result: Literal["missing", "timeout", "failed"] = (
            "missing" if unstarted else "timeout" if late else "failed"
        )
        text = _said(error.message, passed)
        return HookBody(of=told.name, name=hook.name, result=result, text=text)
    loud = done.stderr or done.stdout if done.code else done.stdout or done.stderr
    return HookBody(
        of=told.name,
        name=hook.name,
        result="failed" if done.code else "ok",
        code=done.code,
        text=_said(loud.decode("utf-8", "replace"), passed),
    )


def _entry(told: Told) -> bytes:
    entry = {**msgspec.to_builtins(told.entry), "stream": told.stream}
    return msgspec.json.encode(entry, order="sorted") + b"\n"


def _said(text: str, passed: Mapping[str, str]) -> str:
    """The first line that says something, without the values that the hook was given."""
    hidden = {form: name for name, value in passed.items() for form in _forms(value)}
    for form in sorted(hidden, key=lambda form: (-len(form), form)):
        text = text.replace(form, f"[{hidden[form]} removed]")
    lines = (line.strip() for line in text.splitlines())
    return neutralise(next(filter(None, lines), ""), MAX_TEXT)


def _forms(value: str) -> Iterator[str]:
    """Every form in which a program may well say a value that it was given."""
    raw = value.encode("utf-8", "surrogateescape")
    whole = {value, value.strip(), ascii(value)[1:-1]}
    for text in (value, value.strip()):
        whole |= {
            json.dumps(text)[1:-1],
            quote(text, errors="replace"),
            quote_plus(text, errors="replace"),
        }
        whole |= {quote(text, safe="", errors="replace")}
    for data in (raw, raw.strip(), raw.strip() + b"\n"):
        encoded = {base64.b64encode(data).decode(), base64.urlsafe_b64encode(data).decode()}
        whole |= encoded | {form.rstrip("=") for form in encoded}
    yield from (form for form in whole if len(form) >= MIN_HIDDEN)
    lines = value.split("\n")
    if len(lines) > 1:
        yield from (line.strip() for line in lines if len(line.strip()) >= MIN_LINE)
