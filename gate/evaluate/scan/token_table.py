"""The token formats of `tokens.json`, with the keywords that tell where to look."""

from __future__ import annotations

import os
import re
from functools import cache

import msgspec

from gate.keywords import Keywords

TABLE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "native", "secrets", "tokens.json")
"""Where the formats lie."""

_LEFT = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
"""Nothing of a word before it; an escape such as `\\n` or `%3D` is no word."""
_LEFT_BASE64 = r"(?:(?<![A-Za-z0-9+/])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
_RIGHT = r"(?![A-Za-z0-9])"

Check = str
"""Name of a further test: see `gate.evaluate.scan.checks`."""


class TokenKind(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One format of a secret."""

    id: str
    """Kind, as findings name it."""
    title: str
    """What it is, in words."""
    keywords: tuple[str, ...]
    """Lower-case substrings, one of which every match contains."""
    regex: str
    """Expression over bytes; group `v` is the value. `{L}` and `{R}` stand for the ends of a word,
    `{B}` for the beginning of a base64 text."""
    min_entropy: float = 3.0
    """Bits per character that the value must reach; hex of 32 digits has 3.6 on average."""
    check: str = ""
    """Further test of the value."""
    before: int = 0
    """Bytes before the keyword where a match may begin; 0: it begins at the keyword."""
    after: int = 480
    """Bytes after the keyword's beginning that a match may span."""


class _TokenFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tokens: tuple[TokenKind, ...]


class TokenTable(msgspec.Struct, frozen=True):
    """All formats, ready to use."""

    kinds: tuple[TokenKind, ...]
    """In order of precedence where two match the same text."""
    by_word: dict[bytes, tuple[TokenKind, ...]]
    """Keyword (or further word) -> formats to try."""
    keywords: Keywords
    """All of those words, to be searched for."""


@cache
def load_table(more_words: tuple[str, ...] = ()) -> TokenTable:
    """Read the formats; `more_words` join the keyword expression without a format of their own."""
    with open(TABLE, "rb") as file:
        kinds = msgspec.json.decode(file.read(), type=_TokenFile).tokens
    words = sorted({word for kind in kinds for word in kind.keywords} | set(more_words))
    by_word = {
        word.encode(): tuple(
            kind for kind in kinds if any(word.startswith(own) for own in kind.keywords)
        )
        for word in words
    }
    return TokenTable(kinds, by_word, Keywords(by_word))


@cache
def expression(kind: TokenKind) -> re.Pattern[bytes]:
    """The compiled expression of a format; compiled when its keyword is first seen."""
    pattern = kind.regex
    for macro, meaning in (("{L}", _LEFT), ("{B}", _LEFT_BASE64), ("{R}", _RIGHT)):
        pattern = pattern.replace(macro, meaning)
    return re.compile(pattern.encode())
