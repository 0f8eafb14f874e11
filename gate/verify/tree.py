"""Read the files of a branch that say how the gate is set up: workflows, CODEOWNERS, `.gate`."""

from __future__ import annotations

import msgspec

from gate.forge_settings import SettingsReader, Unread
from gate.schema.forge import TreeEntry
from gate.text import neutralise

MAX_WORKFLOWS = 100
"""Workflow files that are read; one question each."""
MAX_SITE = 200
"""Files of `.gate` that are read, policies left out."""
OWNERS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for CODEOWNERS, in its order."""

_FILE = "blob"
_LINK = "120000"
_WORKFLOWS = ".github/workflows"


class BranchFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What was read of a branch."""

    workflows: dict[str, bytes | Unread] | Unread
    """Path -> bytes."""
    site: dict[str, bytes] | Unread | None
    """Path inside `.gate` -> bytes, without policies; `None`: there is no such folder."""
    owners: bytes | Unread | None
    """CODEOWNERS; `None`: there is none."""
    owners_path: str = ""
    """Where it lies."""


class TreeWalk:
    """Folders of a commit, each listed once, level by level: no listing is ever cut."""

    def __init__(self, reader: SettingsReader, commit: str) -> None:
        """Nothing is read yet."""
        self._reader = reader
        self._levels: dict[str, dict[str, TreeEntry] | Unread | None] = {}
        self._root = commit

    def read(self) -> BranchFiles:
        """Everything that the doctor asks about."""
        path, owners = self._owners()
        return BranchFiles(
            workflows=self.workflows(), site=self._site(), owners=owners, owners_path=path
        )

    def _level(self, folder: str) -> dict[str, TreeEntry] | Unread | None:
        """The entries of a folder by name; `None`: there is no such folder."""
        if folder not in self._levels:
            self._levels[folder] = self._list(folder)
        return self._levels[folder]

    def _list(self, folder: str) -> dict[str, TreeEntry] | Unread | None:
        sha = self._root
        if folder:
            above, _, name = folder.rpartition("/")
            level = self._level(above)
            if level is None or isinstance(level, Unread):
                return level
            found = level.get(name)
            if found is None or found.type != "tree":
                return None
            sha = found.sha
        tree = self._reader.tree(sha)
        if isinstance(tree, Unread):
            return tree
        return {entry.path: entry for entry in tree.tree}

    def workflows(self) -> dict[str, bytes | Unread] | Unread:
        """The workflow files by path."""
        level = self._level(_WORKFLOWS)
        if level is None or isinstance(level, Unread):
            return {} if level is None else level
        files = {name: entry for name, entry in level.items() if _is_workflow(name, entry)}
        if len(files) > MAX_WORKFLOWS:
            return Unread(reason=f"more than {MAX_WORKFLOWS} workflow files")
        contents = self._contents(_WORKFLOWS, files)
        return {f"{_WORKFLOWS}/{name}": content for name, content in contents.items()}

    def _site(self) -> dict[str, bytes] | Unread | None:
        level = self._level(".gate")
        if level is None or isinstance(level, Unread):
            return level
        agents = self._level(".gate/agents") or {}
        if isinstance(agents, Unread):
            return agents
        if len(level) + len(agents) > MAX_SITE:
            return Unread(reason=f".gate: more than {MAX_SITE} files")
        records = self._contents(".gate/agents", agents)
        found = self._contents(".gate", level)
        found.update({f"agents/{name}": content for name, content in records.items()})
        files: dict[str, bytes] = {}
        for path, content in found.items():
            # NOTE: one file that cannot be read is an error for the gate too, never "no such file"
            if isinstance(content, Unread):
                return content
            files[path] = content
        return files

    def _contents(self, folder: str, level: dict[str, TreeEntry]) -> dict[str, bytes | Unread]:
        found: dict[str, bytes | Unread] = {}
        for name in sorted(name for name, entry in level.items() if entry.type == _FILE):
            shown = f"{folder}/{neutralise(name, 100)}"
            if level[name].mode == _LINK:
                found[name] = Unread(reason=f"{shown}: a symbolic link, which is not followed")
            else:
                found[name] = self._reader.blob(level[name].sha, shown)
        return found

    def _owners(self) -> tuple[str, bytes | Unread | None]:
        for path in OWNERS:
            folder, _, name = path.rpartition("/")
            level = self._level(folder)
            if isinstance(level, Unread):
                return path, level
            entry = (level or {}).get(name)
            if entry is not None and entry.type == _FILE:
                return path, self._reader.blob(entry.sha, path)
        return "", None


def _is_workflow(name: str, entry: TreeEntry) -> bool:
    return entry.type == _FILE and name.lower().endswith((".yml", ".yaml"))
