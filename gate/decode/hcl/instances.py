"""Write out `count` and `for_each` over known collections, overrides merged in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gate.decode.hcl.blocks import Block
from gate.decode.hcl.names import Names, evaluate
from gate.decode.hcl.operators import MAX_EXPANSION, elements
from gate.decode.value import Tree
from gate.pattern import pattern

_INSTANCE = pattern(r"\b(?:each|count)\s*\.\s*\w")

Body = dict[str, Tree]
"""The body of a block as a value with opaque leaves."""


def read_body(
    blocks: Sequence[Block], names: Names, bound: Mapping[str, Tree] | None = None
) -> Body:
    """The body of a block with its overrides merged in.

    Source: https://developer.hashicorp.com/terraform/language/files/override

    Raises:
        DecodeError: names path and line.
    """
    body = evaluate(blocks[0], names, bound)
    for block in blocks[1:]:
        extra = evaluate(block, names, bound)
        lifecycle = merge_blocks(body.get("lifecycle"), extra.get("lifecycle"))
        body = {**body, **extra}
        if lifecycle is not None:
            body["lifecycle"] = lifecycle
    return body


def is_empty(body: Body) -> bool:
    """Whether `count = 0`, or an empty `for_each`, makes nothing of the block."""
    return body.get("count") == 0 or body.get("for_each") in ([], {})


def read_instances(blocks: Sequence[Block], names: Names, body: Body) -> dict[str, Body]:
    """The body of every instance, where instances differ and are known; else nothing.

    Raises:
        DecodeError: names path and line.
    """
    if not any(_INSTANCE.search(block.text) for block in blocks):
        return {}
    return {
        key: read_body(blocks, names, bound)
        for key, bound in _bindings(body.get("count"), body.get("for_each"))
    }


def pair_instances(
    was: Body | None, now: Body | None, before: Mapping[str, Body], after: Mapping[str, Body]
) -> Iterator[tuple[Body | None, Body | None]]:
    """Both sides of every instance that is there after the change; of the block if it has none."""
    if now is None or not (before or after):
        yield was, now
        return
    for key in after or before:
        yield (before.get(key) if before else was), (after[key] if after else now)


def merge_blocks(first: Tree, second: Tree) -> list[Body] | None:
    """One nested block out of those of a block and its override."""
    parts = [
        part
        for value in (first, second)
        for part in (value if isinstance(value, list) else [value])
        if isinstance(part, dict)
    ]
    return [{key: item for part in parts for key, item in part.items()}] if parts else None


def _bindings(count: Tree, for_each: Tree) -> Iterator[tuple[str, dict[str, Tree]]]:
    if isinstance(count, int) and 0 < count <= MAX_EXPANSION:
        for index in range(count):
            yield str(index), {"count": {"index": index}}
    for key, value in elements(for_each) or ():
        name = value if isinstance(for_each, list) else key
        yield str(name), {"each": {"key": name, "value": value}}
