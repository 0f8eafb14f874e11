"""The plan for incidents: `.gate/response.yml` on the base branch."""

from __future__ import annotations

from typing import Literal

import msgspec


class Contact(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way of telling people."""

    name: str
    """Name, unique."""
    via: Literal["webhook", "issue"]
    """`webhook`: an HTTPS POST of JSON; `issue`: an issue on GitHub."""
    url_variable: str = ""
    """Of `webhook`: the environment variable that holds the URL, since it is a secret."""
    repository: str = ""
    """Of `issue`: `owner/name`."""
    mentions: tuple[str, ...] = ()
    """Of `issue`: logins and `org/slug` teams to assign or mention."""


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told after how long without an acknowledgement."""

    after_minutes: int = 0
    """Minutes since it was opened; 0: at once."""
    tell: tuple[str, ...]
    """Names of contacts."""


class Hook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command that runs once an entry is durable; it gets the entry as JSON on stdin."""

    name: str
    """Name, unique."""
    on: tuple[Literal["kill", "incident"], ...]
    """What it answers to."""
    command: tuple[str, ...]
    """Program and arguments; no shell."""
    timeout_seconds: int = 30
    """Seconds it may take, 1 to 600."""
    environment: tuple[str, ...] = ()
    """Names of environment variables that are passed on; nothing else is."""


class ResponsePlan(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who is told of an incident, how it escalates, what runs."""

    version: Literal[1]
    """Version of this document."""
    contacts: tuple[Contact, ...] = ()
    """Ways of telling people."""
    escalation: dict[Literal["low", "medium", "high", "critical"], tuple[Step, ...]] = {}
    """Severity -> steps, in order of their minutes."""
    hooks: tuple[Hook, ...] = ()
    """Commands."""
