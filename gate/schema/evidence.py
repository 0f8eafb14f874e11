"""Manifest: what an evidence archive holds, and for which question it was made."""

from __future__ import annotations

import msgspec


class Order(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was asked for."""

    since: str
    """RFC 3339 UTC, included."""
    until: str
    """RFC 3339 UTC, not included."""
    repo: str = ""
    """`owner/name`; empty: every repository."""
    sample: int = 25
    """How many pull requests the sample has, at most."""
    seed: str = ""
    """What the sample follows from."""


class Member(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file of the archive."""

    path: str
    """POSIX path."""
    size: int
    """Bytes."""
    sha256: str
    """Hex."""


class Content(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The second part of the archive: every file but manifest and signature, compressed."""

    bytes: int
    """Bytes in the archive."""
    sha256: str
    """Hex, over those bytes: nothing needs to be unpacked before it is known to be genuine."""
    unpacked: int
    """Bytes it unpacks to."""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The list of an evidence archive; its digest is what is signed."""

    version: int = 1
    """Version of this document."""
    tool: str
    """Version of the gate that made it."""
    order: Order
    """What was asked for."""
    content: Content
    """Where everything else is."""
    members: tuple[Member, ...]
    """Every file but manifest and signature, sorted by path."""
    absent: dict[str, str] = {}
    """What is not in it -> why."""


class Segment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Entries of one stream in a row, and what ties them to the rest of it."""

    stream: str
    """Stream."""
    first: int
    """Number of the first entry; equal to `size` where the period has none."""
    size: int
    """Entries of the stream up to the period's end."""
    prev: str
    """Hash of the entry before the first, hex."""
    head: str
    """Hash of the last entry, hex."""
    root: str
    """Root of the tree of `size` leaves, base64."""
    before: str
    """Root of the tree of `first` leaves, base64."""
    peaks: tuple[str, ...]
    """Roots of the full subtrees of those `first` leaves, smallest first, base64: every tree
    from there on can be computed from them and the entries."""
    consistency: tuple[str, ...]
    """RFC 9162 proof that the tree of `size` leaves begins with that of `first`, base64."""


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """RFC 9162 inclusion proof of one entry."""

    index: int
    """Number of the entry."""
    path: tuple[str, ...]
    """From the leaf's sibling upwards, base64; the size is the segment's."""
