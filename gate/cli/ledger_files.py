"""What the `gate ledger` commands read and write: one stream, checkpoints, keys, results."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence

import msgspec

from gate import config
from gate.errors import RecordError
from gate.report.console import emit
from gate.schema.entry import Entry
from gate.store.note import MAX_NOTE, NoteKey
from gate.store.open import SPECS, open_ledger
from gate.store.port import MAIN
from gate.text import neutralise
from gate.trust.keys import read_public


def add_ledger(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which ledger, and which stream of it."""
    parser.add_argument(
        "--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's state folder)"
    )
    parser.add_argument(
        "--stream", default=MAIN, metavar="NAME", help="the stream of it (default: main)"
    )


def add_keys(parser: argparse.ArgumentParser) -> None:
    """Let a command be told which keys are trusted."""
    parser.add_argument(
        "--key",
        "--keys",
        action="append",
        dest="key",
        default=[],
        metavar="PUB",
        help="a trusted public key, or a folder of them, like .gate/keys; may be repeated",
    )


def entries(arguments: argparse.Namespace) -> Iterator[tuple[int, Entry]]:
    """The entries of the ledger and stream at hand."""
    spec = arguments.ledger or config.default_ledger()
    return open_ledger(spec, arguments.stream).entries()


def trusted(arguments: argparse.Namespace) -> tuple[NoteKey, ...]:
    """The keys given with --key."""
    keys = (key for path in arguments.key for key in read_public(path))
    return tuple(dict.fromkeys(keys))


def read_file(path: str) -> bytes:
    """A checkpoint from a file.

    Raises:
        RecordError: it cannot be read, or is too long.
    """
    try:
        with open(path, "rb") as handle:
            data = handle.read(MAX_NOTE + 1)
    except OSError as error:
        raise _failed(path, error) from error
    if len(data) > MAX_NOTE:
        raise RecordError(f"{neutralise(path, 200)}: too long to be a checkpoint")
    return data


def write_file(path: str, data: bytes) -> None:
    """Put a file in place, whole or not at all.

    Raises:
        RecordError: it cannot be written.
    """
    new = f"{path}.new-{os.getpid()}"
    try:
        with open(new, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(new, path)
    except OSError as error:
        raise _failed(path, error) from error


def tell(arguments: argparse.Namespace, document: object, lines: Sequence[str]) -> None:
    """Print a result: as JSON, or as lines for a person."""
    if arguments.format == "json":
        emit(msgspec.json.encode(document, order="sorted").decode() + "\n")
        return
    for line in lines:
        emit(neutralise(line, 400) + "\n")


def counted(number: int) -> str:
    """`1 entry`, `2 entries`."""
    return f"{number} {'entry' if number == 1 else 'entries'}"


def _failed(path: str, error: OSError) -> RecordError:
    return RecordError(f"{neutralise(path, 200)}: {error.strerror or error.__class__.__name__}")
