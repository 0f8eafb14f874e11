"""Collect a pull request from a scenario folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property

import msgspec

from gate.collect.beneath import list_beneath, read_beneath, walk_beneath
from gate.collect.plan_ahead import MAX_PLAN_BYTES, PLAN_NAME, PlanAhead
from gate.collect.plan_files import read_plans, to_root
from gate.collect.reversal import reverse, whole_after, whole_before
from gate.diffdoc import parse_diff
from gate.errors import CollectError, DecodeError, GateError, HeadMovedError
from gate.gitpath import is_inside, to_bytes, to_text
from gate.jsondoc import parse_json
from gate.schema.changes import Changes, FileChange
from gate.schema.collected import Collected, Content, PlanFile, Side, SiteFolder
from gate.schema.facts import Actor, PullFacts
from gate.schema.section import Absent, Gap, Unreadable
from gate.text import neutralise

MAX_FACTS_BYTES = 64 * 1024**2
"""Bytes of facts.json."""
MAX_DIFF_BYTES = 512 * 1024**2
"""Bytes of diff.patch."""
MAX_SITE_BYTES = 64 * 1024**2
"""Bytes of all files of the site's folder."""
MAX_CONTENT_BYTES = 20 * 1024**2
"""Bytes of one file of tree/."""

_HINT = "facts.json holds `pull` and `commits` in the names of GitHub's REST API."


def decode_facts(data: bytes, what: str = "facts.json") -> PullFacts:
    """PullFacts of a JSON document; unknown keys are welcome, wrong types are not.

    Raises:
        CollectError: not strict JSON, or a key is missing or of another type (names its path).
    """
    try:
        return msgspec.convert(parse_json(data, what), PullFacts)
    except DecodeError as error:
        raise CollectError(error.message, error.hint or _HINT) from error
    except (msgspec.ValidationError, RecursionError) as error:
        raise CollectError(f"{what}: {neutralise(str(error))}", _HINT) from error


