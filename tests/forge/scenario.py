"""Make the state of a small pull request in a few lines."""

from __future__ import annotations

import difflib
from typing import Any

from forge.state import State

HEAD = "a" * 40
BASE = "b" * 40
ALICE = {"login": "alice", "id": 11, "type": "User"}
BOB = {"login": "bob", "id": 12, "type": "User"}
REPOSITORY = {"full_name": "acme/app", "id": 1}

Files = dict[str, tuple[bytes | None, bytes | None]]
"""Path -> (before, after)."""


def patch_of(before: bytes, after: bytes) -> str:
    """Hunks between two texts, as GitHub shows them."""
    lines = difflib.unified_diff(
        before.decode().splitlines(), after.decode().splitlines(), lineterm="", n=3
    )
    return "\n".join(list(lines)[2:])


def entry_of(path: str, before: bytes | None, after: bytes | None) -> dict[str, Any]:
    """The files API's entry of one change."""
    patch = patch_of(before or b"", after or b"")
    rows = patch.split("\n")
    status = "added" if before is None else "removed" if after is None else "modified"
    return {
        "filename": path,
        "status": status,
        "patch": patch,
        "additions": sum(row.startswith("+") for row in rows),
        "deletions": sum(row.startswith("-") for row in rows),
    }


def commit_of(sha: str, parent: str = BASE) -> dict[str, Any]:
    """One commit by alice."""
    person = {"name": "Alice", "email": "alice@example.com", "date": "2026-11-20T10:00:00Z"}
    return {
        "sha": sha,
        "author": dict(ALICE),
        "committer": dict(ALICE),
        "parents": [{"sha": parent}],
        "commit": {
            "message": "Change it",
            "author": person,
            "committer": person,
            "verification": {"verified": False, "reason": "unsigned"},
        },
    }


def make_state(files: Files, site: dict[str, bytes] | None = None, **pull: Any) -> State:
    """A pull request that changes the given files.

    Args:
        files: path -> (before, after); equal sides are files that do not change.
        site: the base branch's `.gate` folder.
        pull: keys of the pull request that differ from the default.
    """
    gate = {f".gate/{path}": ("100644", content) for path, content in (site or {}).items()}
    before = {path: ("100644", old) for path, (old, _) in files.items() if old is not None} | gate
    after = {path: ("100644", new) for path, (_, new) in files.items() if new is not None} | gate
    entries = [entry_of(path, old, new) for path, (old, new) in sorted(files.items()) if old != new]
    document = {
        "number": 7,
        "title": "Change it",
        "body": None,
        "state": "open",
        "draft": False,
        "user": dict(ALICE),
        "labels": [],
        "created_at": "2026-11-20T10:00:00Z",
        "base": {"ref": "main", "sha": BASE, "repo": dict(REPOSITORY)},
        "head": {"ref": "change", "sha": HEAD, "repo": dict(REPOSITORY)},
        "changed_files": len(entries),
        "commits": 1,
        **pull,
    }
    state = State(
        repository="acme/app",
        pull=document,
        commits=[commit_of(HEAD)],
        files=entries,
        reviews=[],
        comments=[],
        events=[],
        permissions={"alice": "write"},
        teams={},
        before=before,
        after=after,
        tip=dict(before),
    )
    state.index()
    return state
