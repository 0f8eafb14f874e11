"""Collect a range of commits in a local repository as if it were a pull request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gate.collect.git_commit import decode_commit
from gate.collect.git_objects import (
    Objects,
    Place,
    TreeEntry,
    entry_name,
    find_repository,
    open_objects,
    resolve,
    shallow_commits,
    symbolic,
    working_tree_differs,
)
from gate.collect.plan_files import read_plans
from gate.errors import CollectError, DecodeError, GateError, HeadMovedError
from gate.gitpath import is_inside, to_bytes, to_text
from gate.schema.collected import Collected, Content, Side, SiteFolder
from gate.schema.facts import Actor, Pull, PullCommit, PullFacts, PullRef
from gate.schema.section import Absent, Gap, Unreadable
from gate.text import neutralise

MAX_BLOB_BYTES = 20 * 1024**2
"""Bytes of one file that is read."""
MAX_SITE_BYTES = 64 * 1024**2
"""Bytes of all files of the site's folder."""
SITE_FOLDER = b".gate"
"""Where the site's word lies."""

_BASES = (
    "refs/heads/main",
    "refs/remotes/origin/main",
    "refs/heads/master",
    "refs/remotes/origin/master",
)
_FETCH = "Fetch enough history: `git fetch --unshallow`, or `--deepen`, and the base branch."


def parse_range(text: str) -> tuple[str | None, str | None]:
    """(base, head) of `BASE...HEAD`; a side left out is `None`.

    Raises:
        CollectError: no three dots, or more than one range.
    """
    base, dots, head = text.partition("...")
    if not dots or ".." in base or ".." in head:
        raise CollectError(
            f"{neutralise(text, 120)}: not a range", "Write it with three dots, as main...topic."
        )
    return base or None, head or None


def local_diff(repository: str, base_sha: str, head_sha: str) -> bytes:
    """The diff from the merge base of two commits to the second, out of a clone.

    Raises:
        CollectError: a commit or their merge base is not there, or git failed.
    """
    place = find_repository(repository)
    with open_objects(place) as objects:
        return objects.diff(_merge_base(place, objects, base_sha, head_sha), head_sha)


class GitSource:
    """The commits between a base and a head in a local clone; what is not committed is not seen.

    Nobody can vote here, so reviews, events and permissions are absent. The site's folder is read
    from the base commit, never from the working tree.

    Args:
        repository: a path in the repository; bare repositories and worktrees will do.
        base: branch or commit to compare with, or `BASE...HEAD`; `None`: the default branch.
        head: branch or commit to judge; `None`: the current branch.
        plans: plan files by root.
    """

    def __init__(
        self,
        repository: str,
        base: str | None = None,
        head: str | None = None,
        plans: Mapping[str | None, str] | None = None,
    ) -> None:
        if base is not None and head is None and "..." in base:
            base, head = parse_range(base)
        self._repository = repository
        self._base_name = base
        self._head_name = head or "HEAD"
        self._plans = dict(plans or {})
        self._found: _Range | None = None

    def collect(self) -> Collected:
        """Read commits, diff, plans and the site's folder.

        Raises:
            CollectError: no repository, no commit, an unknown name, no merge base, or git failed.
        """
        at = self._range()
        with open_objects(at.place) as objects:
            diff = objects.diff(at.merge_base, at.head)
            raw = objects.commits(at.base, at.head)
            site = _site(objects, at.base)
        commits = tuple(decode_commit(sha, content) for sha, content in raw)
        return Collected(
            origin="git",
            facts=PullFacts(pull=_pull(at, commits), commits=commits),
            diff=diff,
            plans=read_plans(self._plans),
            site=site,
            gaps=_gaps(at.place, commits),
            notes=self._notes(at),
        )

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        """Contents of the paths at the merge base or the head; a symlink is its target's name."""
        at = self._range()
        wanted = {path: to_bytes(path) for path in paths if is_inside(path)}
        commit = at.head if side == "after" else at.merge_base
        raw = sorted({name for names in wanted.values() for name in names})
        try:
            with open_objects(at.place) as objects:
                entries = {entry.path: entry for entry in objects.entries(commit, raw)}
                small = [entry for entry in entries.values() if not _why_not(entry)]
                blobs = objects.blobs(small)
        except GateError as error:
            return {path: Unreadable(error.message) for path in paths}
        return {
            path: _content(path, [entries[name] for name in wanted[path] if name in entries], blobs)
            if path in wanted
            else Unreadable(f"{neutralise(path, 120)}: leaves the repository")
            for path in paths
        }

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        """Names of the files directly in a directory, sorted; none where there is no such one."""
        at = self._range()
        if path and not is_inside(path):
            return Unreadable(f"{neutralise(path, 120)}: leaves the repository")
        names: set[str] = set()
        try:
            with open_objects(at.place) as objects:
                commit = at.head if side == "after" else at.merge_base
                for raw in to_bytes(path):
                    found = objects.directory(commit, raw)
                    names |= {entry_name(entry) for entry in found if entry.kind == "blob"}
        except GateError as error:
            return Unreadable(error.message)
        return tuple(sorted(names))

    def people(self) -> tuple[Actor, ...] | None:
        """Nobody can tell: git knows of no accounts."""
        return None

    def confirm(self) -> None:
        """Check that the head's name still stands for the same commit.

        Raises:
            HeadMovedError: it does not.
        """
        at = self._range()
        if resolve(at.place, self._head_name) != at.head:
            raise HeadMovedError(
                f"{neutralise(self._head_name, 120)} moved while it was read", "Run it again."
            )

    def dirty(self) -> bool:
        """Whether the working tree holds changes that are not committed, and so not judged."""
        at = self._range()
        return working_tree_differs(at.place, at.head)

    def _notes(self, at: _Range) -> tuple[str, ...]:
        notes = []
        if at.merge_base == at.head:
            base = neutralise(at.base_ref, 120)
            notes.append(f"nothing was judged: {base} holds every commit of the head already")
        if resolve(at.place, "HEAD") != at.head:
            return tuple(notes)
        try:
            is_dirty = self.dirty()
        except GateError:
            notes.append("it could not be told whether all files are committed")
        else:
            if is_dirty:
                notes.append("files that are not committed were not judged: commit, then check")
        return tuple(notes)

    def _range(self) -> _Range:
        if self._found is None:
            place = find_repository(self._repository)
            head = resolve(place, self._head_name)
            if head is None and self._head_name == "HEAD":
                raise CollectError("the repository has no commit yet", "Commit something first.")
            if head is None:
                raise _unknown(self._head_name)
            base_name, base = _base(place, self._base_name)
            with open_objects(place) as objects:
                merge_base = _merge_base(place, objects, base, head)
            self._found = _Range(
                place, base_name, base, _head_ref(place, self._head_name), head, merge_base
            )
        return self._found


