"""Read single nodes of python-hcl2's parse tree: words, numbers, literals, the parts of a node."""

from __future__ import annotations

import re

from gate.decode.hcl.functions import Opaque
from gate.decode.hcl.parser import Node, source_of
from gate.decode.value import Tree
from gate.pattern import pattern

_ESCAPE = pattern(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def number_of(text: str) -> int | float | Opaque:
    """A number; a hostile one is opaque."""
    if len(text) > 300:
        return Opaque(text)
    return int(text) if text.lstrip("-").isdigit() else float(text)


def word_of(node: Node) -> str:
    """An identifier, keyword or literal label as text."""
    if node.data == "string":
        return "".join(unescape(source_of(part)) for part in node.children[1:-1])
    return str(node.children[0])


def body_of(node: Node) -> Node:
    """The body of a block."""
    return next(child for child in node.children if getattr(child, "data", "") == "body")


def is_word(node: Node) -> bool:
    """Whether a node is a block's type or label."""
    return getattr(node, "data", "") in ("identifier", "keyword", "literal_value", "string")


def expressions_in(node: Node) -> list[Node]:
    """The child nodes that are not line breaks or comments."""
    return [
        child
        for child in node.children
        if hasattr(child, "data") and child.data != "new_line_or_comment"
    ]


def literal_of(node: Node) -> Tree:
    """`true`, `false` or null."""
    return {"true": True, "false": False}.get(str(node.children[0]))


def unescape(text: str) -> str:
    """A piece of a quoted string with its escapes resolved."""
    if text[:3] in ("$${", "%%{"):
        return text[1:]
    return _ESCAPE.sub(_escaped, text) if "\\" in text else text


def _escaped(match: re.Match[str]) -> str:
    digits = match.group(1) or match.group(2)
    if digits:
        code = int(digits, 16)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match.group()
    return _ESCAPES.get(match.group(3), match.group(3))
