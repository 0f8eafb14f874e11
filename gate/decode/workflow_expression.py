"""Find attacker-controlled contexts in GitHub expressions, and the expressions in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from gate.pattern import pattern

_ANY = "*"
_REST = "**"

UNTRUSTED: tuple[tuple[str, ...], ...] = tuple(
    tuple(path.split("."))
    for path in (
        "github.head_ref",
        "github.event.issue.title",
        "github.event.issue.body",
        "github.event.pull_request.title",
        "github.event.pull_request.body",
        "github.event.pull_request.head.ref",
        "github.event.pull_request.head.label",
        "github.event.pull_request.head.repo.default_branch",
        "github.event.comment.body",
        "github.event.review.body",
        "github.event.review_comment.body",
        "github.event.discussion.title",
        "github.event.discussion.body",
        "github.event.pages.*.page_name",
        "github.event.commits.*.message",
        "github.event.commits.*.author.name",
        "github.event.commits.*.author.email",
        "github.event.commits.*.committer.name",
        "github.event.commits.*.committer.email",
        "github.event.head_commit.message",
        "github.event.head_commit.author.name",
        "github.event.head_commit.author.email",
        "github.event.head_commit.committer.name",
        "github.event.head_commit.committer.email",
        "github.event.workflow_run.head_branch",
        "github.event.workflow_run.display_title",
        "github.event.workflow_run.head_commit.message",
        "github.event.workflow_run.head_commit.author.name",
        "github.event.workflow_run.head_commit.author.email",
        "github.event.workflow_run.head_repository.description",
        "github.event.workflow_run.pull_requests.*.head.ref",
        "github.event.client_payload.**",
    )
)
"""Contexts that hold text of a stranger.

Source: https://docs.github.com/en/actions/concepts/security/script-injections, and what zizmor,
poutine and scorecard agree on. NOTE: `inputs.*` is left out: who may start a `workflow_dispatch`
may push as well, and what a caller hands to a reusable workflow or action cannot be told here.
"""

MAX_LENGTH = 21_000
"""Characters; GitHub refuses longer expressions."""
MAX_DEPTH = 50
"""Open brackets; GitHub refuses deeper expressions."""
TOO_LARGE = "an expression over GitHub's limits"
"""Stands for the context of an expression that is not taken apart."""

_TOKEN = pattern(
    r"\s*(?:'((?:[^']|'')*)'|([A-Za-z_][\w-]*)|(\d[\w.]*)|(==|!=|<=|>=|&&|\|\||.))", re.DOTALL
)
_COMPARISONS = frozenset({"==", "!=", "<", ">", "<=", ">="})
_PREDICATES = frozenset({"contains", "startswith", "endswith", "hashfiles"})
"""Functions that answer true, false or a hash, whatever they are given."""


class Expression(NamedTuple):
    """One `${{ ... }}` of a text."""

    source: str
    """As written, braces included; to the end of the text where it is never closed."""
    body: str
    """What stands between the braces."""


class _Token(NamedTuple):
    kind: str
    text: str


class _Chain(NamedTuple):
    """A dereference `a.b['c'][0]` with what stands around it."""

    path: tuple[str, ...]
    end: int


def expressions(text: str) -> Iterator[Expression]:
    """The expressions of a text; quotes are respected, as GitHub's own reader does."""
    position = 0
    while (start := text.find("${{", position)) >= 0:
        end = _closing(text, start + 3)
        yield Expression(text[start:end], text[start + 3 : end].removesuffix("}}"))
        position = end


def untrusted(body: str, tainted: Mapping[str, str]) -> Iterator[str]:
    """Attacker-controlled contexts whose text an expression's result may hold.

    Brackets, filters (`*`), letter case, `toJSON` of a whole object and wrapping functions make no
    difference; comparisons and predicates (`contains`) do, since their result is true or false.

    Args:
        body: the expression between its braces.
        tainted: names of `env` in force, lower case, that hold such a context -> the context.

    Yields:
        Contexts in dotted form, as `github.event.issue.title`.
    """
    if len(body) > MAX_LENGTH or _depth(body) > MAX_DEPTH:
        yield TOO_LARGE
        return
    folded = body.lower()
    if "github" not in folded and "env" not in folded:
        return
    tokens = [_token(match) for match in _TOKEN.finditer(body)]
    calls: list[str] = []
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.kind == "name" and _text(tokens, index + 1) == "(":
            calls.append(token.text)
            index += 2
        elif token.kind == "name":
            chain = _chain(tokens, index)
            if not _is_predicate(tokens, index, chain.end, calls):
                yield from _judge(chain.path, calls, tainted)
            index = _after_computed(tokens, index, chain)
        else:
            if token.text == "(" and token.kind == "mark":
                calls.append("")
            elif token.text == ")" and token.kind == "mark" and calls:
                calls.pop()
            index += 1


