"""Which key made a signature, read strictly out of its armour."""

from __future__ import annotations

import base64

import pytest
from detect import signing
from hypothesis import given
from hypothesis import strategies as st

from gate.trust.signature import MAX_ARMOUR, find_key, read_keys


def ssh(
    *,
    magic: bytes = b"SSHSIG",
    version: int = 1,
    key: bytes | None = None,
    namespace: bytes = b"git",
    reserved: bytes = b"",
    hashed: bytes = b"sha512",
    signature: bytes = b"s",
    tail: bytes = b"",
) -> str:
    """An armoured SSH signature made of parts."""
    blob = magic + version.to_bytes(4)
    for part in (key if key is not None else ed25519(), namespace, reserved, hashed, signature):
        blob += len(part).to_bytes(4) + part
    text = base64.b64encode(blob + tail).decode()
    return f"-----BEGIN SSH SIGNATURE-----\n{text}\n-----END SSH SIGNATURE-----\n"


def ed25519(kind: bytes = b"ssh-ed25519", point: bytes = b"k" * 32) -> bytes:
    return len(kind).to_bytes(4) + kind + len(point).to_bytes(4) + point


def pgp(*areas: bytes, head: bytes | None = None, version: int = 4, tail: bytes = b"") -> str:
    """An armoured OpenPGP signature with the given subpackets, hashed and not."""
    hashed, loose = (*areas, b"", b"")[:2]
    body = bytes([version, 0, 22, 8]) + len(hashed).to_bytes(2) + hashed
    body += len(loose).to_bytes(2) + loose + b"\0\0" + b"\0\x01\x01"
    data = (head if head is not None else bytes([0x88, len(body)])) + body + tail
    text = base64.b64encode(data).decode()
    return f"-----BEGIN PGP SIGNATURE-----\n\n{text}\n-----END PGP SIGNATURE-----\n"


def issuer(key: str) -> bytes:
    return bytes([9, 16]) + bytes.fromhex(key)


def fingerprint(key: str) -> bytes:
    return bytes([22, 33, 4]) + bytes.fromhex(key)


ID = "0123456789abcdef"
PRINT = "00112233445566778899aabb" + ID


@pytest.mark.parametrize(
    ("signature", "names"),
    [
        (signing.ED25519, {signing.ED25519_KEY}),
        (signing.RSA, {signing.RSA_KEY}),
        (signing.ECDSA, {signing.ECDSA_KEY}),
        (signing.ED25519.replace("\n", "\r\n"), {signing.ED25519_KEY}),
        (signing.PGP, {signing.PGP_FINGERPRINT.lower(), signing.PGP_ID.lower()}),
        (signing.PGP.replace("\n\n", "\nVersion: GnuPG v2\n\n", 1), None),
        (pgp(issuer(ID)), {ID}),
        (pgp(b"", issuer(ID)), {ID}),
        (pgp(fingerprint(PRINT), issuer(ID)), {PRINT, ID}),
    ],
)
def test_read_keys_names_the_key(signature: str, names: set[str] | None) -> None:
    assert read_keys(signature) == (names or read_keys(signing.PGP))
    assert read_keys(signature)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "garbage",
        signing.ANOTHER_NAMESPACE,
        signing.ED25519.replace("U1NI", "U1NJ", 1),
        signing.ED25519 + "more",
        "more" + signing.ED25519,
        signing.ED25519.replace("-----END SSH", "-----END PGP"),
        signing.PGP.replace("=I6Jd", "=I6Je"),
        ssh(version=2),
        ssh(namespace=b"file"),
        ssh(reserved=b"x"),
        ssh(hashed=b"md5"),
        ssh(signature=b""),
        ssh(tail=b"x"),
        ssh(key=b""),
        ssh(key=ed25519() + b"x"),
        ssh(key=ed25519(b"ssh-ed25519-cert-v01@openssh.com")),
        ssh(key=ed25519(point=b"")),
        ssh(key=b"\xff\xff\xff\xff"),
        pgp(),
        pgp(issuer(ID), issuer("f" * 16)),
        pgp(fingerprint(PRINT), issuer("f" * 16)),
        pgp(fingerprint(PRINT) + fingerprint("f" * 40)),
        pgp(issuer(ID), version=3),
        pgp(issuer(ID), tail=b"x"),
        pgp(issuer(ID), head=bytes([0x98, 40])),
        pgp(issuer(ID), head=b""),
        pgp(bytes([200]) + issuer(ID)),
        pgp(bytes([0]) + issuer(ID)),
        "-----BEGIN PGP SIGNATURE-----\n\n====\n-----END PGP SIGNATURE-----",
        "-----BEGIN SSH SIGNATURE-----\nAAA\n-----END SSH SIGNATURE-----",
        ssh(signature=b"s" * MAX_ARMOUR),
    ],
)
def test_read_keys_names_none_of_another_shape(signature: str) -> None:
    assert read_keys(signature) == frozenset()


@pytest.mark.parametrize(
    ("signature", "key"),
    [
        (signing.ED25519, signing.ED25519_KEY),
        (signing.ED25519, signing.ED25519_KEY + "="),
        (signing.PGP, signing.PGP_ID),
        (signing.PGP, signing.PGP_FINGERPRINT),
        (signing.PGP, "2ea0 f002 c962 1505 9f34  f034 a9a2 1f5e 0ce3 e98f"),
        (pgp(issuer(ID)), PRINT),
    ],
)
def test_find_key_knows_a_registered_key(signature: str, key: str) -> None:
    assert find_key(signature, ["SHA256:other", key]) == key


@pytest.mark.parametrize(
    ("signature", "key"),
    [
        (signing.ED25519, signing.RSA_KEY),
        (signing.ED25519, signing.ED25519_KEY.swapcase()),
        (signing.ED25519, signing.ED25519_KEY[:-4]),
        (signing.PGP, "f" * 16),
        (signing.PGP, "f" * 24 + signing.PGP_ID),
        ("", ""),
    ],
)
def test_find_key_knows_no_other(signature: str, key: str) -> None:
    assert find_key(signature, [key]) is None


@given(st.text(max_size=200))
def test_read_keys_never_raises_on_text(text: str) -> None:
    assert read_keys(text) == frozenset()


@given(st.binary(max_size=300), st.sampled_from(["SSH", "PGP"]))
def test_read_keys_never_raises_on_bytes(data: bytes, kind: str) -> None:
    text = base64.b64encode(data).decode()
    read_keys(f"-----BEGIN {kind} SIGNATURE-----\n\n{text}\n-----END {kind} SIGNATURE-----")


@given(st.integers(0, 400), st.integers(0, 255), st.sampled_from(["SSH", "PGP"]))
def test_read_keys_never_raises_on_a_changed_byte(place: int, value: int, kind: str) -> None:
    whole = ssh() if kind == "SSH" else pgp(fingerprint(PRINT), issuer(ID))
    data = bytearray(base64.b64decode("".join(whole.strip().split("\n")[1:-1])))
    data[place % len(data)] = value
    text = base64.b64encode(bytes(data)).decode()
    read_keys(f"-----BEGIN {kind} SIGNATURE-----\n\n{text}\n-----END {kind} SIGNATURE-----")
