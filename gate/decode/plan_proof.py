"""Prove that no key of a large JSON text stands twice, without building the text's values.

A parser keeps the last of two equal keys, so a duplicate is what the decoded value does not
account for. Everything here is a comparison of bytes in C; only what cannot be proven is parsed
the slow way by the caller.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
from msgspec import Raw

WHITESPACE = b" \t\r\n"
"""What JSON allows between tokens."""
CHUNK = 512
"""Entries proven at once: about 1 MB of a plan."""


def covers(text: bytes, parts: dict[str, Raw]) -> bool:
    """Whether the members of an object are all there is in its text.

    They are not where a key stands twice or is written with escapes.

    Args:
        text: a JSON object; white space between tokens is stepped over.
        parts: its members, decoded in order from the same text.
    """
    at = _after_space(text, 0) + 1
    for number, (key, raw) in enumerate(parts.items()):
        tokens = (b"," if number else b"", msgspec.json.encode(key), b":", memoryview(raw))
        for token in tokens:
            at = _after_space(text, at)
            if not text.startswith(token, at):
                return False
            at += len(token)
    at = _after_space(text, at)
    return text[at : at + 1] == b"}" and not text[at + 1 :].strip(WHITESPACE)


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
