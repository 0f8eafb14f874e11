"""What it means when GitHub does not answer as hoped: the errors, and their hints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gate.errors import CollectError, ReportError
from gate.text import neutralise

_ACCEPTS = "The token lacks a permission: GitHub accepts "
"""How a hint begins that names the permissions GitHub would take."""


class ForgeReadError(CollectError):
    """A question to GitHub was not answered.

    Args:
        message: the call and what came back.
        hint: what to do.
        status: HTTP status; 0 where there was no answer at all.
        detail: GitHub's own words, neutralised.
    """

    def __init__(self, message: str, hint: str = "", status: int = 0, detail: str = "") -> None:
        super().__init__(message, hint)
        self.status = status
        self.detail = detail

    @property
    def is_denied(self) -> bool:
        """Whether the token may not look, or there is nothing (403, 404), and no rate limit."""
        return self.status in (403, 404) and "rate limit" not in self.detail.lower()

    @property
    def permissions(self) -> str:
        """What GitHub would have accepted (`administration=read`); empty where it does not say."""
        if not self.hint.startswith(_ACCEPTS):
            return ""
        return self.hint.removeprefix(_ACCEPTS).removesuffix(".")


class ForgeWriteError(ReportError):
    """GitHub did not take what the gate wanted to post.

    Args:
        message: the call and what came back.
        hint: what to do.
        status: HTTP status; 0 where there was no answer at all.
        detail: GitHub's own words, neutralised.
        retry_after: seconds GitHub asks to wait; 0 where it does not say.
    """

    def __init__(
        self, message: str, hint: str = "", status: int = 0, detail: str = "", retry_after: int = 0
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.detail = detail
        self.retry_after = retry_after

    @property
    def is_rate_limit(self) -> bool:
        """Whether GitHub only asks to slow down (403 and 429 both say so)."""
        words = self.detail.lower()
        return self.status == 429 or (
            self.status in (403, 422)
            and (self.retry_after > 0 or "rate limit" in words or "too quickly" in words)
        )

    @property
    def may_have_happened(self) -> bool:
        """Whether the post may have been taken all the same: no answer, or a 5xx."""
        return self.status == 0 or self.status >= 500


class Refusal(msgspec.Struct, frozen=True):
    """What came back instead of an answer."""

    text: str
    """Status and GitHub's own words, or that there was no answer."""
    hint: str
    """What to do."""
    status: int = 0
    """HTTP status; 0 without an answer."""
    detail: str = ""
    """GitHub's own words, neutralised."""
    retry_after: int = 0
    """Seconds GitHub asks to wait."""


def explain_refusal(status: int, answer: object, headers: Mapping[str, Any]) -> Refusal:
    """Put a status, GitHub's words and its headers into a sentence and a hint."""
    detail = neutralise(_words(answer))
    if status == 403 and answer is None:
        # NOTE: a read that was asked again until its retries ran out has lost its body, and a 403
        # is asked again only for a rate limit
        detail = "rate limit"
    asked = str(headers.get("retry-after", ""))
    permissions = neutralise(str(headers.get("x-accepted-github-permissions", "")), 120)
    if status == 401:
        hint = "The token was refused: hand in a valid one."
    elif status == 429 or "rate limit" in detail.lower():
        hint = "GitHub asks to slow down: run again in a few minutes."
    elif permissions and status in (403, 404):
        hint = f"{_ACCEPTS}{permissions}."
    elif status == 403:
        hint = "The token lacks a permission (a pull request from a fork has a read-only token)."
    elif status == 404:
        hint = "Check the name, and that the token may read it."
    elif status >= 500:
        hint = "GitHub has a problem: run again."
    else:
        hint = ""
    return Refusal(
        text=f"{status} {detail}".strip(),
        hint=hint,
        status=status,
        detail=detail,
        retry_after=int(asked) if asked.isdecimal() else 0,
    )


def explain_silence(error: Exception) -> Refusal:
    """Put a failed connection into a sentence and a hint."""
    # NOTE: the text of these errors may quote the request; the class says enough
    return Refusal(
        text=f"no answer ({type(error).__name__})",
        hint="Check the network and GITHUB_API_URL, then run again.",
    )


def _words(answer: object) -> str:
    if not isinstance(answer, dict):
        return ""
    parts = [str(answer.get("message") or "")]
    errors = answer.get("errors")
    for entry in errors[:5] if isinstance(errors, list) else []:
        words = entry.get("message") if isinstance(entry, dict) else entry
        if words:
            parts.append(str(words))
    return "; ".join(part for part in parts if part)
