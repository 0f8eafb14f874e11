"""Read signals off the accounts and apps that GitHub itself names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from gate.account import is_app_login
from gate.detect.agents import Agents
from gate.detect.own_agents import agents_with
from gate.detect.rows import AUTOMATION, Agent
from gate.schema.agents import AgentRecord
from gate.schema.facts import Actor, PullFacts
from gate.schema.provenance import Signal, Strength
from gate.text import neutralise

VALUE = 200
"""Characters a signal's value keeps."""
WORK_STARTED = "copilot_work_started"
"""GitHub's event that somebody set its agent to work."""
_WORKER = "copilot-swe-agent"
_WORKER_AGENT = "copilot-agent"


class Started(NamedTuple):
    """What GitHub's own events say of its agent."""

    signal: Signal | None
    """The signal, or `None` where there is no such event."""
    alone: bool
    """Nothing else shows that agent, so the event may be that of a review."""


def make_signal(
    kind: str, agent: Agent, strength: Strength, where: str, value: str, *, spoofable: bool = True
) -> Signal:
    """A signal whose value is neutralised and cut."""
    return Signal(
        kind=kind,
        agent=agent.id,
        strength=strength,
        where=where,
        value=neutralise(value, VALUE),
        spoofable=spoofable,
    )


def is_agent(actor: Actor, registry: tuple[AgentRecord, ...] = ()) -> bool:
    """Whether an account is an AI agent or reviewer, whatever its type says.

    Args:
        actor: the account.
        registry: the site's own agents, which count like the known ones.
    """
    found = agents_with(registry).find_account(actor.login, actor.id)
    return found is not None and found.agent.kind not in AUTOMATION


def is_unclear_bot(actor: Actor, agents: Agents) -> bool:
    """Whether an account is a bot of which nobody can say if AI stands behind it."""
    found = agents.find_account(actor.login, actor.id)
    if found is not None and found.strength != "weak":
        return found.agent.kind == "mixed-automation"
    return actor.type == "Bot" or is_app_login(actor.login)


def is_person(actor: Actor | None, agents: Agents) -> bool:
    """Whether an account is a person's as far as anybody can tell."""
    if actor is None or actor.type != "User" or is_app_login(actor.login):
        return False
    return agents.find_account(actor.login, actor.id) is None


def read_opener(facts: PullFacts, agents: Agents) -> Iterator[Signal]:
    """The signals of the account that opened the pull request, and of the app it was opened by."""
    user = facts.pull.user
    found = agents.find_account(user.login, user.id) if user is not None else None
    if user is not None and found is not None and found.agent.kind not in AUTOMATION:
        told = bool(user.id) or user.type == "Bot"
        yield make_signal(
            "account", found.agent, found.strength, "pull", user.login, spoofable=not told
        )
    if facts.app is None:
        return
    row = agents.find_app(facts.app)
    if row is not None and row.kind not in AUTOMATION:
        value = facts.app.slug or str(facts.app.id)
        yield make_signal("app", row, row.strengths.account, "pull", value, spoofable=False)


def read_started(facts: PullFacts, agents: Agents, shown: frozenset[str]) -> Started:
    """The signal of the event that GitHub writes when its agent starts to work.

    It is written for reviews too, so it proves nothing until the agent shows elsewhere or the event
    names the app that writes code.

    Args:
        facts: the facts.
        agents: the agents to look for.
        shown: families that other signals show, weak ones aside.
    """
    row = agents.by_id[_WORKER_AGENT]
    started = [event for event in facts.events or () if event.event == WORK_STARTED]
    if not started:
        return Started(None, alone=False)
    apps = {event.performed_via_github_app for event in started} - {None}
    named = any(app is not None and app.slug == _WORKER for app in apps)
    backed = agents.family_of(row.id) in shown
    strength: Strength = "strong" if backed else "medium" if named else "weak"
    signal = make_signal("app", row, strength, "pull", WORK_STARTED, spoofable=False)
    return Started(signal, alone=strength == "weak")
