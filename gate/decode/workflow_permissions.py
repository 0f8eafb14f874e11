"""Compare what a workflow's token may do before and after, at the workflow and in each job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from gate.schema.workflow import Permission

Access = Literal["none", "read", "write", "default"]
"""See `schema.workflow.Permission`."""

_ALL = "*"


class PermissionBlock(NamedTuple):
    """One `permissions:` block, or its absence."""

    access: Mapping[str, Access]
    """Scope -> access; `*` for read-all, write-all, `{}` and an absent block (`default`)."""
    lines: Mapping[str, int]
    """Scope -> line."""


class PermissionSet(NamedTuple):
    """The permissions of one workflow."""

    top: PermissionBlock
    """The workflow's own block, or the default."""
    jobs: Mapping[str, PermissionBlock | None]
    """Job -> its own block; `None`: it takes the workflow's."""
    job_lines: Mapping[str, int]
    """Job -> line."""


def read_block(value: object, lines: Mapping[object, int], line: int) -> PermissionBlock:
    """A `permissions:` value.

    An access that GitHub does not know counts as write.

    Args:
        value: string (`read-all`, `write-all`) or mapping.
        lines: lines of the mapping's keys.
        line: line of the block.
    """
    if isinstance(value, Mapping):
        access: dict[str, Access] = {}
        places: dict[str, int] = {}
        for key, word in value.items():
            scope = str(key).lower()
            access[scope] = _access(word)
            places[scope] = lines.get(key, line)
        if access:
            return PermissionBlock(access, places)
        return PermissionBlock({_ALL: "none"}, {_ALL: line})
    word = str(value or "").strip().lower()
    whole: Access = "read" if word == "read-all" else "write" if word else "none"
    return PermissionBlock({_ALL: whole}, {_ALL: line})


def absent_block(line: int = 1) -> PermissionBlock:
    """No block: the repository's setting applies."""
    return PermissionBlock({_ALL: "default"}, {_ALL: line})


def compare_permissions(
    before: PermissionSet | None, after: PermissionSet
) -> tuple[Permission, ...]:
    """The permissions after, with those marked that give more than before.

    Write counts as raised where this job (a new job: the workflow) had no write before. So does a
    workflow whose narrower block is removed. A new workflow without a block is not raised: the
    repository's setting is not the change's doing.

    Args:
        before: permissions before; `None`: no such workflow.
        after: permissions after.
    """
    former = before.top if before else None
    found = list(_entries("", after.top, former))
    raised = {entry.scope for entry in found if entry.raised}
    for job, block in after.jobs.items():
        baseline = _baseline(before, job)
        if block is not None:
            found.extend(_entries(job, block, baseline))
            continue
        line = after.job_lines.get(job, 1)
        inherited = PermissionBlock(after.top.access, dict.fromkeys(after.top.access, line))
        found.extend(
            entry
            for entry in _entries(job, inherited, baseline)
            if entry.raised and entry.scope not in raised
        )
    return tuple(found)


def _access(word: object) -> Access:
    text = str(word).strip().lower()
    if text in ("none", "false", ""):
        return "none"
    return "read" if text == "read" else "write"


def _baseline(before: PermissionSet | None, job: str) -> PermissionBlock | None:
    if before is None:
        return None
    return before.jobs.get(job) or before.top


def _entries(
    job: str, block: PermissionBlock, former: PermissionBlock | None
) -> Iterator[Permission]:
    for scope, access in block.access.items():
        yield Permission(
            job=job,
            scope=scope,
            access=access,
            line=block.lines.get(scope, 1),
            raised=_is_raised(scope, access, former),
        )


def _is_raised(scope: str, access: Access, former: PermissionBlock | None) -> bool:
    if access == "default":
        return former is not None and former.access.get(_ALL) not in ("default", "write")
    if access != "write":
        return False
    if former is None:
        return True
    return "write" not in (former.access.get(scope), former.access.get(_ALL))
