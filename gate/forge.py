"""The one client of GitHub's REST API: typed answers in, reviews out, every failure named.

Source of limits and behaviour: https://docs.github.com/en/rest, PyGithub 2.10.
"""

from __future__ import annotations

import base64
import binascii
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

import msgspec

from gate.errors import GateError, UsageError
from gate.pattern import pattern
from gate.refusal import ForgeReadError, ForgeWriteError, Refusal, explain_refusal, explain_silence
from gate.schema.facts import Actor, IssueComment, IssueEvent, Pull, PullCommit, PullFile, Review
from gate.schema.forge import (
    BlobAnswer,
    CheckSuites,
    Comparison,
    ForgeSettings,
    PermissionAnswer,
    RefAnswer,
    Tree,
)
from gate.text import neutralise

if TYPE_CHECKING:
    from github import Github

T = TypeVar("T")

PER_PAGE = 100
"""Entries per page; GitHub's maximum."""
MAX_PAGES = 100
"""Pages of one listing; more is refused rather than cut."""
MAX_BLOB = 10_000_000
"""Bytes of one file the gate reads; the largest plan-relevant file seen is below 1 MB."""

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_REPOSITORY = pattern(r"(?!\.+/)[\w.-]{1,100}/(?!\.+\Z)[\w.-]{1,100}\Z", re.ASCII)
_NEXT = pattern(r'<([^>]+)>;\s*rel="next"')


