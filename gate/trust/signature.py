"""Read which key made a commit signature; whether the signature holds is the forge's word."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator

from gate.pattern import pattern

MAX_SIGNATURE = 64_000
"""Characters of an armoured signature that are read; real ones have below 4,000."""

_ARMOUR = pattern(r"-----BEGIN (SSH|PGP) SIGNATURE-----\s+(.*?)-----END \1 SIGNATURE-----", 16)
"""With re.DOTALL."""
_ISSUER_ID, _ISSUER_FINGERPRINT = 16, 33
_SIGNATURE_TAG = 2


def signing_keys(signature: str | None) -> frozenset[str]:
    """The key behind a signature, as records write keys: `SHA256:...`, or hex digits.

    Args:
        signature: the armoured signature, SSH or OpenPGP.

    Returns:
        An SSH key's fingerprint, or an OpenPGP key's id and fingerprint in lower case; nothing
        when the text is no signature.
    """
    match = _ARMOUR.search((signature or "")[:MAX_SIGNATURE])
    if match is None:
        return frozenset()
    lines = [line.strip() for line in match[2].splitlines()]
    if match[1] == "PGP" and "" in lines:
        lines = lines[lines.index("") + 1 :]
    body = "".join(line for line in lines if line and not line.startswith("=") and ":" not in line)
    try:
        data = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return frozenset()
    return frozenset(_ssh(data) if match[1] == "SSH" else _openpgp(data))


def _ssh(data: bytes) -> Iterator[str]:
    if data[:6] != b"SSHSIG":
        return
    size = int.from_bytes(data[10:14], "big")
    key = data[14 : 14 + size]
    if len(key) == size and size:
        digest = base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")
        yield f"SHA256:{digest}"


def _openpgp(data: bytes) -> Iterator[str]:
    body = _first_signature(data)
    if len(body) < 6 or body[0] != 4:
        return
    hashed = int.from_bytes(body[4:6], "big")
    rest = 6 + hashed
    loose = int.from_bytes(body[rest : rest + 2], "big")
    for part in (body[6:rest], body[rest + 2 : rest + 2 + loose]):
        for kind, value in _subpackets(part):
            if kind == _ISSUER_ID and len(value) == 8:
                yield value.hex()
            elif kind == _ISSUER_FINGERPRINT and len(value) == 21 and value[0] == 4:
                yield value[1:].hex()


def _first_signature(data: bytes) -> bytes:
    """The body of the first packet, if it is a signature of a length known from its head."""
    if len(data) < 3 or not data[0] & 0x80:
        return b""
    if data[0] & 0x40:
        tag, (size, start) = data[0] & 0x3F, _new_length(data, 1)
    else:
        tag, width = (data[0] >> 2) & 0x0F, (1, 2, 4, 0)[data[0] & 3]
        size, start = int.from_bytes(data[1 : 1 + width], "big"), 1 + width
    return data[start : start + size] if tag == _SIGNATURE_TAG else b""


def _new_length(data: bytes, at: int) -> tuple[int, int]:
    """A length in the newer form, of packets and subpackets, and where it ends."""
    first = data[at] if at < len(data) else 0
    if first < 192:
        return first, at + 1
    if first < 255:
        second = data[at + 1] if at + 1 < len(data) else 0
        return ((first - 192) << 8) + second + 192, at + 2
    return int.from_bytes(data[at + 1 : at + 5], "big"), at + 5


def _subpackets(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        size, start = _new_length(data, at)
        if size == 0 or start + size > len(data):
            return
        yield data[start] & 0x7F, data[start + 1 : start + size]
        at = start + size
