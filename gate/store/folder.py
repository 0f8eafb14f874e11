"""The file engine's store: a file of its own for each stream and each blob."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import TypeVar

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head
from gate.store.file import FileLedger
from gate.store.journal import sync_folder
from gate.store.ledger import chain, require_chain
from gate.store.lock import locked
from gate.store.port import MAIN, MAX_BLOB, Block, check_digest, check_stream

_SLASH = "~"
"""Stands for `/` in a file's name, since no stream's name holds it."""
_SUFFIX = ".jsonl"

_T = TypeVar("_T")


class FileStore:
    """Streams and blobs in files: `PATH` is the stream `main`, the others lie in `PATH.d/`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._folder = f"{path}.d"

    def file(self, stream: str) -> FileLedger:
        """The file of a stream."""
        if check_stream(stream) == MAIN:
            return FileLedger(self._path)
        name = stream.replace("/", _SLASH) + _SUFFIX
        return FileLedger(os.path.join(self._folder, "streams", name), stream)

    def head(self, stream: str) -> Head | None:
        """See `Store.head`."""
        return self.file(stream).head()

    def append(
        self, stream: str, expected: Head | None, drafts: Sequence[Draft]
    ) -> tuple[Entry, ...]:
        """See `Store.append`."""
        entries = chain(expected, drafts, check_stream(stream))
        self.file(stream).extend(expected, entries)
        return entries

    def adopt(self, stream: str, expected: Head | None, entries: Sequence[Entry]) -> None:
        """See `Store.adopt`."""
        require_chain(expected, entries, check_stream(stream))
        self.file(stream).extend(expected, entries)

    def read(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """See `Store.read`."""
        return self.file(stream).read(first, last)

    def blocks(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Block]:
        """See `Store.blocks`."""
        return self.file(stream).blocks(first)

    def streams(self) -> tuple[str, ...]:
        """See `Store.streams`."""
        files = self._names("streams")
        names = [
            name.removesuffix(_SUFFIX).replace(_SLASH, "/")
            for name in files
            if name.endswith(_SUFFIX)
        ]
        return tuple(sorted(name for name in (MAIN, *names) if self.head(name) is not None))

    def turn(self, stream: str) -> AbstractContextManager[None]:
        """See `Store.turn`."""
        name = check_stream(stream).replace("/", _SLASH)
        return locked(os.path.join(self._folder, "turns", name))

    def put_blob(self, data: bytes) -> str:
        """See `Store.put_blob`."""
        if len(data) > MAX_BLOB:
            raise RecordError(f"the blob has {len(data)} bytes, {MAX_BLOB} are allowed")
        digest = hashlib.sha256(data).hexdigest()
        _try(lambda: self._put(digest, data), self._folder)
        return digest

    def get_blob(self, digest: str) -> bytes | None:
        """See `Store.get_blob`."""
        path = self._blob(digest)
        data = _try(lambda: _read(path), path)
        if data is not None and hashlib.sha256(data).hexdigest() != digest:
            raise RecordError(
                f"blob {digest[:16]}: its bytes are not what the digest says",
                "It was changed after it was written.",
            )
        return data

    def drop_blob(self, digest: str) -> None:
        """See `Store.drop_blob`."""
        path = self._blob(digest)
        _try(lambda: _unlink(path), path)

    def blobs(self) -> tuple[str, ...]:
        """See `Store.blobs`."""
        return tuple(sorted(name for name in self._names("blobs") if not name.startswith(".")))

    def _blob(self, digest: str) -> str:
        return os.path.join(self._folder, "blobs", check_digest(digest))

    def _names(self, part: str) -> list[str]:
        folder = os.path.join(self._folder, part)
        return _try(lambda: os.listdir(folder) if os.path.exists(folder) else [], folder)

    def _put(self, digest: str, data: bytes) -> None:
        folder = os.path.join(self._folder, "blobs")
        os.makedirs(folder, mode=0o700, exist_ok=True)
        passing = os.path.join(folder, f".{digest}.{os.urandom(6).hex()}")
        handle = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            with open(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(handle)
            os.rename(passing, os.path.join(folder, digest))
        except OSError:
            os.unlink(passing)
            raise
        sync_folder(folder)


def _try(act: Callable[[], _T], path: str) -> _T:
    try:
        return act()
    except OSError as error:
        raise RecordError(
            f"ledger {path[:300]!a}: {error.strerror or type(error).__name__}",
            "Free the disk, or give --ledger FILE.",
        ) from error


def _read(path: str) -> bytes | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return None
    with open(handle, "rb") as stream:
        return stream.read(MAX_BLOB + 1)


def _unlink(path: str) -> None:
    if os.path.lexists(path):
        os.unlink(path)
        sync_folder(os.path.dirname(path))
