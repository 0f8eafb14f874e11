"""Describe one resource by the facts that rules look up: access, ingress, code, attributes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

import msgspec

from gate.decode.iam import find_access
from gate.decode.network import ingress
from gate.decode.projection import index_of, project
from gate.decode.value import UNKNOWN, Tree, leaves
from gate.schema.terraform import (
    Binding,
    Execution,
    Grant,
    Ingress,
    Policy,
    Scalar,
    TerraformTables,
)

T = TypeVar("T")

_RUN_BY_TERRAFORM: dict[str, tuple[str, str]] = {
    "external": ("program", "external"),
    "local_command": ("command", "local_command"),
    "shell_script": ("lifecycle_commands", "shell"),
    "shell_sensitive_script": ("lifecycle_commands", "shell"),
}
"""Types that run a program on the machine of Terraform -> the attribute naming it, kind.
Source: reference of the providers hashicorp/external, hashicorp/local and scottwinkler/shell."""


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one resource; the fields are those of `schema.terraform.Resource`."""

    grants: tuple[Grant, ...] = ()
    """Permissions after the change."""
    bindings: tuple[Binding, ...] = ()
    """Administrative roles, and roles of everybody, bound after the change."""
    ingress: tuple[Ingress, ...] = ()
    """Openings from the whole internet after the change."""
    executions: tuple[Execution, ...] = ()
    """Code that the type itself runs."""
    policies: tuple[Policy, ...] = ()
    """Documents and deciding attributes that are not known, or cannot be read."""
    before: dict[str, tuple[Scalar, ...]] = {}
    """Known leaves before, of the paths the tables name."""
    after: dict[str, tuple[Scalar, ...]] = {}
    """Known leaves after, of the paths the tables name."""
    unknown: tuple[str, ...] = ()
    """Paths not known after."""
    unknown_before: tuple[str, ...] = ()
    """Paths not literal before (HCL only)."""
    surfaces: tuple[str, ...] = ()
    """Surfaces of the type."""


def describe(
    resource_type: str, before: Tree | None, after: Tree | None, tables: TerraformTables
) -> Facts:
    """The facts of one resource or data source.

    Args:
        resource_type: Terraform type.
        before: attributes before the change, may hold `UNKNOWN`; `None` for a new object.
        after: attributes after the change, may hold `UNKNOWN`; `None` for one that goes.
        tables: the tables of `rego/data/terraform`.

    Returns:
        The facts. Grants, bindings and ingress are those after the change, each with whether it
        stood before; a policy document that cannot be read is told in `policies`, never an error.
    """
    index = index_of(tables)
    old = project(resource_type, before, tables)
    new = project(resource_type, after, tables)
    access = find_access(resource_type, before, after, index.policies(resource_type))
    return Facts(
        grants=access.grants,
        bindings=access.bindings,
        ingress=ingress(resource_type, before, after),
        executions=_executions(resource_type, before, after),
        policies=access.policies,
        before=old.known,
        after=new.known,
        unknown=new.unknown,
        unknown_before=old.unknown,
        surfaces=index.surfaces(resource_type),
    )


def join(parts: Sequence[Facts]) -> Facts:
    """The facts of several instances of one block as those of one resource.

    Args:
        parts: at least one.
    """
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return Facts(
        grants=_distinct(part.grants for part in parts),
        bindings=_distinct(part.bindings for part in parts),
        ingress=_distinct(part.ingress for part in parts),
        executions=first.executions,
        policies=_distinct(part.policies for part in parts),
        before=_union([part.before for part in parts]),
        after=_union([part.after for part in parts]),
        unknown=_distinct(part.unknown for part in parts),
        unknown_before=_distinct(part.unknown_before for part in parts),
        surfaces=first.surfaces,
    )


def _distinct(groups: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))


def _union(parts: Sequence[dict[str, tuple[Scalar, ...]]]) -> dict[str, tuple[Scalar, ...]]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: _distinct(part.get(name, ()) for part in parts) for name in names}


def _executions(
    resource_type: str, before: Tree | None, after: Tree | None
) -> tuple[Execution, ...]:
    entry = _RUN_BY_TERRAFORM.get(resource_type)
    if entry is None or after is None:
        return ()
    attribute, kind = entry
    same = before is not None and all(
        _is_same(before, after, name) for name in (attribute, "arguments", "query", "working_dir")
    )
    return (Execution(attribute=attribute, kind=kind, stood=same),)


def _is_same(before: Tree, after: Tree, name: str) -> bool:
    old = before.get(name) if isinstance(before, dict) else UNKNOWN
    new = after.get(name) if isinstance(after, dict) else UNKNOWN
    return not leaves(old, "")[1] and not leaves(new, "")[1] and bool(old == new)
