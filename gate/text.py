"""Neutralise untrusted text before any screen, Markdown, log or hash."""

from __future__ import annotations

MAX_FIELD = 300
"""Characters one neutralised field keeps."""


def neutralise(text: str, limit: int = MAX_FIELD) -> str:
    """One printable line out of untrusted text.

    Args:
        text: anything.
        limit: characters to keep; longer text ends in an ellipsis.

    Returns:
        The text with every control, bidi, zero-width and line-breaking character shown as
        `\\u{hex}`, cut to `limit`.
    """
    shown = "".join(
        char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
