"""Render a report as JSON, the public contract of `gate/schema/v1/report.schema.json`."""

from __future__ import annotations

import re

import msgspec

from gate.pattern import pattern
from gate.schema.report import Report
from gate.text import neutralise

_HIDDEN = pattern(
    "[\x7f-\xa0\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f"
    "\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\U000e0000-\U000e0fff]"
)
_PRINTABLE = bytes(range(127))
_RUNNER = pattern(rb"#(?=#(?:\[|vso\[))", re.IGNORECASE)


def render(report: Report) -> bytes:
    """The report as indented JSON with sorted keys and a final newline.

    Strings keep their exact value for whoever parses them; what a terminal, a log or a page would
    act on is written as a JSON escape.
    """
    try:
        encoded = msgspec.json.encode(report, order="sorted")
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_without_surrogates(report), order="sorted")
    return make_inert(msgspec.json.format(encoded, indent=2)) + b"\n"


def make_inert(document: bytes) -> bytes:
    """An encoded JSON document whose bytes do nothing where they are shown.

    Hidden characters, the runner's `##[command]` and HTML's comment marks stand only in strings,
    so escaping them changes no value.
    """
    document = document.replace(b"<!--", b"\\u003c!--").replace(b"-->", b"--\\u003e")
    document = _RUNNER.sub(rb"\\u0023", document)
    # NOTE: of a large report only the few other characters are looked at one by one
    if _HIDDEN.search(document.translate(None, _PRINTABLE).decode("utf-8")) is None:
        return document
    return _HIDDEN.sub(_escape, document.decode("utf-8")).encode("utf-8")


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _without_surrogates(report: Report) -> object:
    return _repair(msgspec.to_builtins(report))


def _repair(value: object) -> object:
    if isinstance(value, str):
        return value if value.isascii() else neutralise(value, len(value) * 10)
    if isinstance(value, dict):
        return {_repair(key): _repair(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_repair(item) for item in value]
    return value
