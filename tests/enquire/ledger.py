"""Questions, limits and a made-up `org/limits` for tests of what the ledger is asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gate.schema.bodies import Amount, Measures, PullName
from gate.schema.entry import Entry
from gate.schema.ledger import Draft
from gate.schema.question import Question
from gate.schema.site import Limit
from gate.store.ledger import chain
from gate.store.streams import LIMITS

NOON = "2026-03-02T12:00:00Z"


def pull(number: int, head: str = "a", repo: str = "acme/infra") -> PullName:
    """A pull request of GitHub."""
    return PullName(origin="github", repo=repo, number=number, head=head * 40, base="0" * 40)


def measures(**more: Any) -> Measures:
    """One file of ten lines, unless told otherwise; `environments` as {name: (changed, gone)}."""
    amounts = more.pop("environments", {})
    return Measures(
        **{"files": 1, "lines": 10, **more},
        environments={
            name: Amount(resources=changed, destroyed=gone)
            for name, (changed, gone) in amounts.items()
        },
    )


def ask(number: int = 1, head: str = "a", **more: Any) -> Question:
    """A change by tf-bot; keys of Measures go there."""
    own = {key: more.pop(key) for key in list(more) if key in Measures.__struct_fields__}
    defaults: dict[str, Any] = {
        "agent": "tf-bot",
        "registered": "tf-bot",
        "requester": "alice",
        "now": NOON,
        "pull": pull(number, head, more.pop("repo", "acme/infra")),
    }
    return Question(**{**defaults, **more}, measures=measures(**own))


def limit(count: str, most: int, **more: Any) -> Limit:
    """A limit named after what it counts."""
    return Limit(name=count.replace("_", "-"), count=count, max=most, **more)  # type: ignore[arg-type]


def history(*drafts: Draft) -> tuple[Entry, ...]:
    """Drafts as the entries of the stream."""
    return chain(None, drafts, LIMITS)


def reserved(
    question: Question, at: str = NOON, *, lease: str = "", end: str = "commit"
) -> Sequence[Draft]:
    """A reservation, and what became of it."""
    import msgspec

    name = f"{question.pull.repo}#{question.pull.number}@{question.pull.head}@{at}"
    body = {
        "pull": msgspec.to_builtins(question.pull),
        "agent": question.agent,
        "requester": question.requester,
        "measures": msgspec.to_builtins(question.measures),
        "plans": list(question.plans),
        "lease": lease or at,
    }
    drafts = [Draft(kind="reserve", at=at, body=body, id=name)]
    if end:
        drafts.append(Draft(kind=end, at=at, body={"reservation": name}, id=f"{name}!{end}"))
    return drafts


def outcome(number: int, what: str, at: str = NOON, repo: str = "acme/infra") -> Draft:
    """A pull request is merged, closed or opened again."""
    body = {"pull": {"repo": repo, "number": number}, "outcome": what, "at": at}
    return Draft(kind="outcome", at=at, body=body, id=f"{what}{number}{at}")
