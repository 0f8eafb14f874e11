"""Gather what tells environments besides paths: plans, and the code of the roots that change."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence

import msgspec

from gate.decode.environments import NONE, NOWHERE, Atlas, Found, Whereabouts
from gate.decode.neighbours import Reader
from gate.decode.paths import is_configuration
from gate.schema.changes import Changes
from gate.schema.collected import Content, PlanFile
from gate.schema.section import Unreadable
from gate.schema.site import UNMAPPED, Environment
from gate.schema.terraform import TerraformInput

MAX_ROOTS = 20
"""Directories whose unchanged files are read; more of them are `unmapped` as well."""
MAX_FILES = 100
"""Unchanged files read."""
MAX_BYTES = 1_000_000
"""Bytes of all of them together."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """What there is to look at."""

    changes: Changes
    """The decoded diff."""
    contents: Mapping[tuple[str, str], Content]
    """(path, side) -> content of the changed files."""
    neighbours: Mapping[str, bytes] = {}
    """Unchanged files read already."""
    plans: Sequence[PlanFile] = ()
    """Plans."""
    terraform: TerraformInput
    """What was decoded of both."""


def find_whereabouts(
    environments: Mapping[str, Environment], evidence: Evidence, reader: Reader
) -> Whereabouts:
    """What workspaces, accounts and tags say; nothing is read where the mapping names none.

    A root whose files cannot all be looked at is `unmapped` besides what is known of it: not to
    have looked is not to have found nothing.

    Raises:
        DecodeError: a plan is not what it should be.
    """
    atlas = Atlas(environments)
    if not (atlas.has_workspaces or atlas.has_accounts or atlas.has_tags):
        return NOWHERE
    resources: dict[tuple[str, str, str], Found] = {}
    planned = _read_plans(atlas, evidence, resources)
    from gate.decode.environment_hcl import CodeFile, locate_code  # NOTE: python-hcl2 costs 0.2 s

    beside, unseen = _read_beside(evidence, reader)
    heads = {change.previous_path or "": change.path for change in evidence.changes.files}
    files = [
        CodeFile(
            path, heads.get(path, path) if side == "before" else path, content, side == "before"
        )
        for (path, side), content in evidence.contents.items()
        if isinstance(content, bytes)
    ]
    files += [CodeFile(path, path, text) for path, text in beside.items()]
    shown_by_code = [
        resource
        for items in evidence.terraform.by_type.values()
        for resource in items
        if resource.source == "hcl"
    ]
    code = locate_code(files, shown_by_code, atlas)
    resources.update(code.resources)
    workspaces = dict(code.workspaces)
    for root in unseen:
        workspaces[root] = workspaces.get(root, NONE) | {UNMAPPED}
    return Whereabouts(workspaces, code.providers, planned, resources)


def _read_plans(
    atlas: Atlas, evidence: Evidence, resources: dict[tuple[str, str, str], Found]
) -> frozenset[str]:
    """Adds the resources of the plans; roots whose plan shows providers."""
    if not (atlas.has_accounts or atlas.has_tags):
        return frozenset()
    from gate.decode.environment_plan import locate_resources

    roots = {info.name: info.root for info in evidence.terraform.plans}
    readable = {(info.name, info.root) for info in evidence.terraform.plans}
    planned: set[str] = set()
    for plan in evidence.plans:
        root = plan.root if plan.root is not None else roots.get(plan.name)
        if root is None or (plan.name, root) not in readable:
            continue  # NOTE: it could not be decoded: the decision is `error` already
        located = locate_resources(plan, atlas)
        for address, found in located.resources.items():
            resources["plan", root, address] = resources.get(("plan", root, address), NONE) | found
        if located.has_providers:
            planned.add(root)
    return frozenset(planned)


def _read_beside(evidence: Evidence, reader: Reader) -> tuple[dict[str, bytes], set[str]]:
    """Unchanged files of the roots that change, and the roots that were not wholly seen."""
    changed = {
        path
        for change in evidence.changes.files
        for path in (change.path, change.previous_path or change.path)
    }
    roots = {info.root for info in evidence.terraform.roots}
    roots |= {info.root for info in evidence.terraform.plans}
    listed = sorted(roots)
    unseen = set(listed[MAX_ROOTS:])
    beside = dict(evidence.neighbours)
    wanted: list[str] = []
    for root in listed[:MAX_ROOTS]:
        names = reader.list_directory(root, "after")
        if isinstance(names, Unreadable):
            unseen.add(root)
            continue
        paths = (posixpath.join(root, name) for name in names)
        wanted += [path for path in paths if is_configuration(path) and path not in changed]
    wanted = [path for path in wanted if path not in beside]
    unseen |= {posixpath.dirname(path) for path in wanted[MAX_FILES:]}
    unseen |= _take(wanted[:MAX_FILES], beside, reader)
    return beside, unseen


def _take(paths: Sequence[str], beside: dict[str, bytes], reader: Reader) -> set[str]:
    """Reads files; directories of those that could not be had."""
    left = MAX_BYTES
    missed = set()
    read = reader.read(paths, "after") if paths else {}
    for path in paths:
        content = read.get(path)
        if isinstance(content, bytes) and len(content) <= left:
            left -= len(content)
            beside[path] = content
        else:
            missed.add(posixpath.dirname(path))
    return missed
