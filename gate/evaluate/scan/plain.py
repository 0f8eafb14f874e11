"""Tell in one pass of C that a text has no hidden characters; most texts have none."""

from __future__ import annotations

from gate.pattern import pattern

ESCAPED_TAG = (
    r"\\[uU](?:000[eE]00[2-7][0-9a-fA-F]|\{[eE]00[2-7][0-9a-fA-F]\})|\\u[dD][bB]40\\u[dD][cC][2-7]"
)
"""A tag character written as an escape sequence, in the forms of C, Python, Rust and UTF-16."""
_ESCAPED_TAG = pattern(ESCAPED_TAG.encode())
_CONTROLS = bytes([*range(0x09), 0x0B, *range(0x0E, 0x20), 0x7F])


def is_plain(text: bytes) -> bool:
    """Whether a text is ASCII without controls or escaped tags."""
    return (
        text.isascii()
        and len(text.translate(None, _CONTROLS)) == len(text)
        and (b"\\" not in text or _ESCAPED_TAG.search(text) is None)
    )


def is_plain_name(name: str) -> bool:
    """Whether a short text, a path for example, is sure to be plain; cheaper than `is_plain`."""
    return name.isascii() and name.isprintable() and "\\" not in name
