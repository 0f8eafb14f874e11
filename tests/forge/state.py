"""A pull request as GitHub would hold it, built from a scenario folder."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BOT = {"login": "github-actions[bot]", "id": 41898282, "type": "Bot"}
"""Who Actions' own token is."""


@dataclass
class Identity:
    """Whom a token speaks for."""

    user: dict[str, Any] = field(default_factory=lambda: dict(BOT))
    write: bool = True
    installation: bool = True
    lacks: frozenset[str] = frozenset({"administration"})
    """Permissions that the token does not have, in the words of GitHub's header."""

    def may(self, permission: str) -> bool:
        """Whether the token has a permission."""
        return permission not in self.lacks and not (self.installation and permission == "members")


@dataclass
class Settings:
    """Settings of the repository, in REST names; `None`: 404."""

    repository: dict[str, Any] = field(default_factory=dict)
    protected: bool = True
    branch: dict[str, Any] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    rulesets: dict[int, dict[str, Any]] = field(default_factory=dict)
    protection: dict[str, Any] | None = None
    token: dict[str, Any] = field(
        default_factory=lambda: {
            "default_workflow_permissions": "read",
            "can_approve_pull_request_reviews": False,
        }
    )
    workflows: list[dict[str, Any]] = field(default_factory=list)
    owners_errors: list[dict[str, Any]] | None = None


@dataclass
class State:
    """Everything the server knows; tests change it freely between requests."""

    repository: str
    pull: dict[str, Any]
    commits: list[dict[str, Any]]
    files: list[dict[str, Any]]
    reviews: list[dict[str, Any]]
    comments: list[dict[str, Any]]
    events: list[dict[str, Any]]
    permissions: dict[str, str]
    teams: dict[str, list[str]]
    before: dict[str, tuple[str, bytes]]
    after: dict[str, tuple[str, bytes]]
    tip: dict[str, tuple[str, bytes]]
    review_comments: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, Identity] = field(
        default_factory=lambda: {
            "writer": Identity(),
            "reader": Identity(write=False),
        }
    )
    merge_base: str = ""
    tip_sha: str = ""
    heads: list[str] = field(default_factory=list)
    """Head commits that successive reads of the pull request show; the last one stays."""
    dismissals_protected: bool = False
    truncate_trees: bool = False
    comment_limit: str = "too quickly"
    """What more than 32 comments get: `too quickly` (422) or `502`."""
    checks: dict[str, list[str]] = field(default_factory=dict)
    """Commit -> when its check suites were made; a commit that is not here: 403."""
    app: dict[str, Any] | None = None
    """The app that opened the pull request."""
    activity: list[dict[str, Any]] | None = field(default_factory=list)
    """Pushes to the head branch, newest first; `None`: 403."""
    collaborators: list[dict[str, Any]] | None = None
    """Who may push; `None`: 403."""
    queue: dict[str, str] = field(default_factory=dict)
    """Branch of the merge queue, `<base>/pr-<n>-<sha>` -> its commit."""
    issues: list[dict[str, Any]] = field(default_factory=list)
    """Issues that were opened."""
    history: list[dict[str, Any]] = field(default_factory=list)
    """Commits of the default branch, newest first."""
    settings: Settings = field(default_factory=lambda: Settings())
    others: list[State] = field(default_factory=list)
    """Further pull requests of the repository."""
    objects: dict[str, tuple[str, Any]] = field(default_factory=dict)

    def all(self) -> list[State]:
        """Every pull request of the repository, this one first."""
        return [self, *self.others]

    def knows(self, sha: str) -> bool:
        """Whether a commit or object belongs to this pull request."""
        return sha in self.objects or sha == self.head()

    def head(self) -> str:
        """The head commit now."""
        return self.pull["head"]["sha"]

    def move_head(self, sha: str) -> None:
        """Somebody pushes."""
        self.pull["head"]["sha"] = sha
        self.index()

    def index(self) -> None:
        """Write every file into git objects, so that trees and blobs can be asked for."""
        base = self.pull["base"]["sha"]
        self.merge_base = self.merge_base or base
        self.tip_sha = self.tip_sha or base
        for commit, files in (
            (self.merge_base, self.before),
            (self.head(), self.after),
            (self.tip_sha, self.tip),
        ):
            self.objects[commit] = ("commit", self._tree(files))

    def keep(self, commit: str, files: dict[str, tuple[str, bytes]]) -> None:
        """Write a further commit, by the files of its tree."""
        self.objects[commit] = ("commit", self._tree(files))

    def objects_of(self, commit: str) -> dict[str, tuple[str, bytes]]:
        """The files of a commit that was written."""

        def walk(tree: str, prefix: str) -> Any:
            for mode, kind, name, child, _ in self.objects[tree][1]:
                if kind == "tree":
                    yield from walk(child, f"{prefix}{name}/")
                else:
                    yield prefix + name, (mode, self.objects[child][1])

        return dict(walk(self.objects[commit][1], ""))

    def _tree(self, files: dict[str, tuple[str, bytes]]) -> str:
        here: dict[str, Any] = {}
        for path, (mode, content) in files.items():
            name, _, rest = path.partition("/")
            if rest:
                here.setdefault(name, {})[rest] = (mode, content)
            else:
                here[name] = (mode, content)
        entries = []
        for name in sorted(here):
            value = here[name]
            if isinstance(value, dict):
                entries.append(("040000", "tree", name, self._tree(value), None))
            else:
                mode, content = value
                sha = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
                self.objects[sha] = ("blob", content)
                entries.append(
                    (mode, "commit" if mode == "160000" else "blob", name, sha, len(content))
                )
        sha = hashlib.sha1(repr(entries).encode()).hexdigest()
        self.objects[sha] = ("tree", entries)
        return sha


