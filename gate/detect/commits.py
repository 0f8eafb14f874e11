"""Read one commit: the signals of its identities, signature and trailers, and who wrote it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from gate.account import WEB_FLOW, WEB_FLOW_EMAIL
from gate.detect.accounts import is_unclear_bot, make_signal
from gate.detect.agents import Agents, compiled
from gate.detect.rows import AUTOMATION, Agent
from gate.detect.trailers import Trailer, credits_history, read_traces, read_trailers
from gate.schema.facts import Actor, GitPerson, PullCommit
from gate.schema.provenance import CommitClass, Signal, Strength
from gate.text import neutralise

EDITOR_ADDRESS = "copilot@github.com"
"""What an editor added as co-author."""
EDITOR_WINDOW = ("2026-04-22", "2026-05-06")
"""First and last day on which the editor added it by itself, with AI off too
(microsoft/vscode issue 314311)."""


class CommitReading(NamedTuple):
    """What the identities of one commit say."""

    signals: tuple[Signal, ...]
    """Signals of author, committer and signature."""
    written: bool
    """An agent is its author."""
    unclear: bool
    """A bot that nobody knows, or that carries agents' work too, is its author."""
    program: Agent | None = None
    """The program, not AI, that is its author."""


class CommitView(NamedTuple):
    """All that is read off one commit."""

    commit: PullCommit
    """The commit."""
    where: str
    """`commit <12 hex>`."""
    reading: CommitReading
    """Its identities."""
    trailers: tuple[Trailer, ...]
    """Its trailers."""
    traced: tuple[Signal, ...]
    """Signals of its trailers, in their order."""
    model: str | None
    """The model it discloses."""
    unread: bool
    """It names a model that is not known."""
    faulty: bool
    """Its editor added a co-author by itself."""

    @property
    def is_merge(self) -> bool:
        """It has more than one parent."""
        return len(self.commit.parents) > 1

    @property
    def helped(self) -> bool:
        """An agent took part, as author or otherwise."""
        return any(signal.strength != "weak" for signal in (*self.traced, *self.reading.signals))


def view_commit(commit: PullCommit, agents: Agents) -> CommitView:
    """Read one commit."""
    where = f"commit {neutralise(commit.sha[:12])}"
    reading = read_commit(commit, agents)
    trailers = read_trailers(commit.commit.message, agents)
    cap: Strength = "medium" if credits_history(trailers) else "strong"
    traces = tuple(read_traces(trailers, where, "trailer", agents, cap))
    faulty = _in_window(commit) and any(EDITOR_ADDRESS in trace.signal.value for trace in traces)
    signals = tuple(
        _weakened(trace.signal)
        if _means_nothing(trace.signal, reading.program, faulty=faulty)
        else trace.signal
        for trace in traces
    )
    kept = {signal.agent for signal in signals if signal.strength != "weak"}
    told = [trace for trace in traces if trace.signal.agent in kept]
    return CommitView(
        commit=commit,
        where=where,
        reading=reading,
        trailers=trailers,
        traced=signals,
        model=next((trace.model for trace in reversed(told) if trace.model), None),
        unread=any(trace.unread for trace in told),
        faulty=faulty,
    )


def _weakened(signal: Signal) -> Signal:
    return Signal(
        kind=signal.kind,
        agent=signal.agent,
        strength="weak",
        where=signal.where,
        value=signal.value,
    )


def _means_nothing(signal: Signal, program: Agent | None, *, faulty: bool) -> bool:
    """Whether a trailer stands for nothing: an editor's fault, or a program's quotation.

    A dependency program quotes what others wrote between its own lines; a trailer at the very end
    is added by whoever changed its commit.
    """
    quoting = program is not None and program.kind == "dependency-bot"
    return (faulty and EDITOR_ADDRESS in signal.value) or (quoting and signal.strength == "medium")


def _in_window(commit: PullCommit) -> bool:
    author = commit.commit.author
    first, last = EDITOR_WINDOW
    return author is not None and first <= (author.date or "")[:10] <= last


def read_commit(commit: PullCommit, agents: Agents) -> CommitReading:
    """The signals of one commit's author, committer and signature.

    Author decides who wrote; committer says who touched it last, so it proves help, not authorship.
    A key that a site registered for its agent proves that the agent made the commit.
    """
    where = f"commit {neutralise(commit.sha[:12])}"
    signals: list[Signal] = []
    author = _find_author(commit.commit.author, commit.author, agents)
    program = author[1] if author is not None and author[1].kind in AUTOMATION else None
    if author is not None and program is None:
        signals.append(_weigh_author(commit, *author, where))
    committer = _find_person(commit.commit.committer, commit.committer, agents)
    if committer is not None and committer[0].kind in AUTOMATION:
        committer = None
    if committer is not None and (author is None or committer[0].id != author[1].id):
        agent, value = committer
        strength: Strength = "weak" if agent.strengths.email == "weak" else "medium"
        signals.append(make_signal("committer_email", agent, strength, where, value))
    written = any(s.kind != "committer_email" and s.strength != "weak" for s in signals)
    signed = _read_signature(commit, agents, where)
    signals += signed
    mixed = program is not None and program.kind == "mixed-automation"
    return CommitReading(
        tuple(signals),
        written=written or bool(signed),
        unclear=mixed or (not written and program is None and _is_unclear(commit, agents)),
        program=None if mixed else program,
    )


