"""The token formats of `tokens.json`, with the keywords that tell where to look."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from functools import cache

import msgspec

TABLE = os.path.join(os.path.dirname(os.path.dirname(__file__)), "native", "secrets", "tokens.json")
"""Where the formats lie."""

_LEFT = r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
"""Nothing of a word before it; an escape such as `\\n` or `%3D` is no word."""
_LEFT_BASE64 = r"(?:(?<![A-Za-z0-9+/])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
_RIGHT = r"(?![A-Za-z0-9])"

_FREQUENT = "etsarniolcdpumfhgbyxvwk"
"""Letters by their frequency in program text."""

_Keyword = tuple[int, bytes]
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
    return TokenTable(kinds, by_word)


def keywords_in(lower: bytes, words: tuple[bytes, ...], *, small: bool) -> Iterator[_Keyword]:
    """Every keyword as (offset, keyword), by offset; of several at one place the longest.

    Args:
        lower: the text in lower case.
        words: the keywords.
        small: look for one after the other instead of compiling an expression for all of them,
            which takes longer than a small change does (25 ms).
    """
    if small:
        yield from sorted(_places(lower, words).items())
        return
    search = _any_of(words).search
    match = search(lower)
    while match is not None:
        yield match.start(), match[0]
        match = search(lower, match.start() + 1)


def _places(lower: bytes, words: tuple[bytes, ...]) -> dict[int, bytes]:
    places: dict[int, bytes] = {}
    for word in words:
        at = lower.find(word)
        while at >= 0:
            if len(places.get(at, b"")) < len(word):
                places[at] = word
            at = lower.find(word, at + 1)
    return places


@cache
def _any_of(words: tuple[bytes, ...]) -> re.Pattern[bytes]:
    return re.compile(_trie(word.decode() for word in words).encode())


@cache
def expression(kind: TokenKind) -> re.Pattern[bytes]:
    """The compiled expression of a format; compiled when its keyword is first seen."""
    pattern = kind.regex
    for macro, meaning in (("{L}", _LEFT), ("{B}", _LEFT_BASE64), ("{R}", _RIGHT)):
        pattern = pattern.replace(macro, meaning)
    return re.compile(pattern.encode())


def _trie(words: Iterable[str]) -> str:
    """An expression for any of the words, in which no two branches begin alike."""
    root: dict[str, dict] = {}  # type: ignore[type-arg]
    for word in words:
        node = root
        for char in word:
            node = node.setdefault(char, {})
        node[""] = {}
    return _branch(root)


def _rank(char: str) -> int:
    """Frequent letters are tried first, which makes the expression twice as fast."""
    return _FREQUENT.find(char) if char in _FREQUENT else len(_FREQUENT)


def _branch(node: dict[str, dict]) -> str:  # type: ignore[type-arg]
    chars = sorted((char for char in node if char), key=lambda char: (_rank(char), char))
    branches = [re.escape(char) + _branch(node[char]) for char in chars]
    if not branches:
        return ""
    inner = branches[0] if len(branches) == 1 else f"(?:{'|'.join(branches)})"
    return f"(?:{inner})?" if "" in node else inner
