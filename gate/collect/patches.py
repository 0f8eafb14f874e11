"""Make the patches that GitHub leaves out, from the two versions of a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence

import msgspec

from gate.errors import ProcessError
from gate.process import run
from gate.schema.collected import Content
from gate.schema.facts import PullFile
from gate.schema.section import Absent

SECONDS = 30.0
"""Time git has for one file."""

_PURE = ("renamed", "copied", "changed", "unchanged")


def is_patch_missing(file: PullFile) -> bool:
    """Whether a file's lines may have changed although GitHub shows no patch.

    GitHub leaves the patch out where it is large, where the file is binary, and where the
    repository's own attributes say so. A pure rename has none to show.
    """
    if file.patch is not None:
        return False
    return bool(file.additions or file.deletions) or file.status not in _PURE


def fill_patches(
    files: Sequence[PullFile],
    before: Callable[[str], Content],
    after: Callable[[str], Content],
) -> tuple[PullFile, ...]:
    """The files with missing patches made from their contents.

    A file that cannot be read stays as it is, without its patch. Binary files, by git's own
    measure (a NUL in the first 8,000 bytes), are marked as such.

    Args:
        files: GitHub's list.
        before: content of a path before.
        after: content of a path after.
    """
    return tuple(_filled(file, before, after) if is_patch_missing(file) else file for file in files)


def _filled(
    file: PullFile, before: Callable[[str], Content], after: Callable[[str], Content]
) -> PullFile:
    old: Content = Absent()
    new: Content = Absent()
    if file.status != "added":
        old = before(file.previous_filename or file.filename)
    if file.status != "removed":
        new = after(file.filename)
    sides = [b"" if isinstance(side, Absent) else side for side in (old, new)]
    if isinstance(old, Absent) and isinstance(new, Absent):
        return file
    contents = [side for side in sides if isinstance(side, bytes)]
    if len(contents) < 2:
        return file
    if any(b"\0" in content[:8000] for content in contents):
        return msgspec.structs.replace(file, is_binary=True, additions=0, deletions=0)
    try:
        patch, added, removed = _diff(contents[0], contents[1])
    except ProcessError:
        return file  # NOTE: decode reports every file whose patch is missing
    status = file.status
    if not patch and status == "modified":
        status = "changed"  # NOTE: the same text: only the mode can differ
    return msgspec.structs.replace(
        file, patch=patch, additions=added, deletions=removed, status=status, is_binary=False
    )


def _diff(old: bytes, new: bytes) -> tuple[str, int, int]:
    """Hunks between two texts, with the numbers of added and removed lines.

    Raises:
        ProcessError: git is not there, or takes too long.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, content in (("before", old), ("after", new)):
            with open(os.path.join(folder, name), "wb") as handle:
                handle.write(content)
        done = run(
            [
                "git",
                "diff",
                "--no-index",
                "--no-ext-diff",
                "--no-textconv",
                "--no-color",
                "--text",
                "--",
                "before",
                "after",
            ],
            timeout=SECONDS,
            cwd=folder,
            env={"GIT_CONFIG_NOSYSTEM": "1"},
        )
    if done.code not in (0, 1):
        raise ProcessError("git diff failed")
    text = done.stdout.decode("utf-8", "surrogateescape")
    at = text.find("\n@@ ")
    patch = text[at + 1 :].removesuffix("\n") if at >= 0 else ""
    lines = patch.split("\n")
    return (
        patch,
        sum(line.startswith("+") for line in lines),
        sum(line.startswith("-") for line in lines),
    )
