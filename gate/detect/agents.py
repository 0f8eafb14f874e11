"""The known agents: their accounts, addresses and marks, read once from `agents.json`.

The table was gathered from public repositories and vendors' own sources; every row that was seen in
real commits or pull requests counts in full, the rest (`verified: false`) at most medium.
Addresses are matched whole, never by domain: every vendor's domain has people on it. A site's own
agents are rows of the same kind, see `own_agents.py`.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from gate.account import is_app_login, read_noreply
from gate.detect.rows import OTHER_KEYS, PERSON_KEYS, Agent, BodyPattern, Table, TrailerPattern
from gate.schema.facts import App
from gate.schema.provenance import Strength


class Identity(NamedTuple):
    """Whose a name is: an agent, or a program that is not AI."""

    agent: Agent
    """The row."""
    strength: Strength
    """How much the match proves."""


class Marks(NamedTuple):
    """The marks of one trailer key."""

    any_of: str
    """Matches whatever one of them matches."""
    each: tuple[tuple[Agent, TrailerPattern], ...]
    """Agent and mark."""


class Agents:
    """The table with its indexes."""

    def __init__(
        self,
        rows: tuple[Agent, ...],
        own: tuple[Agent, ...] = (),
        families: Mapping[str, str] | None = None,
    ) -> None:
        """Index the rows.

        Args:
            rows: every agent.
            own: a site's word on accounts and addresses, which goes before the table's: rows with
                the id of one of `rows`.
            families: family -> the family it is taken for.
        """
        self.rows = rows
        self.by_id = {row.id: row for row in rows}
        self._families = families or {}
        self._own = {login.lower(): self.by_id[row.id] for row in own for login in row.logins}
        self._users = {number: row for row in rows for number in row.user_ids}
        self._emails = {email.lower(): row for row in rows for email in row.emails}
        self._emails |= {email.lower(): self.by_id[row.id] for row in own for email in row.emails}
        self._named = {
            email: (re.compile(name, re.IGNORECASE), row)
            for row in rows
            for email, name in row.named_emails.items()
        }
        self._logins: dict[str, list[tuple[str, Agent]]] = {}
        for row in rows:
            for login in row.logins:
                self._logins.setdefault(login.lower(), []).append((login, row))
        self._slugs: dict[str, Agent] = {}
        for row in rows:
            for slug in row.app_slugs:
                self._slugs.setdefault(slug.lower(), row)
                for login in (f"{slug}[bot]", f"app/{slug}"):
                    self._logins.setdefault(login.lower(), [(login, row)])

    def find_account(self, login: str, number: int) -> Identity | None:
        """The row of an account: a site's own login, then the numeric id, then the login.

        A login that people can take (no `[bot]`) does not count once its id is another's.
        """
        row = self._own.get(login.lower()) or (self._users.get(number) if number else None)
        if row is not None:
            return Identity(row, row.strengths.account)
        named = self._logins.get(login.lower())
        if named is None:
            return None
        row = next((row for name, row in named if name == login), named[0][1])
        if number and row.user_ids and not is_app_login(login):
            return None
        return Identity(row, row.strengths.account)

    def find_app(self, app: App) -> Agent | None:
        """The row of a GitHub App: by a site's numeric id, then by slug."""
        for row in self.rows:
            if app.id and app.id in row.app_ids:
                return row
        if not app.slug:
            return None
        account = f"{app.slug}[bot]".lower()
        named = self._logins.get(account)
        return (
            self._own.get(account)
            or self._slugs.get(app.slug.lower())
            or (named[0][1] if named else None)
        )

    def find_email(self, email: str, name: str) -> Agent | None:
        """The row of an address, compared whole; noreply addresses by both halves."""
        address = email.strip().lower()
        noreply = read_noreply(address)
        if noreply is not None and noreply[1] in self._own:
            return self._own[noreply[1]]
        row = self._emails.get(address)
        if row is not None:
            return row
        named = self._named.get(address)
        if named is not None:
            return named[1] if named[0].search(name) else None
        if noreply is None:
            return None
        number, login = noreply
        row = self._users.get(number) if number else None
        if row is None and is_app_login(login):
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
        noreply = read_noreply(address)
        if noreply is None:
            return ""
        number, login = noreply
        row = self._users.get(number) if number else None
        names = {*row.logins, *(f"{slug}[bot]" for slug in row.app_slugs)} if row else self._logins
        if login not in {name.lower() for name in names} and login not in self._own:
            login = "…"
        known = row is not None or login != "…"
        return f"{number}+{login}@users.noreply.github.com" if number and known else ""

    def family_of(self, agent: str) -> str:
        """The family of an agent; agents of one family do not contradict each other."""
        row = self.by_id[agent]
        family = row.family or row.id
        return self._families.get(family, family)

    @functools.cached_property
    def body_marks(self) -> tuple[tuple[Agent, BodyPattern], ...]:
        """Every mark of a description with its agent."""
        return tuple((row, mark) for row in self.rows for mark in row.body_regexes)

    @functools.cached_property
    def trailer_marks(self) -> dict[str, Marks]:
        """Trailer key -> the marks of agents."""
        return self._index(generic=False)

    @functools.cached_property
    def generic_marks(self) -> dict[str, Marks]:
        """Trailer key -> the marks of conventions, which name no agent."""
        return self._index(generic=True)

    @functools.cached_property
    def trailer_keys(self) -> frozenset[str]:
        """Keys of the trailers that say something."""
        own = {key for key, _ in self.whole_trailers}
        return PERSON_KEYS | OTHER_KEYS | {*self.trailer_marks, *self.generic_marks, *own}

    @functools.cached_property
    def whole_trailers(self) -> dict[tuple[str, str], Agent]:
        """Whole trailers of a site's agents."""
        return {line: row for row in self.rows for line in row.trailer_lines}

    @functools.cached_property
    def mail_domains(self) -> frozenset[str]:
        """Domains of agents' addresses; other people have addresses there too."""
        return frozenset(email.rpartition("@")[2] for email in (*self._emails, *self._named))

    def _index(self, *, generic: bool) -> dict[str, Marks]:
        index: dict[str, list[tuple[Agent, TrailerPattern]]] = {}
        for row in self.rows:
            if (row.kind == "convention") == generic:
                for mark in row.trailer_regexes:
                    for key in mark.keys:
                        index.setdefault(key, []).append((row, mark))
        return {
            key: Marks("|".join(f"(?:{mark.regex})" for _, mark in each), tuple(each))
            for key, each in index.items()
        }


@functools.cache
def known_agents() -> Agents:
    """The table; it is part of the package and read once."""
    path = os.path.join(os.path.dirname(__file__), "agents.json")
    with open(path, "rb") as file:
        return Agents(msgspec.json.decode(file.read(), type=Table).agents)


@functools.cache
def compiled(regex: str) -> re.Pattern[str]:
    """A pattern of the table, compiled when it is first needed."""
    return re.compile(regex, re.IGNORECASE)
