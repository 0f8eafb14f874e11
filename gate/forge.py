"""The one client of GitHub's REST API: typed answers in, reviews and statuses out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gate.forge_client import MAX_PAGES, PER_PAGE
from gate.forge_reads import MAX_BLOB, ForgeReads
from gate.refusal import ForgeReadError
from gate.schema.facts import Actor, Review
from gate.schema.forge import ForgeSettings, IssueNumber

__all__ = ["MAX_BLOB", "MAX_PAGES", "PER_PAGE", "Forge"]


class Forge(ForgeReads):
    """GitHub as seen with one token, for one repository."""

    def __init__(self, repository: str, token: str, settings: ForgeSettings | None = None) -> None:
        """Check the address before the token goes anywhere; see `ForgeClient`."""
        super().__init__(repository, token, settings)
        self._login: str | None = None

    def own_login(self) -> str:
        """The login under which this token posts, asked once. Raises ForgeReadError.

        Installation tokens, that of Actions among them, may not ask: then `settings.login`.
        """
        if self._login is None:
            try:
                self._login = self.get("/user", "the token's own account", Actor).login
            except ForgeReadError as error:
                if not error.is_denied:
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
        path = f"{self.root}/pulls/{number}/reviews"
        return self.write("POST", path, "post the review", body_fields, Review)

    def edit_review(self, number: int, review: int, body: str) -> None:
        """Replace the text of one of our reviews. Raises ForgeWriteError."""
        path = f"{self.root}/pulls/{number}/reviews/{review}"
        self.write("PUT", path, f"edit review {review}", {"body": body}, Review)

    def dismiss_review(self, number: int, review: int, message: str) -> None:
        """Dismiss one of our reviews that requested changes. Raises ForgeWriteError."""
        path = f"{self.root}/pulls/{number}/reviews/{review}/dismissals"
        fields = {"message": message, "event": "DISMISS"}
        self.write("PUT", path, f"dismiss review {review}", fields, Review)

    def create_status(
        self, sha: str, state: str, name: str, description: str, target: str = ""
    ) -> None:
        """Set a commit status; needs `statuses: write`.

        Args:
            sha: commit.
            state: error | failure | pending | success.
            name: the status' context.
            description: cut to GitHub's 140 characters.
            target: where more is said; empty: nowhere.

        Raises:
            ForgeWriteError: refused, or no answer.
        """
        fields = {"state": state, "context": name, "description": description[:140]}
        if target:
            fields["target_url"] = target
        path = f"{self.root}/statuses/{sha}"
        self.write("POST", path, "set the commit status", fields, dict[str, Any])

    def create_issue(self, title: str, body: str) -> int:
        """Open an issue, once; needs `issues: write`.

        Args:
            title: cut to GitHub's 256 characters.
            body: Markdown.

        Returns:
            Its number.

        Raises:
            ForgeWriteError: refused, or no answer.
        """
        fields = {"title": title[:256], "body": body}
        made = self.write("POST", f"{self.root}/issues", "open the issue", fields, IssueNumber)
        return made.number
