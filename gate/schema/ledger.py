"""Draft, Head: what goes into a stream of the ledger, and where it ends."""

from __future__ import annotations

from typing import Any

import msgspec


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes an entry once its place in the stream is known."""

    kind: str
    """decision | agent | ... ."""
    at: str
    """When, RFC 3339 UTC."""
    body: dict[str, Any]
    """What happened."""
    id: str
    """Event id, 26 characters, made by the caller; the same however often it is tried."""


class Head(msgspec.Struct, frozen=True):
    """The end of a stream."""

    seq: int
    """Of the last entry."""
    hash: str
    """Of the last entry."""


class CheckpointBody(msgspec.Struct, frozen=True, kw_only=True):
    """Kind `checkpoint`, stream `org/checkpoints`: what all other streams held at one moment."""

    signer: str
    """Key id."""
    notes: dict[str, str]
    """Stream -> its checkpoint, a C2SP signed note."""
