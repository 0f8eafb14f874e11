"""Weigh all signals of a pull request: who wrote it, with which model, and who asked for it.

Evidence only ever moves the answer towards an agent: nothing here shows that a change is a
person's, there is merely no trace of anybody else. Weak signals alone make no agent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gate.detect.accounts import (
    CommitReading,
    is_agent,
    is_unclear_bot,
    read_commit,
    read_opener,
)
from gate.detect.agents import WRAPPERS, known_agents, read_noreply
from gate.detect.markers import BodyReading, read_body, read_branch, read_labels
from gate.detect.trailers import Trailer, read_people, read_traces, read_trailers
from gate.schema.facts import Actor, PullCommit, PullFacts
from gate.schema.provenance import Authorship, Provenance, Signal
from gate.text import neutralise

MAX_SIGNALS = 500
"""Signals that are listed, best first; 250 commits bring at most three each."""

_RANK = {"strong": 0, "medium": 1, "weak": 2}
_KIND_RANK = {
    kind: rank
    for rank, kind in enumerate(
        (
            "account",
            "author_email",
            "author_name",
            "body",
            "trailer",
            "label",
            "committer_email",
            "branch",
        )
    )
}
_LOGIN = r"([A-Za-z0-9](?:[A-Za-z0-9_-]{0,38}))(?![\w\[-])"
_REQUESTS = (
    re.compile(
        rf"^\W{{0,8}}Requested by:[^\n@]{{0,200}}(?<![\w.+-])@{_LOGIN}",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(rf"\bstarted by @{_LOGIN}", re.IGNORECASE),
    re.compile(rf"\bon behalf of @{_LOGIN}", re.IGNORECASE),
)
_SERVICES = frozenset({"apk@cognition.ai", "noreply@github.com"})
"""Addresses that stand as co-authors and are nobody."""


class _CommitView(NamedTuple):
    commit: PullCommit
    reading: CommitReading
    trailers: tuple[Trailer, ...]
    traced: tuple[Signal, ...]
    model: str | None

    @property
    def helped(self) -> bool:
        """An agent took part without being the author."""
        return any(signal.strength != "weak" for signal in (*self.traced, *self.reading.signals))


def detect(facts: PullFacts, *, commits_complete: bool) -> Provenance:
    """Who wrote the pull request.

    Args:
        facts: its facts.
        commits_complete: every announced commit is in `facts.commits`.

    Returns:
        Provenance without `registered`, which needs the site's registry.
    """
    opener = tuple(read_opener(facts))
    views = tuple(_view(commit) for commit in facts.commits if len(commit.parents) < 2)
    body = read_body(facts.pull.body or "", quoting=_quotes(facts.pull.user))
    signals = _sort(
        {
            *opener,
            *body.signals,
            *read_branch(facts.pull.head.ref),
            *read_labels(facts),
            *(signal for view in views for signal in (*view.reading.signals, *view.traced)),
        }
    )
    conflicts = (*_find_conflicts(signals), *_find_denial(body, signals))
    authorship = _weigh(facts, opener, views, body, signals)
    if authorship == "human" and not commits_complete:
        authorship = "unknown"
    if authorship == "co-authored" and _name_two_agents(signals):
        authorship = "agent"
    agent = _choose(signals) if authorship in ("agent", "co-authored") else None
    best = min((_RANK[s.strength] for s in signals if agent in (None, s.agent)), default=3)
    return Provenance(
        authorship=authorship,
        agent=agent,
        model=_choose_model(views, body, agent) if agent else None,
        requester=_find_requester(facts, views) if agent else None,
        confidence=("strong", "medium", "weak", "none")[best],
        signals=signals[:MAX_SIGNALS],
        conflicts=conflicts,
    )


def _view(commit: PullCommit) -> _CommitView:
    reading = read_commit(commit)
    trailers = read_trailers(commit.commit.message)
    where = f"commit {neutralise(commit.sha[:12])}"
    traces = tuple(read_traces(trailers, where, "trailer"))
    model = next((trace.model for trace in reversed(traces) if trace.model), None)
    return _CommitView(commit, reading, trailers, tuple(t.signal for t in traces), model)


def _quotes(user: Actor | None) -> bool:
    if user is None:
        return False
    found = known_agents().find_account(user.login, user.id)
    return found is not None and found.agent.kind == "dependency-bot"


def _sort(signals: Iterable[Signal]) -> tuple[Signal, ...]:
    return tuple(
        sorted(
            signals,
            key=lambda s: (_RANK[s.strength], _KIND_RANK[s.kind], s.agent, s.where, s.value),
        )
    )


def _weigh(
    facts: PullFacts,
    opener: Sequence[Signal],
    views: Sequence[_CommitView],
    body: BodyReading,
    signals: Sequence[Signal],
) -> Authorship:
    if any(signal.strength != "weak" for signal in opener) or body.written:
        return "agent"
    if views and all(view.reading.written for view in views):
        return "agent"
    if any(view.helped for view in views) or any(s.strength != "weak" for s in signals):
        return "co-authored"
    user = facts.pull.user
    if (user is not None and is_unclear_bot(user)) or any(v.reading.unclear for v in views):
        return "unknown"
    return "human" if facts.commits else "unknown"


def _is_generic(signal: Signal) -> bool:
    return known_agents().by_id[signal.agent].kind in WRAPPERS


def _choose(signals: Sequence[Signal]) -> str | None:
    """The agent of the best signal; one that only stands beside others comes after them."""
    weighty = [signal for signal in signals if signal.strength != "weak"]
    if not weighty:
        return None
    best = min(
        weighty,
        key=lambda s: (
            s.kind != "account",
            _is_generic(s),
            _RANK[s.strength],
            _KIND_RANK[s.kind],
            s.agent,
        ),
    )
    return best.agent


def _strong_families(signals: Sequence[Signal]) -> dict[str, Signal]:
    families: dict[str, Signal] = {}
    for signal in signals:
        if signal.strength == "strong" and not _is_generic(signal):
            row = known_agents().by_id[signal.agent]
            families.setdefault(row.family or row.id, signal)
    return families


def _name_two_agents(signals: Sequence[Signal]) -> bool:
    return len(_strong_families(signals)) > 1


def _find_conflicts(signals: Sequence[Signal]) -> tuple[str, ...]:
    families = _strong_families(signals)
    if len(families) < 2:
        return ()
    named = ", ".join(
        f"{signal.agent} ({signal.kind} at {signal.where})" for signal in families.values()
    )
    return (neutralise(f"strong signals name different agents: {named}"),)


def _find_denial(body: BodyReading, signals: Sequence[Signal]) -> tuple[str, ...]:
    against = next((signal for signal in signals if signal.strength != "weak"), None)
    if not body.denied or against is None:
        return ()
    named = f"{against.agent} ({against.kind} at {against.where})"
    return (neutralise(f"a ticked box says that no AI was used, but signals name {named}"),)


def _choose_model(views: Sequence[_CommitView], body: BodyReading, agent: str) -> str | None:
    """The newest model that the chosen agent's traces disclose, else any that is disclosed."""
    models = [view.model for view in reversed(views) if view.model and _names(view, agent)]
    models += [body.model] if body.model else []
    models += [view.model for view in reversed(views) if view.model]
    return neutralise(models[0], 80) if models else None


