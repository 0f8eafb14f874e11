"""Rewrite Rego of other gates into the form that OPA accepts today."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence

import msgspec

from gate import process
from gate.errors import EvaluateError, ProcessError
from gate.evaluate.opa import INSTALL_HINT, MEMORY, Opa, Problem, find_opa
from gate.evaluate.packs import pack_capabilities
from gate.evaluate.rego_text import counted_form, negated_wildcards, tokenise
from gate.text import neutralise

_SECONDS = 30


class _Errors(msgspec.Struct):
    errors: list[Problem] = []


def migrate(text: str, path: str) -> str:
    """A policy in Rego v1, with every negated wildcard as a count.

    `not input.pr.labels[_] == "x"` is refused by OPA, since `_` is unsafe under `not`; what its
    author meant, "no label is x", is `count([1 | input.pr.labels[_] == "x"]) == 0`.

    Args:
        text: Rego v0 or v1.
        path: its file name, for errors.

    Returns:
        The rewritten policy, formatted by OPA and accepted by `opa check`.

    Raises:
        EvaluateError: OPA is missing, or refuses the policy for another reason.
    """
    opa = find_opa()
    if opa is None:
        raise EvaluateError("OPA was not found, and rewriting needs it", INSTALL_HINT)
    folder = tempfile.mkdtemp(prefix="gate-migrate-")
    try:
        return _checked(opa, folder, _formatted(opa, folder, count_negations(text), path), path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def count_negations(text: str) -> str:
    """The text with each `not <expression with [_]>` as a count; innermost first."""
    found = negated_wildcards(tokenise(text))
    while found:
        token, end = found[-1]
        expression = text[token.end : end]
        text = f"{text[: token.start]}{counted_form(expression)}{text[end:]}"
        found = negated_wildcards(tokenise(text))
    return text


def _formatted(opa: Opa, folder: str, text: str, path: str) -> str:
    """OPA's own formatting: as v1 if it parses as v1, else rewritten from v0."""
    failures = []
    for options in ((), ("--v0-v1",)):
        done = _run(opa, ["fmt", *options, _write(folder, text)])
        if done.code == 0:
            return done.stdout.decode("utf-8")
        failures.append(done)
    raise _refusal(path, folder, failures[-1])


def _checked(opa: Opa, folder: str, text: str, path: str) -> str:
    file = _write(folder, text)
    capabilities = os.path.join(folder, "capabilities.json")
    with open(capabilities, "wb") as handle:
        handle.write(pack_capabilities())
    done = _run(opa, ["check", "--format", "json", "--capabilities", capabilities, file])
    if done.code != 0:
        raise _refusal(path, folder, done)
    return text


def _write(folder: str, text: str) -> str:
    file = os.path.join(folder, "policy.rego")
    with open(file, "w", encoding="utf-8", newline="") as handle:
        handle.write(text)
    return file


def _run(opa: Opa, arguments: Sequence[str]) -> process.Completed:
    try:
        return process.run([opa.path, *arguments], timeout=_SECONDS, memory=MEMORY)
    except ProcessError as error:
        raise EvaluateError(f"OPA did not answer: {error.message}", INSTALL_HINT) from error


def _refusal(path: str, folder: str, done: process.Completed) -> EvaluateError:
    shown = neutralise(path, 200)
    raw = done.stderr or done.stdout
    try:
        problems = msgspec.json.decode(raw, type=_Errors).errors
    except msgspec.DecodeError:
        problems = []
    if problems:
        first = problems[0]
        row = (first.location or {}).get("row", 0)
        text = f"{shown}:{row}: {first.code}: {neutralise(first.message)}"
    else:
        noise = raw.decode("utf-8", "replace").replace(f"{folder}/policy.rego", shown)
        text = f"{shown}: {neutralise(' '.join(noise.split()))}"
    return EvaluateError(f"OPA refuses {text}", "Mend this by hand, then migrate again.")
