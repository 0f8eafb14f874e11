"""Tell accounts of GitHub apart by what they are called."""

from __future__ import annotations

from gate.pattern import pattern

WEB_FLOW = "web-flow"
"""Account that commits what is made on GitHub's own pages or by its API; it is nobody."""

WEB_FLOW_EMAIL = "noreply@github.com"
"""Its address, which anybody can write."""

_NOREPLY = pattern(r"(?:(\d{1,12})\+)?([^@+]{1,100})@users\.noreply\.github\.com")


def is_app_login(login: str) -> bool:
    """Whether a login is that of an app, as REST writes it."""
    return login.lower().endswith("[bot]")


def plain_login(login: str) -> str:
    """A login without case, `@`, and the suffix that REST gives apps and GraphQL does not."""
    return login.lower().removeprefix("@").removesuffix("[bot]")


def read_noreply(email: str) -> tuple[int, str] | None:
    """Numeric id (0 if none) and login of a noreply address, as it is written; `None`: another."""
    match = _NOREPLY.fullmatch(email.strip())
    return (int(match[1] or 0), match[2]) if match else None
