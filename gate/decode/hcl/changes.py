"""Compare the Terraform files of each directory before and after, block by block.

A directory is one module, so a block that moves between its files, or whose file is renamed, does
not change. A file that moves to another directory is another module: its resources go and come.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from gate.decode.hcl.blocks import Block
from gate.decode.hcl.functions import Opaque
from gate.decode.hcl.instances import is_empty, merge_blocks, read_body, read_instances
from gate.decode.hcl.modules import (
    FileVersions,
    Module,
    Scope,
    calls,
    differs,
    read_modules,
    scope_of,
)
from gate.decode.hcl.names import Names, changed_names, evaluate
from gate.decode.hcl.parser import prepare
from gate.decode.hcl.resource import Side, address_of, annotate, build
from gate.decode.hcl.settings import compare_settings
from gate.decode.value import Tree
from gate.errors import DecodeError
from gate.schema.terraform import HclBlock, Resource, TerraformTables
from gate.text import neutralise

__all__ = ["FileVersions", "HclChange", "decode_hcl", "decode_hcl_among", "prepare"]

_JUDGED = ("resource", "data", "provider", "action")
"""Block types that become a `Resource`."""


class HclChange(NamedTuple):
    """What changed in HCL."""

    resources: tuple[Resource, ...]
    """Changed resources and data sources; also `provider` and `action` blocks that run code."""
    blocks: tuple[HclBlock, ...]
    """Changed blocks of other types."""


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
    modules = read_modules(files)
    for module in modules.values():
        try:
            resources.extend(_resources(module, scope_of(module), tables))
            blocks.extend(compare_settings(module.root, module.before, module.after))
        except RecursionError as error:
            raise _too_deep(module.root) from error
    resources.extend(_called(modules, resources, tables))
    return HclChange(
        resources=tuple(sorted(resources, key=lambda item: (item.root, item.address, item.action))),
        blocks=tuple(sorted(blocks, key=lambda item: (item.at.path, item.at.line or 0, item.kind))),
    )


def decode_hcl_among(
    files: Mapping[str, FileVersions], neighbours: Mapping[str, bytes], tables: TerraformTables
) -> HclChange:
    """As `decode_hcl`, with unchanged files that hold names and modules which the changed ones use.

    An unchanged file that cannot be decoded only costs what it would have told.

    Raises:
        DecodeError: names path and line of what is not valid Terraform in a changed file.
    """
    unchanged = {path: FileVersions(text, text) for path, text in neighbours.items()}
    if unchanged:
        try:
            return decode_hcl({**unchanged, **files}, tables)
        except DecodeError:
            # NOTE: either way is right where a changed file is at fault: it fails again below
            return decode_hcl(files, tables)
    return decode_hcl(files, tables)


def _called(
    modules: Mapping[str, Module], direct: Sequence[Resource], tables: TerraformTables
) -> list[Resource]:
    """Resources behind calls that differ, but for those that the module shows as they are."""
    shown = [msgspec.structs.replace(resource, root="", address="") for resource in direct]
    found: list[Resource] = []
    root = ""
    try:
        for call in calls(modules):
            root = call.scope.root
            for resource in _resources(call.module, call.scope, tables):
                if msgspec.structs.replace(resource, root="", address="") in shown:
                    continue
                at = call.ended or resource.at
                found.append(msgspec.structs.replace(resource, at=at))
    except RecursionError as error:
        raise _too_deep(root) from error
    return found


def _too_deep(root: str) -> DecodeError:
    where = neutralise(root) or "."
    return DecodeError(f"{where}: Terraform values nest too deep", "Refused as hostile.")


def _resources(module: Module, scope: Scope, tables: TerraformTables) -> Iterator[Resource]:
    names = scope.before, scope.after
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
            if not differs(old, new, changed):
                continue
            was, now = _side(old, names[0]), _side(new, names[1])
            if was.tree == now.tree:
                continue
            found = build(key, was, now, tables, scope.root)
            if found is None:
                continue
            address = found.address
            former_address = address_of(moves[key]) if key in moves else ""
            yield annotate(
                msgspec.structs.replace(found, address=scope.prefix + address),
                previous_address=former_address and scope.prefix + former_address,
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


def _side(blocks: Sequence[Block], names: Names) -> Side:
    """A resource on one side, with the block to point at."""
    if not blocks:
        return Side(None, None)
    body = read_body(blocks, names)
    if is_empty(body):
        return Side(None, blocks[-1])
    return Side(body, blocks[-1], read_instances(blocks, names, body))


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
            lifecycle = merge_blocks(body.get("lifecycle"), None)
            if not lifecycle or lifecycle[0].get("destroy") is not False:
                continue
        found.add(".".join(_target(body.get("from" if kind == "removed" else "to"))[1:]))
    return frozenset(found)
