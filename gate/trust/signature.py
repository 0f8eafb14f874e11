"""Read which key made a commit signature, out of the armour that GitHub hands on.

GitHub verifies the signature; this only tells whose it is. An SSH signature (OpenSSH's
PROTOCOL.sshsig) holds the public key itself, an OpenPGP one (RFC 9580, version 4 packets) the id or
fingerprint of its key. Whatever is not exactly of these shapes names no key.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable

from gate.pattern import pattern

MAX_ARMOUR = 24_576
"""Characters of a signature that are read; an RSA key of 16,384 bits fits."""

_SSH = pattern(
    r"\s{0,8}-----BEGIN SSH SIGNATURE-----\r?\n"
    r"([A-Za-z0-9+/=\r\n]{1,24576})\r?\n-----END SSH SIGNATURE-----\s{0,8}"
)
_PGP = pattern(
    r"\s{0,8}-----BEGIN PGP SIGNATURE-----[ \t]{0,8}\r?\n"
    r"(?:[A-Za-z]{1,20}: [^\r\n]{0,200}\r?\n){0,8}(?:[ \t]{0,8}\r?\n)?"
    r"([A-Za-z0-9+/=\r\n]{1,24576}?)(?:\r?\n=([A-Za-z0-9+/]{4}))?"
    r"\r?\n-----END PGP SIGNATURE-----\s{0,8}"
)
_SSH_FIELDS = {
    b"ssh-ed25519": 1,
    b"ssh-rsa": 2,
    b"ecdsa-sha2-nistp256": 2,
    b"ecdsa-sha2-nistp384": 2,
    b"ecdsa-sha2-nistp521": 2,
    b"sk-ssh-ed25519@openssh.com": 2,
    b"sk-ecdsa-sha2-nistp256@openssh.com": 3,
}
"""Key type -> fields after it. Certificates are left out: they are not the key they certify."""
_HASHES = frozenset({b"sha256", b"sha512"})
_SIGNATURE_PACKET = 2
_ISSUER, _ISSUER_FINGERPRINT = 16, 33


class _Malformed(ValueError):
    """The signature is not of the shape it must have."""


def find_key(signature: str, keys: Iterable[str]) -> str | None:
    """The one of some registered keys that made a signature, or `None`.

    Args:
        signature: the armoured signature, which GitHub verified.
        keys: `SHA256:<base64>` of SSH keys; 16 or 40 hex digits of OpenPGP keys.
    """
    made_by = read_keys(signature)
    for key in keys:
        plain = key.rstrip("=") if key.startswith("SHA256:") else key.replace(" ", "").lower()
        if plain in made_by or (len(plain) == 40 and _only_id(made_by) == plain[-16:]):
            return key
    return None


def _only_id(made_by: frozenset[str]) -> str | None:
    return next(iter(made_by)) if len(made_by) == 1 else None


def read_keys(signature: str) -> frozenset[str]:
    """The names of the one key that a signature gives: none if it is not of the known shapes.

    An SSH key has its fingerprint; an OpenPGP key its 16-digit id and, where the signature says
    so, its 40-digit fingerprint.
    """
    if len(signature) > MAX_ARMOUR:
        return frozenset()
    try:
        found = _SSH.fullmatch(signature)
        if found is not None:
            return frozenset({_read_ssh(_decode(found[1]))})
        found = _PGP.fullmatch(signature)
        if found is not None:
            return _read_pgp(_check(_decode(found[1]), found[2]))
    except _Malformed:
        return frozenset()
    return frozenset()


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Malformed from error


def _split(blob: bytes, count: int) -> list[bytes]:
    """Length-prefixed strings that fill a blob exactly."""
    found: list[bytes] = []
    place = 0
    for _ in range(count):
        size = int.from_bytes(blob[place : place + 4])
        place += 4
        if len(blob) < place + size:
            raise _Malformed
        found.append(blob[place : place + size])
        place += size
    if place != len(blob):
        raise _Malformed
    return found


def _read_ssh(blob: bytes) -> str:
    if blob[:10] != b"SSHSIG\x00\x00\x00\x01":
        raise _Malformed
    key, namespace, reserved, hashed, signature = _split(blob[10:], 5)
    if namespace != b"git" or reserved or hashed not in _HASHES or not signature:
        raise _Malformed
    kind = key[4 : 4 + int.from_bytes(key[:4])]
    if kind not in _SSH_FIELDS or not all(_split(key, 1 + _SSH_FIELDS[kind])):
        raise _Malformed
    digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def _check(data: bytes, checksum: str | None) -> bytes:
    """The data, if the armour's own checksum fits or there is none."""
    if checksum is None:
        return data
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = (crc << 1) ^ (0x1864CFB if crc & 0x800000 else 0)
    if crc.to_bytes(3) != _decode(checksum):
        raise _Malformed
    return data


def _read_pgp(data: bytes) -> frozenset[str]:
    body = _read_packet(data)
    if len(body) < 6 or body[0] != 4:
        raise _Malformed
    hashed = int.from_bytes(body[4:6])
    middle = 6 + hashed
    unhashed = int.from_bytes(body[middle : middle + 2])
    end = middle + 2 + unhashed
    if len(body) < end + 2:
        raise _Malformed
    ids: set[str] = set()
    prints: set[str] = set()
    for area in (body[6:middle], body[middle + 2 : end]):
        for kind, value in _read_subpackets(area):
            if kind == _ISSUER and len(value) == 8:
                ids.add(value.hex())
            elif kind == _ISSUER_FINGERPRINT and len(value) == 21 and value[0] == 4:
                prints.add(value[1:].hex())
    if len(prints) > 1 or len(ids | {full[-16:] for full in prints}) != 1:
        raise _Malformed
    return frozenset({*ids, *prints, *(full[-16:] for full in prints)})


def _read_packet(data: bytes) -> bytes:
    """The body of the one signature packet that fills the data."""
    tag = data[0] if data else 0
    if tag & 0xC0 == 0xC0:
        size, start = _read_length(data, 1, two_octets_below=224)
        kind = tag & 0x3F
    elif tag & 0x80 and tag & 3 != 3:
        width = 1 << (tag & 3)
        kind = tag >> 2 & 0xF
        size, start = int.from_bytes(data[1 : 1 + width]), 1 + width
    else:
        raise _Malformed
    if kind != _SIGNATURE_PACKET or start + size != len(data):
        raise _Malformed
    return data[start:]


def _read_length(data: bytes, place: int, *, two_octets_below: int) -> tuple[int, int]:
    """A length in one, two or five octets, and where its content begins."""
    first = data[place] if place < len(data) else two_octets_below
    if first < 192:
        return first, place + 1
    if first < two_octets_below:
        return ((first - 192) << 8) + int.from_bytes(data[place + 1 : place + 2]) + 192, place + 2
    if first != 255 or place >= len(data):
        raise _Malformed
    return int.from_bytes(data[place + 1 : place + 5]), place + 5


def _read_subpackets(area: bytes) -> Iterable[tuple[int, bytes]]:
    place = 0
    while place < len(area):
        size, start = _read_length(area, place, two_octets_below=255)
        if size < 1 or start + size > len(area):
            raise _Malformed
        yield area[start] & 0x7F, area[start + 1 : start + size]
        place = start + size
