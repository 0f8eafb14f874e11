"""Gather by what an agent can be told from the facts: accounts, apps, keys, addresses, trailers.

What the forge itself says (who opened it, through which app, who pushed, whose signature it
verified) nobody can make up. Addresses, and the accounts a forge maps them to, anybody can write.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from gate.account import WEB_FLOW
from gate.pattern import pattern
from gate.schema.agents import AgentRecord
from gate.schema.facts import Actor, PullCommit, PullFacts
from gate.trust.identity import email_value, key_value, login_of_email, login_value, trailer_value
from gate.trust.signature import read_keys

_TRAILER = pattern(r"([A-Za-z][A-Za-z0-9-]{0,60})\s*:\s*(\S.*)")
_ADDRESS = pattern(r"<([^<>\s]{3,320})>")
_MAX_MESSAGE = 65_536


class Sightings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that may tell an agent, in the spelling of `gate.trust.identity`."""

    proven: frozenset[str]
    """Accounts, apps and keys by the forge's own word."""
    kinds: dict[str, str]
    """Of those, value -> key | app | account."""
    written: frozenset[str]
    """Addresses of authors and committers, and the accounts they are mapped to."""
    trailers: frozenset[str]
    """Addresses in trailers, and whole trailer lines."""
    branch: str
    """Name of the head branch."""


def gather(facts: PullFacts) -> Sightings:
    """What the facts of a pull request show.

    Args:
        facts: its facts.
    """
    kinds: dict[str, str] = {}
    for value, kind in _proven(facts):
        kinds.setdefault(value, kind)
    return Sightings(
        proven=frozenset(kinds),
        kinds=kinds,
        written=frozenset(value for commit in facts.commits for value in _written(commit)),
        trailers=frozenset(value for commit in facts.commits for value in _trailers(commit)),
        branch=facts.pull.head.ref,
    )


def identity_of(record: AgentRecord, seen: Sightings) -> str:
    """The surest identity of a record that was seen.

    Args:
        record: the record.
        seen: what the facts show.

    Returns:
        key | app | account | email | trailer | branch; empty: none of them.
    """
    known = record.identities
    own = [login_value(login) for login in known.logins]
    own += [f"app:{number}" for number in known.app_ids]
    own += [key_value(key) for key in known.keys]
    kinds = {seen.kinds[value] for value in own if value in seen.proven}
    for kind in ("key", "app", "account"):
        if kind in kinds:
            return kind
    addresses = [email_value(email) for email in known.emails]
    if seen.written & {*own, *addresses}:
        return "email"
    if seen.trailers & {*own, *addresses, *map(trailer_value, known.trailers)}:
        return "trailer"
    return "branch" if seen.branch.startswith(known.branches) else ""


def _proven(facts: PullFacts) -> Iterator[tuple[str, str]]:
    if facts.pull.user is not None:
        yield login_value(facts.pull.user.login), "account"
    if facts.app is not None and (facts.app.id or facts.app.slug):
        yield f"app:{facts.app.id}", "app"
        yield login_value(f"{facts.app.slug}[bot]"), "app"
    for push in facts.pushes or ():
        if push.actor is not None:
            yield login_value(push.actor.login), "account"
    for commit in facts.commits:
        verification = commit.commit.verification
        if verification is None or not verification.verified:
            continue
        for key in read_keys(verification.signature or ""):
            yield key_value(key), "key"
        signer = _signer(commit)
        if signer is not None:
            yield login_value(signer.login), "account"


def _signer(commit: PullCommit) -> Actor | None:
    """Whose verified signature it is: the committer's, or the author's where GitHub signed.

    NOTE: GitHub verifies the committer; the author of a signed commit is free text, but for what
    GitHub itself committed.
    """
    committer = commit.committer
    if committer is None:
        return None
    return commit.author if committer.login.lower() == WEB_FLOW else committer


def _written(commit: PullCommit) -> Iterator[str]:
    for person in (commit.commit.author, commit.commit.committer):
        if person is not None and person.email:
            yield from _address(person.email)
    for account in (commit.author, commit.committer):
        if account is not None:
            yield login_value(account.login)


def _address(email: str) -> Iterator[str]:
    yield email_value(email[:320])
    login = login_of_email(email[:320])
    if login:
        yield login_value(login)


def _trailers(commit: PullCommit) -> Iterator[str]:
    for line in _last_paragraph(commit.commit.message[-_MAX_MESSAGE:]):
        match = _TRAILER.fullmatch(line.strip())
        if match is None:
            continue
        yield trailer_value(line)
        for address in _ADDRESS.findall(match[2]):
            yield from _address(address)


def _last_paragraph(message: str) -> Iterable[str]:
    """Lines of the last paragraph that is not the subject; git looks for trailers there."""
    paragraphs = message.replace("\r\n", "\n").strip().split("\n\n")
    return paragraphs[-1].split("\n") if len(paragraphs) > 1 else ()
