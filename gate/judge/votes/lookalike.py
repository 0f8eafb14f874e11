"""Fold text that looks alike to one form, so that a near miss can be named; never to accept it."""

from __future__ import annotations

import unicodedata

MAX_FOLDED = 200
"""Characters that are folded; nothing that is compared is longer."""

_LETTERS = "аaеeоoрpсcхxуyіiјjѕsԁdԛqԝwһhкkмmтtвbнhгrοoαaνvρpιiκkτtυuɡgıiǀlօoցg"
_SLASHES = "\u2044\u2215\u29f8\u2571\u27cb\u1735"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2e3a\u2e3b\u30fc"
_TABLE = str.maketrans(
    {
        **dict(zip(_LETTERS[::2], _LETTERS[1::2], strict=True)),
        **dict.fromkeys(_SLASHES, "/"),
        **dict.fromkeys(_DASHES, "-"),
    }
)


def fold(text: str) -> str:
    """What a hurried reader takes the text for: small ASCII letters, single spaces, no more.

    Args:
        text: anything; only its first `MAX_FOLDED` characters are looked at.
    """
    text = text[:MAX_FOLDED]
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text).casefold().translate(_TABLE)
        text = "".join(char for char in text if unicodedata.category(char) not in ("Cf", "Mn"))
    return " ".join(text.casefold().split())
