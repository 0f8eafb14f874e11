"""Keys that sign and that are trusted: the folder `.gate/keys`, and the private key's one place."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from gate import config
from gate.errors import ConfigError, RecordError
from gate.store.note import NoteKey, NoteSigner, read_key, read_signer
from gate.text import neutralise

FOLDER = "keys"
"""Folder of the trust root below `.gate`; its `*.pub` files hold one public key each."""
VARIABLE = "GATE_LEDGER_KEY"
"""Holds the private key, where no file is named."""
MAX_KEY = 4096
"""Bytes of a key file."""

_HINT = "`gate ledger key NAME` makes a pair of keys."


def trust_root(files: Mapping[str, bytes]) -> tuple[NoteKey, ...]:
    """The keys of a site's `.gate/keys`, sorted by name.

    Args:
        files: path below `.gate` -> content, as read from the base branch.

    Raises:
        ConfigError: a file holds no public key, or two hold the same name and hash.
    """
    found: dict[str, NoteKey] = {}
    for path in sorted(files):
        folder, _, name = path.rpartition("/")
        if folder != FOLDER or not name.endswith(".pub"):
            continue
        where = neutralise(f".gate/{path}", 200)
        try:
            key = parse_public(files[path])
        except RecordError as error:
            raise ConfigError(f"{where}:1: {error.message}", error.hint) from error
        if key.id in found:
            raise ConfigError(f"{where}:1: the same key is in another file too", "Remove one.")
        found[key.id] = key
    return tuple(found[name] for name in sorted(found))


def read_public(path: str) -> tuple[NoteKey, ...]:
    """Public keys from a file, or from every `*.pub` of a folder.

    Raises:
        RecordError: they cannot be read, or there are none.
    """
    folder = Path(path)
    try:
        files = sorted(folder.glob("*.pub")) if folder.is_dir() else [folder]
        keys = tuple(parse_public(_read(file)) for file in files)
    except OSError as error:
        raise _unreadable(path, error) from error
    if not keys:
        raise RecordError(f"{neutralise(path, 200)}: no *.pub file is there", _HINT)
    return keys


def parse_public(data: bytes) -> NoteKey:
    """The public key that a file holds, besides empty lines and lines that begin with `#`.

    Raises:
        RecordError: it does not hold exactly one.
    """
    return read_key(_only_line(data, "public key"))


def private_key(path: str | None) -> NoteSigner:
    """The private key of a file, or of the variable GATE_LEDGER_KEY.

    Raises:
        RecordError: there is none, or others may read the file.
    """
    if path is None:
        text = config.environ().get(VARIABLE, "")
        if not text.strip():
            raise RecordError(
                f"no private key: neither --sign-with FILE nor {VARIABLE} is given", _HINT
            )
        return read_signer(text)
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode) and mode & 0o077:
            raise RecordError(
                f"{neutralise(path, 200)}: others on this machine may read the private key",
                "chmod 600, and make a new key if somebody may have.",
            )
        return read_signer(_only_line(_read(Path(path)), "private key"))
    except OSError as error:
        raise _unreadable(path, error) from error


def has_private_key(path: str | None) -> bool:
    """Whether a private key is named at all."""
    return path is not None or bool(config.environ().get(VARIABLE, "").strip())


def make_pair(name: str, folder: str) -> tuple[NoteKey, str, str]:
    """Make a pair of keys: `<last part of the name>.key`, for its owner only, and `.pub`.

    Returns:
        The public key, the path of the private one and the path of the public one.

    Raises:
        RecordError: the name is none, or the files are there already or cannot be written.
    """
    signer = NoteSigner(name, os.urandom(32))
    stem = os.path.join(folder, name.rstrip("/").rpartition("/")[2] or "gate")
    private, public = f"{stem}.key", f"{stem}.pub"
    for path, text, mode in ((private, signer.secret(), 0o600), (public, str(signer.key), 0o644)):
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with os.fdopen(os.open(path, flags, mode), "w", encoding="utf-8") as handle:
                handle.write(text + "\n")
        except OSError as error:
            raise _unreadable(path, error) from error
    return signer.key, private, public


def _read(path: Path) -> bytes:
    with path.open("rb") as handle:
        data = handle.read(MAX_KEY + 1)
    if len(data) > MAX_KEY:
        raise RecordError(f"{neutralise(str(path), 200)}: too long to be a key", _HINT)
    return data


def _only_line(data: bytes, what: str) -> str:
    try:
        lines = [line.strip() for line in data.decode("utf-8").splitlines()]
    except UnicodeDecodeError as error:
        raise RecordError(f"{what}: not UTF-8", _HINT) from error
    lines = [line for line in lines if line and not line.startswith("#")]
    if len(lines) != 1:
        raise RecordError(f"{what}: one line is expected, {len(lines)} are there", _HINT)
    return lines[0]


def _unreadable(path: str, error: OSError) -> RecordError:
    return RecordError(
        f"{neutralise(path, 200)}: {error.strerror or error.__class__.__name__}", _HINT
    )
