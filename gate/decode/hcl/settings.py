"""Compare the blocks that are not resources: backend, moved, import, provider, module, variable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Literal

from gate.decode.hcl.blocks import Block
from gate.decode.hcl.functions import Opaque
from gate.decode.hcl.names import Names, evaluate
from gate.decode.value import Tree
from gate.schema.finding import Location
from gate.schema.terraform import HclBlock

_KINDS = (
    "backend",
    "check",
    "cloud",
    "import",
    "module",
    "moved",
    "output",
    "provider",
    "removed",
    "variable",
)
_TARGETS = {"moved": ("from", "to"), "removed": ("from",), "import": ("to",)}
"""Block type -> attributes that tell one block from another; they have no label."""
_MODULE_PARTS = ("source", "version")
"""Attributes of a module call whose change makes it another module."""


def compare_settings(
    root: str, before: Sequence[Block], after: Sequence[Block]
) -> tuple[HclBlock, ...]:
    """Blocks added, removed or changed in one directory; where they stand does not matter.

    Raises:
        DecodeError: names path and line.
    """
    old = [block for block in before if block.kind in _KINDS]
    new = [block for block in after if block.kind in _KINDS]
    old, new = _without(old, new), _without(new, old)
    if not old and not new:
        return ()
    former, latter = _keyed(old), _keyed(new)
    found: list[HclBlock] = []
    for key in former.keys() | latter.keys():
        pairs = zip_longest(former.get(key, []), latter.get(key, []))
        for was, now in pairs:
            if was is None or now is None or _body(was) != _body(now):
                found.append(_change(root, was, now))
    return tuple(found)


def _without(blocks: Sequence[Block], others: Sequence[Block]) -> list[Block]:
    same = {(block.kind, block.labels, block.text) for block in others}
    return [block for block in blocks if (block.kind, block.labels, block.text) not in same]


def _keyed(blocks: Iterable[Block]) -> dict[tuple[str, ...], list[Block]]:
    groups: dict[tuple[str, ...], list[Block]] = {}
    for block in blocks:
        groups.setdefault((block.kind, *block.labels, _name(block)), []).append(block)
    return groups


def _name(block: Block) -> str:
    """What tells blocks of one type and label apart: their target, or a provider's alias."""
    parts = _TARGETS.get(block.kind, ("alias",) if block.kind == "provider" else ())
    if not parts:
        return ""
    body = evaluate(block, Names(()))
    return " -> ".join(_text(body.get(part)) for part in parts)


def _text(value: Tree) -> str:
    if isinstance(value, Opaque):
        return value.source.replace(" ", "")
    return value if isinstance(value, str) else ""


def _body(block: Block) -> Tree:
    body = evaluate(block, Names(()))
    if block.kind == "module":
        return [body.get(part) for part in _MODULE_PARTS]
    return body


def _change(root: str, was: Block | None, now: Block | None) -> HclBlock:
    block = now or was
    if block is None:
        raise ValueError("a change needs one side")
    change: Literal["added", "removed", "changed"] = "changed"
    if was is None:
        change = "added"
    elif now is None:
        change = "removed"
    return HclBlock(
        kind=block.kind,
        name=".".join(block.labels) or _name(block),
        change=change,
        root=root,
        at=Location(
            path=block.path,
            line=block.line,
            end_line=block.end_line,
            side="LEFT" if now is None else "RIGHT",
        ),
    )
