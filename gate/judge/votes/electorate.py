"""Decide who may vote on one pull request, with the reason where somebody may not."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from gate.account import is_app_login, plain_login
from gate.judge.votes.stakes import Bar, Stakes
from gate.schema.facts import Actor, PullFacts
from gate.schema.site import VotingSettings
from gate.text import neutralise

IsAgent = Callable[[Actor], bool]
"""Whether an account is known to be an agent."""

MAY_APPROVE = frozenset({"admin", "maintain", "write"})
"""Permissions that may approve; GitHub lets anybody review a public repository."""

MAY_MAINTAIN = frozenset({"admin", "maintain"})
"""Permissions that may take back another's approval, or break the glass."""

GHOST = "ghost"
"""The login GitHub shows for a deleted account."""

_NO_PERSON = Bar("bot", "is not a person's account")
_AGENT = Bar("agent", "is an agent, not a person")
_MACHINE = Bar("machine_account", "is a program by the site's settings")
_GHOST = Bar("ghost", "the account is gone")
_UNKNOWN = Bar("permission_unknown", "nobody could tell what access the account has")


def _nobody(_: Actor) -> bool:
    return False


class Franchise(msgspec.Struct, frozen=True, kw_only=True):
    """Who may vote, and how: what the pull request itself does not say."""

    is_agent: IsAgent = _nobody
    """Whether an account is an agent, by the bundled table or by the site's registry."""
    requesters: tuple[str, ...] = ()
    """Logins of everybody who asked for the change; their vote would be their own approval."""
    agent_owners: tuple[str, ...] = ()
    """Logins of who answers for the agent. A backup may approve, and is left out here."""
    settings: VotingSettings = VotingSettings()
    """The site's word."""
    now: str = ""
    """The run's clock, RFC 3339; empty: unknown."""


class Electorate:
    """Who may vote on one pull request."""

    def __init__(self, facts: PullFacts, franchise: Franchise) -> None:
        self._is_agent = franchise.is_agent
        self._stakes = Stakes(facts, franchise.requesters, franchise.agent_owners)
        self._machines = frozenset(
            plain_login(login) for login in franchise.settings.machine_accounts if login
        )
        self._permissions = {
            login.lower(): permission.lower()
            for login, permission in (facts.permissions or {}).items()
        }

    def person_bar(self, actor: Actor | None) -> Bar | None:
        """Why the account is not a person's, or `None`."""
        if actor is None or actor.login.lower() == GHOST:
            return _GHOST
        if any(self._is_agent(spelling) for spelling in _spellings(actor)):
            return _AGENT
        if actor.type != "User" or is_app_login(actor.login):
            return _NO_PERSON
        return _MACHINE if plain_login(actor.login) in self._machines else None

    def identity_bar(self, actor: Actor | None) -> Bar | None:
        """Why who it is keeps an account from voting: no person, or one with a stake."""
        bar = self.person_bar(actor)
        return bar if bar is not None or actor is None else self._stakes.find(actor)

    def objection_bar(self, actor: Actor | None) -> Bar | None:
        """Why who it is keeps an account from objecting: no person, or the one who opened it.

        NOTE: any other stake somebody else can write into a commit or a description, and nobody is
        silenced by that.
        """
        bar = self.person_bar(actor)
        return bar if bar is not None or actor is None else self._stakes.find_opener(actor)

    def permission(self, actor: Actor) -> str | None:
        """What the account may do now, as the forge tells; `None`: it was not asked."""
        return self._permissions.get(actor.login.lower())

    def access_bar(self, actor: Actor) -> Bar | None:
        """Why what an account may do keeps it from voting."""
        permission = self.permission(actor)
        if permission is None:
            return _UNKNOWN
        if permission in MAY_APPROVE:
            return None
        return Bar("no_write", f"has {neutralise(permission, 20)} access, write is needed")

    def maintain_bar(self, actor: Actor) -> Bar | None:
        """Why an account may not do what takes maintain or admin."""
        permission = self.permission(actor)
        if permission is None:
            return _UNKNOWN
        if permission in MAY_MAINTAIN:
            return None
        return Bar("no_maintain", f"has {neutralise(permission, 20)} access, maintain is needed")

    def bar(self, actor: Actor | None) -> Bar | None:
        """Why an account may not vote, or `None`."""
        bar = self.identity_bar(actor)
        return bar if bar is not None or actor is None else self.access_bar(actor)


def show_login(actor: Actor | None) -> str:
    """An account's login, fit for a report."""
    return neutralise(actor.login, 60) if actor is not None else GHOST


def _spellings(actor: Actor) -> tuple[Actor, ...]:
    """An app's account as REST and as GraphQL write it; a person's as it is."""
    if actor.type == "User" and not is_app_login(actor.login):
        return (actor,)
    plain = actor.login[:-5] if is_app_login(actor.login) else actor.login
    return tuple(msgspec.structs.replace(actor, login=login) for login in (f"{plain}[bot]", plain))
