"""Decode what a pull request changes, from a git diff or from GitHub's list of files."""

from __future__ import annotations

from collections.abc import Sequence

from gate.diffdoc import parse_diff, parse_hunks
from gate.diffheader import EMPTY_BLOBS
from gate.errors import DecodeError
from gate.gitpath import is_inside
from gate.schema.changes import Changes, ChangeStatus, FileChange, Hunk
from gate.schema.facts import PullFile
from gate.text import neutralise

BINARY_SUFFIXES = (
    ".7z",
    ".bin",
    ".bmp",
    ".bz2",
    ".class",
    ".db",
    ".dll",
    ".doc",
    ".docx",
    ".dylib",
    ".eot",
    ".exe",
    ".gif",
    ".gz",
    ".ico",
    ".jar",
    ".jpeg",
    ".jpg",
    ".mov",
    ".mp3",
    ".mp4",
    ".o",
    ".ogg",
    ".otf",
    ".pdf",
    ".png",
    ".pptx",
    ".psd",
    ".pyc",
    ".so",
    ".sqlite",
    ".tar",
    ".tgz",
    ".tif",
    ".tiff",
    ".ttf",
    ".wasm",
    ".wav",
    ".webm",
    ".webp",
    ".woff",
    ".woff2",
    ".xls",
    ".xlsx",
    ".xz",
    ".zip",
    ".zst",
)
"""Names whose missing patch means a binary file; any other may be text that an attribute hides."""

_STATUSES: dict[str, ChangeStatus] = {
    "added": "added",
    "removed": "removed",
    "modified": "modified",
    "renamed": "renamed",
    "copied": "copied",
    "changed": "mode",
    "unchanged": "mode",
}


def decode_diff(data: bytes) -> Changes:
    """Every edit of a git diff, sorted by path. See `gate.diffdoc.parse_diff`.

    Raises:
        DecodeError: names the line that cannot be understood.
    """
    return parse_diff(data)


def decode_files(files: Sequence[PullFile]) -> Changes:
    """Every edit of GitHub's list of files, sorted by path; modes are not known there.

    A file whose lines are not there, or not all there, has `truncated` set. GitHub leaves out the
    patch of large files, binary files and files that `.gitattributes` hides.

    Raises:
        DecodeError: names the file: a patch that is not hunks, an unknown status, a path twice.
    """
    edits: dict[str, FileChange] = {}
    attributes_change = any(file.filename.endswith(".gitattributes") for file in files)
    for file in files:
        shown = neutralise(file.filename, 120)
        for path in (file.filename, file.previous_filename):
            if path is not None and not is_inside(path):
                raise DecodeError(f"files: {shown}: path leaves the repository or is empty")
        if file.filename in edits:
            raise DecodeError(f"files: {shown} is there twice")
        edits[file.filename] = _decode_file(file, shown, attributes_change)
    return Changes(files=tuple(edits[path] for path in sorted(edits)))


def _decode_file(file: PullFile, shown: str, attributes_change: bool) -> FileChange:
    status = _STATUSES.get(file.status)
    if status is None:
        raise DecodeError(f"files: {shown}: unknown status {neutralise(file.status, 40)!r}")
    hunks: tuple[Hunk, ...] = ()
    added = removed = 0
    binary, truncated = False, ""
    if file.patch:
        patch = file.patch.encode("utf-8", "surrogateescape")
        hunks, added, removed = parse_hunks(patch, f"files: {shown}")
        if (added, removed) != (file.additions, file.deletions):
            truncated = (
                f"the patch has {added} added and {removed} removed lines, "
                f"GitHub counts {file.additions} and {file.deletions}"
            )
        if status == "mode":
            status = "modified"
    elif file.additions or file.deletions:
        truncated = "GitHub gives no patch for it, though it counts lines (too large)"
    else:
        binary, truncated = _judge_missing_patch(file, status, attributes_change)
    return FileChange(
        path=file.filename,
        previous_path=file.previous_filename if status in ("renamed", "copied") else None,
        status=status,
        binary=binary,
        added=max(added, file.additions),
        removed=max(removed, file.deletions),
        hunks=hunks,
        truncated=truncated,
    )


def _judge_missing_patch(
    file: PullFile, status: ChangeStatus, attributes_change: bool
) -> tuple[bool, str]:
    """(is binary, why lines are hidden) of a file without patch for which no lines are counted."""
    if file.is_binary is not None:
        return file.is_binary, ""
    if file.is_binary is not None:
        return file.is_binary, ""
    if file.sha is not None and file.sha.encode("utf-8", "replace") in EMPTY_BLOBS:
        return False, ""
    if status in ("renamed", "copied", "mode") and not attributes_change:
        return False, ""
    if file.filename.lower().endswith(BINARY_SUFFIXES):
        return True, ""
    return False, "GitHub gives no patch for it: binary, or text that attributes hide"
