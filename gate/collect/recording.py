"""Write down everything a source answers, and answer it again later."""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from gate.errors import CollectError
from gate.schema.collected import Collected, Content, Side, Source
from gate.schema.facts import Actor
from gate.schema.section import Absent, Unreadable

MAX_PLAIN = 512 * 1024 * 1024
"""Bytes of an unpacked recording."""


class Reading(msgspec.Struct, frozen=True):
    """One answer about a file: bytes, that it is absent, or why it cannot be read."""

    kind: Literal["bytes", "absent", "unreadable"]
    """Which."""
    data: bytes = b""
    """Of `bytes`."""
    reason: str = ""
    """Why."""


class Listing(msgspec.Struct, frozen=True):
    """One answer about a directory."""

    names: tuple[str, ...] = ()
    """Names, sorted."""
    reason: str | None = None
    """Why it cannot be read; `None`: it can."""


class Recording(msgspec.Struct, kw_only=True):
    """Everything one run was told."""

    version: int = 1
    """Version of this document."""
    collected: Collected
    """The facts."""
    files: dict[str, Reading] = {}
    """`<side> <path>` -> answer."""
    directories: dict[str, Listing] = {}
    """`<side> <path>` -> answer."""
    people: tuple[Actor, ...] | None = None
    """Who may push."""
    people_failed: str | None = None
    """Why nobody could tell who may push."""


class Recorder:
    """A source that remembers what it answers."""

    def __init__(self, source: Source, collected: Collected) -> None:
        self._source = source
        self.recording = Recording(collected=collected)

    def collect(self) -> Collected:
        """See `Source.collect`; what was collected before."""
        return self.recording.collected

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        """See `Source.read`."""
        answers = self._source.read(paths, side)
        for path, content in answers.items():
            self.recording.files[f"{side} {path}"] = _written(content)
        return answers

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        """See `Source.list_directory`."""
        answer = self._source.list_directory(path, side)
        self.recording.directories[f"{side} {path}"] = (
            Listing(reason=answer.reason)
            if isinstance(answer, Unreadable)
            else Listing(names=answer)
        )
        return answer

    def people(self) -> tuple[Actor, ...] | None:
        """See `Source.people`."""
        try:
            self.recording.people = self._source.people()
        except CollectError as error:
            self.recording.people_failed = error.message
            raise
        return self.recording.people

    def confirm(self) -> None:
        """See `Source.confirm`."""
        self._source.confirm()


class Replay:
    """A source that answers from a recording; what was never asked is unreadable."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def collect(self) -> Collected:
        """See `Source.collect`."""
        return self._recording.collected

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        """See `Source.read`."""
        known = self._recording.files
        return {path: _answer(known.get(f"{side} {path}")) for path in paths}

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        """See `Source.list_directory`."""
        listing = self._recording.directories.get(f"{side} {path}")
        if listing is None:
            return Unreadable(_NEVER)
        return listing.names if listing.reason is None else Unreadable(listing.reason)

    def people(self) -> tuple[Actor, ...] | None:
        """See `Source.people`."""
        if self._recording.people_failed is not None:
            raise CollectError(self._recording.people_failed)
        return self._recording.people

    def confirm(self) -> None:
        """See `Source.confirm`; a recording does not move."""


_NEVER = "it was not asked for when this was recorded"


def pack(recording: Recording) -> bytes:
    """A recording as bytes, compressed."""
    return zlib.compress(msgspec.msgpack.encode(recording), 6)


def unpack(data: bytes) -> Recording:
    """The recording of its bytes.

    Raises:
        CollectError: they are none.
    """
    try:
        expander = zlib.decompressobj()
        plain = expander.decompress(data, MAX_PLAIN)
        if expander.unconsumed_tail:
            raise CollectError(f"the recording unpacks to more than {MAX_PLAIN} bytes")
        recording = _DECODER.decode(plain)
    except (zlib.error, msgspec.DecodeError) as error:
        raise CollectError(f"not a recording: {type(error).__name__}") from error
    if recording.version != 1 or expander.unused_data:
        raise CollectError("not a recording of this version of the gate")
    return recording


_DECODER = msgspec.msgpack.Decoder(Recording)


def _written(content: Content) -> Reading:
    if isinstance(content, bytes):
        return Reading("bytes", data=content)
    if isinstance(content, Absent):
        return Reading("absent", reason=content.reason)
    return Reading("unreadable", reason=content.reason)


def _answer(reading: Reading | None) -> Content:
    if reading is None:
        return Unreadable(_NEVER)
    if reading.kind == "bytes":
        return reading.data
    return Absent(reading.reason) if reading.kind == "absent" else Unreadable(reading.reason)
