"""Parse HCL text by python-hcl2, imported no earlier than the first block that needs it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from gate.errors import DecodeError
from gate.text import neutralise

Node = Any
"""A `lark.Tree` or `lark.Token` of python-hcl2's grammar."""

_LOCK = threading.Lock()
_PARSE: list[Callable[[str], Node]] = []


def prepare() -> None:
    """Import python-hcl2 and build its parser; safe to call in a thread beside other work.

    NOTE: with python-hcl2's own grammar cache this takes 0.2 s, without it (the first run after an
    installation, or a read-only site-packages folder) about 1.5 s.
    """
    _parser()


def parse_body(text: str, what: str, line: int = 1) -> Node:
    """The `body` node of a text whose brackets `hcl_scan` has balanced and bounded.

    Args:
        text: attributes and blocks.
        what: path for the error.
        line: line on which the text starts.

    Raises:
        DecodeError: names path and line.
    """
    from lark.exceptions import LarkError

    try:
        tree = _parser()(text)
    except (LarkError, RecursionError, ValueError) as error:
        at = getattr(error, "line", None)
        where = line + at - 1 if isinstance(at, int) and at > 0 else line
        raise DecodeError(
            f"{neutralise(what)}:{where}: not valid HCL: {type(error).__name__}",
            "Run `terraform validate`.",
        ) from error
    return tree.children[0]


def source_of(node: Node) -> str:
    """The tokens of a node joined by spaces, without comments and line breaks."""
    words: list[str] = []
    stack = [node]
    while stack:
        top = stack.pop()
        children = getattr(top, "children", None)
        if children is None:
            is_text = getattr(top, "type", "") == "STRING_CHARS"
            words.append(str(top) if is_text else str(top).strip(" \t\r\n"))
        elif top.data != "new_line_or_comment":
            stack.extend(reversed(children))
    return " ".join(words)


def _parser() -> Callable[[str], Node]:
    with _LOCK:
        if not _PARSE:
            import hcl2

            hcl2.parses_to_tree("")
            _PARSE.append(hcl2.parses_to_tree)
        return _PARSE[0]
