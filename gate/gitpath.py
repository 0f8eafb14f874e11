"""Turn paths between the bytes git prints and text that is safe to compare and show."""

from __future__ import annotations

import re

from gate.errors import DecodeError
from gate.pattern import pattern
from gate.text import neutralise

_QUOTED = pattern(rb'"((?:[^"\\\n]|\\[abfnrtv"\\]|\\[0-3][0-7]{2})*+)"')
_ESCAPE = pattern(rb'\\([abfnrtv"\\]|[0-7]{3})')
_CONTROL = {
    b"a": b"\a",
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
    b'"': b'"',
    b"\\": b"\\",
}
_SHOWN_BYTE = pattern(r"\\x([89a-f][0-9a-f])")


def unquote(raw: bytes) -> bytes:
    """A path as git printed it, without git's C quoting.

    Source: git `quote.c`, core.quotePath in git-config(1).

    Raises:
        DecodeError: a quote that does not end, or an escape git does not write.
    """
    if not raw.startswith(b'"'):
        return raw
    quoted = _QUOTED.fullmatch(raw)
    if quoted is None:
        raise DecodeError(f"path {neutralise(raw.decode('utf-8', 'replace'), 80)}: broken quoting")
    return _ESCAPE.sub(_unescape, quoted.group(1))


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    return _CONTROL.get(code) or bytes([int(code, 8)])


def split_quoted_pair(raw: bytes) -> tuple[bytes, bytes] | None:
    """Both paths of `"a/…" "b/…"`, still quoted, or `None` where the text is not such a pair."""
    first = _QUOTED.match(raw)
    if first is None or raw[first.end() : first.end() + 2] != b' "':
        return None
    second = _QUOTED.fullmatch(raw, first.end() + 1)
    return (first.group(), second.group()) if second else None


def to_text(raw: bytes) -> str:
    """A path as text: UTF-8, and each byte that is not UTF-8 as the four characters `\\xNN`.

    Raises:
        DecodeError: not a path git can store: absolute, empty, with NUL or with `..`.
    """
    text = raw.decode("utf-8", "backslashreplace")
    if not is_inside(text):
        raise DecodeError(
            f"path {neutralise(text, 80)!r} leaves the repository or is empty",
            "Git stores no such path; make the diff with `git diff`.",
        )
    return text


def is_inside(path: str) -> bool:
    """Whether a path is relative and has no empty, `.` or `..` part and no NUL."""
    if not path or "\0" in path:
        return False
    if "//" not in path and "." not in path:
        return path[0] != "/" and path[-1] != "/"
    return not any(part in ("", ".", "..") for part in path.split("/"))


def to_bytes(path: str) -> tuple[bytes, ...]:
    """Every path in git that `to_text` shows as this text: itself, and with `\\xNN` as bytes."""
    literal = path.encode("utf-8", "surrogateescape")
    if "\\x" not in path:
        return (literal,)
    parts = _SHOWN_BYTE.split(path)
    raw = b"".join(
        bytes([int(part, 16)]) if index % 2 else part.encode("utf-8", "surrogateescape")
        for index, part in enumerate(parts)
    )
    return (literal,) if raw == literal else (literal, raw)