class FolderSource:
    """A pull request in a folder: facts.json, diff.patch, plan.json, plans/, gate/ and tree/.

    The content before is tree/ with the diff reversed, or the diff's own where it holds the whole
    file. What neither holds is unreadable. Symlinks in the folder are never followed.

    Args:
        path: the folder.
        plans: plans handed in by name; each takes the place of the folder's plan for its root.
        ahead: the folder's `plan.json`, where somebody has begun to read it.
    """

    def __init__(
        self,
        path: str,
        plans: Mapping[str | None, str] | None = None,
        ahead: PlanAhead | None = None,
    ) -> None:
        self._path = path
        self._ahead = ahead
        self._plans = dict(plans or {})
        self._head: str | None = None

    def collect(self) -> Collected:
        """Read facts, diff, plans and the site's folder.

        Raises:
            CollectError: there is no such folder, facts.json is missing or broken, a file is too
                large or a symlink.
        """
        facts = self._facts()
        self._head = facts.pull.head.sha
        diff = self._diff
        return Collected(
            origin="folder",
            facts=facts,
            diff=diff,
            plans=self._all_plans(),
            site=self._site(),
            gaps=(*self._change_gaps(facts, diff), *_commit_gaps(facts)),
        )

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        """Contents of the paths on one side."""
        reader = self._after if side == "after" else self._before
        return {path: reader(path) for path in paths}

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        """Names of the files directly in a directory, as far as tree/ and the diff know them."""
        try:
            names = {
                to_text(os.fsencode(name))
                for name, is_folder in list_beneath(self._path, f"tree/{path}".rstrip("/"))
                if not is_folder
            }
            here, gone = (
                (self._by_after, self._by_before)
                if side == "after"
                else (self._by_before, self._by_after)
            )
        except GateError as error:
            return Unreadable(error.message)
        start = f"{path}/" if path else ""
        kept = {name for name, change in gone.items() if change.status == "copied"}
        for known, is_there in ((gone, False), (here, True)):
            for name in known:
                head, _, last = name.rpartition("/")
                if (f"{head}/" if head else "") != start:
                    continue
                if is_there:
                    names.add(last)
                elif name not in kept:
                    names.discard(last)
        if not names:
            return Unreadable(f"{neutralise(path or '.', 120)}: the folder holds no file of it")
        return tuple(sorted(names))

    def people(self) -> tuple[Actor, ...] | None:
        """Accounts that `permissions` says may write; `None` where it is not handed in."""
        permissions = self._facts().permissions
        if permissions is None:
            return None
        may_push = ("admin", "maintain", "write")
        return tuple(Actor(login=login) for login, may in permissions.items() if may in may_push)

    def confirm(self) -> None:
        """Check that facts.json still names the head that was collected.

        Raises:
            HeadMovedError: it names another.
        """
        if self._head is not None and self._facts().pull.head.sha != self._head:
            raise HeadMovedError("facts.json names another head than before", "Run it again.")

    def _facts(self) -> PullFacts:
        if not os.path.isdir(self._path):
            raise CollectError(
                f"{neutralise(self._path, 120)}: no such folder",
                "Name a folder with facts.json, OWNER/REPO#N, or BASE...HEAD.",
            )
        content = read_beneath(self._path, "facts.json", MAX_FACTS_BYTES)
        if content is None:
            raise CollectError(f"{neutralise(self._path, 120)}: facts.json is missing", _HINT)
        return decode_facts(content)

    @cached_property
    def _diff(self) -> bytes | None:
        return read_beneath(self._path, "diff.patch", MAX_DIFF_BYTES)

    @cached_property
    def _changes(self) -> Changes | None:
        return None if self._diff is None else parse_diff(self._diff)

    @cached_property
    def _by_after(self) -> dict[str, FileChange]:
        files = self._changes.files if self._changes else ()
        return {change.path: change for change in files if change.status != "removed"}

    @cached_property
    def _by_before(self) -> dict[str, FileChange]:
        files = self._changes.files if self._changes else ()
        known = {
            change.previous_path or change.path: change
            for change in files
            if change.status not in ("added", "copied")
        }
        for change in files:
            if change.status == "copied" and change.previous_path is not None:
                known.setdefault(change.previous_path, change)
        return known

    def _all_plans(self) -> tuple[PlanFile, ...]:
        found = {plan.root: plan for plan in read_plans(self._plans)}
        candidates: list[tuple[str | None, str]] = [(None, PLAN_NAME)]
        for name, is_folder in list_beneath(self._path, "plans"):
            if name.endswith(".json") and not is_folder:
                root = to_root(name.removesuffix(".json").replace("__", "/").strip("/"))
                candidates.append((root, f"plans/{name}"))
        for key, path in candidates:
            if key in found:
                continue
            content = self._ahead.take() if self._ahead and path == PLAN_NAME else None
            content = content or read_beneath(self._path, path, MAX_PLAN_BYTES)
            if content is not None:
                found[key] = PlanFile(root=key, name=os.path.basename(path), data=content)
        return tuple(found[key] for key in sorted(found, key=lambda key: (key is None, key or "")))

    def _site(self) -> SiteFolder | None:
        if not os.path.lexists(os.path.join(self._path, "gate")):
            return None
        if not os.path.isdir(os.path.join(self._path, "gate")):
            raise CollectError("gate: not a folder", "It stands for the site's `.gate` folder.")
        return SiteFolder(files=walk_beneath(self._path, "gate", MAX_SITE_BYTES), ref="folder")

    def _change_gaps(self, facts: PullFacts, diff: bytes | None) -> tuple[Gap, ...]:
        if diff is None and facts.files is None:
            return (Gap(section="changes", reason="neither diff.patch nor `files` in facts.json"),)
        announced = facts.pull.changed_files
        try:
            changes = self._changes
        except DecodeError:
            return ()  # NOTE: the decode stage meets the same error and reports it
        listed = len(changes.files) if changes is not None else len(facts.files or ())
        if announced is None and not listed:
            reason = "no file is listed, and `pull.changed_files` does not say that none changes"
            return (Gap(section="changes", reason=reason),)
        if listed >= (announced or 0):
            return ()
        reason = f"{listed} changed files are listed, {announced} were announced"
        return (Gap(section="changes", reason=reason),)

    def _on_disk(self, path: str) -> bytes | None:
        for raw in to_bytes(path):
            content = read_beneath(self._path, b"tree/" + raw, MAX_CONTENT_BYTES)
            if content is not None:
                return content
        return None

    def _after(self, path: str) -> Content:
        shown = neutralise(path, 120)
        if not is_inside(path):
            return Unreadable(f"{shown}: leaves the repository")
        try:
            change = self._by_after.get(path)
            if change is None:
                gone = self._by_before.get(path)
                if gone is not None and gone.status != "copied":
                    return Absent("the change removes it")
            content = self._on_disk(path)
        except GateError as error:
            return Unreadable(error.message)
        if change is None:
            return content if content is not None else _not_there(shown)
        if content is None:
            whole = whole_after(change)
            return whole if whole is not None else _not_there(shown)
        if not change.binary and reverse(content, change) is None:
            return Unreadable(f"{shown}: tree/ does not fit diff.patch")
        return content

    def _before(self, path: str) -> Content:
        shown = neutralise(path, 120)
        try:
            change = self._by_before.get(path)
            if change is None and path in self._by_after:
                return Absent("the change adds it")
            if self._changes is None:
                return Unreadable(f"{shown}: there is no diff.patch to reverse")
        except GateError as error:
            return Unreadable(error.message)
        if change is None:
            return self._after(path)
        whole = whole_before(change)
        if whole is not None:
            return whole
        if change.status == "removed" or (change.binary and change.status != "copied"):
            return Unreadable(f"{shown}: binary, and the folder does not hold it before the change")
        after = self._after(change.path)
        if isinstance(after, Absent | Unreadable):
            return after
        before = reverse(after, change)
        return before if before is not None else Unreadable(f"{shown}: does not fit diff.patch")


def _not_there(shown: str) -> Unreadable:
    return Unreadable(f"{shown}: not in tree/, and diff.patch does not hold it whole")


def _commit_gaps(facts: PullFacts) -> tuple[Gap, ...]:
    announced = facts.pull.commits
    if announced is None or len(facts.commits) >= announced:
        return ()
    reason = f"{len(facts.commits)} commits are listed, {announced} were announced"
    return (Gap(section="provenance", reason=reason),)
