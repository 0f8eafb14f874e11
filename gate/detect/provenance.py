"""Weigh all signals of a pull request: who wrote it, with which model, and who asked for it.

Evidence only ever moves the answer towards an agent: nothing here shows that a change is a
person's, there is merely no trace of anybody else. Weak signals alone make no agent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gate.detect.accounts import is_unclear_bot, read_opener, read_started
from gate.detect.agents import Agents, known_agents
from gate.detect.commits import CommitView, classify, view_commit
from gate.detect.markers import BodyReading, read_body, read_branch, read_labels
from gate.detect.models import read_version
from gate.detect.notes import Seen, take_notes
from gate.detect.own_agents import agents_with
from gate.detect.requesters import Asked, find_requesters
from gate.detect.rows import WRAPPERS
from gate.schema.agents import AgentRecord
from gate.schema.facts import Actor, Pull, PullFacts
from gate.schema.provenance import Authorship, Provenance, Signal
from gate.text import neutralise

MAX_SIGNALS = 500
"""Signals that are listed, best first; 250 commits bring at most three each."""
MAX_COMMITS = 250
"""Commits whose author is listed; GitHub lists no more."""

_RANK = {"strong": 0, "medium": 1, "weak": 2}
_KINDS = (
    "account",
    "app",
    "signature",
    "author_email",
    "author_name",
    "body",
    "trailer",
    "label",
    "committer_email",
    "branch",
)
_KIND_RANK = {kind: rank for rank, kind in enumerate(_KINDS)}
_OPENING = frozenset({"account", "app"})


def detect(
    facts: PullFacts, *, commits_complete: bool, registry: tuple[AgentRecord, ...] = ()
) -> Provenance:
    """Who wrote the pull request.

    Args:
        facts: its facts.
        commits_complete: every announced commit is in `facts.commits`.
        registry: the site's own agents; a trace of one names the record, or the known agent that
            the record stands for.

    Returns:
        Provenance without `registered`, which is for the registry to say.
    """
    agents = agents_with(registry)
    opener = tuple(read_opener(facts, agents))
    views = tuple(view_commit(commit, agents) for commit in facts.commits)
    quoting = _quotes(facts.pull.user)
    body = read_body(facts.pull.body or "", agents, quoting=quoting)
    read = {
        *opener,
        *body.signals,
        *read_branch(facts.pull.head.ref, agents),
        *read_labels(facts, agents),
        *(signal for view in views for signal in (*view.reading.signals, *view.traced)),
    }
    started = read_started(facts, agents, _show(read, agents))
    signals = _sort({*read, started.signal} - {None} if started.signal else read)
    shown = _show(signals, agents)
    authorship = _weigh(facts, opener, views, body, signals, agents)
    if authorship == "human" and not commits_complete:
        authorship = "unknown"
    if authorship == "co-authored" and len(_strong_families(signals, agents)) > 1:
        authorship = "agent"
    agent = _choose(signals, agents) if authorship in ("agent", "co-authored") else None
    took_part = agent is not None or authorship == "unknown"
    asked = find_requesters(facts, views, agents, shown) if took_part else Asked(None, ())
    best = min((_RANK[s.strength] for s in signals if agent in (None, s.agent)), default=3)
    model = _choose_model(views, body, agent) if agent else None
    seen = Seen(facts, views, body, signals, shown, quoting, started.alone, commits_complete)
    return Provenance(
        authorship=authorship,
        agent=agent,
        model=model,
        model_version=read_version(model) if model else None,
        model_unknown=_explain_model(views, body) if agent and not model else "",
        requester=asked.surest,
        requesters=asked.everybody,
        confidence=("strong", "medium", "weak", "none")[best],
        signals=signals[:MAX_SIGNALS],
        conflicts=(*_find_conflicts(signals, agents), *_find_denial(body, signals)),
        commits=tuple(
            classify(view, _choose((*view.reading.signals, *view.traced), agents))
            for view in views[:MAX_COMMITS]
        ),
        notes=take_notes(seen, agents),
    )


def _show(signals: Iterable[Signal], agents: Agents) -> frozenset[str]:
    """Families that a signal shows that is not weak."""
    return frozenset(agents.family_of(s.agent) for s in signals if s.strength != "weak")


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
    views: Sequence[CommitView],
    body: BodyReading,
    signals: Sequence[Signal],
    agents: Agents,
) -> Authorship:
    if any(signal.strength != "weak" for signal in opener) or body.written:
        return "agent"
    single = [view for view in views if not view.is_merge]
    if single and all(view.reading.written for view in single):
        return "agent"
    if any(signal.strength != "weak" for signal in signals):
        return "co-authored"
    user = facts.pull.user
    unclear = any(view.reading.unclear for view in views)
    if unclear or _is_gone(facts.pull) or (user is not None and is_unclear_bot(user, agents)):
        return "unknown"
    return "human" if facts.commits else "unknown"


def _is_gone(pull: Pull) -> bool:
    """Whether the account that opened it is deleted, so that nobody can tell what it was."""
    return bool(pull.number) and (pull.user is None or pull.user.login.lower() == "ghost")


def _is_generic(signal: Signal, agents: Agents) -> bool:
    return agents.by_id[signal.agent].kind in WRAPPERS


def _choose(signals: Iterable[Signal], agents: Agents) -> str | None:
    """The agent of the best signal; one that only stands beside others comes after them."""
    weighty = [signal for signal in signals if signal.strength != "weak"]
    if not weighty:
        return None
    best = min(
        weighty,
        key=lambda s: (
            s.kind not in _OPENING,
            _is_generic(s, agents),
            _RANK[s.strength],
            _KIND_RANK[s.kind],
            s.agent,
        ),
    )
    return best.agent


def _strong_families(signals: Sequence[Signal], agents: Agents) -> dict[str, Signal]:
    families: dict[str, Signal] = {}
    for signal in signals:
        if signal.strength == "strong" and not _is_generic(signal, agents):
            families.setdefault(agents.family_of(signal.agent), signal)
    return families


def _find_conflicts(signals: Sequence[Signal], agents: Agents) -> tuple[str, ...]:
    families = _strong_families(signals, agents)
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


def _choose_model(views: Sequence[CommitView], body: BodyReading, agent: str) -> str | None:
    """The newest model that the chosen agent's traces disclose, else any that is disclosed."""
    models = [view.model for view in reversed(views) if view.model and _names(view, agent)]
    models += [body.model] if body.model else []
    models += [view.model for view in reversed(views) if view.model]
    return neutralise(models[0], 80) if models else None


def _explain_model(views: Sequence[CommitView], body: BodyReading) -> str:
    if body.unread or any(view.unread for view in views):
        return "a trace names a model that the gate does not know"
    return "no trace names a model"


def _names(view: CommitView, agent: str) -> bool:
    return any(s.agent == agent for s in (*view.traced, *view.reading.signals))
