"""Code that a plan makes Terraform run: provisioners and invoked actions."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
from msgspec import Raw

from gate.decode.plan_configuration import Place, place_of
from gate.decode.plan_format import ResourceChange, decode_as, read_part
from gate.schema.terraform import Execution, Resource


class _Invocation(msgspec.Struct, frozen=True, gc=False):
    address: str = ""
    type: str = ""
    name: str = ""


def provisioners_of(
    change: ResourceChange, mode: str, provisioners: dict[Place, tuple[str, ...]]
) -> tuple[Execution, ...]:
    """Provisioners that run because this instance changes."""
    if not provisioners:
        return ()
    kinds = provisioners.get(place_of(change, mode), ())
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
                source="plan",
                root=root,
                address=invocation.address,
                type=invocation.type,
                name=invocation.name,
                action="create",
                surfaces=("execution",),
                executions=(Execution(attribute="action", kind=invocation.type),),
            )


def _invocation(raw: Raw, what: str) -> _Invocation:
    found = decode_as(raw, dict[str, Raw], what)
    inner = found.get("action_invocation", raw)
    return decode_as(inner, _Invocation, what)
