"""The embedded engine: regopy (rego-cpp) in a child process, for machines without OPA.

Its sharp edges are measured, not guessed: a missing builtin or an index under a call makes a rule
silently undefined, so builtins are checked against a list before anything runs; a partial set of
objects is quadratic, so the query names each rule's `findings` instead of composing them in
`gate.rego`; it can crash, so it lives in a child with a kill timer and a memory limit.
"""

from __future__ import annotations

import importlib.util
import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec

from gate import process
from gate.errors import EvaluateError, ProcessError
from gate.evaluate.answer import Answer, read_answer
from gate.evaluate.policies import Module, Policies
from gate.pattern import pattern
from gate.text import neutralise

EVALUATION_SECONDS = 60
"""Time for one run; 2,000 changed resources take 0.2 s."""
MEMORY = 2 << 30
"""Memory for one run; the engine needs about 62 bytes per byte of input."""
HINT = "Use the authoritative engine: gate opa install"
"""What to do when this engine does not serve."""
ALLOWED_BUILTINS = frozenset(
    {
        "array.concat",
        "count",
        "is_array",
        "is_boolean",
        "is_null",
        "is_number",
        "is_object",
        "is_string",
        "max",
        "min",
        "object.get",
        "object.keys",
        "object.union",
        "sort",
        "union",
    }
)
"""Builtins whose answers are those of OPA for every input; string builtins are not."""

