"""Walk a protected branch along its first parents, and make merges again to compare them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from gate.collect.git_objects import (
    Objects,
    Place,
    find_repository,
    open_objects,
    resolve,
    shallow_commits,
)
from gate.errors import CollectError
from gate.moment import show_time
from gate.pattern import pattern
from gate.text import neutralise

_FORMAT = "--format=tformat:%H%x00%P%x00%T%x00%ct%x00%s"
_FIELDS = 5
_MERGE = ("merge-tree", "--write-tree", "--no-messages")
_AT_ONCE = 1000
"""Merges that one process makes."""
_SHA = pattern(r"[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")


class Walked(NamedTuple):
    """One commit of the branch."""

    sha: str
    """Its id."""
    parents: tuple[str, ...]
    """Ids of its parents; the first is the commit of the branch before it."""
    tree: str
    """Id of its tree."""
    at: str
    """When it was committed, by the committer's clock, RFC 3339 UTC."""
    subject: str
    """First line of the message, as it is."""


class Branch:
    """A branch of a clone.

    Args:
        place: the repository.
        objects: its objects.
        head: the commit that the branch ends with.
        scratch: an empty folder for trees that are made on the way.
    """

    def __init__(self, place: Place, objects: Objects, head: str, scratch: str) -> None:
        self._objects = objects
        self.head = head
        self._shallow = shallow_commits(place)
        self._there: dict[str, bool] = {}
        self._merged: dict[tuple[str, str], str] = {}
        shared = os.path.join(place.shared, "objects")
        self._apart = {
            "GIT_OBJECT_DIRECTORY": scratch,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": shared,
        }

    @property
    def is_shallow(self) -> bool:
        """Whether the clone lacks old commits."""
        return bool(self._shallow)

    def walk(self, since: str = "") -> list[Walked]:
        """The commits behind one, oldest first; every one of them where none is named.

        Raises:
            CollectError: that commit is not on the branch, or the clone is shallow in between.
        """
        if since and since not in self.line():
            raise CollectError(
                f"{neutralise(since, 60)} is not on the branch",
                "The branch was rewritten, or it is another's: name a commit with --since.",
            )
        limits = [f"^{since}"] if since else []
        command = ["log", "-z", "--first-parent", "--reverse", _FORMAT, self.head, *limits, "--"]
        found = list(_commits(self._objects.git(command).stdout))
        if self._shallow & {commit.sha for commit in found}:
            raise CollectError(
                "the clone is shallow, so that commits of the branch are missing",
                "Fetch all of it: `git fetch --unshallow`, or fetch-depth: 0.",
            )
        return found

    def line(self) -> frozenset[str]:
        """Ids of every commit of the branch."""
        answer = self._objects.git(["rev-list", "--first-parent", self.head, "--"])
        return frozenset(answer.stdout.decode("ascii").split())

    def has(self, commit: str) -> bool:
        """Whether the clone has a commit."""
        if commit not in self._there:
            self._look_for([commit])
        return self._there[commit]

    def series(self, base: str, head: str) -> list[str]:
        """The commits, merges left out, that are in head and not in base, oldest first."""
        command = ["rev-list", "--reverse", "--topo-order", "--no-merges", head, f"^{base}", "--"]
        return self._objects.git(command).stdout.decode("ascii").split()

    def make_ahead(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Make many merges at once, which `merged_tree` then knows: one process for a thousand.

        Args:
            pairs: commits, and what is merged into each.
        """
        self._look_for({commit for pair in pairs for commit in pair})
        known = [pair for pair in dict.fromkeys(pairs) if all(map(self._there.__getitem__, pair))]
        for start in range(0, len(known), _AT_ONCE):
            some = known[start : start + _AT_ONCE]
            told = "".join(f"{base} {head}\n" for base, head in some).encode("ascii")
            # NOTE: what one process cannot do is done one by one later, and says why
            with contextlib.suppress(CollectError):
                answer = self._objects.git([*_MERGE, "--stdin"], stdin=told, env=self._apart)
                self._merged.update(zip(some, _trees(answer.stdout), strict=True))

    def _look_for(self, commits: Collection[str]) -> None:
        wanted = "".join(f"{commit}^{{commit}}\n" for commit in commits if _SHA.match(commit))
        answer = self._objects.git(["cat-file", "--batch-check"], stdin=wanted.encode("ascii"))
        found = {
            line.split(" ")[0] for line in answer.stdout.decode("ascii", "replace").split("\n")
        }
        self._there.update({commit: commit in found for commit in commits})

    def merged_tree(self, base: str, head: str) -> str:
        """The tree of merging a commit into another; empty where that takes a person.

        NOTE: a merge commit can carry changes of its own; only making it again shows them.
        """
        if (base, head) in self._merged:
            return self._merged[base, head]
        try:
            answer = self._objects.git([*_MERGE, base, head], env=self._apart)
        except CollectError:
            return ""
        return answer.stdout.decode("ascii", "replace").split("\n")[0]


@contextlib.contextmanager
def open_branch(repository: str, name: str) -> Iterator[Branch]:
    """A branch of a clone: as its origin has it, else as the clone has it.

    Raises:
        CollectError: there is no such branch, or git cannot read it.
    """
    import tempfile  # NOTE: only where git is read; the import costs 5 ms

    place = find_repository(repository)
    names = (f"refs/remotes/origin/{name}", f"refs/heads/{name}")
    head = next(filter(None, (resolve(place, ref) for ref in names)), None)
    if head is None:
        raise CollectError(
            f"{neutralise(name, 120)}: no such branch", "Is it fetched? `git fetch origin`."
        )
    with open_objects(place) as objects, tempfile.TemporaryDirectory(prefix="gate-") as scratch:
        yield Branch(place, objects, head, scratch)


def _commits(listing: bytes) -> Iterator[Walked]:
    fields = listing.decode("utf-8", "backslashreplace").split("\0")
    if (len(fields) - 1) % _FIELDS:
        raise CollectError("git log: not the lines that were asked for")
    for start in range(0, len(fields) - 1, _FIELDS):
        sha, parents, tree, seconds, subject = fields[start : start + _FIELDS]
        yield Walked(sha, tuple(parents.split()), tree, _time(seconds), subject)


def _trees(answer: bytes) -> Iterator[str]:
    """The tree of each merge, empty where it takes a person: git-merge-tree(1), `--stdin`.

    Raises:
        CollectError: git wrote something else.
    """
    fields = iter(answer.decode("utf-8", "backslashreplace").split("\0"))
    for status in fields:
        if not status.strip():
            continue
        tree = next(fields, "")
        if status.strip() not in ("0", "1") or not _SHA.match(tree):
            raise CollectError("git merge-tree: not the lines that were asked for")
        # NOTE: files in conflict follow, up to an empty field
        while next(fields, ""):
            pass
        yield tree if status.strip() == "1" else ""


def _time(seconds: str) -> str:
    from datetime import UTC, datetime

    try:
        return show_time(datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return ""