def _names(view: _CommitView, agent: str) -> bool:
    return any(s.agent == agent for s in (*view.traced, *view.reading.signals))


def _find_requester(facts: PullFacts, views: Sequence[_CommitView]) -> str | None:
    """The person who asked, from the surest source that names one.

    In order: GitHub's own event that somebody set the agent to work; a person named as co-author
    in a commit that an agent wrote; the description's own words; the person who opened it.
    """
    for event in facts.events or ():
        if event.event == "copilot_work_started" and _is_person(event.actor):
            return _login(event.actor)
    for view in views:
        if view.reading.written:
            for _, email in read_people(view.trailers):
                login = _login_of(email, facts.commits)
                if login is not None:
                    return login
    for pattern in _REQUESTS:
        match = pattern.search((facts.pull.body or "")[:65_536])
        if match is not None and not is_agent(Actor(login=match[1])):
            return neutralise(match[1], 60)
    return _login(facts.pull.user) if _is_person(facts.pull.user) else None


def _is_person(actor: Actor | None) -> bool:
    if actor is None or actor.type != "User" or actor.login.endswith("[bot]"):
        return False
    found = known_agents().find_account(actor.login, actor.id)
    return found is None


def _login(actor: Actor | None) -> str | None:
    return neutralise(actor.login, 60) if actor is not None else None


def _login_of(email: str, commits: Sequence[PullCommit]) -> str | None:
    """The login behind a co-author's address: a noreply address, or one that a commit maps."""
    address = email.lower()
    if address in _SERVICES:
        return None
    noreply = read_noreply(email)
    if noreply is not None:
        return neutralise(noreply[1], 60)
    for commit in commits:
        person = commit.commit.author
        known = person is not None and person.email.lower() == address
        if known and commit.author is not None and _is_person(commit.author):
            return neutralise(commit.author.login, 60)
    return None
