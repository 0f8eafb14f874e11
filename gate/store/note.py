"""Signed notes as C2SP has them: text, and Ed25519 signatures under it, each by a named key.

https://c2sp.org/signed-note. Keys are written as Go's `note` package writes them:
`name+hash+base64` in public, `PRIVATE+KEY+name+hash+base64` in private.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

import msgspec

from gate.errors import RecordError
from gate.pattern import pattern
from gate.store.tampering import TamperedError
from gate.text import neutralise

MAX_NOTE = 262_144
"""Bytes of a note; sixteen post-quantum signatures fit."""
MAX_SIGNATURES = 100
"""Signatures of a note."""

_ED25519 = b"\x01"
_NAME = pattern(r"[^\s+\x00-\x1f\x7f]{1,200}")
_LINE = pattern(r"— (\S{1,200}) ([A-Za-z0-9+/]{8,12000}={0,2})")
_CONTROL = pattern(r"[\x00-\x09\x0b-\x1f]")
_PRIVATE = "PRIVATE+KEY+"


class NoteKey(msgspec.Struct, frozen=True):
    """A public Ed25519 key with its name."""

    name: str
    """Whose; `host/path` by custom, without spaces and plus signs."""
    public: bytes
    """The 32 bytes of the key."""

    @property
    def mark(self) -> bytes:
        """The four bytes that stand before its signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def id(self) -> str:
        """Name and mark: `name+hash`."""
        return f"{self.name}+{self.mark.hex()}"

    def __str__(self) -> str:
        return f"{self.id}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def has_signed(self, data: bytes, signature: bytes) -> bool:
        """Whether a signature is this key's over these bytes."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, data)
        except InvalidSignature:
            return False
        return True


class NoteSigner:
    """A private Ed25519 key with its name; says nothing of itself when printed."""

    def __init__(self, name: str, seed: bytes) -> None:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        _check_name(name)
        self.private = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = NoteKey(name, self.private.public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The note of a text: the text, a blank line and this key's signature.

        Raises:
            RecordError: the text cannot stand in a note.
        """
        if not text.endswith("\n") or _CONTROL.search(text):
            raise RecordError("the text of a note ends in a newline and holds no control character")
        signature = self.key.mark + self.private.sign(text.encode())
        return f"{text}\n— {self.key.name} {base64.b64encode(signature).decode()}\n"

    def secret(self) -> str:
        """The key as it is kept; for the key file only."""
        seed = base64.b64encode(_ED25519 + self.private.private_bytes_raw()).decode()
        return f"{_PRIVATE}{self.key.id}+{seed}"


class Note(msgspec.Struct, frozen=True):
    """A note, its signatures not looked at yet."""

    text: str
    """What is signed, with its last newline."""
    signatures: tuple[tuple[str, bytes], ...]
    """Name of the key; four bytes of mark and the signature."""

    @property
    def whole(self) -> str:
        """The note as it was read."""
        lines = (f"— {name} {base64.b64encode(data).decode()}\n" for name, data in self.signatures)
        return f"{self.text}\n{''.join(lines)}"

    def signers(self, keys: Iterable[NoteKey]) -> tuple[NoteKey, ...]:
        """The keys that signed it; signatures of other keys are passed over.

        Raises:
            TamperedError: none of the keys signed it, or what claims to be the signature of one
                is not.
        """
        known = {(key.name, key.mark): key for key in keys}
        found: dict[NoteKey, None] = {}
        for name, signature in self.signatures:
            key = known.get((name, signature[:4]))
            if key is None:
                continue
            if not key.has_signed(self.text.encode(), signature[4:]):
                raise TamperedError(
                    "changed",
                    f"the signature of {neutralise(key.name, 80)} does not fit the note",
                    "The note was changed after it was signed.",
                )
            found[key] = None
        if not found:
            names = ", ".join(neutralise(name, 80) for name, _ in self.signatures[:5])
            raise TamperedError(
                "swapped",
                f"the note is signed by {names}, by none of the keys given",
                "It is another signer's, or the key that signed it is missing: --key.",
            )
        return tuple(found)


def read_note(data: bytes) -> Note:
    """Take a note apart.

    Raises:
        RecordError: it is none.
    """
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("not UTF-8") from error
    if len(data) > MAX_NOTE:
        raise _malformed(f"more than {MAX_NOTE} bytes")
    if _CONTROL.search(whole):
        raise _malformed("holds control characters")
    text, blank, below = whole.rpartition("\n\n")
    if not blank or not text or not below.endswith("\n"):
        raise _malformed("no signatures under a blank line")
    lines = below[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise _malformed(f"more than {MAX_SIGNATURES} signatures")
    return Note(text + "\n", tuple(_signature(line) for line in lines))


def read_key(text: str) -> NoteKey:
    """A public key from `name+hash+base64`.

    Raises:
        RecordError: it is none; what it holds is not repeated.
    """
    name, mark, material = _key_parts(text)
    key = NoteKey(name, material)
    if key.mark != mark:
        raise RecordError("public key: the hash in it does not fit the key", "It was mistyped.")
    return key


def read_signer(text: str) -> NoteSigner:
    """A private key from `PRIVATE+KEY+name+hash+base64`.

    Raises:
        RecordError: it is none; what it holds is not repeated.
    """
    if not text.strip().startswith(_PRIVATE):
        raise RecordError("private key: does not begin with PRIVATE+KEY+", _KEY_HINT)
    name, mark, material = _key_parts(text.strip().removeprefix(_PRIVATE))
    signer = NoteSigner(name, material)
    if signer.key.mark != mark:
        raise RecordError("private key: the hash in it does not fit the key", "It was mistyped.")
    return signer


_KEY_HINT = "`gate ledger key NAME` makes a pair of keys."


def _key_parts(text: str) -> tuple[str, bytes, bytes]:
    parts = text.strip().split("+", 2)
    try:
        name, mark, material = parts[0], bytes.fromhex(parts[1]), decode_base64(parts[2])
    except (IndexError, ValueError) as error:
        raise RecordError("key: not of the form name+hash+base64", _KEY_HINT) from error
    _check_name(name)
    if len(mark) != 4 or len(material) != 33 or material[:1] != _ED25519:
        raise RecordError("key: not an Ed25519 key of the form name+hash+base64", _KEY_HINT)
    return name, mark, material[1:]


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise RecordError(
            "key: the name is empty, too long, or holds spaces or plus signs",
            "Use host and path, such as ledger.acme.example/gate.",
        )


def decode_base64(text: str) -> bytes:
    """Bytes of the one right base64 form of them.

    Raises:
        ValueError: the text is another form, or none.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if base64.b64encode(data).decode() != text:
        raise ValueError("not the canonical base64")
    return data


def _signature(line: str) -> tuple[str, bytes]:
    match = _LINE.fullmatch(line)
    if match is None or not _NAME.fullmatch(match[1]):
        raise _malformed("a line under the blank line is not a signature")
    try:
        return match[1], decode_base64(match[2])
    except ValueError as error:
        raise _malformed("a signature is not base64") from error


def _malformed(what: str) -> RecordError:
    return RecordError(f"not a signed note: {what}", "`gate ledger checkpoint` writes one.")
