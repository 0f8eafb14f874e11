"""Read a pull request from GitHub: its facts, its changed files, and the contents asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gate.collect.github_siblings import find_siblings
from gate.collect.github_tree import MAX_BLOBS, TreeReader
from gate.collect.github_votes import (
    VoteReader,
    asks_for_owners,
    owners_of,
    site_of,
    teams_of,
    touches_owners,
    voters,
)
from gate.collect.patches import fill_patches, is_patch_missing
from gate.collect.plan_files import read_plans
from gate.errors import GateError, HeadMovedError
from gate.forge import Forge
from gate.refusal import ForgeReadError
from gate.schema.collected import Collected, Content, Side
from gate.schema.facts import Actor, Pull, PullCommit, PullFacts, PullFile, Push, Sibling
from gate.schema.section import Gap, Unreadable
from gate.schema.site import Site
from gate.text import neutralise

MAX_FILES = 3000
"""Files that GitHub lists of a pull request (REST documentation, pulls/list-files)."""
MAX_COMMITS = 250
"""Commits that GitHub lists of a pull request (REST documentation, pulls/list-commits)."""
MAX_COMPARED = 5000
"""Commits read through the comparison where there are more than `MAX_COMMITS`."""
MAX_SITE_FILES = 300
"""Files of a `.gate` folder."""


class GithubSource:
    """One pull request on GitHub, read with a constant number of calls plus pages and blobs."""

    def __init__(
        self,
        forge: Forge,
        number: int,
        plans: Mapping[str | None, str] | None = None,
        *,
        event_head: str | None = None,
        clone: str | None = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            forge: the client, bound to the base repository.
            number: pull request.
            plans: root -> plan file on this machine.
            event_head: head commit of the event that started the run; `None`: whatever it is now.
            clone: a local clone, used only as a store of commits, for what the API leaves out.
        """
        self.forge = forge
        self.number = number
        self._plans = plans or {}
        self.event_head = event_head
        self._clone = clone
        self._head = ""

        self._base = ""
        self._merge_base = ""
        self._gaps: list[Gap] = []
        self._peeked: Pull | None = None
        self._reader = TreeReader(forge, MAX_BLOBS)
        self.siblings: tuple[Sibling, ...] | None = None
        """Other open pull requests with this head; `None`: not read yet, or no telling."""
        self.base = ""
        """Branch that the pull request was judged for; empty before it was read."""

    def peek(self) -> Pull:
        """The pull request as it is now; `collect` takes this answer for its first.

        Raises:
            CollectError: GitHub did not answer.
        """
        self._peeked = self.forge.pull(self.number)
        return self._peeked

    def people(self) -> tuple[Actor, ...] | None:
        """Everybody who may push, at most 1,000; `None` where the token may not ask.

        Raises:
            CollectError: GitHub did not answer.
        """
        return self.forge.people()

    def collect(self) -> Collected:
        """Facts, changed files, plans and the site's folder; see `gate.schema.collected.Source`.

        Raises:
            CollectError: GitHub did not answer, or a plan cannot be read.
            HeadMovedError: the head is not the event's, or moved while it was read.
        """
        self._gaps = []
        self._merge_base = ""
        pull, self._peeked = self._peeked or self.forge.pull(self.number), None
        self._head = pull.head.sha
        self._check_head(self.event_head or self._head)
        self.base = pull.base.ref
        self._base = self.forge.branch_tip(self.base)
        commits = self._commits(pull)
        diff, files = self._changes(pull)
        folder = self._reader.folder(self._base, ".gate", MAX_SITE_FILES)
        facts = self._facts(pull, commits, files, site_of(folder))
        self.confirm()
        return Collected(
            origin="github",
            facts=facts,
            diff=diff,
            plans=read_plans(self._plans),
            site=folder,
            gaps=tuple(self._gaps),
        )

    def _facts(
        self,
        pull: Pull,
        commits: tuple[PullCommit, ...],
        files: tuple[PullFile, ...] | None,
        site: Site,
    ) -> PullFacts:
        """Everything about people; who they are decides what is asked."""
        reviews = self.forge.reviews(self.number)
        events = self.forge.events(self.number)
        comments = self.forge.issue_comments(self.number)
        votes = VoteReader(self.forge, self._reader, self._gaps)
        owners = None
        if asks_for_owners(site) or touches_owners(files):
            owners = votes.codeowners(self._base)
        self.siblings = find_siblings(self.forge, pull)
        return PullFacts(
            pull=pull,
            commits=commits,
            files=files,
            reviews=reviews,
            comments=comments,
            events=events,
            permissions=votes.permissions(voters(pull, reviews, comments, events), owners_of(site)),
            teams=votes.teams(teams_of(site, owners)),
            codeowners=owners,
            app=self.forge.app_of(self.number),
            pushes=self._pushes(pull),
            siblings=self.siblings,
            head_arrived_at=self.forge.first_check(self._head),
        )

    def _pushes(self, pull: Pull) -> tuple[Push, ...] | None:
        """Pushes to the head branch, read where it lies; a deleted fork tells nothing."""
        if pull.head.repo is None or not pull.head.repo.full_name:
            return None
        return self.forge.pushes(pull.head.repo.full_name, pull.head.ref)

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        """Contents by blob name, at most `MAX_BLOBS` in a run; links are not followed."""
        commit = self._commit(side)
        if isinstance(commit, Unreadable):
            return dict.fromkeys(paths, commit)
        return {path: self._reader.content(commit, path) for path in paths}

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        """Names of the files directly in a directory, sorted; empty where there is none."""
        commit = self._commit(side)
        if isinstance(commit, Unreadable):
            return commit
        return self._reader.names(commit, path)

    def confirm(self) -> None:
        """Check that the head is still the one that was collected.

        Raises:
            HeadMovedError: it moved.
            CollectError: GitHub did not answer.
        """
        pull = self.forge.pull(self.number)
        if pull.head.sha != self._head or pull.base.ref != self.base:
            where = f"{pull.base.ref} <- {pull.head.sha[:12]}"
            raise HeadMovedError(
                f"the pull request moved while it was read, it is now {neutralise(where)}",
                "Run again; a push starts a run of its own.",
            )

    def _check_head(self, expected: str) -> None:
        if self._head != expected:
            raise HeadMovedError(
                f"the head is {neutralise(self._head[:12])}, the run was started for"
                f" {neutralise(expected[:12])}",
                "A newer push has a run of its own; this one is superseded.",
            )

    def _commit(self, side: Side) -> str | Unreadable:
        if side == "after":
            return self._head
        try:
            return self._find_merge_base()
        except ForgeReadError as error:
            return Unreadable(error.message)

    def _find_merge_base(self) -> str:
        if not self._merge_base:
            # NOTE: page 2 leaves out the files, which make page 1 expensive
            found = self.forge.compare(self._base, self._head, page=2, per_page=1)
            self._merge_base = found.merge_base_commit.sha
        return self._merge_base

    def _commits(self, pull: Pull) -> tuple[PullCommit, ...]:
        commits = self.forge.commits(self.number)
        announced = pull.commits or 0
        if announced > len(commits) >= MAX_COMMITS:
            commits = self._compared(min(announced, MAX_COMPARED))
        if announced > len(commits):
            self._gaps.append(
                Gap(
                    section="provenance",
                    reason=f"GitHub announces {announced} commits and shows {len(commits)}",
                )
            )
        return commits

    def _compared(self, announced: int) -> tuple[PullCommit, ...]:
        """All commits, through the comparison, which has pages where the pull request has none."""
        commits: list[PullCommit] = []
        page = 0
        while len(commits) < announced:
            page += 1
            found = self.forge.compare(self._base, self._head, page)
            self._merge_base = found.merge_base_commit.sha
            if not found.commits:
                break
            commits.extend(found.commits)
        return tuple(commits)

    def _changes(self, pull: Pull) -> tuple[bytes | None, tuple[PullFile, ...] | None]:
        """A diff where the API does not suffice and the clone does; else GitHub's list of files."""
        files = self.forge.files(self.number)
        announced = pull.changed_files
        is_short = len(files) >= MAX_FILES or (announced is not None and announced != len(files))
        if not is_short and not any(is_patch_missing(file) for file in files):
            return None, files
        diff = self._local_diff()
        if diff is not None:
            return diff, None
        if is_short:
            shown = "an unknown number of" if announced is None else str(announced)
            self._gaps.append(
                Gap(
                    section="changes",
                    reason=f"GitHub announces {shown} changed files and lists {len(files)};"
                    " check out the repository with its history to see all of them",
                )
            )
            return None, files
        return None, self._filled(files)

    def _filled(self, files: tuple[PullFile, ...]) -> tuple[PullFile, ...]:
        """The files with the patches that GitHub leaves out made from the two blobs."""
        try:
            merge_base = self._find_merge_base()
        except ForgeReadError:
            return files  # NOTE: decode reports every file whose patch is missing
        return fill_patches(
            files,
            lambda path: self._reader.content(merge_base, path),
            lambda path: self._reader.content(self._head, path),
        )

    def _local_diff(self) -> bytes | None:
        if self._clone is None:
            return None
        from gate.collect.git import local_diff

        try:
            return local_diff(self._clone, self._find_merge_base(), self._head)
        except GateError:
            return None  # NOTE: the clone is a shortcut; what stays missing is reported as a gap