class Forge:
    """GitHub as seen with one token, for one repository."""

    def __init__(self, repository: str, token: str, settings: ForgeSettings | None = None) -> None:
        """Check the address before the token goes anywhere.

        Args:
            repository: `owner/name`.
            token: never part of a message or log line.
            settings: how to reach GitHub; by default github.com.

        Raises:
            UsageError: no repository's name, or an address the token must not be sent to.
        """
        self.settings = settings or ForgeSettings()
        if not _REPOSITORY.match(repository):
            raise UsageError(
                f"not a repository: {neutralise(repository, 80)}", "Write it as owner/name."
            )
        _check_address(self.settings.api_url)
        if not token:
            raise UsageError("no GitHub token", "Hand one in as GITHUB_TOKEN.")
        self.repository = repository
        self._base = self.settings.api_url.rstrip("/")
        self._root = f"/repos/{repository}"
        self._token = token
        self._client: Github | None = None
        self._login: str | None = None

    def pull(self, number: int) -> Pull:
        """The pull request. Raises ForgeReadError."""
        return self._get(f"{self._root}/pulls/{number}", "the pull request", Pull)

    def files(self, number: int) -> tuple[PullFile, ...]:
        """Changed files, at most the 3,000 that GitHub lists. Raises ForgeReadError."""
        return self._list(f"{self._root}/pulls/{number}/files", "the changed files", PullFile)

    def commits(self, number: int) -> tuple[PullCommit, ...]:
        """Commits, at most the 250 that GitHub lists. Raises ForgeReadError."""
        return self._list(f"{self._root}/pulls/{number}/commits", "the commits", PullCommit)

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Reviews, oldest first. Raises ForgeReadError."""
        return self._list(f"{self._root}/pulls/{number}/reviews", "the reviews", Review)

    def issue_comments(self, number: int) -> tuple[IssueComment, ...]:
        """Comments of the conversation, oldest first. Raises ForgeReadError."""
        return self._list(f"{self._root}/issues/{number}/comments", "the comments", IssueComment)

    def events(self, number: int) -> tuple[IssueEvent, ...]:
        """Issue events: labels, force-pushes. Raises ForgeReadError."""
        return self._list(f"{self._root}/issues/{number}/events", "the events", IssueEvent)

    def permission(self, login: str) -> str:
        """What an account may do here, as of now.

        Returns:
            admin | maintain | write | triage | read | none; a custom role counts as the one it
            is built on; an account GitHub does not know as collaborator (404) as `none`.

        Raises:
            ForgeReadError: GitHub would not say.
        """
        path = f"{self._root}/collaborators/{quote(login, safe='')}/permission"
        try:
            found = self._get(path, f"the permission of {neutralise(login, 60)}", PermissionAnswer)
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
            members = self._list(path, f"the team {neutralise(slug, 100)}", Actor)
        except ForgeReadError as error:
            if error.status in (403, 404):
                return None
            raise
        return tuple(member.login for member in members)

    def branch_tip(self, branch: str) -> str:
        """The commit a branch points at now. Raises ForgeReadError."""
        path = f"{self._root}/git/ref/heads/{quote(branch, safe='/')}"
        return self._get(path, f"the branch {neutralise(branch, 100)}", RefAnswer).object.sha

    def tree(self, sha: str, *, recursive: bool = False) -> Tree:
        """The entries of a tree or of a commit's root tree. Raises ForgeReadError."""
        return self._get(
            f"{self._root}/git/trees/{sha}",
            f"the tree {sha[:12]}",
            Tree,
            {"recursive": "1"} if recursive else None,
        )

    def blob(self, sha: str) -> bytes:
        """The bytes of a blob. Raises ForgeReadError, also over `MAX_BLOB`."""
        what = f"the blob {sha[:12]}"
        found = self._get(f"{self._root}/git/blobs/{sha}", what, BlobAnswer)
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
        return self._get(
            f"{self._root}/compare/{base}...{head}",
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
        path = f"{self._root}/commits/{sha}/check-suites"
        try:
            found = self._get(path, "the check suites", CheckSuites, {"per_page": PER_PAGE})
        except ForgeReadError as error:
            if error.status in (403, 404) and "rate limit" not in error.message.lower():
                return None
            raise
        if found.total_count > len(found.check_suites):
            return None
        return min(
            (suite.created_at for suite in found.check_suites if suite.created_at), default=None
        )

    def own_login(self) -> str:
        """The login under which this token posts, asked once. Raises ForgeReadError.

        Installation tokens, that of Actions among them, may not ask: then `settings.login`.
        """
        if self._login is None:
            try:
                self._login = self._get("/user", "the token's own account", Actor).login
            except ForgeReadError as error:
                if error.status not in (403, 404):
                    raise
                self._login = self.settings.login
        return self._login

    def create_review(
        self,
        number: int,
        commit: str,
        event: str,
        body: str,
        comments: Sequence[Mapping[str, Any]] = (),
    ) -> Review:
        """Post one review, once: a failed POST is never sent again from here.

        Args:
            number: pull request.
            commit: the commit that was judged.
            event: COMMENT or REQUEST_CHANGES; nothing here approves.
            body: text.
            comments: inline comments in REST names.

        Raises:
            ForgeWriteError: refused, or no answer.
        """
        if event not in ("COMMENT", "REQUEST_CHANGES"):
            raise ValueError(event)
        body_fields = {
            "commit_id": commit,
            "event": event,
            "body": body,
            "comments": [dict(comment) for comment in comments],
        }
        path = f"{self._root}/pulls/{number}/reviews"
        return self._write("POST", path, "post the review", body_fields, Review)

    def edit_review(self, number: int, review: int, body: str) -> None:
        """Replace the text of one of our reviews. Raises ForgeWriteError."""
        path = f"{self._root}/pulls/{number}/reviews/{review}"
        self._write("PUT", path, f"edit review {review}", {"body": body}, Review)

    def dismiss_review(self, number: int, review: int, message: str) -> None:
        """Dismiss one of our reviews that requested changes. Raises ForgeWriteError."""
        path = f"{self._root}/pulls/{number}/reviews/{review}/dismissals"
        fields = {"message": message, "event": "DISMISS"}
        self._write("PUT", path, f"dismiss review {review}", fields, Review)

    def create_status(self, sha: str, state: str, name: str, description: str) -> None:
        """Set a commit status; needs `statuses: write`.

        Args:
            sha: commit.
            state: error | failure | pending | success.
            name: the status' context.
            description: cut to GitHub's 140 characters.

        Raises:
            ForgeWriteError: refused, or no answer.
        """
        fields = {"state": state, "context": name, "description": description[:140]}
        path = f"{self._root}/statuses/{sha}"
        self._write("POST", path, "set the commit status", fields, dict[str, Any])

    def _get(
        self, path: str, what: str, kind: type[T], parameters: dict[str, Any] | None = None
    ) -> T:
        _, answer = self._ask(path, what, parameters)
        return _typed(answer, kind, what)

    def _list(self, path: str, what: str, kind: type[T]) -> tuple[T, ...]:
        entries: list[T] = []
        parameters: dict[str, Any] | None = {"per_page": PER_PAGE}
        for _ in range(MAX_PAGES):
            headers, answer = self._ask(path, what, parameters)
            entries.extend(_typed(answer, list[kind], what))  # type: ignore[valid-type]
            following = _NEXT.search(str(headers.get("link", "")))
            if following is None:
                return tuple(entries)
            path, parameters = self._own_path(following[1], what), None
        raise ForgeReadError(f"{what}: more than {MAX_PAGES} pages")

    def _own_path(self, url: str, what: str) -> str:
        if not url.startswith(self._base + "/"):
            raise ForgeReadError(f"{what}: the next page lies on another host")
        return url[len(self._base) :]

    def _ask(
        self, path: str, what: str, parameters: dict[str, Any] | None
    ) -> tuple[dict[str, Any], Any]:
        return self._send(
            lambda client: client.requester.requestJsonAndCheck("GET", path, parameters=parameters),
            lambda failure: ForgeReadError(
                f"GitHub: could not read {what}: {failure.text}", failure.hint, failure.status
            ),
        )

    def _write(self, verb: str, path: str, what: str, fields: dict[str, Any], kind: type[T]) -> T:
        _, answer = self._send(
            lambda client: client.requester.requestJsonAndCheck(verb, path, input=fields),
            lambda failure: ForgeWriteError(
                f"GitHub: could not {what}: {failure.text}",
                failure.hint,
                failure.status,
                failure.detail,
                failure.retry_after,
            ),
        )
        try:
            return msgspec.convert(answer, kind)
        except msgspec.ValidationError as error:
            raise ForgeWriteError(
                f"GitHub: {what}: unexpected answer: {neutralise(str(error))}"
            ) from error

    def _send(
        self,
        request: Callable[[Github], tuple[dict[str, Any], Any]],
        wrap: Callable[[Refusal], GateError],
    ) -> tuple[dict[str, Any], Any]:
        import requests.exceptions
        from github import GithubException

        try:
            return request(self._connect())
        except GithubException as error:
            raise wrap(explain_refusal(error.status, error.data, error.headers or {})) from None
        except (requests.exceptions.RequestException, RuntimeError, ValueError) as error:
            # NOTE: RuntimeError is PyGithub's word for a redirect to another host
            raise wrap(explain_silence(error)) from None

    def _connect(self) -> Github:
        if self._client is None:
            # NOTE: half a second of import, so only where GitHub is really spoken to
            from github import Auth, Github, GithubRetry

            # NOTE: PyGithub installs a handler of its own that writes to stderr
            logging.getLogger("github").setLevel(logging.ERROR)
            retry = GithubRetry(
                total=self.settings.retries,
                backoff_factor=self.settings.backoff,
                status_forcelist=[*range(500, 600), 429],
                # NOTE: PyGithub's default sends a POST again up to 10 times, and GitHub is known
                # to create the review and answer 502
                allowed_methods=frozenset({"GET"}),
                raise_on_status=False,
                retry_after_max=90,
                max_rate_limit_wait=90,
                secondary_rate_wait=60,
            )
            self._client = Github(
                base_url=self._base,
                auth=Auth.Token(self._token),
                timeout=self.settings.timeout,
                per_page=PER_PAGE,
                retry=retry,
                user_agent="agent-pr-gate",
                seconds_between_requests=0,
                seconds_between_writes=self.settings.write_pause,
                lazy=True,
                api_version="2022-11-28",
            )
        return self._client


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        raise UsageError("the address of GitHub's API must be plain", "Check GITHUB_API_URL.")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)):
        raise UsageError(
            f"the token is not sent to {neutralise(url, 120)}",
            "GITHUB_API_URL must be https (plain http only on the loopback interface).",
        )


def _typed(answer: object, kind: type[T], what: str) -> T:
    try:
        return msgspec.convert(answer, kind)
    except msgspec.ValidationError as error:
        raise ForgeReadError(
            f"GitHub: {what}: unexpected answer: {neutralise(str(error))}",
            "Is GITHUB_API_URL the root of the REST API?",
        ) from error
