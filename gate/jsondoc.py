"""Read JSON that somebody else wrote, strictly: encodings sniffed, duplicates and NaN refused."""

from __future__ import annotations

import gc
import re
from typing import Any, NoReturn

from gate.errors import DecodeError
from gate.pattern import pattern

MAX_DEPTH = 200
"""Nesting above this is hostile; the deepest real plan seen is below 60."""

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)

_STRUCTURE = pattern(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
"""Strings, to step over them, and brackets; possessive, so that no input makes it backtrack."""


def to_utf8(data: bytes, what: str) -> bytes:
    """Bytes of a text document as UTF-8 without BOM.

    Args:
        data: the document; UTF-8, UTF-16 or UTF-32 with a BOM, or UTF-8 without (pitfall P3).
        what: its name for the error.

    Raises:
        DecodeError: the bytes do not fit their encoding.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            if encoding == "utf-8":
                return data[3:]
            try:
                return data[len(bom) :].decode(encoding).encode("utf-8")
            except UnicodeError as error:
                raise DecodeError(
                    f"{what}: not valid {encoding.upper()}: {error.__class__.__name__}",
                    "Write the file as UTF-8.",
                ) from error
    return data


def check_depth(data: bytes, what: str, limit: int = MAX_DEPTH) -> None:
    """Refuse nesting above the limit without parsing, in one pass in C.

    Raises:
        DecodeError: nested more than `limit` deep outside strings.
    """
    if data.count(b"[") + data.count(b"{") <= limit:
        return
    depth = 0
    for token in _STRUCTURE.finditer(data):
        first = data[token.start()]
        if first in b"[{":
            depth += 1
            if depth > limit:
                raise DecodeError(f"{what}: nested more than {limit} deep", "Refused as hostile.")
        elif first in b"]}":
            depth -= 1


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen = dict(pairs)
    if len(seen) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"duplicate key {twice[:80]!a}")
    return seen


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def parse_json(data: bytes, what: str) -> Any:  # noqa: ANN401 - JSON arrives here
    """Parse a whole document, refusing duplicate keys, NaN, infinities and lone surrogates.

    Args:
        data: the document in any encoding `to_utf8` knows.
        what: its name for the error.

    Returns:
        The parsed value.

    Raises:
        DecodeError: not strict JSON, or nested too deep.
    """
    import json  # NOTE: most documents are read typed, by msgspec

    text = to_utf8(data, what)
    collect = gc.isenabled()
    gc.disable()  # NOTE: the cyclic GC triples the time of a large untyped parse
    try:
        value = json.loads(
            text.decode("utf-8"),
            object_pairs_hook=_refuse_duplicates,
            parse_constant=_refuse_constant,
        )
        if b"\\u" in text:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        detail = "nested too deep" if isinstance(error, RecursionError) else str(error)
        raise DecodeError(f"{what}: not valid JSON: {detail}"[:400]) from error
    finally:
        if collect:
            gc.enable()
    return value
