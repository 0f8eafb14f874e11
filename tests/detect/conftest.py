"""Pull requests in a few words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from gate.schema.agents import AgentRecord, Identities, Owner
from gate.schema.facts import (
    Actor,
    App,
    CommitDetail,
    GitPerson,
    IssueComment,
    IssueEvent,
    Label,
    Parent,
    Pull,
    PullCommit,
    PullFacts,
    PullRef,
    Review,
    Verification,
)

ALICE = Actor(login="alice", id=11)


def make_commit(
    message: str = "Change something",
    *,
    name: str = "Alice",
    email: str = "alice@acme.test",
    account: Actor | None = ALICE,
    committer: GitPerson | None = None,
    verified: bool = False,
    signature: str | None = None,
    parents: int = 1,
    sha: str = "a" * 40,
    date: str | None = None,
    committed_by: Actor | None = None,
) -> PullCommit:
    """A commit; alice's unless said otherwise."""
    return PullCommit(
        sha=sha,
        commit=CommitDetail(
            author=GitPerson(name=name, email=email, date=date),
            committer=committer or GitPerson(name=name, email=email),
            message=message,
            verification=Verification(verified=verified, signature=signature),
        ),
        author=account,
        committer=committed_by or account,
        parents=tuple(Parent(sha="b" * 40) for _ in range(parents)),
    )


def make_facts(
    commits: Sequence[PullCommit] | None = None,
    *,
    user: Actor | None = ALICE,
    body: str = "",
    branch: str = "alice/topic",
    labels: Sequence[str] = (),
    events: Sequence[IssueEvent] | None = None,
    app: App | None = None,
    comments: Sequence[IssueComment] | None = None,
    reviews: Sequence[Review] | None = None,
) -> PullFacts:
    """A pull request; alice's unless said otherwise."""
    return PullFacts(
        pull=Pull(
            number=1,
            title="A change",
            body=body,
            user=user,
            base=PullRef(ref="main", sha="b" * 40),
            head=PullRef(ref=branch, sha="a" * 40),
            labels=tuple(Label(name=name) for name in labels),
            created_at="2026-11-20T10:00:00Z",
        ),
        commits=tuple(commits) if commits is not None else (make_commit(),),
        events=tuple(events) if events is not None else None,
        app=app,
        comments=tuple(comments) if comments is not None else None,
        reviews=tuple(reviews) if reviews is not None else None,
    )


def make_record(name: str = "tf-bot", kind: str = "coder", **identities: Any) -> AgentRecord:
    """A record of the site's registry."""
    return AgentRecord(
        version=1,
        id=name,
        kind=kind,
        owner=Owner(human="olga", backup="otto"),
        purpose="Writes Terraform changes for us",
        systems=("github",),
        data_classes=("none",),
        justification="Saves the platform team a day",
        identities=Identities(**identities),
        risk_tier="low",
        state="active",
        review_due="2027-01-31",
    )


@pytest.fixture
def commit() -> Callable[..., Any]:
    """Makes a commit."""
    return make_commit


@pytest.fixture
def facts() -> Callable[..., Any]:
    """Makes a pull request."""
    return make_facts
