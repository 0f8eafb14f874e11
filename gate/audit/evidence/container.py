"""Write an archive whose every bit is determined: two gzip parts that unpack as one tar file.

The first part holds manifest and signature in stored blocks, so that it can be made again bit by
bit; the second holds everything else, compressed, and the manifest says what its compressed bytes
hash to. DEFLATE has many forms for one content, and a changed bit might otherwise go unseen.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping

from gate.errors import RecordError
from gate.pattern import pattern
from gate.schema.evidence import Content, Member

MANIFEST, SIGNATURE = "manifest.json", "manifest.dsse.json"
"""The files of the first part."""
BLOCK = 512
"""Bytes of a tar block."""
END = b"\0" * (2 * BLOCK)
"""What ends a tar file."""
MAX_PATH = 100
"""Characters of a path."""
MAX_UNPACKED = 2 * 1024**3
"""Bytes that an archive may unpack to."""

_PATH = pattern(r"[A-Za-z0-9_][A-Za-z0-9._~+-]{0,99}(?:/[A-Za-z0-9_][A-Za-z0-9._~+-]{0,99}){0,7}\Z")
_GZIP = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_STORED = 65_535


def is_path(path: str) -> bool:
    """Whether a file of an archive may have this path: relative, inside, plain ASCII."""
    return len(path) <= MAX_PATH and _PATH.match(path) is not None


def tar_header(path: str, size: int) -> bytes:
    """The one header (POSIX ustar) of a file: owner and group 0, mode 644, time 0."""
    fields = (
        path.encode("ascii").ljust(100, b"\0"),
        b"0000644\0" + b"0000000\0" * 2,
        f"{size:011o}\0".encode() + b"0" * 11 + b"\0",
        b" " * 8,
        b"0".ljust(101, b"\0"),
        b"ustar\x0000".ljust(72, b"\0"),
        b"0000000\0" * 2,
    )
    block = b"".join(fields).ljust(BLOCK, b"\0")
    return block[:148] + f"{sum(block):06o}\0 ".encode() + block[156:]


def tar_file(path: str, data: bytes) -> bytes:
    """A file in a tar: header, bytes, and zeros up to the end of the block."""
    return tar_header(path, len(data)) + data + b"\0" * (-len(data) % BLOCK)


def first_part(manifest: bytes, signature: bytes) -> bytes:
    """The first gzip part; the same bytes from every machine."""
    tar = tar_file(MANIFEST, manifest) + tar_file(SIGNATURE, signature)
    pieces = []
    for start in range(0, len(tar), _STORED):
        piece = tar[start : start + _STORED]
        last = start + _STORED >= len(tar)
        size = len(piece).to_bytes(2, "little")
        pieces += [bytes([last]), size, bytes(255 - byte for byte in size), piece]
    return _GZIP + b"".join(pieces) + _trailer(zlib.crc32(tar), len(tar))


def second_part(files: Mapping[str, bytes]) -> tuple[bytes, Content, tuple[Member, ...]]:
    """The second gzip part, what the manifest says of it, and of each file.

    Raises:
        RecordError: a path is none, or it is too much for one archive.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9)
    packed, crc, unpacked, members = bytearray(_GZIP), 0, 0, []
    for path in sorted(files):
        if not is_path(path):
            raise RecordError(f"{path[:120]!a}: not a path of an archive")
        data = files[path]
        members.append(Member(path=path, size=len(data), sha256=hashlib.sha256(data).hexdigest()))
        piece = tar_file(path, data)
        packed += packer.compress(piece)
        crc, unpacked = zlib.crc32(piece, crc), unpacked + len(piece)
    packed += packer.compress(END) + packer.flush()
    crc, unpacked = zlib.crc32(END, crc), unpacked + len(END)
    if unpacked > MAX_UNPACKED:
        raise RecordError(
            f"the evidence has {unpacked} bytes, {MAX_UNPACKED} are allowed",
            "Take a shorter period, or one repository with --repo.",
        )
    data = bytes(packed) + _trailer(crc, unpacked)
    content = Content(bytes=len(data), sha256=hashlib.sha256(data).hexdigest(), unpacked=unpacked)
    return data, content, tuple(members)


def _trailer(crc: int, size: int) -> bytes:
    return crc.to_bytes(4, "little") + (size & 0xFFFFFFFF).to_bytes(4, "little")
