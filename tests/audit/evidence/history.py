"""A small history in a ledger: an agent, three pull requests, an incident, a gap."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gate.schema.ledger import Draft, Head
from gate.store.folder import FileStore
from gate.store.ledger import head_of

HEAD = {7: "7" * 40, 8: "8" * 40, 9: "9" * 40}
BASE = "b" * 40


def pull(number: int, head: str = "") -> dict[str, Any]:
    return {
        "origin": "github",
        "repo": "acme/infra",
        "number": number,
        "head": head or HEAD.get(number, f"{number:040d}"),
        "base": BASE,
    }


def decided(number: int, decision: str, **more: Any) -> dict[str, Any]:
    return {
        "decision": decision,
        "pull": pull(number),
        "authorship": "agent",
        "registered": "tf-bot",
        "policy_digest": "p" * 64,
        "context": {"inputs": {}},
        **more,
    }


def votes() -> dict[str, Any]:
    counted = {"login": "bob", "via": "review", "at": "2026-10-02T11:00:00Z", "sha": HEAD[7]}
    required = [{"surface": "iam", "min": 1}]
    return {"required": required, "counted": [counted], "ignored": [], "missing": 0}


MAIN: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "agent",
        "2026-09-01T10:00:00Z",
        {"agent": "tf-bot", "event": "registered", "by": "alice", "reason": "start"},
    ),
    ("decision", "2026-09-15T10:00:00Z", decided(3, "pass")),
    ("decision", "2026-10-02T10:00:00Z", decided(7, "hold")),
    ("decision", "2026-10-02T12:00:00Z", decided(7, "pass", votes=votes())),
    (
        "outcome",
        "2026-10-02T12:30:00Z",
        {"pull": pull(7), "outcome": "merged", "at": "2026-10-02T12:29:00Z", "merge": "c" * 40},
    ),
    (
        "decision",
        "2026-10-03T10:00:00Z",
        decided(
            8,
            "warn",
            findings=[
                {"id": "f1", "rule": "a.b", "enforcement": "block", "waived_by": "W-1"},
            ],
        ),
    ),
    (
        "agent",
        "2026-10-04T10:00:00Z",
        {"agent": "tf-bot", "event": "suspended", "by": "alice", "reason": "odd"},
    ),
    ("decision", "2026-10-05T10:00:00Z", decided(9, "block")),
    ("decision", "2026-11-05T10:00:00Z", decided(9, "pass")),
)
INCIDENTS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    (
        "alert",
        "2026-10-04T09:00:00Z",
        {
            "source": "manual",
            "key": "k",
            "severity": "high",
            "first_at": "2026-10-04T09:00:00Z",
            "text": "odd",
        },
    ),
    ("kill", "2026-10-04T09:30:00Z", {"event": "killed", "by": "alice", "reason": "odd"}),
)


def write(path: Path, main: Any = MAIN, incidents: Any = INCIDENTS) -> FileStore:
    """The history in a ledger of its own."""
    store = FileStore(str(path))
    for stream, events in (("main", main), ("org/incidents", incidents)):
        append(store, stream, events)
    return store


def append(store: FileStore, stream: str, events: Any) -> None:
    head: Head | None = store.head(stream)
    for number, (kind, at, body) in enumerate(events):
        name = f"{(head.seq + 1 if head else 0):026d}"
        draft = Draft(kind=kind, at=at, body=body, id=name)
        head = head_of(store.append(stream, head, (draft,))[-1])
        assert number >= 0
