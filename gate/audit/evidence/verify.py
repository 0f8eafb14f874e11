"""Verify an archive: signature, bytes, chain, proofs, anchor, and every document made again."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import BinaryIO, NamedTuple

from gate import __version__
from gate.audit.evidence.build import sort_told, statement
from gate.audit.evidence.documents import derive, is_derived
from gate.audit.evidence.segment import Cut, read_part, root_at, stem_of
from gate.audit.evidence.unpack import Opened, check_content, open_archive, read_members
from gate.errors import RecordError
from gate.schema.evidence import Manifest
from gate.store.checkpoint import read_checkpoint
from gate.store.note import NoteKey, decode_base64
from gate.store.tampering import TamperedError
from gate.text import neutralise
from gate.trust.dsse import IN_TOTO, unseal
from gate.trust.keys import parse_public

KEY = "keys/signer.pub"
"""The signer's own public key, as it says; it proves nothing."""


class Verified(NamedTuple):
    """An archive that fits together."""

    manifest: Manifest
    """Its list."""
    parts: tuple[Cut, ...]
    """Parts of streams."""
    signers: tuple[NoteKey, ...]
    """Trusted keys that signed it; none where no key was given, and then nothing is proven."""
    anchored: str
    """The stream that was held against the anchor; empty: there was none."""
    remade: bool
    """The documents were made again from the entries; not done for another gate's archive."""


def verify(archive: BinaryIO, keys: Sequence[NoteKey], anchor: bytes | None = None) -> Verified:
    """Check everything that an archive claims; it needs nothing but the archive.

    Args:
        archive: the file, anybody's.
        keys: trusted keys; without any the archive's own are used, and nothing is proven.
        anchor: a checkpoint kept elsewhere.

    Raises:
        TamperedError: something was done to it; says what.
        RecordError: it is no archive, or cannot be held against the anchor.
    """
    opened = open_archive(archive)
    signers = _signers(opened, keys) if keys else ()
    check_content(archive, opened)
    kept = read_members(archive, opened, _is_needed)
    trusted = tuple(keys) or _own_keys(opened, kept)
    parts = _parts(kept, trusted)
    anchored = _hold_against(parts, anchor, trusted) if anchor is not None else ""
    remade = opened.manifest.tool == __version__
    if remade:
        _remake(opened.manifest, parts)
    return Verified(opened.manifest, parts, signers, anchored, remade)


def _signers(opened: Opened, keys: Sequence[NoteKey]) -> tuple[NoteKey, ...]:
    payload, signers = unseal(opened.signature, IN_TOTO, keys)
    if payload != statement(opened.signed, opened.manifest.order):
        raise TamperedError("changed", "the signature is over another manifest")
    return signers


def _own_keys(opened: Opened, kept: dict[str, bytes]) -> tuple[NoteKey, ...]:
    """The key that the archive itself names: good enough to see that it fits together."""
    own = (parse_public(kept.get(KEY, b"")),)
    _signers(opened, own)
    return own


def _is_needed(path: str) -> bool:
    return path == KEY or path.startswith("ledger/")


def _parts(kept: dict[str, bytes], keys: Sequence[NoteKey]) -> tuple[Cut, ...]:
    stems = sorted(path.removesuffix(".json") for path in kept if path.endswith(".json"))
    parts = []
    for stem in stems:
        part = read_part(kept, stem)
        note = kept.get(f"{stem_of(part.segment.stream)}.checkpoint", b"")
        said = read_checkpoint(note, keys, part.segment.stream).checkpoint
        if (said.size, said.root) != (part.segment.size, decode_base64(part.segment.root)):
            raise TamperedError(
                "swapped", f"stream {part.segment.stream}: the checkpoint is of another tree"
            )
        parts.append(part)
    return tuple(parts)


def _hold_against(parts: Sequence[Cut], anchor: bytes, keys: Sequence[NoteKey]) -> str:
    """Compare with a checkpoint that was kept elsewhere, of whichever stream it is."""
    last: RecordError | None = None
    for part in parts:
        try:
            known = read_checkpoint(anchor, keys, part.segment.stream).checkpoint
        except TamperedError as error:
            if error.kind != "swapped":
                raise
            last = error
            continue
        root = root_at(part, known.size)
        if root is None:
            raise _out_of_reach(part, known.size)
        if root != known.root:
            raise TamperedError(
                "rewritten",
                f"stream {part.segment.stream}: its first {known.size} entries are others",
                "The ledger was written again, hashes and all; or the anchor is another's.",
            )
        return part.segment.stream
    raise last or RecordError("there is no stream to hold the anchor against")


def _out_of_reach(part: Cut, size: int) -> RecordError:
    segment = part.segment
    what = "newer" if size > segment.size else "older"
    return RecordError(
        f"the anchor is {what} than the archive: it has {size} entries, the archive tells of "
        f"{segment.first} to {segment.size}",
        "Take an anchor of the period, or an archive of a longer one.",
    )


def _remake(manifest: Manifest, parts: Sequence[Cut]) -> None:
    """Make every document that follows from the entries again, and compare."""
    made = derive(sort_told(list(parts)), manifest.order)
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in made.items()}
    listed = {item.path: item.sha256 for item in manifest.members if is_derived(item.path)}
    for path in sorted(digests.keys() | listed.keys()):
        if digests.get(path) != listed.get(path):
            raise TamperedError(
                "changed",
                f"{neutralise(path, 120)}: not what follows from the entries",
                "It was not made from this ledger.",
            )
