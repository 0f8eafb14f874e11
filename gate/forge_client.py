"""The connection to GitHub's REST API: one question, one listing, one write, every failure named.

Source of limits and behaviour: https://docs.github.com/en/rest, PyGithub 2.10.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from gate.errors import GateError, UsageError
from gate.pattern import pattern
from gate.refusal import ForgeReadError, ForgeWriteError, Refusal, explain_refusal, explain_silence
from gate.schema.forge import ForgeSettings
from gate.text import neutralise

if TYPE_CHECKING:
    from github import Github

T = TypeVar("T")

PER_PAGE = 100
"""Entries per page; GitHub's maximum."""
MAX_PAGES = 100
"""Pages of one listing; more is refused rather than cut."""

_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_REPOSITORY = pattern(r"(?!\.+/)[\w.-]{1,100}/(?!\.+\Z)[\w.-]{1,100}\Z", re.ASCII)
_NEXT = pattern(r'<([^>]+)>;\s*rel="next"')


class ForgeClient:
    """GitHub as reached with one token, for one repository."""

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
        self.root = f"/repos/{repository}"
        """Path of the repository in the API."""
        self._token = token
        self._client: Github | None = None

    def get(
        self, path: str, what: str, kind: type[T], parameters: dict[str, Any] | None = None
    ) -> T:
        """One answer, held to a type.

        Args:
            path: below the API's root, with a leading slash; untrusted parts are quoted.
            what: what is read, for messages: `the pull request`.
            kind: type of the answer; keys it does not name are welcome.
            parameters: the query.

        Raises:
            ForgeReadError: refused, no answer, or an answer of another shape.
        """
        _, answer = self._ask(path, what, parameters)
        return _typed(answer, kind, what)

    def list(
        self, path: str, what: str, kind: type[T], parameters: dict[str, Any] | None = None
    ) -> tuple[T, ...]:
        """Every page of a listing. As `get`; also raises where there are over `MAX_PAGES` pages."""
        entries: list[T] = []
        parameters = {**(parameters or {}), "per_page": PER_PAGE}
        asked: dict[str, Any] | None = parameters
        for _ in range(MAX_PAGES):
            headers, answer = self._ask(path, what, asked)
            entries.extend(_typed(answer, list[kind], what))  # type: ignore[valid-type]
            following = _NEXT.search(str(headers.get("link", "")))
            if following is None:
                return tuple(entries)
            path, asked = self._own_path(following[1], what), None
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
                f"GitHub: could not read {what}: {failure.text}",
                failure.hint,
                failure.status,
                failure.detail,
            ),
        )

    def write(self, verb: str, path: str, what: str, fields: dict[str, Any], kind: type[T]) -> T:
        """One write, sent once: a failed POST is never sent again from here.

        Args:
            verb: POST | PUT | PATCH | DELETE.
            path: below the API's root.
            what: what is done, for messages: `post the review`.
            fields: the document.
            kind: type of the answer.

        Raises:
            ForgeWriteError: refused, no answer, or an answer of another shape.
        """
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
