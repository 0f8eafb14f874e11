"""Write decisions on an agent's pull requests, as the gate would have."""

from __future__ import annotations

from typing import Any

import msgspec

from gate.schema.bodies import DecisionBody, Measures, PullName
from gate.schema.question import Question
from gate.schema.votes import CountedVote, Votes
from gate.store.streams import Streams

AGENT = "tf-bot"
REPO = "acme/infra"


def measures(files: int = 2, **more: Any) -> Measures:
    """A small change of Terraform in a known folder."""
    usual = {"files": files, "lines": 10, "resources": 1, "directories": ("infra/app",)}
    return Measures(**{**usual, "surfaces": ("network",), **more})


def pull(number: int, head: str = "", repo: str = REPO) -> PullName:
    """A pull request at a head of its own."""
    return PullName(origin="github", repo=repo, number=number, head=head or f"head{number}")


def decide(streams: Streams, at: str, name: PullName, decision: str = "pass", **more: Any) -> None:
    """Append one decision."""
    usual = {"authorship": "agent", "registered": AGENT, "measures": measures()}
    body = DecisionBody(decision=decision, pull=name, **{**usual, **more})  # type: ignore[arg-type]
    streams.decisions(name.repo).append("decision", at, msgspec.to_builtins(body))


def approved(at: str, sha: str) -> Votes:
    """One vote that counts."""
    return Votes(counted=(CountedVote(login="alice", via="review", at=at, sha=sha),))


def ask(number: int, now: str, *, head: str = "", agent: str = AGENT, **more: Any) -> Question:
    """What is asked of a pull request."""
    known = {"registered": agent, "measures": measures(), **more}
    return Question(pull=pull(number, head), agent=agent, now=now, **known)


def month(streams: Streams, days: int = 30, each: int = 2) -> int:
    """Pull requests at 10:00 on every day of November 2026, all let go; the next free number."""
    number = 1
    for day in range(1, days + 1):
        for _ in range(each):
            decide(streams, f"2026-11-{day:02}T10:{number % 60:02}:00Z", pull(number))
            number += 1
    return number
