"""Bundled Rego keeps to what rego-cpp 1.5.2 evaluates as OPA does; each ban was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from gate.evaluate.policies import Module, load_bundled
from gate.evaluate.rego_text import Token, tokenise

MODULES = [module for module in load_bundled().modules if module.path != "gate.rego"]
STRING_WORK = frozenset(
    {"concat", "contains", "endswith", "format_int", "glob", "indexof", "json", "lower", "net",
     "regex", "rego", "replace", "split", "sprintf", "startswith", "strings", "substring", "time",
     "trim", "trim_left", "trim_prefix", "trim_right", "trim_space", "trim_suffix", "units",
     "upper", "urlquery", "walk", "yaml"}
)  # fmt: skip
"""Builtins, or their first part, on which the engines differ for some string."""


def statements(tokens: Sequence[Token]) -> Iterator[list[Token]]:
    """Top-level statements: a name at a line's start opens one."""
    current: list[Token] = []
    for at, token in enumerate(tokens):
        at_line_start = at == 0 or tokens[at - 1].kind == "newline"
        if token.depth == 0 and token.kind == "name" and at_line_start and current:
            yield current
            current = []
        current.append(token)
    yield current


def arguments(statement: Sequence[Token]) -> frozenset[str]:
    """Names of a function's arguments; none for what is no function."""
    if len(statement) < 2 or statement[1].text != "(":
        return frozenset()
    names = []
    for token in statement[2:]:
        if token.text == ")" and token.depth == 0:
            break
        if token.kind == "name":
            names.append(token.text)
    return frozenset(names)


def comprehensions(statement: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Bodies of comprehensions: what stands behind `|` up to the closing bracket."""
    for at, token in enumerate(statement):
        if token.text != "|" or token.depth == 0:
            continue
        end = at + 1
        while end < len(statement) and statement[end].depth >= token.depth:
            end += 1
        yield statement[at + 1 : end]


def indexed_arguments(module: Module) -> list[str]:
    """`argument at line` for each reference indexed by a bare argument in a comprehension."""
    found = []
    for statement in statements(tokenise(module.text)):
        names = arguments(statement)
        for body in comprehensions(statement):
            for before, bracket, key, after in zip(
                body, body[1:], body[2:], body[3:], strict=False
            ):
                is_index = bracket.text == "[" and (before.kind == "name" or before.text == "]")
                if is_index and key.text in names and after.text == "]":
                    found.append(f"{key.text} at line {key.line}")
    return found


def test_indexed_argument_is_seen() -> None:
    text = "package p\n\nf(r, path) := [v | some v in r.after[path]]\n"
    assert indexed_arguments(Module("x", text)) == ["path at line 3"]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path)
def test_no_comprehension_indexes_by_an_argument(module: Module) -> None:
    """rego-cpp takes the argument for unbound there and walks over every key; use object.get."""
    assert indexed_arguments(module) == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path)
def test_no_builtin_works_on_strings(module: Module) -> None:
    tokens = tokenise(module.text)
    calls = [
        token.text
        for at, token in enumerate(tokens[:-1])
        if token.kind == "name"
        and token.text in STRING_WORK
        and (at == 0 or tokens[at - 1].text != ".")
        and tokens[at + 1].text in ("(", ".")
    ]
    assert calls == []


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.path)
def test_no_call_takes_a_wildcard_index(module: Module) -> None:
    """rego-cpp refuses `f(xs[_])`, and `f(xs[i])` is silently undefined."""
    tokens = tokenise(module.text)
    inside_call: list[int] = []
    for at, token in enumerate(tokens):
        if token.text == "(" and at and tokens[at - 1].kind == "name":
            inside_call.append(token.depth)
        elif token.text == ")" and inside_call and token.depth == inside_call[-1]:
            inside_call.pop()
        elif token.text == "_" and inside_call and tokens[at - 1].text == "[":
            pytest.fail(f"line {token.line}")
