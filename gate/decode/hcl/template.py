"""Put a template's parts together: a known string, JSON with holes, or an opaque value."""

from __future__ import annotations

import json
import re

from gate.decode.hcl.functions import Opaque, to_text
from gate.decode.value import Tree
from gate.errors import DecodeError
from gate.jsondoc import parse_json
from gate.pattern import pattern

MAX_TEXT = 200_000
"""Characters a template may grow to; more is opaque."""
_HOLE = "\ue000"
_SCOPES = ("/subscriptions/", "/providers/")
_TOLD = (":iam::aws:policy/", ":oidc-provider/")
"""How Azure scopes begin, and what an ARN holds whose known end tells a managed policy or an issuer
although what stands before it (partition, account) is not known."""
_STRING_MARK = pattern(r"\\.", re.DOTALL)


def assemble(parts: list[Tree], literal: list[bool]) -> Tree:
    """A template's value.

    Args:
        parts: literal texts and values of expressions, in order.
        literal: which of the parts are literal text.

    Returns:
        The lone expression itself; a string where every part is known; where the text is a JSON
        document with unknown parts, the document with `Opaque` leaves, so that a policy in a
        heredoc is seen as one in `jsonencode` is; the name of a cloud resource with its unknown
        parts in `${}`; otherwise `Opaque`.
    """
    if len(parts) == 1 and not literal[0]:
        return parts[0]
    words = [to_text(part) for part in parts]
    source = " ".join(_source_of_part(part) for part in parts)
    if sum(len(word) for word in words if word) > MAX_TEXT:
        return Opaque(source)
    if all(word is not None for word in words):
        return "".join(word for word in words if word is not None)
    if _is_told(words[0] or "", words[-1] or ""):
        return "".join(
            f"${{{_source_of_part(part)}}}" if word is None else word
            for part, word in zip(parts, words, strict=True)
        )
    if (words[0] or "").lstrip()[:1] not in ("{", "["):
        return Opaque(source)
    try:
        document = parse_json(_with_holes(parts, words).encode(), "template")
    except (DecodeError, UnicodeEncodeError):
        return Opaque(source)
    return _fill(document, source)


def _is_told(first: str, last: str) -> bool:
    return first.startswith(_SCOPES) or (
        first.startswith("arn:") and any(mark in last for mark in _TOLD)
    )


def _source_of_part(part: Tree) -> str:
    return part.source if isinstance(part, Opaque) else repr(part)[:MAX_TEXT]


def _with_holes(parts: list[Tree], words: list[str | None]) -> str:
    text: list[str] = []
    quoted = False
    for part, word in zip(parts, words, strict=True):
        if word is not None:
            text.append(word)
            quoted ^= _STRING_MARK.sub("", word).count('"') % 2 == 1
        elif quoted:
            text.append(_HOLE)
        else:
            text.append(json.dumps(part) if _is_known(part) else f'"{_HOLE}"')
    return "".join(text)


def _is_known(value: Tree) -> bool:
    if isinstance(value, dict):
        return all(_is_known(item) for item in value.values())
    if isinstance(value, list):
        return all(_is_known(item) for item in value)
    return not isinstance(value, Opaque)


def _fill(value: Tree, source: str) -> Tree:
    if isinstance(value, dict):
        return {key: _fill(item, source) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, source) for item in value]
    if isinstance(value, str) and _HOLE in value:
        return Opaque(f"{value} {source}")
    return value
