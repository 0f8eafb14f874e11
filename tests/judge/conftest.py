"""Facts of small pull requests, built by keyword."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from gate.schema.facts import PullFacts

HEAD = "a" * 40
OLD = "b" * 40


def person(login: str, number: int, kind: str = "User") -> dict[str, Any]:
    return {"login": login, "id": number, "type": kind}


def review(login: str, number: int, state: str = "APPROVED", **more: Any) -> dict[str, Any]:
    base = {
        "id": more.pop("review_id", number),
        "user": person(login, number, more.pop("kind", "User")),
        "state": state,
        "commit_id": HEAD,
        "submitted_at": "2026-11-20T12:00:00Z",
    }
    return {**base, **more}


@pytest.fixture
def make_facts() -> Callable[..., PullFacts]:
    """PullFacts of a pull request by `mona` (id 1), with overrides of its sections."""

    def make(**sections: Any) -> PullFacts:
        pull = {
            "number": 7,
            "user": person("mona", 1),
            "base": {"ref": "main", "sha": "c" * 40, "repo": {"full_name": "acme/infra", "id": 1}},
            "head": {"ref": "topic", "sha": HEAD, "repo": {"full_name": "acme/infra", "id": 1}},
            "created_at": "2026-11-20T09:00:00Z",
            **sections.pop("pull", {}),
        }
        commit = {
            "sha": HEAD,
            "commit": {
                "author": {"name": "M", "email": "mona@acme.test", "date": "2026-11-20T09:30:00Z"},
                "committer": {
                    "name": "M",
                    "email": "mona@acme.test",
                    "date": "2026-11-20T10:00:00Z",
                },
                "message": "change",
            },
            "author": person("mona", 1),
            "committer": person("mona", 1),
        }
        facts = {
            "pull": pull,
            "commits": [commit],
            "reviews": [],
            "comments": [],
            "events": [],
            "permissions": {"mona": "write", "bob": "write", "carol": "admin", "rita": "read"},
            "teams": {},
            **sections,
        }
        return msgspec.convert(facts, PullFacts)

    return make
