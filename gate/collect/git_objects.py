"""Read a repository's objects with git, untouched by its configuration, attributes and hooks.

Only names are looked up in the repository itself. Everything else runs with a git folder of our
own whose object directory is the repository's: no filter, driver, alias, replacement or
`.gitattributes`, the pull request's or anybody's, can run a program or hide a line, with any
version of git since 2.31. What is missing is never fetched.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gate.errors import CollectError, ProcessError
from gate.gitpath import to_text
from gate.process import Completed, run
from gate.text import neutralise

MAX_DIFF_BYTES = 512 * 1024**2
"""Bytes of one diff."""
BATCH_BYTES = 48 * 1024**2
"""Bytes of blobs read by one process; its output is bounded at 64 MB."""
PATHS_PER_CALL = 200
"""Paths on one command line."""
SECONDS = 120.0
"""Time limit of one git process."""

_ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_LITERAL_PATHSPECS": "1",
    "LC_ALL": "C",
}
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.commitGraph=false",
    "core.quotePath=false",
    "safe.directory=*",
)
_DIFF = (
    "diff",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--no-relative",
    "--full-index",
    "--find-renames=50%",
    "--unified=3",
    "--diff-algorithm=myers",
    "--submodule=short",
    "--ignore-submodules=none",
    "--src-prefix=a/",
    "--dst-prefix=b/",
)


class Place(NamedTuple):
    """Where a repository lies."""

    path: str
    """As it was named."""
    shared: str
    """The git folder all work trees share, absolute."""
    object_format: str
    """sha1 or sha256."""
    bare: bool
    """No working tree."""


class TreeEntry(NamedTuple):
    """One entry of a tree."""

    mode: str
    """Git mode."""
    kind: str
    """blob, tree or commit."""
    oid: str
    """Object id."""
    size: int | None
    """Bytes of a blob; `None` where it is not there."""
    path: bytes
    """Path from the root."""


def find_repository(path: str) -> Place:
    """The repository at or above a path.

    Raises:
        CollectError: there is none, or git cannot read it.
    """
    questions = (
        "--is-bare-repository",
        "--show-object-format",
        "--path-format=absolute",
        "--git-common-dir",
    )
    answer = _git(["-C", path, "rev-parse", *questions])
    lines = os.fsdecode(answer.stdout).split("\n", 2)
    if answer.code or len(lines) < 3:
        raise CollectError(
            f"{neutralise(path, 120)}: not a git repository that can be read{_reason(answer)}",
            "Run inside a clone, or name a folder with facts.json.",
        )
    return Place(path, lines[2].removesuffix("\n"), lines[1], lines[0] == "true")


def resolve(place: Place, name: str) -> str | None:
    """The commit a name stands for in the repository, or `None`."""
    if not name or name.startswith("-") or not name.isprintable():
        return None
    answer = _git(
        [
            "-C",
            place.path,
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            f"{name}^{{commit}}",
        ]
    )
    lines = answer.stdout.decode("ascii", "replace").split()
    return lines[-1] if answer.code == 0 and lines else None


def symbolic(place: Place, name: str) -> str | None:
    """The ref a symbolic ref points to, or `None`."""
    answer = _git(["-C", place.path, "symbolic-ref", "--quiet", name])
    return os.fsdecode(answer.stdout).rstrip("\n") if answer.code == 0 else None


def working_tree_differs(place: Place, head: str) -> bool:
    """Whether files are changed or untracked against a commit; false without a working tree."""
    if place.bare:
        return False
    answer = _git(
        [
            "-C",
            place.path,
            "rev-parse",
            "--path-format=absolute",
            "--git-path",
            "index",
            "--show-toplevel",
        ]
    )
    lines = os.fsdecode(answer.stdout).split("\n")
    if answer.code or len(lines) != 3:
        return False
    with open_objects(place, head=head) as objects:
        status = objects.git(
            ["status", "--porcelain", "-z", "--ignore-submodules=all"],
            env={"GIT_INDEX_FILE": lines[0], "GIT_WORK_TREE": lines[1]},
            cwd=lines[1],
        )
    return bool(status.stdout)


@contextlib.contextmanager
def open_objects(place: Place, head: str = "") -> Iterator[Objects]:
    """A git folder of our own over the repository's objects, gone afterwards.

    Raises:
        CollectError: it cannot be made.
    """
    import tempfile  # NOTE: only where git is read; the import costs 5 ms

    try:
        with tempfile.TemporaryDirectory(prefix="gate-git-") as folder:
            for name in ("objects", "refs"):
                os.mkdir(os.path.join(folder, name))
            version = 0 if place.object_format == "sha1" else 1
            config = f"[core]\n\trepositoryformatversion = {version}\n\tbare = true\n"
            if version:
                config += f"[extensions]\n\tobjectFormat = {place.object_format}\n"
            _write(folder, "config", config)
            _write(folder, "HEAD", f"{head}\n" if head else "ref: refs/heads/none\n")
            cut = shallow_commits(place)
            if cut:
                _write(folder, "shallow", "".join(f"{commit}\n" for commit in sorted(cut)))
            yield Objects(folder, os.path.join(place.shared, "objects"))
    except OSError as error:
        raise CollectError(f"git: {error.strerror or error.__class__.__name__}") from error


def _write(folder: str, name: str, text: str) -> None:
    with open(os.path.join(folder, name), "w", encoding="ascii") as file:
        file.write(text)


def shallow_commits(place: Place) -> frozenset[str]:
    """Commits whose parents a shallow clone left out."""
    try:
        with open(os.path.join(place.shared, "shallow"), encoding="ascii") as file:
            return frozenset(file.read().split())
    except FileNotFoundError:
        return frozenset()
    except (OSError, UnicodeDecodeError) as error:
        raise CollectError("git: the list of shallow commits cannot be read") from error


class Objects:
    """Commits, trees, blobs and diffs of one repository."""

    def __init__(self, folder: str, objects: str) -> None:
        self._folder = folder
        self._environment = {"GIT_DIR": folder, "GIT_OBJECT_DIRECTORY": objects}

    def git(
        self,
        arguments: Sequence[str],
        *,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        cwd: str | None = None,
    ) -> Completed:
        """Run git over the objects; a failure is an error.

        Raises:
            CollectError: git failed.
        """
        environment = {**self._environment, **(env or {})}
        answer = _git(arguments, stdin=stdin, env=environment, cwd=cwd or self._folder)
        if answer.code:
            raise CollectError(
                f"git {arguments[0]} failed{_reason(answer)}",
                "Is the clone complete? `git fsck` tells; `git fetch --unshallow` completes it.",
            )
        return answer

    def merge_base(self, base: str, head: str) -> str | None:
        """The merge base, or `None`."""
        answer = _git(["merge-base", base, head], env=self._environment, cwd=self._folder)
        if answer.code not in (0, 1):
            raise CollectError(f"git merge-base failed{_reason(answer)}")
        lines = answer.stdout.decode("ascii", "replace").split()
        return lines[0] if lines else None

    def diff(self, before: str, after: str) -> bytes:
        """The diff between two commits, renames found, no file hidden by an attribute.

        Raises:
            CollectError: git failed, or the diff is too large.
        """
        file = os.path.join(self._folder, "diff.patch")
        self.git([*_DIFF, f"--output={file}", before, after, "--"])
        with open(file, "rb") as stream:
            diff = stream.read(MAX_DIFF_BYTES + 1)
        os.unlink(file)
        if len(diff) > MAX_DIFF_BYTES:
            raise CollectError(f"git diff: larger than {MAX_DIFF_BYTES} bytes", "Split the change.")
        return diff

    def commits(self, base: str, head: str) -> list[tuple[str, bytes]]:
        """(id, raw commit) of everything in head and not in base, oldest first."""
        return list(self.history([head, f"^{base}"]))

    def history(self, wanted: Sequence[str], *, since: str = "") -> Iterator[tuple[str, bytes]]:
        """(id, raw commit) of what revisions reach, oldest first.

        Args:
            wanted: commits, and with `^` before them those whose past is left out.
            since: only what was committed on this day or later, by the committer's clock.
        """
        limit = [f"--since={since}T00:00:00Z"] if since else []
        found = self.git(["rev-list", "--reverse", "--topo-order", *limit, *wanted, "--"])
        ids = found.stdout.decode("ascii").split()
        for start in range(0, len(ids), 2000):
            part = ids[start : start + 2000]
            raw = self._batch(part, "commit")
            yield from ((commit, raw[commit]) for commit in part)

    def entries(
        self, commit: str, paths: Sequence[bytes], *, inside: bool = False
    ) -> list[TreeEntry]:
        """Entries of a commit's tree with exactly these paths; `inside`: everything below them."""
        found: list[TreeEntry] = []
        options = ["ls-tree", "-z", "-l", "--full-tree", *(["-r"] if inside else [])]
        for start in range(0, len(paths), PATHS_PER_CALL):
            part = [os.fsdecode(path) for path in paths[start : start + PATHS_PER_CALL]]
            found += _entries(self.git([*options, commit, "--", *part]).stdout)
        return found

    def directory(self, commit: str, path: bytes) -> list[TreeEntry]:
        """Entries directly in a directory; the root for an empty path."""
        where = [os.fsdecode(path) + "/"] if path else []
        listing = self.git(["ls-tree", "-z", "-l", "--full-tree", commit, "--", *where])
        return _entries(listing.stdout)

    def blobs(self, entries: Iterable[TreeEntry]) -> dict[str, bytes]:
        """Object id -> bytes; entries of unknown size are left out."""
        sizes = {entry.oid: entry.size for entry in entries if entry.size is not None}
        found: dict[str, bytes] = {}
        part: list[str] = []
        total = 0
        for oid, size in sizes.items():
            if part and total + size > BATCH_BYTES:
                found.update(self._batch(part, "blob"))
                part, total = [], 0
            part.append(oid)
            total += size
        if part:
            found.update(self._batch(part, "blob"))
        return found

    def _batch(self, ids: Sequence[str], kind: str) -> dict[str, bytes]:
        stdin = "".join(f"{oid}\n" for oid in ids).encode()
        answer = self.git(["cat-file", "--batch", "--buffer"], stdin=stdin).stdout
        found: dict[str, bytes] = {}
        at = 0
        for oid in ids:
            end = answer.find(b"\n", at)
            fields = answer[at:end].decode("ascii", "replace").split(" ")
            if end < 0 or len(fields) != 3 or fields[:2] != [oid, kind]:
                raise CollectError(
                    f"git: {kind} {oid} is missing", "Fetch it; the gate fetches nothing itself."
                )
            at = end + 1 + int(fields[2])
            found[oid] = answer[end + 1 : at]
            at += 1
        return found


def _entries(listing: bytes) -> list[TreeEntry]:
    found = []
    for line in listing.split(b"\0")[:-1]:
        about, path = line.split(b"\t", 1)
        mode, kind, oid, size = about.decode("ascii").split()
        found.append(TreeEntry(mode, kind, oid, int(size) if size.isdigit() else None, path))
    return found


def entry_name(entry: TreeEntry) -> str:
    """The entry's last path component as text."""
    return to_text(entry.path.rpartition(b"/")[2])


def _git(
    arguments: Sequence[str],
    *,
    stdin: bytes = b"",
    env: dict[str, str] | None = None,
    cwd: str | None = None,
) -> Completed:
    settings = [part for setting in _SETTINGS for part in ("-c", setting)]
    try:
        return run(
            ["git", "--no-pager", *settings, *arguments],
            stdin=stdin,
            timeout=SECONDS,
            cwd=cwd,
            env={**_ENVIRONMENT, **(env or {})},
        )
    except ProcessError as error:
        raise CollectError(error.message, error.hint) from error


def _reason(answer: Completed) -> str:
    """What git said, its last line, neutralised."""
    lines = answer.stderr.decode("utf-8", "replace").strip().splitlines()
    return f": {neutralise(lines[-1], 200)}" if lines else ""
