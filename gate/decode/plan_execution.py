"""Code that a plan makes Terraform run: provisioners of the configuration, programs, actions."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec
from msgspec import Raw

from gate.decode.plan_format import ResourceChange, decode_as, has_escaped_letters, read_part
from gate.errors import DecodeError
from gate.jsondoc import parse_json
from gate.schema.terraform import Execution, Resource

_MODULE = re.compile(r'module\.([^.\["]+)(?:\[(?:"(?:[^"\\]|\\.)*"|[^"\]]*)\])?(?:\.|\Z)')

_MAX_MODULES = 64
"""Module calls inside one another; real ones stay below ten."""

_PROGRAMS = {"external": "external", "local_command": "local_command"}
"""Data sources that run a program (hashicorp/external, hashicorp/local)."""

Place = tuple[tuple[str, ...], str, str, str]
"""Where a resource is configured: module names, mode, type, name."""


class _Provisioner(msgspec.Struct, frozen=True, gc=False):
    type: str = ""


class _Configured(msgspec.Struct, frozen=True, gc=False):
    mode: str = "managed"
    type: str = ""
    name: str = ""
    provisioners: list[_Provisioner] = []


class _Module(msgspec.Struct, frozen=True, gc=False):
    resources: list[_Configured] = []
    module_calls: dict[str, _Call] = {}


class _Call(msgspec.Struct, frozen=True, gc=False):
    module: _Module | None = None


class _Configuration(msgspec.Struct, frozen=True, gc=False):
    root_module: _Module | None = None


class _Invocation(msgspec.Struct, frozen=True, gc=False):
    address: str = ""
    type: str = ""
    name: str = ""


def read_provisioners(parts: dict[str, Raw], what: str) -> dict[Place, tuple[str, ...]]:
    """Types of the provisioners of every configured resource that has some.

    Raises:
        DecodeError: the configuration is malformed or hides keys.
    """
    raw = parts.get("configuration")
    if raw is None:
        return {}
    text = bytes(raw)
    if b'"provisioners"' not in text and not has_escaped_letters(text):
        return {}
    found = read_part(parts, "configuration", _Configuration, what)
    if found is None or found.root_module is None:
        return {}
    kinds = {
        (path, item.mode, item.type, item.name): tuple(p.type for p in item.provisioners)
        for path, module in _modules((), found.root_module, what)
        for item in module.resources
        if item.provisioners
    }
    # NOTE: more such keys than were read, or escapes, may hide a second one that won.
    if text.count(b'"provisioners"') != len(kinds) or has_escaped_letters(text):
        parse_json(text, f"{what}: configuration")
    return kinds


def executions_of(
    change: ResourceChange, mode: str, provisioners: dict[Place, tuple[str, ...]]
) -> tuple[Execution, ...]:
    """Executions that belong to one changed instance."""
    if mode == "data":
        kind = _PROGRAMS.get(change.type)
        return (Execution(attribute="program", kind=kind),) if kind else ()
    if not provisioners:
        return ()
    names = tuple(match[1] for match in _MODULE.finditer(change.module_address or ""))
    kinds = provisioners.get((names, mode, change.type, change.name), ())
    return tuple(Execution(attribute="provisioner", kind=kind) for kind in dict.fromkeys(kinds))


def read_invocations(parts: dict[str, Raw], root: str, what: str) -> Iterator[Resource]:
    """One resource per action that the apply would invoke (since 1.14).

    Raises:
        DecodeError: the section is malformed.
    """
    seen: set[str] = set()
    for key in ("action_invocations", "deferred_action_invocations"):
        for item in read_part(parts, key, list[msgspec.Raw], what) or ():
            invocation = _invocation(item, f"{what}: {key}")
            if invocation.address in seen:
                continue
            seen.add(invocation.address)
            yield Resource(
                source="plan", root=root, address=invocation.address, type=invocation.type,
                name=invocation.name, action="create", surfaces=("execution",),
                executions=(Execution(attribute="action", kind=invocation.type),),
            )


def _invocation(raw: Raw, what: str) -> _Invocation:
    found = decode_as(raw, dict[str, Raw], what)
    inner = found.get("action_invocation", raw)
    return decode_as(inner, _Invocation, what)


def _modules(
    path: tuple[str, ...], module: _Module, what: str
) -> Iterator[tuple[tuple[str, ...], _Module]]:
    if len(path) > _MAX_MODULES:
        raise DecodeError(f"{what}: modules nested more than {_MAX_MODULES} deep")
    yield path, module
    for name, call in module.module_calls.items():
        if call.module is not None:
            yield from _modules((*path, name), call.module, what)
