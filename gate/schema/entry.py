"""Entry: one line of the ledger."""

from __future__ import annotations

from typing import Any

import msgspec

GENESIS = "0" * 64
"""`prev` of the first entry."""


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One hash-chained entry; `hash` is SHA-256 over its RFC 8785 bytes without `hash`."""

    v: int = 1
    """Version."""
    seq: int
    """From 0."""
    prev: str
    """Hash of the previous entry."""
    at: str
    """When, RFC 3339 UTC."""
    kind: str
    """decision | ... ."""
    id: str | msgspec.UnsetType = msgspec.UNSET
    """Event id; left out, of the line and of the hashed bytes, where the writer gave none."""
    stream: str | msgspec.UnsetType = msgspec.UNSET
    """Name of its stream; left out, as `id` is, in the stream `main`."""
    body: dict[str, Any]
    """What happened; numbers above 2^53 travel as strings."""
    hash: str = ""
    """Hex; empty while it is computed."""
