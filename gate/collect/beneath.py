"""Read files below a folder without following a symlink or leaving it, whatever a path says."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

from gate.errors import CollectError
from gate.gitpath import is_inside, to_text
from gate.text import neutralise

MAX_FILES = 20_000
"""Files one walk may find; a site's folder has a few dozen."""

_FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_HINT = "The gate follows no symlinks and reads regular files only."


def read_beneath(root: str, path: str | bytes, limit: int) -> bytes | None:
    """Bytes of the file at a relative path, or `None` where there is none.

    Args:
        root: the folder; it may itself be reached through a symlink.
        path: POSIX path below it.
        limit: bytes; a larger file is refused.

    Raises:
        CollectError: the path leaves the folder, runs into a symlink or something that is not a
            regular file, is larger than the limit, or cannot be read.
    """
    name = os.fsdecode(path)
    if not is_inside(name):
        raise CollectError(f"{neutralise(name, 120)}: leaves the folder", _HINT)
    *folders, last = name.split("/")
    try:
        number = _open_folder(root, folders)
        try:
            file = os.open(last, _FILE_FLAGS, dir_fd=number)
        finally:
            os.close(number)
    except FileNotFoundError:
        return None
    except NotADirectoryError as error:
        if _is_link(root, name):
            raise _refuse(name, error) from error
        return None
    except (OSError, ValueError) as error:
        raise _refuse(name, error) from error
    return _read_all(file, name, limit)


def _open_folder(root: str, folders: list[str]) -> int:
    number = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for folder in folders:
        try:
            inner = os.open(folder, _FOLDER_FLAGS, dir_fd=number)
        finally:
            os.close(number)
        number = inner
    return number


def _is_link(root: str, name: str) -> bool:
    """Whether some part of a path is a symlink; O_DIRECTORY reports one as "not a directory"."""
    parts = name.split("/")
    return any(
        os.path.islink(os.path.join(root, *parts[: count + 1])) for count in range(len(parts))
    )


def _refuse(name: str, error: Exception) -> CollectError:
    reason = getattr(error, "strerror", None) or error.__class__.__name__
    return CollectError(f"{neutralise(name, 120)}: cannot be read: {reason}", _HINT)


def _read_all(number: int, name: str, limit: int) -> bytes:
    about = os.fstat(number)
    if not stat.S_ISREG(about.st_mode):
        os.close(number)
        raise CollectError(f"{neutralise(name, 120)}: not a regular file", _HINT)
    with open(number, "rb") as file:
        content = file.read(limit + 1) if about.st_size <= limit else None
    if content is None or len(content) > limit:
        raise CollectError(
            f"{neutralise(name, 120)}: larger than {limit} bytes",
            "Leave out what the gate need not read, or split it.",
        )
    return content


def list_beneath(root: str, path: str) -> Iterator[tuple[str, bool]]:
    """(name, is a folder) of everything directly in a folder, sorted; nothing where it is missing.

    Symlinks and special files are named too: reading them is what is refused.

    Raises:
        CollectError: the path leaves the folder, runs into a symlink, or cannot be listed.
    """
    if path and not is_inside(path):
        raise CollectError(f"{neutralise(path, 120)}: leaves the folder", _HINT)
    try:
        number = _open_folder(root, path.split("/") if path else [])
        try:
            with os.scandir(number) as entries:
                found = sorted((item.name, item.is_dir(follow_symlinks=False)) for item in entries)
        finally:
            os.close(number)
    except FileNotFoundError:
        return iter(())
    except NotADirectoryError as error:
        if path and _is_link(root, path):
            raise _refuse(path, error) from error
        return iter(())
    except (OSError, ValueError) as error:
        raise _refuse(path or ".", error) from error
    return iter(found)


def walk_beneath(root: str, path: str, limit: int) -> dict[str, bytes]:
    """Every file below a folder: path relative to that folder -> bytes.

    Args:
        root: where nothing may lead out of.
        path: the folder below it.
        limit: bytes of all files together.

    Raises:
        CollectError: a symlink or special file below it, too many or too large files.
    """
    files: dict[str, bytes] = {}
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        for name, is_folder in list_beneath(root, f"{path}/{folder}".rstrip("/")):
            inner = f"{folder}/{name}" if folder else name
            if is_folder:
                waiting.append(inner)
                continue
            content = read_beneath(root, f"{path}/{inner}", limit) or b""
            files[to_text(os.fsencode(inner))] = content
            limit -= len(content)
            if len(files) > MAX_FILES:
                raise CollectError(f"{neutralise(path, 120)}: more than {MAX_FILES} files", _HINT)
    return files
