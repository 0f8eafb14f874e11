"""The known agents: their accounts, addresses and marks, read once from `agents.json`.

The table was gathered from public repositories and vendors' own sources; every row that was seen in
real commits or pull requests counts in full, the rest (`verified: false`) at most medium.
Addresses are matched whole, never by domain: every vendor's domain has people on it.
"""

from __future__ import annotations

import functools
import os
import re
from typing import Literal, NamedTuple

import msgspec

from gate.pattern import pattern
from gate.schema.provenance import Strength

AUTOMATION = frozenset({"automation", "dependency-bot", "mixed-automation"})
"""Kinds that are programs and not AI; `mixed-automation` accounts also carry agents' work."""

WRAPPERS = frozenset(
    {"orchestrator", "wrapper", "workflow-agent", "convention", "review-bot", "security-autofix"}
)
"""Kinds that stand beside another agent without contradicting it."""

_NOREPLY = pattern(r"(?:(\d{1,12})\+)?([^@+]{1,100})@users\.noreply\.github\.com")


class TrailerPattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mark in a trailer's value."""

    keys: tuple[str, ...]
    """Trailer keys, lower case."""
    regex: str
    """Matched from the start of the value, without case."""
    strength: Strength
    """What it proves in a trailer block."""


class BodyPattern(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A mark in a description."""

    literal: str
    """Lower-case text that must be there before the pattern is tried."""
    regex: str
    """Searched without case."""
    strength: Strength
    """What it proves outside quotations."""
    run: bool = False
    """It names the run that wrote the change, so the agent wrote it."""


class Strengths(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What each kind of trace of an agent proves, where it differs from the usual."""

    account: Strength = "strong"
    """The account that opened the pull request."""
    email: Strength = "medium"
    """An author address; strong once GitHub verified the commit's signature."""
    trailer: Strength = "strong"
    """An address in a trailer."""


class Agent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One row of the table."""

    id: str
    """Agent id."""
    vendor: str
    """Who makes it."""
    kind: str
    """coding-agent, cli-agent, review-bot, automation, ... ."""
    family: str = ""
    """Rows of one family do not contradict each other; empty: alone."""
    verified: bool = True
    """Seen in real commits or pull requests."""
    user_ids: tuple[int, ...] = ()
    """Numeric account ids; they survive a rename."""
    logins: tuple[str, ...] = ()
    """Logins as REST spells them."""
    app_slugs: tuple[str, ...] = ()
    """GitHub App slugs."""
    emails: tuple[str, ...] = ()
    """Whole addresses."""
    named_emails: dict[str, str] = {}
    """Addresses that people use too -> words that the name must hold."""
    trailer_regexes: tuple[TrailerPattern, ...] = ()
    """Marks in trailers."""
    body_regexes: tuple[BodyPattern, ...] = ()
    """Marks in descriptions."""
    branch_prefixes: tuple[str, ...] = ()
    """Branch prefixes; chosen by the author, so always weak."""
    branch_regexes: tuple[str, ...] = ()
    """Branch shapes; always weak."""
    labels: tuple[str, ...] = ()
    """Labels; weak, unless the opener set them within seconds."""
    author_name_regexes: tuple[str, ...] = ()
    """Shapes of the author's name that a person does not have."""
    strengths: Strengths = Strengths()
    """What its traces prove."""


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: Literal[1]
    agents: tuple[Agent, ...]


class Identity(NamedTuple):
    """Whose a name is: an agent, or a program that is not AI."""

    agent: Agent
    """The row."""
    strength: Strength
    """How much the match proves."""


class Agents:
    """The table with its indexes."""

    def __init__(self, rows: tuple[Agent, ...]) -> None:
        self.rows = rows
        self.by_id = {row.id: row for row in rows}
        self._users = {number: row for row in rows for number in row.user_ids}
        self._emails = {email.lower(): row for row in rows for email in row.emails}
        self._named = {
            email: (re.compile(name, re.IGNORECASE), row)
            for row in rows
            for email, name in row.named_emails.items()
        }
        self._logins: dict[str, list[tuple[str, Agent]]] = {}
        for row in rows:
            for login in row.logins:
                self._logins.setdefault(login.lower(), []).append((login, row))
        for row in rows:
            for slug in row.app_slugs:
                for login in (f"{slug}[bot]", f"app/{slug}"):
                    self._logins.setdefault(login.lower(), [(login, row)])

    def find_account(self, login: str, number: int) -> Identity | None:
        """The row of an account: by numeric id first, then by login.

        A login that people can take (no `[bot]`) does not count once its id is another's.
        """
        row = self._users.get(number) if number else None
        if row is not None:
            return Identity(row, row.strengths.account)
        named = self._logins.get(login.lower())
        if named is None:
            return None
        row = next((row for name, row in named if name == login), named[0][1])
        if number and row.user_ids and not login.endswith("[bot]"):
            return None
        return Identity(row, row.strengths.account)

    def find_email(self, email: str, name: str) -> Agent | None:
        """The row of an address, compared whole; noreply addresses by both halves."""
        address = email.strip().lower()
        row = self._emails.get(address)
        if row is not None:
            return row
        named = self._named.get(address)
        if named is not None:
            return named[1] if named[0].search(name) else None
        match = _NOREPLY.fullmatch(address)
        if match is None:
            return None
        number, login = match.groups()
        row = self._users.get(int(number)) if number else None
        if row is None and login.endswith("[bot]"):
            found = self._logins.get(login)
            row = found[0][1] if found else None
        return row

    def show_email(self, email: str) -> str:
        """The known part of an address of the table; empty for any other.

        A noreply address is found by its number, and what stands behind the number is free text.
        """
        address = email.strip().lower()
        if address in self._emails or address in self._named:
            return address
        match = _NOREPLY.fullmatch(address)
        if match is None:
            return ""
        number, login = match.groups()
        row = self._users.get(int(number)) if number else None
        names = {*row.logins, *(f"{slug}[bot]" for slug in row.app_slugs)} if row else self._logins
        if login not in {name.lower() for name in names}:
            login = "…"
        known = row is not None or login != "…"
        return f"{number}+{login}@users.noreply.github.com" if number and known else ""


def read_noreply(email: str) -> tuple[int, str] | None:
    """Numeric id (0 if none) and login of a GitHub noreply address, or `None`."""
    match = _NOREPLY.fullmatch(email.strip())
    return (int(match[1] or 0), match[2]) if match else None


@functools.cache
def known_agents() -> Agents:
    """The table; it is part of the package and read once."""
    path = os.path.join(os.path.dirname(__file__), "agents.json")
    with open(path, "rb") as file:
        return Agents(msgspec.json.decode(file.read(), type=_Table).agents)


@functools.cache
def compiled(regex: str) -> re.Pattern[str]:
    """A pattern of the table, compiled when it is first needed."""
    return re.compile(regex, re.IGNORECASE)
