"""Records and facts to compare with."""

from __future__ import annotations

from typing import Any

import msgspec

from gate.schema.agents import AgentRecord
from gate.schema.facts import PullFacts
from gate.schema.gate_input import Touch
from gate.schema.provenance import Provenance, Signal

NOW = "2026-11-24"
REPORT = "ab" * 32


def document(**over: Any) -> dict[str, Any]:
    """A whole record as YAML would give it."""
    return {
        "version": 1,
        "id": "tf-bot",
        "kind": "coder",
        "owner": {"human": "alice", "backup": "bob"},
        "purpose": "Keeps the Terraform of staging up to date",
        "systems": ["aws-staging"],
        "data_classes": ["none"],
        "justification": "Saves the platform team two days of updates a month",
        "identities": {"logins": ["tf-bot[bot]"]},
        "grants": [{"surfaces": ["*"], "actions": ["*"], "why": "it keeps everything up to date"}],
        "risk_tier": "medium",
        "state": "active",
        "promotion": {"report": REPORT, "at": "2026-10-01", "by": "alice"},
        "review_due": "2027-01-31",
        **over,
    }


def record(**over: Any) -> AgentRecord:
    """A record."""
    return msgspec.convert(document(**over), AgentRecord)


def files(*records: dict[str, Any]) -> dict[str, bytes]:
    """A folder with records; JSON is YAML."""
    return {f"agents/{one['id']}.yml": msgspec.json.encode(one) for one in records}


def facts(
    opener: str = "alice",
    email: str = "alice@example.com",
    message: str = "Change it",
    commit: dict[str, Any] | None = None,
    **over: Any,
) -> PullFacts:
    """A pull request of one commit."""
    repo = {"full_name": "acme/infra", "id": 10, "private": True}
    pull = {
        "user": {"login": opener, "id": 1, "type": "Bot" if opener.endswith("[bot]") else "User"},
        "base": {"ref": "main", "sha": "a" * 40, "repo": repo},
        "head": {"ref": over.pop("branch", "topic"), "sha": "b" * 40, "repo": repo},
        "changed_files": over.pop("changed_files", None),
    }
    person = {"name": "A", "email": email}
    one = {
        "sha": "b" * 40,
        "commit": {"author": person, "committer": person, "message": message},
        **(commit or {}),
    }
    return msgspec.convert({"pull": pull, "commits": [one], **over}, PullFacts)


def provenance(
    authorship: str = "agent", agent: str | None = None, *signals: tuple[str, str, str]
) -> Provenance:
    """Who wrote it, by signals of (kind, agent, strength)."""
    return msgspec.convert(
        Provenance(
            authorship=authorship,  # type: ignore[arg-type]
            agent=agent,
            signals=tuple(
                Signal(kind=kind, agent=name, strength=strength, where="pull", value="x")  # type: ignore[arg-type]
                for kind, name, strength in signals
            ),
        ),
        Provenance,
        from_attributes=True,
    )


def touch(**over: str) -> Touch:
    """A touch of a resource in staging."""
    return Touch(
        **{
            "surface": "network",
            "environment": "staging",
            "action": "update",
            "path": "infra/net",
            "subject": "aws_subnet.a",
            **over,
        }
    )
