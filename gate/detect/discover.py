"""Find agents in a history that no record of the registry names, and agents in workflows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import msgspec

from gate.detect.provenance import detect
from gate.pattern import pattern
from gate.schema.agents import AgentRecord
from gate.schema.facts import Pull, PullCommit, PullFacts, PullRef
from gate.schema.provenance import Provenance
from gate.text import neutralise
from gate.trust.identity import login_of_email
from gate.trust.standing import match

ACTIONS: Mapping[str, str] = {
    "anthropics/claude-code-action": "claude-code",
    "anthropics/claude-code-base-action": "claude-code",
    "github/gh-aw": "gh-aw",
    "google-github-actions/run-gemini-cli": "gemini-cli",
    "openai/codex-action": "codex-cli",
    "qodo-ai/pr-agent": "qodo",
    "sst/opencode": "opencode",
}
"""Actions that run an agent -> its id; each was seen in public workflows."""

_USES = pattern(r"^[ \t]*(?:-[ \t]+)?uses:[ \t]*[\"']?([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@", 8)
"""With re.MULTILINE."""
_RANK = {"strong": 0, "medium": 1, "weak": 2}


class Discovery(msgspec.Struct, frozen=True, kw_only=True):
    """An agent that nobody registered, as the history shows it."""

    agent: str
    """Agent id, or the address of a program that nobody knows."""
    first: str
    """Day of its first commit, by the committer's clock."""
    last: str
    """Day of its latest."""
    commits: int
    """How many commits show it."""
    evidence: str
    """Its surest trace."""
    sha: str
    """The latest commit that shows it."""


class Workshop(msgspec.Struct, frozen=True, kw_only=True):
    """A workflow that runs an agent."""

    path: str
    """The workflow."""
    action: str
    """The action."""
    agent: str
    """Agent id."""


class Survey(msgspec.Struct, frozen=True, kw_only=True):
    """What a history shows of agents."""

    commits: int
    """Commits looked at, merges left out."""
    unregistered: tuple[Discovery, ...]
    """Agents that nobody registered, those with most commits first."""
    seen: dict[str, str]
    """Registered agent -> day it was last seen."""


def survey(commits: Iterable[PullCommit], records: tuple[AgentRecord, ...] | None) -> Survey:
    """Look through a history for agents.

    Each commit is looked at alone. Dates are the committers' own, so they order a report and prove
    nothing.

    Args:
        commits: the commits.
        records: the registry.
    """
    count = 0
    found: dict[str, Discovery] = {}
    seen: dict[str, str] = {}
    for commit in commits:
        if len(commit.parents) > 1:
            continue
        count += 1
        day = _day(commit)
        facts = _alone(commit)
        provenance = detect(facts, commits_complete=True, registry=records or ())
        told = match(provenance, facts, records)
        for name in (*(record.id for record in told.records), *told.candidates):
            seen[name] = max(seen.get(name, ""), day)
        names = told.others if told.result == "registered" else ()
        if told.result == "unregistered":
            names = (provenance.agent or _address(commit),)
        for name in names:
            found[name] = _joined(found.get(name), name, commit, provenance)
    ordered = sorted(found.values(), key=lambda item: (-item.commits, item.agent))
    return Survey(commits=count, unregistered=tuple(ordered), seen=seen)


def find_workshops(
    workflows: Mapping[str, bytes], records: tuple[AgentRecord, ...] | None
) -> Iterator[Workshop]:
    """Workflows that run an agent which no record stands for, by path.

    Args:
        workflows: path -> bytes.
        records: the registry.
    """
    known = {name for record in records or () for name in record.identities.agents}
    for path, data in sorted(workflows.items()):
        text = data.decode("utf-8", "replace")
        for action in dict.fromkeys(use[1].lower() for use in _USES.finditer(text)):
            agent = ACTIONS.get(action)
            if agent is not None and agent not in known:
                yield Workshop(path=neutralise(path), action=action, agent=agent)


def _alone(commit: PullCommit) -> PullFacts:
    nowhere = PullRef(ref="", sha=commit.sha)
    return PullFacts(pull=Pull(base=nowhere, head=nowhere), commits=(commit,))


def _day(commit: PullCommit) -> str:
    committer = commit.commit.committer
    return (committer.date or "")[:10] if committer is not None else ""


def _address(commit: PullCommit) -> str:
    author = commit.commit.author
    if author is None:
        return "unknown author"
    return neutralise(login_of_email(author.email) or author.email or author.name, 80)


def _joined(
    before: Discovery | None, name: str, commit: PullCommit, provenance: Provenance
) -> Discovery:
    signals = sorted(
        (signal for signal in provenance.signals if signal.agent == name),
        key=lambda signal: _RANK[signal.strength],
    )
    evidence = f"{signals[0].kind}: {signals[0].value}" if signals else "author of the commit"
    day = _day(commit)
    if before is None:
        sha = neutralise(commit.sha[:12])
        return Discovery(agent=name, first=day, last=day, commits=1, evidence=evidence, sha=sha)
    later = day >= before.last
    return msgspec.structs.replace(
        before,
        first=min(before.first, day),
        last=max(before.last, day),
        commits=before.commits + 1,
        sha=neutralise(commit.sha[:12]) if later else before.sha,
    )
