"""Split a plan in one pass in C, with every byte of it accounted for.

Terraform and OpenTofu write plans without white space and each key once. Then the parts, put
together again, are as long as the text; a key that stands twice, an escape in a key, white space
or a key nobody knows each make the text longer than what was decoded from it, and nothing makes it
shorter: every value but the objects and lists gone through here stays as it stands.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
from msgspec import Raw, Struct, defstruct

from gate.pattern import pattern

NONE = Raw()
"""An absent raw part."""
CHANGE_KEYS = (
    "actions",
    "before",
    "after",
    "after_unknown",
    "before_sensitive",
    "after_sensitive",
    "replace_paths",
    "importing",
    "generated_config",
    "before_identity",
    "after_identity",
)
"""Keys of the `change` of one instance."""
ENTRY_KEYS = (
    "address",
    "previous_address",
    "module_address",
    "mode",
    "type",
    "name",
    "index",
    "index_unknown",
    "provider_name",
    "deposed",
    "change",
    "action_reason",
)
"""Keys of one entry of `resource_changes`."""
PLAN_KEYS = (
    "format_version",
    "terraform_version",
    "variables",
    "planned_values",
    "resource_drift",
    "resource_changes",
    "deferred_changes",
    "deferred_action_invocations",
    "output_changes",
    "action_invocations",
    "prior_state",
    "configuration",
    "relevant_attributes",
    "checks",
    "timestamp",
    "applyable",
    "complete",
    "errored",
)
"""Keys of the top level.

Source: terraform `internal/command/jsonplan/plan.go`."""

_COMPACT = pattern(rb'\{"[a-z_]+":[^ \t\r\n]')
"""How a plan begins that has no white space; others are not worth the pass."""
_WHITESPACE = b" \t\r\n"
_CHUNK = 256
"""Entries put together at once: about 1 MB, which stays in the processor's cache."""
_NOTHING = b'["no-op"]'
"""The `actions` of an instance that nothing happens to."""


def _raw(name: str, keys: tuple[str, ...], **inner: Any) -> type[Struct]:  # noqa: ANN401 - a type
    """A struct of raw parts that remembers which of them are there."""
    fields = [(key, *((inner[key], None) if key in inner else (Raw, NONE))) for key in keys]
    return defstruct(name, fields, frozen=True, omit_defaults=True, gc=False)


_Change = _raw("_Change", CHANGE_KEYS)
_Entry = _raw("_Entry", ENTRY_KEYS, change=_Change | None)
_Plan = _raw("_Plan", PLAN_KEYS, resource_changes=list[_Entry] | None)  # type: ignore[valid-type]


class Split(NamedTuple):
    """A plan in parts."""

    parts: dict[str, Raw]
    """Top-level key -> its text; without `resource_changes`."""
    total: int
    """Entries of `resource_changes`."""
    entries: bytes
    """Those that something happens to, moved and imported ones too: a list, JSON."""


def split(text: bytes) -> Split | None:
    """The parts of a plan, no key of its top level, its entries or their `change` standing twice.

    Args:
        text: the plan, UTF-8.

    Returns:
        The parts; `None` where the text is not accounted for, and the reader must look closer.
    """
    if not _COMPACT.match(text):
        return None
    try:
        plan: Any = msgspec.json.decode(text, type=_Plan)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    entries = plan.resource_changes
    if entries is None:
        return None
    found = ((key, getattr(plan, key)) for key in PLAN_KEYS if key != "resource_changes")
    parts = {key: raw for key, raw in found if raw is not NONE}
    length = len('{"resource_changes":}') + _length_of(entries)
    length += sum(len(f',"{key}":') + len(memoryview(raw)) for key, raw in parts.items())
    tail = text[-64:]
    if length != len(text) - len(tail) + len(tail.rstrip(_WHITESPACE)):
        return None
    kept = [entry for entry in entries if not _is_settled(entry)]
    return Split(parts, len(entries), msgspec.json.encode(kept))


def _length_of(entries: list[Any]) -> int:
    """Bytes that the list takes without white space."""
    encoder, buffer, length = msgspec.json.Encoder(), bytearray(), 0
    for start in range(0, len(entries), _CHUNK):
        encoder.encode_into(entries[start : start + _CHUNK], buffer)
        length += len(buffer) - 1  # NOTE: brackets of a chunk, but a comma to the next one
    return length + 1 if entries else 2


def _is_settled(entry: Any) -> bool:  # noqa: ANN401 - of a struct made above
    """Whether nothing happens to an instance: neither a change nor a move nor an import."""
    change = entry.change
    return (
        change is not None
        and bytes(change.actions) == _NOTHING
        and entry.previous_address is NONE
        and change.importing is NONE
    )
