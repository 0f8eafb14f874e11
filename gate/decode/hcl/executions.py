"""Find in HCL what makes Terraform run code: provisioners, programs, exec plugins, actions."""

from __future__ import annotations

from collections.abc import Iterator

from gate.decode.value import Tree
from gate.schema.terraform import Execution

_PROGRAMS = {
    "external": ("external", "program", ("program", "working_dir", "query")),
    "local_command": ("local_command", "command", ("command", "arguments", "working_dir", "stdin")),
}
"""Data source that runs a program -> kind, attribute to point at, attributes that make it up."""


def executions_of(
    mode: str, resource_type: str, before: Tree | None, after: Tree | None
) -> tuple[Execution, ...]:
    """Code that a resource or data source runs after the change.

    A provisioner stands when an equal one, over an equal connection, stood before. Source:
    https://developer.hashicorp.com/terraform/language/resources/provisioners/syntax

    Args:
        mode: managed | data.
        resource_type: resource type.
        before: body before, with its opaque leaves.
        after: body after.
    """
    if mode == "data":
        program = _PROGRAMS.get(resource_type)
        if program is None or after is None:
            return ()
        kind, attribute, parts = program
        stood = before is not None and all(before.get(part) == after.get(part) for part in parts)
        return (Execution(attribute=attribute, kind=kind, stood=stood),)
    former = [entry for _, entry in _provisioners(before)]
    return tuple(
        Execution(attribute="provisioner", kind=kind, stood=entry in former)
        for kind, entry in _provisioners(after)
    )


def provider_executions(before: Tree | None, after: Tree | None) -> tuple[Execution, ...]:
    """Programs that a provider block runs for its credentials (`exec`), at any depth."""
    former = list(_plugins(before))
    return tuple(
        Execution(attribute="exec", kind="provider_exec", stood=plugin in former)
        for plugin in _plugins(after)
    )


def action_executions(before: Tree | None, after: Tree | None) -> tuple[Execution, ...]:
    """An `action` block (Terraform 1.14) runs when a resource's lifecycle triggers it."""
    if after is None:
        return ()
    return (Execution(attribute="config", kind="action", stood=before == after),)


def _provisioners(body: Tree | None) -> Iterator[tuple[str, Tree]]:
    if not isinstance(body, dict):
        return
    shared = body.get("connection")
    entries = body.get("provisioner", [])
    for entry in entries if isinstance(entries, list) else [entries]:
        if isinstance(entry, dict):
            connection = entry.get("connection", shared)
            yield str(entry.get("type", "unknown")), {**entry, "connection": connection}


def _plugins(body: Tree | None) -> Iterator[Tree]:
    stack = [body]
    while stack:
        top = stack.pop()
        if isinstance(top, list):
            stack.extend(top)
        elif isinstance(top, dict):
            for key, value in top.items():
                if key == "exec":
                    yield from value if isinstance(value, list) else [value]
                else:
                    stack.append(value)
