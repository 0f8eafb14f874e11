"""Compare the Terraform files of each directory before and after, block by block.

A directory is one module, so a block that moves between its files, or whose file is renamed, does
not change. A file that moves to another directory is another module: its resources go and come.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gate.decode.hcl_blocks import Block, is_terraform, read_blocks
from gate.decode.hcl_functions import Opaque
from gate.decode.hcl_names import Names, changed_names, evaluate, refers
from gate.decode.hcl_parser import prepare
from gate.decode.hcl_resource import Side, address_of, annotate, build
from gate.decode.hcl_settings import compare_settings
from gate.decode.value import Tree
from gate.errors import DecodeError
from gate.schema.terraform import HclBlock, Resource, TerraformTables
from gate.text import neutralise

__all__ = ["FileVersions", "HclChange", "decode_hcl", "prepare"]

_JUDGED = ("resource", "data", "provider", "action")
"""Block types that become a `Resource`."""


class FileVersions(NamedTuple):
    """One changed file (or one of its unchanged neighbours, which may hold names it uses)."""

    before: bytes | None
    """Bytes before; `None`: no such file."""
    after: bytes | None
    """Bytes after; `None`: no such file."""
    previous_path: str | None = None
    """Path before a rename."""


class HclChange(NamedTuple):
    """What changed in HCL."""

    resources: tuple[Resource, ...]
    """Changed resources and data sources; also `provider` and `action` blocks that run code."""
    blocks: tuple[HclBlock, ...]
    """Changed blocks of other types."""


class _Module(NamedTuple):
    """One directory."""

    root: str
    before: list[Block]
    after: list[Block]


def decode_hcl(files: Mapping[str, FileVersions], tables: TerraformTables) -> HclChange:
    """Resources and other blocks that differ between the two sides.

    Args:
        files: path at the head -> both versions.
        tables: attribute paths, surfaces and policy attributes by type.

    Returns:
        Sorted changes; what is the same on both sides is left out. Only blocks whose text differs,
        or which use a local or variable whose definition differs, are parsed.

    Raises:
        DecodeError: names path and line of what is not valid Terraform.
    """
    resources: list[Resource] = []
    blocks: list[HclBlock] = []
    for module in _modules(files):
        try:
            resources.extend(_resources(module, tables))
            blocks.extend(compare_settings(module.root, module.before, module.after))
        except RecursionError as error:
            raise DecodeError(
                f"{neutralise(module.root) or '.'}: Terraform values nest too deep",
                "Refused as hostile.",
            ) from error
    return HclChange(
        resources=tuple(sorted(resources, key=lambda item: (item.root, item.address, item.action))),
        blocks=tuple(sorted(blocks, key=lambda item: (item.at.path, item.at.line or 0, item.kind))),
    )


def _modules(files: Mapping[str, FileVersions]) -> Iterator[_Module]:
    modules: dict[str, _Module] = {}
    for path, versions in sorted(files.items()):
        former = versions.previous_path or path
        sides = ((former, versions.before, 1), (path, versions.after, 2))
        for place, content, side in sides:
            if content is None or not is_terraform(place):
                continue
            root = posixpath.dirname(place)
            module = modules.setdefault(root, _Module(root, [], []))
            module[side].extend(read_blocks(content, place, path))  # type: ignore[union-attr]
    for _, module in sorted(modules.items()):
        yield module


def _resources(module: _Module, tables: TerraformTables) -> Iterator[Resource]:
    names = Names(module.before), Names(module.after)
    changed = changed_names(*names)
    before, after = _grouped(module.before), _grouped(module.after)
    moves = _moves(module.after, before, after)
    gone = set(moves.values())
    forgotten, imported = _addresses(module.after, "removed"), _addresses(module.after, "import")
    for key in sorted(before.keys() | after.keys()):
        if key in gone and key not in after:
            continue
        former = before.get(moves.get(key, key), [])
        for old, new in _paired(former, after.get(key, [])):
            if not _differs(old, new, changed):
                continue
            was, now = _side(old, names[0]), _side(new, names[1])
            if was.tree == now.tree:
                continue
            found = build(key, was, now, tables, module.root)
            if found is None:
                continue
            address = found.address
            yield annotate(
                found,
                previous_address=address_of(moves[key]) if key in moves else "",
                is_forgotten=address in forgotten,
                is_imported=address in imported,
            )


def _grouped(blocks: Iterable[Block]) -> dict[tuple[str, ...], list[Block]]:
    groups: dict[tuple[str, ...], list[Block]] = {}
    for block in blocks:
        if block.kind in _JUDGED:
            groups.setdefault((block.kind, *block.labels), []).append(block)
    return groups


def _paired(
    before: Sequence[Block], after: Sequence[Block]
) -> Iterator[tuple[list[Block], list[Block]]]:
    """Blocks of one address, paired; overrides go with the first block, which they are merged into.

    NOTE: several providers of one name differ by alias and are paired by their order after the
    equal ones are taken out, as are duplicate resources, which Terraform refuses.
    """
    lists = []
    for blocks in (before, after):
        plain = [[block] for block in blocks if not block.is_override]
        overrides = [block for block in blocks if block.is_override]
        if overrides:
            plain[:1] = [[*(plain[0] if plain else []), *overrides]]
        lists.append(plain)
    old, new = lists
    if len(old) > 1 or len(new) > 1:
        texts = [[block.text for block in group] for group in new]
        kept = [group for group in old if [block.text for block in group] not in texts]
        texts = [[block.text for block in group] for group in old]
        new = [group for group in new if [block.text for block in group] not in texts]
        old = kept
    for index in range(max(len(old), len(new))):
        yield (old[index] if index < len(old) else []), (new[index] if index < len(new) else [])


def _differs(
    old: Sequence[Block], new: Sequence[Block], changed: frozenset[tuple[str, str]]
) -> bool:
    if [block.text for block in old] != [block.text for block in new]:
        return True
    return bool(changed) and any(refers(block.text, changed) for block in (*old, *new))


def _side(blocks: Sequence[Block], names: Names) -> Side:
    """The body of a resource, overrides merged in, with the block to point at.

    `count = 0`, or an empty `for_each`, is no resource at all.
    Source: https://developer.hashicorp.com/terraform/language/files/override
    """
    if not blocks:
        return Side(None, None)
    tree = evaluate(blocks[0], names)
    for block in blocks[1:]:
        extra = evaluate(block, names)
        lifecycle = _merged(tree.get("lifecycle"), extra.get("lifecycle"))
        tree = {**tree, **extra}
        if lifecycle is not None:
            tree["lifecycle"] = lifecycle
    is_empty = tree.get("count") == 0 or tree.get("for_each") in ([], {})
    return Side(None if is_empty else tree, blocks[-1])


def _merged(first: Tree, second: Tree) -> Tree:
    parts = [
        part
        for value in (first, second)
        for part in (value if isinstance(value, list) else [value])
        if isinstance(part, dict)
    ]
    return [{key: item for part in parts for key, item in part.items()}] if parts else None


def _moves(
    blocks: Iterable[Block],
    before: Mapping[tuple[str, ...], object],
    after: Mapping[tuple[str, ...], object],
) -> dict[tuple[str, ...], tuple[str, ...]]:
    """New key -> old key, for `moved` blocks between whole resources that are at hand."""
    moves: dict[tuple[str, ...], tuple[str, ...]] = {}
    for block in blocks:
        if block.kind != "moved":
            continue
        body = evaluate(block, Names(()))
        old, new = (_target(body.get(end)) for end in ("from", "to"))
        if old in before and old not in after and new in after and new not in before:
            moves[new] = old
    return moves


def _target(value: Tree) -> tuple[str, ...]:
    text = value.source if isinstance(value, Opaque) else value if isinstance(value, str) else ""
    return ("resource", *text.replace(" ", "").split("."))


def _addresses(blocks: Iterable[Block], kind: str) -> frozenset[str]:
    """Addresses that `removed` blocks forget (not destroy), or `import` blocks bring in."""
    found = set()
    for block in blocks:
        if block.kind != kind:
            continue
        body = evaluate(block, Names(()))
        if kind == "removed":
            lifecycle = _merged(body.get("lifecycle"), None)
            if not lifecycle or lifecycle[0].get("destroy") is not False:
                continue
        found.add(".".join(_target(body.get("from" if kind == "removed" else "to"))[1:]))
    return frozenset(found)