def _depth(body: str) -> int:
    depth = deepest = 0
    for char in body:
        depth += (char in "([") - (char in ")]")
        deepest = max(deepest, depth)
    return deepest


def _closing(text: str, position: int) -> int:
    brace = text.find("}}", position)
    while True:
        if -1 < brace < position:
            brace = text.find("}}", position)
        quote = text.find("'", position, brace if brace >= 0 else len(text))
        if quote < 0:
            return brace + 2 if brace >= 0 else len(text)
        closing = text.find("'", quote + 1)
        if closing < 0:
            return len(text)
        position = closing + 1


def _token(match: re.Match[str]) -> _Token:
    string, name, number, mark = match.groups()
    if string is not None:
        return _Token("string", string.lower())
    if name is not None:
        return _Token("name", name.lower())
    return _Token("number", number) if number is not None else _Token("mark", mark)


def _text(tokens: list[_Token], index: int) -> str:
    """The mark at an index, or nothing."""
    if 0 <= index < len(tokens) and tokens[index].kind == "mark":
        return tokens[index].text
    return ""


def _chain(tokens: list[_Token], index: int) -> _Chain:
    """The dereference that starts at a name; a computed index stands as `*`."""
    path = [tokens[index].text]
    index += 1
    while True:
        mark = _text(tokens, index)
        if mark == "." and index + 1 < len(tokens):
            follower = tokens[index + 1]
            path.append(_ANY if follower.kind != "name" else follower.text)
            index += 2
        elif mark == "[":
            end = _bracket_end(tokens, index)
            inner = tokens[index + 1 : end - 1]
            is_literal = len(inner) == 1 and inner[0].kind == "string"
            path.append(inner[0].text if is_literal else _ANY)
            index = end
        else:
            return _Chain(tuple(path), index)


def _bracket_end(tokens: list[_Token], index: int) -> int:
    depth = 0
    while index < len(tokens):
        mark = _text(tokens, index)
        depth += (mark == "[") - (mark == "]")
        index += 1
        if depth == 0:
            break
    return index


def _after_computed(tokens: list[_Token], index: int, chain: _Chain) -> int:
    """Where to go on: inside the first computed index, whose own contexts count too, or behind."""
    for position in range(index + 1, chain.end):
        if _text(tokens, position) == "[" and tokens[position + 1 : position + 2] != []:
            inner = tokens[position + 1]
            if inner.kind == "name":
                return position + 1
    return chain.end


def _is_predicate(tokens: list[_Token], start: int, end: int, calls: list[str]) -> bool:
    if any(call in _PREDICATES for call in calls):
        return True
    before, after = _text(tokens, start - 1), _text(tokens, end)
    return before in _COMPARISONS or after in _COMPARISONS or before == "!" or after == "&&"


def _judge(path: tuple[str, ...], calls: list[str], tainted: Mapping[str, str]) -> Iterator[str]:
    if path[0] == "env" and len(path) == 2:
        if path[1] in tainted:
            yield tainted[path[1]]
        return
    whole = "tojson" in calls
    for known in UNTRUSTED:
        if _matches(path, known, whole=whole):
            yield ".".join(path if len(path) < len(known) or _REST in known else known)
            return


def _matches(path: tuple[str, ...], known: tuple[str, ...], *, whole: bool) -> bool:
    """Whether a path is the known context, or (with `toJSON`) an object that holds it."""
    for position, segment in enumerate(known):
        if segment == _REST:
            return len(path) > position or whole
        if position >= len(path):
            return whole
        if path[position] not in (segment, _ANY) and segment != _ANY:
            return False
    return len(path) == len(known)
