"""What the gate asks GitHub of one pull request, each question typed."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote

from gate.forge_client import MAX_PAGES, PER_PAGE, ForgeClient
from gate.refusal import ForgeReadError
from gate.schema.facts import (
    Actor,
    App,
    IssueComment,
    IssueEvent,
    Pull,
    PullCommit,
    PullFile,
    Push,
    Review,
)
from gate.schema.forge import (
    BlobAnswer,
    CheckSuites,
    ClosedPull,
    CommitStatus,
    Comparison,
    IssueAnswer,
    NamedRef,
    PermissionAnswer,
    Protection,
    RefAnswer,
    Tree,
)
from gate.text import neutralise

MAX_PEOPLE = 1_000
"""Collaborators that are listed; who could approve is only shown."""
MAX_BLOB = 10_000_000
"""Bytes of one file the gate reads; the largest plan-relevant file seen is below 1 MB."""


class ForgeReads(ForgeClient):
    """GitHub as read with one token, for one repository."""

    def pull(self, number: int) -> Pull:
        """The pull request. Raises ForgeReadError."""
        return self.get(f"{self.root}/pulls/{number}", "the pull request", Pull)

    def files(self, number: int) -> tuple[PullFile, ...]:
        """Changed files, at most the 3,000 that GitHub lists. Raises ForgeReadError."""
        return self.list(f"{self.root}/pulls/{number}/files", "the changed files", PullFile)

    def commits(self, number: int) -> tuple[PullCommit, ...]:
        """Commits, at most the 250 that GitHub lists. Raises ForgeReadError."""
        return self.list(f"{self.root}/pulls/{number}/commits", "the commits", PullCommit)

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Reviews, oldest first. Raises ForgeReadError."""
        return self.list(f"{self.root}/pulls/{number}/reviews", "the reviews", Review)

    def issue_comments(self, number: int) -> tuple[IssueComment, ...]:
        """Comments of the conversation, oldest first. Raises ForgeReadError."""
        return self.list(f"{self.root}/issues/{number}/comments", "the comments", IssueComment)

    def events(self, number: int) -> tuple[IssueEvent, ...]:
        """Issue events: labels, force-pushes. Raises ForgeReadError."""
        return self.list(f"{self.root}/issues/{number}/events", "the events", IssueEvent)

    def permission(self, login: str) -> str:
        """What an account may do here, as of now.

        Returns:
            admin | maintain | write | triage | read | none; a custom role counts as the one it
            is built on; an account GitHub does not know as collaborator (404) as `none`.

        Raises:
            ForgeReadError: GitHub would not say.
        """
        path = f"{self.root}/collaborators/{quote(login, safe='')}/permission"
        try:
            found = self.get(path, f"the permission of {neutralise(login, 60)}", PermissionAnswer)
        except ForgeReadError as error:
            if error.status == 404:
                return "none"
            raise
        known = ("admin", "maintain", "write", "triage", "read", "none")
        return found.role_name if found.role_name in known else found.permission

    def team_members(self, slug: str) -> tuple[str, ...] | None:
        """Logins of a team, its child teams included.

        Args:
            slug: `org/team-slug`.

        Returns:
            Logins, or `None` where the token cannot tell (403, 404); never an empty team for that.

        Raises:
            ForgeReadError: GitHub did not answer.
        """
        org, _, team = slug.partition("/")
        path = f"/orgs/{quote(org, safe='')}/teams/{quote(team, safe='')}/members"
        try:
            members = self.list(path, f"the team {neutralise(slug, 100)}", Actor)
        except ForgeReadError as error:
            if error.is_denied:
                return None
            raise
        return tuple(member.login for member in members)

    def branch_tip(self, branch: str) -> str:
        """The commit a branch points at now. Raises ForgeReadError."""
        path = f"{self.root}/git/ref/heads/{quote(branch, safe='/')}"
        return self.get(path, f"the branch {neutralise(branch, 100)}", RefAnswer).object.sha

    def tree(self, sha: str, *, recursive: bool = False) -> Tree:
        """The entries of a tree or of a commit's root tree. Raises ForgeReadError."""
        return self.get(
            f"{self.root}/git/trees/{sha}",
            f"the tree {sha[:12]}",
            Tree,
            {"recursive": "1"} if recursive else None,
        )

    def blob(self, sha: str) -> bytes:
        """The bytes of a blob. Raises ForgeReadError, also over `MAX_BLOB`."""
        what = f"the blob {sha[:12]}"
        found = self.get(f"{self.root}/git/blobs/{sha}", what, BlobAnswer)
        if len(found.content) > MAX_BLOB * 3 // 2:
            raise ForgeReadError(f"{what} is larger than {MAX_BLOB} bytes")
        try:
            if found.encoding == "base64":
                return base64.b64decode(found.content)
            return found.content.encode("utf-8")
        except (binascii.Error, UnicodeError) as error:
            raise ForgeReadError(f"{what} is not {neutralise(found.encoding, 20)}") from error

    def compare(self, base: str, head: str, page: int, per_page: int = PER_PAGE) -> Comparison:
        """Merge base of two commits, with one page of the commits between. Raises ForgeReadError.

        Page 1 brings the changed files along; ask for page 2 with one entry per page where only
        the merge base is of interest.
        """
        return self.get(
            f"{self.root}/compare/{base}...{head}",
            "the comparison with the base",
            Comparison,
            {"per_page": per_page, "page": page},
        )

    def first_check(self, sha: str) -> str | None:
        """When the first check suite of a commit was made: GitHub's own clock of its arrival.

        Returns:
            RFC 3339, or `None` where there is none, the token may not look, or the listing is
            longer than a page.

        Raises:
            ForgeReadError: GitHub did not answer.
        """
        path = f"{self.root}/commits/{sha}/check-suites"
        try:
            found = self.get(path, "the check suites", CheckSuites, {"per_page": PER_PAGE})
        except ForgeReadError as error:
            if error.is_denied:
                return None
            raise
        if found.total_count > len(found.check_suites):
            return None
        return min(
            (suite.created_at for suite in found.check_suites if suite.created_at), default=None
        )

    def app_of(self, number: int) -> App | None:
        """The app through which a pull request was opened, or `None`: none, or no telling.

        Raises:
            ForgeReadError: GitHub did not answer.
        """
        path = f"{self.root}/issues/{number}"
        try:
            return self.get(path, "the issue", IssueAnswer).performed_via_github_app
        except ForgeReadError as error:
            if error.is_denied:
                return None
            raise

    def pushes(self, repository: str, branch: str) -> tuple[Push, ...] | None:
        """The latest pushes to a branch, newest first, at most a page; `None`: cannot tell.

        Args:
            repository: `owner/name`, which may be a fork.
            branch: its branch.

        Raises:
            ForgeReadError: GitHub did not answer.
        """
        path = f"/repos/{quote(repository, safe='/')}/activity"
        parameters = {"ref": f"refs/heads/{branch}", "per_page": PER_PAGE}
        try:
            found = self.get(path, "the pushes to the head branch", list[Push], parameters)
        except ForgeReadError as error:
            if error.is_denied:
                return None
            raise
        # NOTE: the end of a branch is an activity too, with nothing after it
        return tuple(push for push in found if push.after.strip("0"))

    def pulls_with(self, sha: str) -> tuple[Pull, ...]:
        """Pull requests that GitHub connects with a commit; none for a fork's (404, 422).

        Raises:
            ForgeReadError: refused, or no answer.
        """
        path = f"{self.root}/commits/{sha}/pulls"
        try:
            return self.list(path, "the pull requests of the commit", Pull)
        except ForgeReadError as error:
            if error.status in (404, 422):
                return ()
            raise

    def open_pulls(self, head: str = "") -> tuple[Pull, ...]:
        """Open pull requests, the last updated first. Raises ForgeReadError.

        Args:
            head: `OWNER:BRANCH`; empty: all of them.
        """
        parameters = {"state": "open", "sort": "updated", "direction": "desc"}
        if head:
            parameters["head"] = head
        return self.list(f"{self.root}/pulls", "the open pull requests", Pull, parameters)

    def people(self) -> tuple[Actor, ...] | None:
        """Everybody who may push, at most `MAX_PEOPLE`; `None` where the token may not ask.

        Raises:
            ForgeReadError: GitHub did not answer.
        """
        found: list[Actor] = []
        path = f"{self.root}/collaborators"
        for page in range(1, MAX_PEOPLE // PER_PAGE + 1):
            parameters = {"permission": "push", "per_page": PER_PAGE, "page": page}
            try:
                entries = self.get(path, "the collaborators", list[Actor], parameters)
            except ForgeReadError as error:
                if error.is_denied:
                    return None
                raise
            found.extend(entries)
            if len(entries) < PER_PAGE:
                break
        return tuple(found)

    def statuses(self, sha: str) -> tuple[CommitStatus, ...]:
        """Statuses of a commit, newest first. Raises ForgeReadError."""
        path = f"{self.root}/commits/{sha}/statuses"
        return self.list(path, "the commit's statuses", CommitStatus)

    def is_protected(self, branch: str) -> bool | None:
        """Whether anything protects a branch; `None` where the token cannot tell.

        Raises:
            ForgeReadError: GitHub did not answer.
        """
        path = f"{self.root}/branches/{quote(branch, safe='')}"
        try:
            return self.get(path, f"the branch {neutralise(branch, 100)}", Protection).protected
        except ForgeReadError as error:
            if error.is_denied:
                return None
            raise

    def queue(self, branch: str) -> tuple[NamedRef, ...]:
        """The branches of a base branch's merge queue. Raises ForgeReadError."""
        name = quote(f"gh-readonly-queue/{branch}/", safe="/")
        path = f"{self.root}/git/matching-refs/heads/{name}"
        return self.list(path, "the merge queue's branches", NamedRef)

    def closed_pulls(self, since: str) -> tuple[ClosedPull, ...]:
        """Closed pull requests that something happened to since a moment, newest first.

        Args:
            since: RFC 3339 UTC.

        Raises:
            ForgeReadError: refused, no answer, or more than `MAX_PAGES` pages.
        """
        found: list[ClosedPull] = []
        path, what = f"{self.root}/pulls", "the closed pull requests"
        fixed = {"state": "closed", "sort": "updated", "direction": "desc", "per_page": PER_PAGE}
        for page in range(1, MAX_PAGES + 1):
            entries = self.get(path, what, list[ClosedPull], {**fixed, "page": page})
            found += [entry for entry in entries if entry.updated_at >= since]
            if len(entries) < PER_PAGE or entries[-1].updated_at < since:
                return tuple(found)
        raise ForgeReadError(f"{what}: more than {MAX_PAGES} pages", "Catch up more often.")

    def branch_commits(self, branch: str, since: str) -> tuple[PullCommit, ...]:
        """Commits of a branch since a moment, newest first. Raises ForgeReadError."""
        parameters = {"sha": branch, "since": since}
        return self.list(
            f"{self.root}/commits", "the commits of the branch", PullCommit, parameters
        )
