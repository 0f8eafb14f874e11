"""Read an archive, anybody's, in bounded memory: whatever is not exactly as it is made is refused.

No reader of tar is at work here: the manifest says which files there are, and every byte between
them is compared with what it has to be. Links, paths that leave the folder, files that come twice
or that nobody listed have no form in which they could be there.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

import msgspec

from gate.audit.evidence.container import (
    BLOCK,
    END,
    MANIFEST,
    MAX_UNPACKED,
    SIGNATURE,
    first_part,
    is_path,
    tar_header,
)
from gate.errors import RecordError
from gate.schema.evidence import Manifest, Member
from gate.store.tampering import TamperedError

MAX_FIRST = 128 * 1024**2
"""Bytes of manifest and signature."""
CHUNK = 1 << 18
"""Bytes that are read and unpacked at a time."""
MAX_KEPT = 1024**3
"""Bytes of all files that are kept."""


class Opened(NamedTuple):
    """The first part of an archive; nothing in it is proven yet."""

    manifest: Manifest
    """What it says."""
    signed: bytes
    """The manifest's bytes."""
    signature: bytes
    """The envelope."""
    start: int
    """Where the second part begins, in bytes."""


def open_archive(archive: BinaryIO) -> Opened:
    """Read manifest and signature.

    Raises:
        RecordError: it is no archive, too large, or not in the form it is made in.
    """
    tar, start = _unpack_first(archive)
    manifest, rest = _take(tar, MANIFEST)
    signature, rest = _take(rest, SIGNATURE)
    archive.seek(0)
    if rest or archive.read(start) != first_part(manifest, signature):
        raise _malformed("its first part is not as it is made")
    try:
        read = msgspec.json.decode(manifest, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _malformed("its manifest cannot be understood") from error
    _check_manifest(read, manifest)
    _check_form(signature)
    return Opened(read, manifest, signature, start)


def check_content(archive: BinaryIO, opened: Opened) -> None:
    """Compare the second part, packed as it is, with what the manifest says.

    Raises:
        TamperedError: it was changed, cut off, or something was added.
    """
    archive.seek(opened.start)
    digest, size = hashlib.sha256(), 0
    while size <= opened.manifest.content.bytes and (chunk := archive.read(CHUNK)):
        digest.update(chunk)
        size += len(chunk)
    if size != opened.manifest.content.bytes:
        raise TamperedError(
            "truncated" if size < opened.manifest.content.bytes else "inserted",
            f"the archive does not have the {opened.manifest.content.bytes} bytes it lists",
        )
    if digest.hexdigest() != opened.manifest.content.sha256:
        raise TamperedError("changed", "the archive's bytes are not those that the manifest lists")


def read_members(
    archive: BinaryIO, opened: Opened, keep: Callable[[str], bool]
) -> dict[str, bytes]:
    """Unpack the second part and check every file; return those to keep.

    Raises:
        TamperedError: a file is not what the manifest lists.
        RecordError: it cannot be unpacked, or has more than was listed.
    """
    archive.seek(opened.start)
    source = _Source(archive, opened.manifest.content.unpacked)
    kept: dict[str, bytes] = {}
    size = sum(member.size for member in opened.manifest.members if keep(member.path))
    if size > MAX_KEPT:
        raise _malformed(f"its ledger has {size} bytes, {MAX_KEPT} are allowed")
    for member in opened.manifest.members:
        source.expect(tar_header(member.path, member.size), member.path)
        data = _read_member(source, member, keep(member.path))
        if data is not None:
            kept[member.path] = data
        source.expect(b"\0" * (-member.size % BLOCK), member.path)
    source.expect(END, "the end")
    source.finish()
    return kept


def _read_member(source: _Source, member: Member, keep: bool) -> bytes | None:
    digest, pieces = hashlib.sha256(), []
    for piece in source.take(member.size):
        digest.update(piece)
        if keep:
            pieces.append(piece)
    if digest.hexdigest() != member.sha256:
        raise TamperedError("changed", f"{member.path}: not what the manifest lists")
    return b"".join(pieces) if keep else None


class _Source:
    """The unpacked bytes of the second part, never more than were announced."""

    def __init__(self, archive: BinaryIO, limit: int) -> None:
        self._archive = archive
        self._left = limit
        self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._packed = b""

    def take(self, size: int) -> Iterator[bytes]:
        """Exactly so many bytes, in pieces."""
        if size > self._left:
            raise _malformed("it holds more than its manifest announces")
        self._left -= size
        while size:
            piece = self._some(min(size, CHUNK))
            size -= len(piece)
            yield piece

    def expect(self, wanted: bytes, where: str) -> None:
        """Read what has to come next."""
        if b"".join(self.take(len(wanted))) != wanted:
            raise TamperedError("changed", f"the archive is not as it is made, at {where}")

    def finish(self) -> None:
        """Make sure that nothing follows."""
        try:
            more = self._inflate.decompress(self._packed or self._archive.read(CHUNK), 1)
        except zlib.error as error:
            raise _malformed("it cannot be unpacked") from error
        if more or self._left or not self._inflate.eof or self._inflate.unused_data:
            raise TamperedError("inserted", "the archive holds more than its manifest lists")
        if self._archive.read(1):
            raise TamperedError("inserted", "something follows the archive")

    def _some(self, limit: int) -> bytes:
        while True:
            packed = self._packed or self._archive.read(CHUNK)
            if not packed or self._inflate.eof:
                raise TamperedError("truncated", "the archive ends early")
            try:
                piece = self._inflate.decompress(packed, limit)
            except zlib.error as error:
                raise _malformed("it cannot be unpacked") from error
            self._packed = self._inflate.unconsumed_tail
            if piece:
                return piece


def _unpack_first(archive: BinaryIO) -> tuple[bytes, int]:
    inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
    pieces, size, read = [], 0, 0
    while not inflate.eof:
        chunk = archive.read(CHUNK)
        if not chunk:
            raise _malformed("it ends early" if read else "the file is empty")
        read += len(chunk)
        try:
            piece = inflate.decompress(chunk, MAX_FIRST - size + 1)
        except zlib.error as error:
            raise _malformed("it is not compressed as it should be") from error
        size += len(piece)
        if size > MAX_FIRST or inflate.unconsumed_tail:
            raise _malformed("its manifest is too large")
        pieces.append(piece)
    return b"".join(pieces), read - len(inflate.unused_data)


def _take(tar: bytes, path: str) -> tuple[bytes, bytes]:
    """The file that has to come first, and what follows it."""
    digits = tar[124:135]
    if len(tar) < BLOCK or not digits.isdigit() or any(byte > ord("7") for byte in digits):
        raise _malformed(f"it does not begin with {MANIFEST} and {SIGNATURE}")
    size = int(digits, 8)
    end = BLOCK + size
    if tar[:BLOCK] != tar_header(path, size) or end > len(tar):
        raise _malformed(f"it does not begin with {MANIFEST} and {SIGNATURE}")
    return tar[BLOCK:end], tar[end + (-size % BLOCK) :]


def _check_manifest(manifest: Manifest, data: bytes) -> None:
    paths = [member.path for member in manifest.members]
    sizes = [member.size for member in manifest.members]
    if manifest.version != 1:
        raise _malformed(f"version {manifest.version} of the manifest", "Use a newer gate.")
    if msgspec.json.encode(manifest, order="sorted") + b"\n" != data:
        raise _malformed("its manifest is not in its one form")
    if paths != sorted(set(paths)) or not all(map(is_path, paths)) or min(sizes, default=0) < 0:
        raise _malformed("its manifest lists paths that cannot be there")
    if {MANIFEST, SIGNATURE} & set(paths) or not manifest.content.bytes > 0:
        raise _malformed("its manifest lists paths that cannot be there")
    padded = sum(BLOCK + size + (-size % BLOCK) for size in sizes) + len(END)
    if manifest.content.unpacked != padded or padded > MAX_UNPACKED:
        raise _malformed(f"it would unpack to {padded} bytes")


def _check_form(signature: bytes) -> None:
    """Refuse an envelope that is written in another way: it would be the same to its readers."""
    try:
        again = msgspec.json.encode(msgspec.json.decode(signature), order="sorted") + b"\n"
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise _malformed("its signature cannot be understood") from error
    if again != signature:
        raise TamperedError("changed", "the signature is not in its one form")


def _malformed(what: str, hint: str = "`gate evidence build` writes one.") -> RecordError:
    return RecordError(f"not an evidence archive: {what}", hint)
