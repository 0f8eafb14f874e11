"""Checkpoints: what a ledger held at one size, signed (https://c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import msgspec

from gate.errors import RecordError
from gate.pattern import pattern
from gate.store.note import Note, NoteKey, NoteSigner, decode_base64, read_note
from gate.store.tampering import TamperedError
from gate.text import neutralise

_SIZE = pattern(r"0|[1-9][0-9]{0,15}")


class Checkpoint(msgspec.Struct, frozen=True):
    """The Merkle root of a ledger at one size."""

    origin: str
    """Which ledger: the name of its key, and the stream where that is not `main`."""
    size: int
    """Entries."""
    root: bytes
    """Root of the tree of that many leaves."""

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class SignedCheckpoint(msgspec.Struct, frozen=True):
    """A checkpoint as it was read, with what is known of its signatures."""

    checkpoint: Checkpoint
    """What it says."""
    note: Note
    """Text and signatures."""
    signers: tuple[NoteKey, ...]
    """Trusted keys that signed it; none when no key was given, and then nothing is proven."""


def origin_of(name: str, stream: str = "main") -> str:
    """What the checkpoints of a stream call their ledger.

    Args:
        name: of the key that signs.
        stream: `main` is the ledger in one file.
    """
    return name if stream == "main" else f"{name}/{stream}"


def sign_checkpoint(checkpoint: Checkpoint, signer: NoteSigner) -> str:
    """The signed note of a checkpoint."""
    return signer.sign(checkpoint.text)


def read_checkpoint(data: bytes, keys: Sequence[NoteKey], stream: str = "main") -> SignedCheckpoint:
    """Read a checkpoint, and who signed it where keys are given.

    Args:
        data: the signed note.
        keys: trusted keys; without any nothing is known of the signer.
        stream: whose checkpoint it has to be.

    Raises:
        TamperedError: it was changed, or is another ledger's or signer's.
        RecordError: it is no checkpoint.
    """
    note = read_note(data)
    checkpoint = _parse(note.text)
    signers = note.signers(keys) if keys else ()
    origins = {origin_of(key.name, stream) for key in signers}
    if signers and checkpoint.origin not in origins:
        raise TamperedError(
            "swapped",
            f"the checkpoint is of {neutralise(checkpoint.origin, 80)}, "
            f"not of {neutralise(', '.join(sorted(origins)), 200)}",
            "It is another ledger's.",
        )
    return SignedCheckpoint(checkpoint, note, signers)


def _parse(text: str) -> Checkpoint:
    origin, *rest = text[:-1].split("\n")
    if not origin or len(rest) < 2 or not all(rest) or not _SIZE.fullmatch(rest[0]):
        raise RecordError("not a checkpoint: origin, size and root are not there", _HINT)
    try:
        root = decode_base64(rest[1])
    except ValueError as error:
        raise RecordError("not a checkpoint: the root is not base64", _HINT) from error
    if len(root) != 32:
        raise RecordError("not a checkpoint: the root is not of 32 bytes", _HINT)
    return Checkpoint(origin, int(rest[0]), root)


_HINT = "`gate ledger checkpoint` writes one."
