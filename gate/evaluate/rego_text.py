"""Just enough of Rego's lexical grammar to find packages, rule heads and negations in a source.

OPA stays the only parser that decides; this reads what must be known before OPA is asked.
Source: https://www.openpolicyagent.org/docs/policy-reference (grammar).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from gate.pattern import pattern

_TOKEN = pattern(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>"(?:[^"\\\n]|\\.)*"|`[^`]*`)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>[0-9][0-9.eE]*)
      | (?P<newline>\n)
      | (?P<space>[^\S\n]+)
      | (?P<sign>:=|==|!=|<=|>=|.)""",
    re.VERBOSE,
)
_OPEN, _CLOSE = frozenset("([{"), frozenset(")]}")


class Token(NamedTuple):
    """One lexical element; spaces and comments are left out."""

    kind: str
    """name | string | number | newline | sign."""
    text: str
    """As written."""
    start: int
    """Offset of its first character."""
    line: int
    """1-based line."""
    depth: int
    """Brackets open around it; a bracket has the depth outside itself."""

    @property
    def end(self) -> int:
        """Offset after its last character."""
        return self.start + len(self.text)


class Head(NamedTuple):
    """A name at the start of a statement that may be a rule."""

    name: str
    """The name."""
    form: str
    """What follows it: `contains`, `[`, `=` (also `:=`), `if`, `{` or another sign or word;
    `default` where that stands before it."""
    line: int
    """1-based line."""
    after_key: str
    """For the form `[`: what follows the closing bracket (`{`, `if`, `=`, ...)."""


def tokenise(source: str) -> list[Token]:
    """The tokens of a source, comments and spaces left out."""
    tokens: list[Token] = []
    line, depth = 1, 0
    for match in _TOKEN.finditer(source):
        kind, text = str(match.lastgroup), match.group()
        if text in _CLOSE:
            depth = max(0, depth - 1)
        if kind not in ("comment", "space"):
            tokens.append(Token(kind, text, match.start(), line, depth))
        if text in _OPEN:
            depth += 1
        line += text.count("\n")
    return tokens


def package_of(tokens: Sequence[Token]) -> tuple[str, ...] | None:
    """Segments of the package path, or `None` where the source does not begin with a package."""
    seen = [token for token in tokens if token.kind != "newline"]
    if not seen or seen[0].text != "package":
        return None
    segments: list[str] = []
    line = seen[1].line if len(seen) > 1 else 0
    for token in seen[1:]:
        if token.line != line:
            break
        if token.kind == "name":
            if segments and segments[-1] != "":
                break
            segments[-1:] = [token.text]
        elif token.kind == "string":
            segments.append(token.text[1:-1])
        elif token.text == ".":
            segments.append("")
    return tuple(segments) if segments and all(segments) else None


def rule_heads(tokens: Sequence[Token]) -> list[Head]:
    """Every name outside all brackets that is not part of a longer reference or of an import.

    This finds all rules (and possibly names inside unbraced bodies, which are no rules).
    """
    heads: list[Head] = []
    skipped_line = -1
    for at, token in enumerate(tokens):
        if token.kind != "name" or token.depth or token.line == skipped_line:
            continue
        if token.text in ("import", "package"):
            skipped_line = token.line
            continue
        before = tokens[at - 1].text if at else ""
        if before == "." or token.text in ("default", "if", "contains", "else", "not", "some"):
            continue
        form = "default" if before == "default" else _text(tokens, at + 1)
        after_key = _after_bracket(tokens, at + 1) if form == "[" else ""
        heads.append(Head(token.text, "=" if form == ":=" else form, token.line, after_key))
    return heads


def names_used(tokens: Sequence[Token], wanted: frozenset[str]) -> list[Token]:
    """Calls of the wanted names, however they are nested."""
    return [
        token
        for at, token in enumerate(tokens)
        if token.kind == "name" and token.text in wanted and _text(tokens, at + 1) == "("
    ]


def input_keys(tokens: Sequence[Token]) -> list[Token]:
    """Each top-level key that is read of `input`, as `input.key` or `input["key"]`."""
    found = []
    for at, token in enumerate(tokens[:-2]):
        if token.kind != "name" or token.text != "input" or (at and tokens[at - 1].text == "."):
            continue
        sign, key = tokens[at + 1], tokens[at + 2]
        if sign.text == "." and key.kind == "name":
            found.append(key)
        elif sign.text == "[" and key.kind == "string" and _text(tokens, at + 3) == "]":
            found.append(key._replace(text=key.text[1:-1]))
    return found


def negated_wildcards(tokens: Sequence[Token]) -> list[tuple[Token, int]]:
    """Each `not` whose expression holds a wildcard index `[_]`, with the offset of its end.

    OPA refuses these: `_` under `not` is unsafe (open-policy-agent/opa#2045).
    """
    found: list[tuple[Token, int]] = []
    for at, token in enumerate(tokens):
        if token.kind != "name" or token.text != "not" or (at and tokens[at - 1].text == "."):
            continue
        wild, end = False, token.end
        for ahead in range(at + 1, len(tokens)):
            here = tokens[ahead]
            if here.depth < token.depth or (here.depth == token.depth and _ends(here)):
                break
            end = here.end
            wild = wild or (
                here.text == "_"
                and tokens[ahead - 1].text == "["
                and _text(tokens, ahead + 1) == "]"
            )
        if wild:
            found.append((token, end))
    return found


def counted_form(expression: str) -> str:
    """The form of `not <expression>` that OPA accepts and that means the same."""
    return f"count([1 | {expression.strip()}]) == 0"


def _ends(token: Token) -> bool:
    return token.kind == "newline" or token.text in (";", ",", "|")


def _text(tokens: Sequence[Token], at: int) -> str:
    return tokens[at].text if at < len(tokens) else ""


def _after_bracket(tokens: Sequence[Token], at: int) -> str:
    depth = tokens[at].depth
    for ahead in range(at + 1, len(tokens)):
        if tokens[ahead].text == "]" and tokens[ahead].depth == depth:
            return _text(tokens, ahead + 1)
    return ""