_HEADER = re.compile(rb"^diff --git ", re.MULTILINE)


def files_of(diff: bytes) -> list[dict[str, Any]]:
    """The files API's answer for a unified diff."""
    return [_file(b"diff --git " + part) for part in _HEADER.split(diff)[1:]]


def _file(part: bytes) -> dict[str, Any]:
    text = part.decode("utf-8", "surrogateescape")
    at = text.find("\n@@ ")
    head, patch = (text, None) if at < 0 else (text[:at], text[at + 1 :].rstrip("\n"))
    old, new = _names(head)
    status = "modified"
    if "\nnew file mode" in head:
        status = "added"
    elif "\ndeleted file mode" in head:
        status = "removed"
    elif "\nrename from" in head:
        status = "renamed"
    lines = patch.split("\n") if patch else []
    added = sum(line.startswith("+") for line in lines)
    removed = sum(line.startswith("-") for line in lines)
    entry: dict[str, Any] = {
        "filename": old if status == "removed" else new,
        "status": status,
        "additions": added,
        "deletions": removed,
        "changes": added + removed,
    }
    if patch is not None:
        entry["patch"] = patch
    if status == "renamed":
        entry["previous_filename"] = old
    return entry


def _names(head: str) -> tuple[str, str]:
    found = {}
    for line in head.split("\n"):
        for start, key in (
            ("--- ", "old"),
            ("+++ ", "new"),
            ("rename from ", "old"),
            ("rename to ", "new"),
        ):
            if line.startswith(start):
                found[key] = _unquote(line[len(start) :].rstrip("\t"))
    first = head.split("\n", 1)[0][len("diff --git ") :]
    half = _unquote(first[: (len(first) - 1) // 2])
    names = []
    for key in ("old", "new"):
        name = found.get(key) or half
        if name == "/dev/null":
            name = half
        names.append(name[2:] if name[:2] in ("a/", "b/") else name)
    return names[0], names[1]


def _unquote(name: str) -> str:
    if not name.startswith('"'):
        return name
    raw = name[1:-1].encode("latin-1", "backslashreplace").decode("unicode_escape")
    return raw.encode("latin-1").decode("utf-8", "replace")


def load(folder: Path) -> State:
    """The state of a scenario folder: facts.json, diff.patch, tree/, gate/."""
    facts = json.loads((folder / "facts.json").read_text())
    diff = folder / "diff.patch"
    files = facts.get("files") or (files_of(diff.read_bytes()) if diff.exists() else [])
    after = _read_tree(folder / "tree")
    gate = {f".gate/{path}": file for path, file in _read_tree(folder / "gate").items()}
    before = dict(after)
    for entry in files:
        _rewind(entry, before, after)
    for side in (before, after):
        for path, file in gate.items():
            side.setdefault(path, file)
    pull = facts["pull"]
    pull.setdefault("changed_files", len(files))
    pull.setdefault("commits", len(facts["commits"]))
    base_repo = pull["base"].get("repo") or {"full_name": "acme/app", "id": 1}
    pull["base"]["repo"] = base_repo
    if "repo" not in pull["head"]:
        pull["head"]["repo"] = dict(base_repo)
    state = State(
        repository=base_repo["full_name"],
        pull=pull,
        commits=facts["commits"],
        files=files,
        reviews=facts.get("reviews") or [],
        comments=facts.get("comments") or [],
        events=facts.get("events") or [],
        permissions=facts.get("permissions") or {},
        teams=facts.get("teams") or {},
        before=before,
        after=after,
        tip={**before, **gate},
    )
    state.index()
    return state


def _rewind(
    entry: dict[str, Any],
    before: dict[str, tuple[str, bytes]],
    after: dict[str, tuple[str, bytes]],
) -> None:
    path, status, patch = entry["filename"], entry["status"], entry.get("patch", "")
    if path not in after and status == "added":
        after[path] = ("100644", _side(patch, "+"))
    if path not in after and status not in ("removed",):
        return
    mode, text = before.pop(path, after.get(path, ("100644", b"")))
    if status == "added":
        return
    if status == "removed":
        before[path] = ("100644", _side(patch, "-"))
        return
    before[entry.get("previous_filename", path)] = (mode, reverse(text, patch))


def _side(patch: str, sign: str) -> bytes:
    lines = [line[1:] for line in patch.split("\n") if line[:1] in (sign, " ")]
    return "".join(line + "\n" for line in lines).encode("utf-8", "surrogateescape")


def reverse(text: bytes, patch: str) -> bytes:
    """A file as it was before a patch."""
    lines = text.split(b"\n")
    out: list[bytes] = []
    at = 0
    for hunk in re.split(r"^(?=@@ )", patch, flags=re.MULTILINE):
        match = re.match(r"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@", hunk)
        if match is None:
            continue
        start = int(match[1]) - (0 if match[2] == "0" else 1)
        out += lines[at:start]
        at = start
        for line in hunk.split("\n")[1:]:
            if line[:1] == "-":
                out.append(line[1:].encode("utf-8", "surrogateescape"))
            elif line[:1] == "+":
                at += 1
            elif line[:1] == " ":
                out.append(lines[at])
                at += 1
    return b"\n".join(out + lines[at:])


def _read_tree(folder: Path) -> dict[str, tuple[str, bytes]]:
    files = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else []:
        name = path.relative_to(folder).as_posix()
        if path.is_symlink():
            files[name] = ("120000", str(path.readlink()).encode())
        elif path.is_file():
            files[name] = ("100644", path.read_bytes())
    return files
