"""Read files of a commit through git trees and blobs, each object asked for once."""

from __future__ import annotations

from gate.errors import CollectError
from gate.forge import MAX_BLOB, Forge
from gate.refusal import ForgeReadError
from gate.schema.collected import Content, SiteFolder
from gate.schema.forge import TreeEntry
from gate.schema.section import Absent, Unreadable
from gate.text import neutralise

MAX_BLOBS = 300
"""Blobs of one run (design, section 5); a change that needs more is not judged."""

_SYMLINK = "120000"


class TreeReader:
    """Files of commits; trees and blobs are kept, since their names are their contents."""

    def __init__(self, forge: Forge, budget: int) -> None:
        """Nothing is read yet.

        Args:
            forge: the client.
            budget: blobs that may be asked for.
        """
        self._forge = forge
        self._budget = budget
        self._whole: dict[str, dict[str, TreeEntry] | None] = {}
        self._flat: dict[str, dict[str, TreeEntry]] = {}
        self._blobs: dict[str, bytes] = {}

    def content(self, commit: str, path: str) -> Content:
        """The bytes of a file of a commit; a link or submodule is `Unreadable`."""
        shown = neutralise(path, 120)
        try:
            entry = self._entry(commit, path)
            if entry is None or entry.type == "tree":
                return Absent("no such file")
            if entry.mode == _SYMLINK:
                return Unreadable(f"{shown}: a symbolic link, which is not followed")
            if entry.type != "blob":
                return Unreadable(f"{shown}: a submodule, which is not followed")
            return self._blob(entry, shown)
        except ForgeReadError as error:
            return Unreadable(f"{shown}: {error.message}")

    def listed(self, commit: str, path: str, limit: int) -> Content:
        """As `content`, by the listings of its folders alone: cheap for a file near the root.

        Args:
            commit: commit.
            path: POSIX path.
            limit: bytes; a larger file is `Unreadable`.
        """
        directory, _, name = path.rpartition("/")
        shown = neutralise(path, 120)
        try:
            entry = self._children(commit, directory).get(name)
            if entry is None:
                return Absent("no such file")
            if entry.type != "blob" or entry.mode == _SYMLINK:
                return Unreadable(f"{shown}: not a file, which is not followed")
            if entry.size > limit:
                return Unreadable(f"{shown}: {entry.size} bytes, over {limit}")
            return self._blob(entry, shown)
        except ForgeReadError as error:
            return Unreadable(f"{shown}: {error.message}")

    def names(self, commit: str, directory: str) -> tuple[str, ...] | Unreadable:
        """Names of the files and links directly in a directory, sorted."""
        try:
            return tuple(
                sorted(
                    name
                    for name, entry in self._children(commit, directory).items()
                    if entry.type == "blob"
                )
            )
        except ForgeReadError as error:
            return Unreadable(error.message)

    def folder(self, commit: str, path: str, limit: int) -> SiteFolder | None:
        """Every file below a folder of the commit's root, or `None` where there is no such folder.

        Raises:
            CollectError: it is no folder, holds links or submodules, or more than `limit` files.
        """
        found = self._children(commit, "").get(path)
        if found is None:
            return None
        shown = neutralise(path)
        if found.type != "tree":
            raise CollectError(f"{shown} on the base branch is not a folder")
        listing = self._forge.tree(found.sha, recursive=True)
        entries = [entry for entry in listing.tree if entry.type != "tree"]
        if listing.truncated or len(entries) > limit:
            raise CollectError(f"{shown} on the base branch holds more than {limit} files")
        files = {}
        for entry in entries:
            if entry.mode == _SYMLINK or entry.type != "blob":
                raise CollectError(
                    f"{shown}/{neutralise(entry.path)} is a link or submodule",
                    "Commit the file itself.",
                )
            if entry.size > MAX_BLOB:
                raise CollectError(f"{shown}/{neutralise(entry.path)} is too large")
            files[entry.path] = self._forge.blob(entry.sha)
        return SiteFolder(files=files, ref=commit)

    def _blob(self, entry: TreeEntry, shown: str) -> Content:
        if entry.sha in self._blobs:
            return self._blobs[entry.sha]
        if entry.size > MAX_BLOB:
            return Unreadable(f"{shown}: {entry.size} bytes, over {MAX_BLOB}")
        if self._budget <= 0:
            return Unreadable(f"{shown}: the change needs more than {MAX_BLOBS} files read")
        self._budget -= 1
        content = self._forge.blob(entry.sha)
        self._blobs[entry.sha] = content
        return content

    def _entry(self, commit: str, path: str) -> TreeEntry | None:
        whole = self._listing(commit)
        if whole is not None:
            return whole.get(path)
        directory, _, name = path.rpartition("/")
        return self._children(commit, directory).get(name)

    def _listing(self, commit: str) -> dict[str, TreeEntry] | None:
        """Every entry of a commit by path, or `None` where GitHub cuts the list."""
        if commit not in self._whole:
            tree = self._forge.tree(commit, recursive=True)
            self._whole[commit] = (
                None if tree.truncated else {entry.path: entry for entry in tree.tree}
            )
        return self._whole[commit]

    def _children(self, commit: str, directory: str) -> dict[str, TreeEntry]:
        """Entries directly in a directory by name; empty where there is no such directory."""
        if self._whole.get(commit) is not None:
            prefix = f"{directory}/" if directory else ""
            return {
                path[len(prefix) :]: entry
                for path, entry in (self._whole[commit] or {}).items()
                if path.startswith(prefix) and "/" not in path[len(prefix) :]
            }
        sha = commit
        for name in directory.split("/") if directory else []:
            found = self._level(sha).get(name)
            if found is None or found.type != "tree":
                return {}
            sha = found.sha
        return self._level(sha)

    def _level(self, sha: str) -> dict[str, TreeEntry]:
        if sha not in self._flat:
            tree = self._forge.tree(sha)
            if tree.truncated:
                raise ForgeReadError(f"the tree {sha[:12]} is larger than GitHub lists")
            self._flat[sha] = {entry.path: entry for entry in tree.tree}
        return self._flat[sha]
