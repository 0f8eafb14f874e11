"""Read a pull request from GitHub: its facts, its changed files, and the contents asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from gate.collect.github_tree import MAX_BLOBS, TreeReader
from gate.collect.patches import fill_patches, is_patch_missing
from gate.collect.plan_files import read_plans
from gate.errors import ConfigError, GateError, HeadMovedError
from gate.forge import Forge
from gate.refusal import ForgeReadError
from gate.schema.collected import Collected, Content, Side, SiteFolder
from gate.schema.facts import Actor, IssueEvent, Pull, PullCommit, PullFacts, PullFile, Review
from gate.schema.section import Gap, Unreadable
from gate.site import load_site
from gate.text import neutralise

MAX_FILES = 3000
"""Files that GitHub lists of a pull request (REST documentation, pulls/list-files)."""
MAX_COMMITS = 250
"""Commits that GitHub lists of a pull request (REST documentation, pulls/list-commits)."""
MAX_COMPARED = 5000
"""Commits read through the comparison where there are more than `MAX_COMMITS`."""
MAX_VOTERS = 100
"""Accounts whose permission is asked for; in a public repository anybody may review."""
MAX_SITE_FILES = 300
"""Files of a `.gate` folder."""

_DECISIVE = ("APPROVED", "CHANGES_REQUESTED")


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
        self._event_head = event_head
        self._clone = clone
        self._head = ""
        self._branch = ""
        self._base = ""
        self._merge_base = ""
        self._gaps: list[Gap] = []
        self._reader = TreeReader(forge, MAX_BLOBS)

    def collect(self) -> Collected:
        """Facts, changed files, plans and the site's folder; see `gate.schema.collected.Source`.

        Raises:
            CollectError: GitHub did not answer, or a plan cannot be read.
            HeadMovedError: the head is not the event's, or moved while it was read.
        """
        self._gaps = []
        self._merge_base = ""
        pull = self.forge.pull(self.number)
        self._head = pull.head.sha
        self._check_head(self._event_head or self._head)
        self._branch = pull.base.ref
        self._base = self.forge.branch_tip(self._branch)
        commits = self._commits(pull)
        reviews = self.forge.reviews(self.number)
        events = self.forge.events(self.number)
        diff, files = self._changes(pull)
        facts = PullFacts(
            pull=pull,
            commits=commits,
            files=files,
            reviews=reviews,
            comments=self.forge.issue_comments(self.number),
            events=events,
            permissions=self._permissions(pull, reviews, events),
            head_arrived_at=self.forge.first_check(self._head),
        )
        site = self._reader.folder(self._base, ".gate", MAX_SITE_FILES)
        facts = msgspec.structs.replace(facts, teams=self._teams(site))
        self.confirm()
        return Collected(
            origin="github",
            facts=facts,
            diff=diff,
            plans=read_plans(self._plans),
            site=site,
            gaps=tuple(self._gaps),
        )

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
        if pull.head.sha != self._head or pull.base.ref != self._branch:
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

    def _permissions(
        self, pull: Pull, reviews: Sequence[Review], events: Sequence[IssueEvent]
    ) -> dict[str, str] | None:
        """What everybody who voted or set a label may do; `None` where GitHub would not say."""
        voters = sorted(_voters(pull, reviews, events))
        if len(voters) > MAX_VOTERS:
            self._gaps.append(
                Gap(section="votes", reason=f"{len(voters)} accounts voted, over {MAX_VOTERS}")
            )
            return None
        try:
            return {login: self.forge.permission(login) for login in voters}
        except ForgeReadError as error:
            self._gaps.append(Gap(section="votes", reason=error.message))
            return None

    def _teams(self, site: SiteFolder | None) -> dict[str, tuple[str, ...]]:
        """Members of the teams that the site's approvals name; one the token cannot see is absent.

        Raises:
            ForgeReadError: GitHub did not answer.
        """
        try:
            approvals = load_site(site).config.approvals.values()
        except ConfigError:
            return {}  # NOTE: whoever judges meets the same error and reports it
        slugs = sorted({team for rule in approvals for team in rule.teams})
        members = {slug: self.forge.team_members(slug) for slug in slugs}
        return {slug: logins for slug, logins in members.items() if logins is not None}


def _voters(pull: Pull, reviews: Sequence[Review], events: Sequence[IssueEvent]) -> set[str]:
    """People with a decisive review, and people who set a label that is there now."""
    labels = {label.name for label in pull.labels}
    actors: list[Actor | None] = [review.user for review in reviews if review.state in _DECISIVE]
    actors += [
        event.actor
        for event in events
        if event.event == "labeled" and event.label is not None and event.label.name in labels
    ]
    return {actor.login for actor in actors if actor is not None and actor.type == "User"}