class _Range(NamedTuple):
    """Where the range lies and which commits bound it."""

    place: Place
    base_ref: str
    base: str
    head_ref: str
    head: str
    merge_base: str


def _unknown(name: str) -> CollectError:
    return CollectError(
        f"{neutralise(name, 120)}: no such branch or commit", "Is it fetched? `git fetch origin`."
    )


def _base(place: Place, given: str | None) -> tuple[str, str]:
    """(name, commit) of the base."""
    if given is not None:
        commit = resolve(place, given)
        if commit is None:
            raise _unknown(given)
        return given, commit
    default = symbolic(place, "refs/remotes/origin/HEAD")
    for ref in ([default] if default else []) + list(_BASES):
        commit = resolve(place, ref)
        if commit is not None:
            return ref.removeprefix("refs/heads/").removeprefix("refs/remotes/origin/"), commit
    raise CollectError(
        "no default branch: neither origin/HEAD nor main nor master is there",
        "Name the base, as `gate check BASE...HEAD`.",
    )


def _head_ref(place: Place, name: str) -> str:
    if name != "HEAD":
        return name.removeprefix("refs/heads/")
    branch = symbolic(place, "HEAD")
    return branch.removeprefix("refs/heads/") if branch else "HEAD"


def _merge_base(place: Place, objects: Objects, base: str, head: str) -> str:
    found = objects.merge_base(base, head)
    if found is None and shallow_commits(place):
        raise CollectError("base and head have no common commit in this shallow clone", _FETCH)
    if found is None:
        raise CollectError(
            "base and head have no common commit",
            "They share no history; name the base that the branch was made from, as BASE...HEAD.",
        )
    return found


def _pull(at: _Range, commits: tuple[PullCommit, ...]) -> Pull:
    message = commits[-1].commit.message if commits else ""
    return Pull(
        number=0,
        title=message.partition("\n")[0],
        base=PullRef(ref=at.base_ref, sha=at.base),
        head=PullRef(ref=at.head_ref, sha=at.head),
    )


def _gaps(place: Place, commits: tuple[PullCommit, ...]) -> tuple[Gap, ...]:
    cut = shallow_commits(place)
    if any(commit.sha in cut for commit in commits):
        reason = "the clone is shallow, so that commits of the range may be missing"
        return (Gap(section="provenance", reason=reason),)
    return ()


def _site(objects: Objects, commit: str) -> SiteFolder | None:
    above = objects.entries(commit, [SITE_FOLDER])
    if not above:
        return None
    if above[0].kind != "tree":
        raise CollectError("`.gate` on the base branch is not a folder")
    entries = objects.entries(commit, [SITE_FOLDER], inside=True)
    total = 0
    for entry in entries:
        if entry.kind != "blob" or entry.mode == "120000" or entry.size is None:
            shown = neutralise(entry.path.decode("utf-8", "backslashreplace"), 120)
            raise CollectError(f"{shown} on the base branch: not a regular file that is there")
        total += entry.size
    if total > MAX_SITE_BYTES:
        raise CollectError(f"`.gate` on the base branch: larger than {MAX_SITE_BYTES} bytes")
    blobs = objects.blobs(entries)
    try:
        files = {
            to_text(entry.path.removeprefix(SITE_FOLDER + b"/")): blobs[entry.oid]
            for entry in entries
        }
    except DecodeError as error:
        raise CollectError(error.message, error.hint) from error
    return SiteFolder(files=files, ref=commit)


def _why_not(entry: TreeEntry) -> str:
    """Why the blob of an entry is not read; empty when it is."""
    if entry.kind != "blob":
        return "a submodule" if entry.kind == "commit" else "a directory"
    if entry.size is None:
        return "its content is not in this clone"
    return f"larger than {MAX_BLOB_BYTES} bytes" if entry.size > MAX_BLOB_BYTES else ""


def _content(path: str, entries: list[TreeEntry], blobs: Mapping[str, bytes]) -> Content:
    if not entries:
        return Absent("no such file")
    shown = neutralise(path, 120)
    if len(entries) > 1:
        return Unreadable(f"{shown}: two files are shown by this name")
    why = _why_not(entries[0])
    if not why:
        return blobs[entries[0].oid]
    return Absent(why) if entries[0].kind != "blob" else Unreadable(f"{shown}: {why}")
