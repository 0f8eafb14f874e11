"""Read off Terraform code in which workspace and accounts a root works, with tags of resources."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from gate.decode.environments import NONE, TAG_ATTRIBUTES, Atlas, Found, strings_in
from gate.decode.hcl.blocks import Block, read_blocks
from gate.decode.hcl.names import Names, evaluate
from gate.decode.paths import is_configuration
from gate.decode.value import Tree
from gate.errors import DecodeError
from gate.schema.terraform import Resource

_FORBIDDEN = frozenset({"forbidden_account_ids", "default_tags"})
"""What of a provider block names no account it works in."""


class CodeFile(NamedTuple):
    """One side of one file."""

    path: str
    """Path on this side."""
    shown: str
    """Path at the head, as locations name it."""
    text: bytes
    """Its bytes."""
    removed: bool = False
    """The side before the change, of a file that changes."""


class CodePlaces(NamedTuple):
    """What code tells."""

    workspaces: dict[str, Found]
    """Directory -> environments of its workspace."""
    providers: dict[str, Found]
    """Directory -> environments of its providers."""
    resources: dict[tuple[str, str, str], Found]
    """`hcl`, root, address -> environments by tags."""


def locate_code(
    files: Sequence[CodeFile], resources: Iterable[Resource], atlas: Atlas
) -> CodePlaces:
    """Environments of directories by their backend and provider blocks, of resources by tags.

    Both sides count: a root that moves from one account to another touches both. A file that
    cannot be read tells nothing here; where it changes, the decision is `error` already.

    Args:
        files: both sides of the changed files, and unchanged ones beside them.
        resources: changed resources that code shows.
        atlas: the mapping.
    """
    sides = _blocks(files)
    workspaces: dict[str, Found] = {}
    providers: dict[str, Found] = {}
    tagged: dict[tuple[str, int, bool], Found] = {}
    for (root, removed), blocks in sides.items():
        names = Names(blocks)
        for block in blocks:
            body = _body(block, names, atlas)
            if body is None:
                continue
            if block.kind == "provider":
                found = atlas.of_texts(strings_in(body, _FORBIDDEN)) | _default_tags(body, atlas)
                providers[root] = providers.get(root, NONE) | found
            elif block.kind in ("backend", "cloud"):
                workspaces[root] = workspaces.get(root, NONE) | _of_workspaces(body, atlas)
            else:
                tagged[block.path, block.line, removed] = _tags(body, atlas)
    return CodePlaces(workspaces, providers, dict(_of_resources(resources, tagged)))


def _blocks(files: Sequence[CodeFile]) -> dict[tuple[str, bool], list[Block]]:
    """Blocks by directory and side; unchanged files stand on both."""
    changed = {file.shown for file in files if file.removed}
    found: dict[tuple[str, bool], list[Block]] = {}
    for file in sorted(files, key=lambda file: file.path):
        if not is_configuration(file.path):
            continue
        try:
            blocks = read_blocks(file.text, file.path, file.shown)
        except (DecodeError, RecursionError):
            continue
        root = posixpath.dirname(file.path)
        sides = (file.removed,) if file.removed or file.shown in changed else (False, True)
        for side in sides:
            found.setdefault((root, side), []).extend(blocks)
    return found


def _body(block: Block, names: Names, atlas: Atlas) -> Mapping[str, Tree] | None:
    """The body of a block that may tell something; `None` for any other."""
    tells = {
        "provider": atlas.has_accounts or atlas.has_tags,
        "backend": atlas.has_workspaces,
        "cloud": atlas.has_workspaces,
        "resource": atlas.has_tags and ("tags" in block.text or "labels" in block.text),
    }
    if not tells.get(block.kind):
        return None
    try:
        return evaluate(block, names)
    except (DecodeError, RecursionError):
        return None


def _default_tags(body: Mapping[str, Tree], atlas: Atlas) -> Found:
    found = atlas.of_tags(body.get("default_labels"))
    for block in _listed(body.get("default_tags")):
        found |= atlas.of_tags(block.get("tags"))
    return found


def _of_workspaces(body: Mapping[str, Tree], atlas: Atlas) -> Found:
    """Environments of `workspaces { name = ... }` or `prefix`; a bare name is taken too."""
    found = NONE
    for block in _listed(body.get("workspaces")):
        name, prefix = block.get("name"), block.get("prefix")
        if isinstance(name, str):
            found |= atlas.of_workspace(name)
        if isinstance(prefix, str):
            found |= atlas.of_workspace_prefix(prefix)
    return found


def _tags(body: Mapping[str, Tree], atlas: Atlas) -> Found:
    found = NONE
    for name in TAG_ATTRIBUTES:
        found |= atlas.of_tags(body.get(name))
    for block in _listed(body.get("metadata")):
        found |= atlas.of_tags(block.get("labels"))
    return found


def _listed(value: Tree) -> Iterator[Mapping[str, Tree]]:
    """Nested blocks, however many of them there are."""
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, Mapping):
            yield item


def _of_resources(
    resources: Iterable[Resource], tagged: Mapping[tuple[str, int, bool], Found]
) -> Iterator[tuple[tuple[str, str, str], Found]]:
    """Resources by where they stand; both sides of a block that stays where it was."""
    for resource in resources:
        at = resource.at
        if resource.source != "hcl" or at is None:
            continue
        sides = [tagged.get((at.path, at.line or 0, side), NONE) for side in (False, True)]
        found = sides[1] if at.side == "LEFT" else sides[0] | sides[1]
        if found:
            yield ("hcl", resource.root, resource.address), found
