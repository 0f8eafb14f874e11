"""What a plan says of itself as a whole: version, completeness, destroy and refresh-only mode."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
from msgspec import Raw

from gate.decode.plan_format import ResourceChange, ResourceChanges, check_version, read_part
from gate.schema.terraform import Action
from gate.text import neutralise


class Head(msgspec.Struct, frozen=True):
    """The scalars of the top level; absent is not false."""

    format_version: str = ""
    """Plan format."""
    terraform_version: str = ""
    """Version that wrote it; OpenTofu writes its own here."""
    errored: bool | None = None
    """Since 1.6."""
    applyable: bool | None = None
    """Since 1.8, never in OpenTofu."""
    complete: bool | None = None
    """Since 1.8, never in OpenTofu."""


class _CheckAddress(msgspec.Struct, frozen=True):
    to_display: str = ""


class _Check(msgspec.Struct, frozen=True):
    address: _CheckAddress = _CheckAddress()
    status: str = ""


class _StateResource(msgspec.Struct, frozen=True):
    mode: str = "managed"


class _StateModule(msgspec.Struct, frozen=True):
    resources: list[_StateResource] = []
    child_modules: list[_StateModule] = []


class _StateValues(msgspec.Struct, frozen=True):
    root_module: _StateModule | None = None


class _State(msgspec.Struct, frozen=True):
    values: _StateValues | None = None


class _OutputChange(msgspec.Struct, frozen=True):
    actions: list[str] = []


def read_head(parts: dict[str, Raw], what: str) -> Head:
    """The scalars of the top level.

    Raises:
        DecodeError: one of them has another type, or the format is not understood.
    """
    values = {
        key: read_part(parts, key, kind, what)
        for key, kind in (
            ("format_version", str),
            ("terraform_version", str),
            ("errored", bool),
            ("applyable", bool),
            ("complete", bool),
        )
    }
    head = msgspec.convert({k: v for k, v in values.items() if v is not None}, Head)
    # NOTE: some tools drop the version when they rewrite a plan; the rest is format 0.x or 1.x.
    if head.format_version:
        check_version(head.format_version, what)
    return head


def mode_of(change: ResourceChange) -> Literal["managed", "data"]:
    """managed | data, told from the address where the plan does not say."""
    if change.mode == "data" or change.mode == "managed":
        return "data" if change.mode == "data" else "managed"
    last = change.address.rpartition(f"{change.type}.{change.name}")[0]
    return "data" if last == "data." or last.endswith(".data.") else "managed"


def is_destroy(found: ResourceChanges, actions: Sequence[Action], version: str) -> bool:
    """P7: deletions without a reason, and nothing else; `-destroy` leaves no other trace.

    Formats 0.x gave no reasons at all: there an untouched resource tells that it is another plan.
    """
    if version.startswith("0.") and found.total > len(found.changes):
        return False
    deletes = 0
    for change, action in zip(found.changes, actions, strict=True):
        if change.deposed or mode_of(change) == "data":
            continue
        if action == "no-op":
            if version.startswith("0."):
                return False
        elif action == "delete" and not change.action_reason:
            deletes += 1
        else:
            return False
    return deletes > 0


def is_refresh(parts: dict[str, Raw], what: str) -> bool:
    """P8: nothing is to change although managed resources exist, which else stand as no-op."""
    outputs = read_part(parts, "output_changes", dict[str, _OutputChange], what) or {}
    if any(output.actions != ["no-op"] for output in outputs.values()):
        return False
    if read_part(parts, "resource_drift", list[Raw], what):
        return True
    state = read_part(parts, "prior_state", _State, what)
    module = state.values.root_module if state is not None and state.values is not None else None
    return module is not None and any(item.mode == "managed" for item in _state_resources(module))


def _state_resources(module: _StateModule) -> Iterator[_StateResource]:
    waiting = [module]
    while waiting:
        current = waiting.pop()
        yield from current.resources
        waiting.extend(current.child_modules)


def count_deferred(parts: dict[str, Raw], what: str) -> int:
    """Changes and actions that a later plan would show (since 1.9)."""
    keys = ("deferred_changes", "deferred_action_invocations")
    return sum(len(read_part(parts, key, list[Raw], what) or ()) for key in keys)


def failed_checks(parts: dict[str, Raw], what: str) -> tuple[str, ...]:
    """Addresses of `check` blocks and conditions that failed (since 1.3)."""
    checks = read_part(parts, "checks", list[_Check], what) or []
    return tuple(
        neutralise(check.address.to_display)
        for check in checks
        if check.status in ("fail", "error")
    )