_NO_CALLS = frozenset({"data", "contains", "set"})
_COMMENT_OR_STRING = pattern(r"\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`|#[^\n]*")
_CALL = pattern(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\(")
_PRIVATE = pattern(r"^(?:default[ \t]+)?(_[A-Za-z0-9]\w*)", re.MULTILINE)
_TABLE = pattern(r"data\.gate\.tables\.(\w+)(?:\.(\w+))?")
_FUNCTION = pattern(r"^([A-Za-z_]\w*)\(", re.MULTILINE)
_IMPORT = pattern(r"^import[ \t]+(data\.[\w.]+)(?:[ \t]+as[ \t]+(\w+))?", re.MULTILINE)


class _Reply(msgspec.Struct):
    value: Any = None
    version: str = ""
    error: str | None = None


class Evaluated(NamedTuple):
    """The answer of the embedded engine."""

    answer: Answer
    """Findings and the rules that answered."""
    version: str
    """Version of regopy."""


def evaluate_embedded(policies: Policies, rules: Sequence[str], document: bytes) -> Evaluated:
    """Evaluate bundled rules.

    Args:
        policies: the bundled set.
        rules: ids of its Rego rules, `family.name`.
        document: the `input`, JSON.

    Raises:
        EvaluateError: regopy is missing, a rule uses a builtin outside the list, a rule fails, or
            the child crashed, ran too long or answered nonsense.
    """
    request = request_of(policies, rules)
    reply = _ask(msgspec.json.encode(request) + b"\n" + document)
    return Evaluated(answer_of(reply.value), reply.version)


def request_of(policies: Policies, rules: Sequence[str]) -> dict[str, Any]:
    """The worker's request: modules, tables, builtins they need, and the query.

    Raises:
        EvaluateError: regopy is missing, or a rule uses a builtin outside the list.
    """
    modules = tuple(module for module in policies.modules if module.path != "gate.rego")
    builtins = builtins_used(modules)
    if builtins - ALLOWED_BUILTINS:
        raise EvaluateError(
            f"embedded engine: rules use {', '.join(sorted(builtins - ALLOWED_BUILTINS))}, "
            "which it does not answer as OPA does",
            HINT,
        )
    terms = ", ".join(f'"{rule}": data.gate.rules.{rule}.findings' for rule in sorted(rules))
    return {
        "library": _library(),
        "modules": [_with_own_names(module, at) for at, module in enumerate(modules)],
        "tables": msgspec.json.encode(
            {"gate": {"tables": _tables_used(policies.tables, modules)}}
        ).decode("utf-8"),
        "builtins": sorted(builtins),
        "query": "{" + terms + "}",
    }


def answer_of(value: Any) -> Answer:  # noqa: ANN401 - an engine's JSON
    """The answer in the worker's value `{id: [finding, ...]}`.

    Raises:
        EvaluateError: it has another shape, or a finding is not valid.
    """
    findings, evaluated = _flatten(value)
    return read_answer({"findings": findings, "evaluated": evaluated}, "embedded engine")


def builtins_used(modules: Iterable[Module]) -> frozenset[str]:
    """Names of the builtins that modules call: neither their own functions nor imported ones."""
    used: set[str] = set()
    for module in modules:
        code = _COMMENT_OR_STRING.sub(
            lambda match: "" if match.group().startswith("#") else '""', module.text
        )
        own = set(_FUNCTION.findall(code))
        aliases = {alias or path.rpartition(".")[2] for path, alias in _IMPORT.findall(code)}
        for name in _CALL.findall(code):
            if name not in own and name.partition(".")[0] not in aliases | _NO_CALLS:
                used.add(name)
    return frozenset(used)


def _tables_used(tables: dict[str, Any], modules: Iterable[Module]) -> dict[str, Any]:
    """The tables that modules name; the engine takes 0.4 ms per KB, and decode has its own."""
    used: dict[str, dict[str, Any]] = {}
    for module in modules:
        for family, stem in _TABLE.findall(module.text):
            known = tables.get(family, {})
            found = {stem: known[stem]} if stem in known else known
            used.setdefault(family, {}).update(found)
    return used


def _with_own_names(module: Module, number: int) -> Module:
    """The module with its private names made its own.

    NOTE: two packages that define a function of the same name with different numbers of arguments
    make rego-cpp 1.5.2 fail ("unable to unify due to cycle") or crash (measured).
    """
    private = set(_PRIVATE.findall(module.text))
    if not private:
        return module
    names = "|".join(sorted(private, key=len, reverse=True))
    pattern = re.compile(rf"{_COMMENT_OR_STRING.pattern}|(?<![\w.])(?:{names})(?!\w)")

    def renamed(match: re.Match[str]) -> str:
        text = match.group()
        return f"{text}_{number}" if text.startswith("_") else text

    return Module(module.path, pattern.sub(renamed, module.text))


def _library() -> str:
    spec = importlib.util.find_spec("regopy")
    if spec is None or spec.origin is None:
        raise EvaluateError("embedded engine: regopy is not installed", HINT)
    return os.path.dirname(os.path.dirname(spec.origin))


def _ask(request: bytes) -> _Reply:
    worker = os.path.join(os.path.dirname(os.path.abspath(__file__)), "embedded_worker.py")
    try:
        done = process.run(
            [sys.executable, "-I", "-S", worker],
            stdin=request,
            timeout=EVALUATION_SECONDS,
            memory=MEMORY,
        )
    except ProcessError as error:
        raise EvaluateError(f"embedded engine: {error.message}", HINT) from error
    try:
        reply = msgspec.json.decode(done.stdout, type=_Reply)
    except msgspec.DecodeError as error:
        detail = neutralise(done.stderr[-300:].decode("utf-8", "replace").strip())
        raise EvaluateError(
            f"embedded engine: no answer (exit {done.code}): {detail}", HINT
        ) from error
    if reply.error is not None or done.code != 0:
        noise = neutralise(done.stderr[:300].decode("utf-8", "replace").strip(), 200)
        detail = f"{neutralise(reply.error or 'no answer')}{f' ({noise})' if noise else ''}"
        raise EvaluateError(f"embedded engine: {detail}", HINT)
    return reply


def _flatten(value: Any) -> tuple[list[Any], list[str]]:  # noqa: ANN401 - an engine's JSON
    """Findings with their rule's id, and the ids, out of `{id: [finding, ...]}`."""
    if not isinstance(value, dict):
        raise EvaluateError("embedded engine: the answer has not the expected shape", HINT)
    findings: list[Any] = []
    for rule, found in value.items():
        for finding in found if isinstance(found, list) else (found,):
            if not isinstance(finding, dict):
                raise EvaluateError(f"embedded engine: {neutralise(rule, 80)}: no set of objects")
            findings.append({**finding, "rule": rule})
    return findings, list(value)
