"""Read signals off accounts, and off the names and addresses that git wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gate.detect.agents import AUTOMATION, Agent, compiled, known_agents
from gate.schema.facts import Actor, GitPerson, PullCommit, PullFacts
from gate.schema.provenance import Signal, Strength
from gate.text import neutralise

VALUE = 200
"""Characters a signal's value keeps."""


class CommitReading(NamedTuple):
    """What the identities of one commit say."""

    signals: tuple[Signal, ...]
    """Signals of author and committer."""
    written: bool
    """An agent is its author."""
    unclear: bool
    """A bot that nobody knows, or that carries agents' work too, is its author."""


def make_signal(kind: str, agent: Agent, strength: Strength, where: str, value: str) -> Signal:
    """A signal whose value is neutralised and cut."""
    return Signal(
        kind=kind, agent=agent.id, strength=strength, where=where, value=neutralise(value, VALUE)
    )


def is_agent(actor: Actor) -> bool:
    """Whether an account is a known AI agent or reviewer, whatever its type says."""
    found = known_agents().find_account(actor.login, actor.id)
    return found is not None and found.agent.kind not in AUTOMATION


def is_unclear_bot(actor: Actor) -> bool:
    """Whether an account is a bot of which nobody can say if AI stands behind it."""
    found = known_agents().find_account(actor.login, actor.id)
    if found is not None:
        return found.agent.kind == "mixed-automation"
    return actor.type == "Bot" or actor.login.endswith("[bot]")


def read_opener(facts: PullFacts) -> Iterator[Signal]:
    """The signal of the account that opened the pull request."""
    user = facts.pull.user
    if user is None:
        return
    found = known_agents().find_account(user.login, user.id)
    if found is not None and found.agent.kind not in AUTOMATION:
        yield make_signal("account", found.agent, found.strength, "pull", user.login)


def read_commit(commit: PullCommit) -> CommitReading:
    """The signals of one commit's author and committer.

    Author decides who wrote; committer says who touched it last, so it proves help, not authorship.
    """
    where = f"commit {neutralise(commit.sha[:12])}"
    verified = bool(commit.commit.verification and commit.commit.verification.verified)
    signals: list[Signal] = []
    author = _find_author(commit.commit.author, commit.author)
    if author is not None:
        kind, agent, value = author
        weighed = _weigh_author(agent, kind, verified)
        signals.append(make_signal(kind, agent, weighed, where, value))
    committer = _find_person(commit.commit.committer, commit.committer)
    if committer is not None and (author is None or committer[0].id != author[1].id):
        agent, value = committer
        strength: Strength = "weak" if agent.strengths.email == "weak" else "medium"
        signals.append(make_signal("committer_email", agent, strength, where, value))
    return CommitReading(
        tuple(signals),
        written=author is not None and signals[0].strength != "weak",
        unclear=author is None and _is_unclear(commit),
    )


def _weigh_author(agent: Agent, kind: str, verified: bool) -> Strength:
    if kind == "author_name":
        return "strong"
    if agent.strengths.email == "weak":
        return "weak"
    return "strong" if verified and agent.verified else agent.strengths.email


def _find_author(person: GitPerson | None, account: Actor | None) -> tuple[str, Agent, str] | None:
    found = _find_person(person, account)
    if found is not None:
        return "author_email", found[0], found[1]
    name = person.name[:200] if person is not None else ""
    for agent in known_agents().rows:
        for regex in agent.author_name_regexes:
            match = compiled(regex).search(name)
            if match is not None:
                return "author_name", agent, match[0]
    return None


def _find_person(person: GitPerson | None, account: Actor | None) -> tuple[Agent, str] | None:
    agents = known_agents()
    if person is not None and person.email:
        row = agents.find_email(person.email[:320], person.name[:200])
        if row is not None:
            shown = agents.show_email(person.email[:320]) or row.id
            return None if row.kind in AUTOMATION else (row, shown)
    if account is not None:
        found = agents.find_account(account.login, account.id)
        if found is not None and found.agent.kind not in AUTOMATION:
            return found.agent, account.login
    return None


def _is_unclear(commit: PullCommit) -> bool:
    if commit.author is not None:
        return is_unclear_bot(commit.author)
    person = commit.commit.author
    if person is None or "[bot]@" not in person.email:
        return False
    row = known_agents().find_email(person.email[:320], person.name[:200])
    return row is None or row.kind == "mixed-automation"