def _is_verified(commit: PullCommit) -> bool:
    return bool(commit.commit.verification and commit.commit.verification.verified)


def _weigh_author(commit: PullCommit, kind: str, agent: Agent, value: str, where: str) -> Signal:
    """The signal of an author.

    GitHub verifies whose signature it is for the committer; the author of a signed commit is free
    text unless the committer is the same agent or GitHub itself.
    """
    if kind == "author_name":
        return make_signal(kind, agent, "strong", where, value)
    strength = agent.strengths.email
    proven = _is_verified(commit) and (_made_on_github(commit) or _committed_by(commit, agent))
    if proven and agent.verified and strength != "weak":
        strength = "strong"
    account = commit.author
    mapped = account is not None and (account.id in agent.user_ids or account.login in agent.logins)
    told = mapped and _is_verified(commit) and _made_on_github(commit)
    return make_signal(kind, agent, strength, where, value, spoofable=not told)


def _made_on_github(commit: PullCommit) -> bool:
    """Whether the committer is GitHub itself, which signs what its pages and its API make."""
    committer, account = commit.commit.committer, commit.committer
    return (committer is not None and committer.email.lower() == WEB_FLOW_EMAIL) or (
        account is not None and account.login == WEB_FLOW
    )


def _committed_by(commit: PullCommit, agent: Agent) -> bool:
    author, committer = commit.commit.author, commit.commit.committer
    return (
        author is not None
        and committer is not None
        and author.email.strip().lower() == committer.email.strip().lower()
    ) or (commit.committer is not None and commit.committer.id in agent.user_ids)


def _read_signature(commit: PullCommit, agents: Agents, where: str) -> list[Signal]:
    holders = [row for row in agents.rows if row.keys]
    verification = commit.commit.verification
    if not holders or verification is None or not verification.verified:
        return []
    # NOTE: only sites that registered keys pay for the import
    from gate.trust.signature import find_key

    for row in holders:
        key = find_key(verification.signature or "", row.keys)
        if key is not None:
            return [make_signal("signature", row, "strong", where, key, spoofable=False)]
    return []


def _find_author(
    person: GitPerson | None, account: Actor | None, agents: Agents
) -> tuple[str, Agent, str] | None:
    found = _find_person(person, account, agents)
    if found is not None and found[0].kind not in AUTOMATION:
        return "author_email", found[0], found[1]
    name = person.name[:200] if person is not None else ""
    for agent in agents.rows:
        for regex in agent.author_name_regexes:
            match = compiled(regex).search(name)
            if match is not None:
                return "author_name", agent, match[0]
    return ("author_email", found[0], found[1]) if found is not None else None


def _find_person(
    person: GitPerson | None, account: Actor | None, agents: Agents
) -> tuple[Agent, str] | None:
    """The row behind an identity; an agent's goes before a program's."""
    program: tuple[Agent, str] | None = None
    if person is not None and person.email:
        row = agents.find_email(person.email[:320], person.name[:200])
        if row is not None:
            found = row, agents.show_email(person.email[:320]) or row.id
            if row.kind not in AUTOMATION:
                return found
            program = found
    if account is not None:
        known = agents.find_account(account.login, account.id)
        if known is not None and (program is None or known.agent.kind not in AUTOMATION):
            return known.agent, account.login
    return program


def _is_unclear(commit: PullCommit, agents: Agents) -> bool:
    if commit.author is not None:
        return is_unclear_bot(commit.author, agents)
    person = commit.commit.author
    return person is not None and "[bot]@" in person.email


Author = Literal["human", "agent", "co-authored", "automation", "merge", "unknown"]
"""Who wrote a commit, as `CommitClass` says it."""


def classify(view: CommitView, agent: str | None) -> CommitClass:
    """Who wrote one commit.

    Args:
        view: the commit.
        agent: the agent of its best signal.
    """
    return CommitClass(
        sha=neutralise(view.commit.sha, 64),
        author=_class_of(view),
        agent=agent if view.helped else None,
        signed=_is_verified(view.commit),
    )


def _class_of(view: CommitView) -> Author:
    if view.is_merge:
        return "merge"
    if view.reading.written:
        return "agent"
    if view.helped:
        return "co-authored"
    if view.reading.program is not None:
        return "automation"
    return "unknown" if view.reading.unclear else "human"
