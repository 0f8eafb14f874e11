"""The port every engine of the ledger implements: streams of entries, and blobs beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from gate.errors import RecordError
from gate.pattern import pattern
from gate.schema.entry import Entry
from gate.schema.ledger import Draft, Head

MAIN = "main"
"""The stream that a ledger file of its own is."""
MAX_BLOB = 16 * 1024 * 1024
"""Bytes of one blob; larger is refused."""

_STREAM = pattern(r"[a-z0-9][a-z0-9._/-]{0,159}\Z")
_DIGEST = pattern(r"[0-9a-f]{64}\Z")


class Block(NamedTuple):
    """Lines that follow each other in a stream."""

    lines: bytes
    """As they are kept, each with its newline."""
    where: str
    """Names them in an error."""


class Store(Protocol):
    """Streams of hash-chained entries, each appended to by compare-and-swap, and blobs."""

    def head(self, stream: str) -> Head | None:
        """Where a stream ends now; `None`: nothing was written to it.

        Raises:
            RecordError: it cannot be read.
        """

    def append(
        self, stream: str, expected: Head | None, drafts: Sequence[Draft]
    ) -> tuple[Entry, ...]:
        """Write drafts durably behind the expected head, and return their entries.

        Raises:
            ConflictError: the stream ends elsewhere; nothing was written.
            UnknownOutcomeError: the answer was lost; the ids tell.
            RecordError: it was not durably written.
        """

    def adopt(self, stream: str, expected: Head | None, entries: Sequence[Entry]) -> None:
        """Write entries made elsewhere, as they are, behind the expected head.

        Raises:
            RecordError: as `append`, or they do not follow that head.
        """

    def read(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Entry]:
        """Entries by number, both ends included, as written, unchecked; none of an absent stream.

        Raises:
            RecordError: it cannot be read, or holds what is no entry.
        """

    def blocks(self, stream: str, first: int = 0, last: int | None = None) -> Iterator[Block]:
        """The lines of these entries, as they are kept, and maybe some before and after them.

        Raises:
            RecordError: it cannot be read.
        """

    def streams(self) -> tuple[str, ...]:
        """Names of the streams that hold entries, sorted."""

    def turn(self, stream: str) -> AbstractContextManager[None]:
        """Wait until nobody else who waits like this writes to the stream.

        It saves writers the conflicts, nothing depends on it: a crash gives the turn up.
        """

    def put_blob(self, data: bytes) -> str:
        """Keep bytes, durably, and return their SHA-256, hex.

        Raises:
            RecordError: they were not durably written, or are too many.
        """

    def get_blob(self, digest: str) -> bytes | None:
        """The bytes of a digest; `None`: not there, or dropped.

        Raises:
            RecordError: they cannot be read, or are not what the digest says.
        """

    def drop_blob(self, digest: str) -> None:
        """Erase the bytes of a digest, if they are there."""

    def blobs(self) -> tuple[str, ...]:
        """Digests of the blobs that are there, sorted."""


def check_stream(name: str) -> str:
    """The name of a stream, if it is one.

    Raises:
        RecordError: it is none.
    """
    parts = name.split("/")
    if not _STREAM.match(name) or not all(parts) or "." in parts or ".." in parts:
        raise RecordError(
            f"{name[:140]!a}: not the name of a stream",
            "Names are like repo/acme/infra: a-z, 0-9, dot, dash, underscore, at most 160 long.",
        )
    return name


def check_digest(digest: str) -> str:
    """A SHA-256 digest in hex, if it is one.

    Raises:
        RecordError: it is none.
    """
    if not _DIGEST.match(digest):
        raise RecordError(f"{digest[:80]!a}: not a SHA-256 digest in hex")
    return digest
