"""Prove that no key of a large JSON text stands twice, without building the text's values.

A parser keeps the last of two equal keys, so a duplicate is what the decoded value does not
account for. Everything here is a comparison of bytes in C; only what cannot be proven is parsed
the slow way by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Raw

from gate.pattern import pattern

WHITESPACE = b" \t\r\n"
"""What JSON allows between tokens."""
_ESCAPED_LETTER = pattern(rb"\\u00[4-7]")
"""An ASCII letter written as an escape, which no plan writer does."""
CHUNK = 512
"""Entries proven at once: about 1 MB of a plan."""


def spans(text: bytes, parts: dict[str, Raw]) -> dict[str, slice] | None:
    """Where each member of an object stands, if the members are all there is.

    Args:
        text: a JSON object; white space between tokens is stepped over.
        parts: its members, decoded in order from the same text.

    Returns:
        Key -> its value's place in the text; `None` where keys, parts and punctuation do not
        account for every byte, because a key stands twice or is written with escapes.
    """
    found: dict[str, slice] = {}
    at = _after_space(text, 0) + 1
    for key, raw in parts.items():
        tokens = (b"," if found else b"", msgspec.json.encode(key), b":", memoryview(raw))
        for token in tokens:
            at = _after_space(text, at)
            if not text.startswith(token, at):
                return None
            at += len(token)
        found[key] = slice(at - len(memoryview(raw)), at)
    at = _after_space(text, at)
    is_whole = text[at : at + 1] == b"}" and not text[at + 1 :].strip(WHITESPACE)
    return found if is_whole else None


def stands_once_each(text: bytes, place: slice, words: Sequence[bytes], number: int) -> bool:
    """Whether each quoted word stands exactly `number` times in a part, none of it escaped."""
    start, stop = place.start, place.stop
    if text.find(b"\\u00", start, stop) >= 0 and _ESCAPED_LETTER.search(text, start, stop):
        return False
    return all(text.count(word, start, stop) == number for word in words)


def unproven(entries: Sequence[Raw], inner: str) -> Iterator[Raw]:
    """Entries of a list of objects whose keys, or those of one member, may stand twice.

    Args:
        entries: the objects' texts.
        inner: the member that is an object to be proven too.
    """
    for start in range(0, len(entries), CHUNK):
        chunk = entries[start : start + CHUNK]
        if not _is_proven(chunk, inner):
            yield from (entry for entry in chunk if not _is_proven((entry,), inner))


def _is_proven(entries: Sequence[Raw], inner: str) -> bool:
    rows = _rows(entries)
    if rows is None:
        return False
    members = [row[inner] for row in rows if inner in row]
    members = [member for member in members if bytes(memoryview(member)[:1]) == b"{"]
    return not members or _rows(members) is not None


def _rows(texts: Sequence[Raw]) -> list[dict[str, Raw]] | None:
    """Members of each object, or `None` where they do not account for the text."""
    try:
        text = msgspec.json.format(b"[" + b",".join(texts) + b"]", indent=-1)
        rows = msgspec.json.decode(text, type=list[dict[str, Raw]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return rows if msgspec.json.encode(rows) == text else None


def _after_space(text: bytes, at: int) -> int:
    while text[at : at + 1] and text[at] in WHITESPACE:
        at += 1
    return at
