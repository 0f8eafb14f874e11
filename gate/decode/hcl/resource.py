"""Build the `Resource` of one HCL block that differs between the two sides."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from gate.decode.facts import Facts, describe, join
from gate.decode.hcl.blocks import Block, location_of
from gate.decode.hcl.executions import action_executions, executions_of, provider_executions
from gate.decode.hcl.functions import Opaque, reveal
from gate.decode.hcl.instances import pair_instances
from gate.decode.value import Tree
from gate.schema.terraform import Action, Execution, Resource, Scalar, TerraformTables

_BOOLEANS: dict[str, Scalar] = {"true": True, "false": False}


class Side(NamedTuple):
    """One block on one side, overrides merged in."""

    tree: dict[str, Tree] | None
    """Its body with opaque leaves; `None`: there is no such resource on this side."""
    block: Block | None
    """The block to point at; there may be one without a resource (`count = 0`)."""
    instances: dict[str, dict[str, Tree]] = {}  # noqa: RUF012 - never written to
    """Bodies of its instances by key, where they differ and are known."""


def build(
    key: tuple[str, ...], was: Side, now: Side, tables: TerraformTables, root: str
) -> Resource | None:
    """The resource as rules see it.

    Args:
        key: block type and labels.
        was: before.
        now: after.
        tables: attribute paths, surfaces and policy attributes by type.
        root: directory.

    Returns:
        `None` where there is nothing to judge: no resource on either side, or a provider or action
        that runs nothing new.
    """
    kind, *labels = key
    if was.tree is None and now.tree is None:
        return None
    if kind in ("provider", "action"):
        run = provider_executions if kind == "provider" else action_executions
        executions = run(was.tree, now.tree)
        if not executions or all(execution.stood for execution in executions):
            return None
        return _resource(key, was, now, Facts(surfaces=("execution",)), executions, root)
    mode = "data" if kind == "data" else "managed"
    facts = join(
        [
            describe(labels[0], reveal(before), reveal(after), tables)
            for before, after in pair_instances(was.tree, now.tree, was.instances, now.instances)
        ]
    )
    executions = executions_of(mode, labels[0], was.tree, now.tree)
    kinds = {execution.kind for execution in executions}
    own = tuple(execution for execution in facts.executions if execution.kind not in kinds)
    return _resource(key, was, now, facts, (*own, *executions), root)


def annotate(
    resource: Resource, *, previous_address: str, is_forgotten: bool, is_imported: bool
) -> Resource:
    """The resource with what `moved`, `removed` and `import` blocks say of it.

    Args:
        resource: as built.
        previous_address: address before a move; empty: not moved.
        is_forgotten: a `removed` block keeps the object.
        is_imported: an `import` block names it.
    """
    if resource.action == "delete" and is_forgotten:
        return msgspec.structs.replace(resource, action="forget")
    if previous_address or (is_imported and resource.action == "create"):
        return msgspec.structs.replace(
            resource, previous_address=previous_address, imported=is_imported
        )
    return resource


def address_of(key: tuple[str, ...]) -> str:
    """Terraform address of a block: `type.name`, `data.type.name`, `provider.name`."""
    return ".".join(key[1:] if key[0] == "resource" else key)


def _resource(
    key: tuple[str, ...],
    was: Side,
    now: Side,
    facts: Facts,
    executions: tuple[Execution, ...],
    root: str,
) -> Resource:
    kind, *labels = key
    action: Action = "update"
    if was.tree is None:
        action = "create"
    elif now.tree is None:
        action = "delete"
    block = now.block or was.block
    is_resource = kind in ("resource", "data")
    return Resource(
        source="hcl",
        root=root,
        address=address_of(key),
        type=labels[0] if is_resource else kind,
        name=labels[-1],
        mode="data" if kind == "data" else "managed",
        provider=_provider(labels[0], now.tree or was.tree or {}),
        action=action,
        surfaces=facts.surfaces,
        before=_typed(facts.before),
        after=_typed(facts.after),
        unknown=facts.unknown,
        unknown_before=facts.unknown_before,
        grants=facts.grants,
        bindings=facts.bindings,
        ingress=facts.ingress,
        executions=executions,
        policies=facts.policies,
        at=None if block is None else location_of(block, removed=now.block is None),
    )


def _typed(values: dict[str, tuple[Scalar, ...]]) -> dict[str, tuple[Scalar, ...]]:
    """Booleans written as text, as the provider would read them.

    Source: https://developer.hashicorp.com/terraform/language/expressions/types#type-conversion
    """
    return {
        path: tuple(
            _BOOLEANS.get(value, value) if isinstance(value, str) else value for value in known
        )
        for path, known in values.items()
    }


def _provider(resource_type: str, tree: dict[str, Tree]) -> str:
    chosen = tree.get("provider")
    if isinstance(chosen, Opaque):
        return chosen.source.split(" . ", maxsplit=1)[0]
    return resource_type.split("_", maxsplit=1)[0]
