"""What an event of Actions says became of a pull request, and who may call a block false."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gate.audit.outcomes.events import Seen, record_event
from gate.errors import CollectError
from gate.store.streams import Streams

NOW = "2026-11-24T10:00:00Z"
HEAD, BASE, MERGE = "a" * 40, "b" * 40, "c" * 40
REPOSITORY = {"full_name": "acme/infra", "id": 1}
WHO = {"alice": "write", "bob": "maintain", "eve": "triage"}


def pull_event(action: str, **over: Any) -> dict[str, Any]:
    pull = {
        "number": 4, "created_at": "2026-11-24T09:00:00Z", "updated_at": "2026-11-24T09:58:01Z",
        "closed_at": None, "merged_at": None, "merge_commit_sha": MERGE,
        "head": {"ref": "x", "sha": HEAD}, "base": {"ref": "main", "sha": BASE},
    }  # fmt: skip
    sender = {"login": "alice", "id": 1, "type": "User"}
    return {
        "action": action,
        "repository": REPOSITORY,
        "pull_request": pull | over,
        "sender": sender,
    }


def comment_event(body: str, login: str = "bob", **over: Any) -> dict[str, Any]:
    comment = {
        "user": {"login": login, "id": 2, "type": "User"}, "body": body,
        "created_at": "2026-11-24T09:59:00Z", "updated_at": "2026-11-24T09:59:00Z",
        "performed_via_github_app": None,
    }  # fmt: skip
    return {
        "action": over.pop("action", "created"),
        "repository": REPOSITORY,
        "issue": {
            "number": 4,
            "user": {"login": "alice", "id": 1, "type": "User"},
            "pull_request": {"url": "https://x"},
        },
        "comment": comment | over,
        "sender": {"login": login, "id": 2, "type": "User"},
    }


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


def decide(
    streams: Streams, decision: str = "block", number: int = 4, head: str = HEAD, **more: Any
) -> None:
    pull = {"repo": "acme/infra", "number": number, "head": head}
    told = {"decision": decision, "pull": pull, **more}
    streams.decisions("acme/infra").append("decision", "2026-11-24T09:30:00Z", told)


def see(streams: Streams, event: dict[str, Any]) -> Seen:
    return record_event(streams, json.dumps(event).encode(), lambda name: WHO[name], NOW)


@pytest.mark.parametrize(
    ("event", "outcome", "at", "merge"),
    [
        (pull_event("opened"), "opened", "2026-11-24T09:00:00Z", ""),
        (pull_event("reopened"), "opened", "2026-11-24T09:58:01Z", ""),
        (
            pull_event("closed", closed_at="2026-11-24T09:58:00Z"),
            "closed",
            "2026-11-24T09:58:00Z",
            "",
        ),
        (
            pull_event(
                "closed", closed_at="2026-11-24T09:58:00Z", merged_at="2026-11-24T09:58:00Z"
            ),
            "merged",
            "2026-11-24T09:58:00Z",
            MERGE,
        ),
    ],
)
def test_an_event_of_a_pull_request_says_what_became_of_it(
    streams: Streams, event: dict[str, Any], outcome: str, at: str, merge: str
) -> None:
    body = see(streams, event).entries[0].body
    assert (body["outcome"], body["at"], body["merge"], body["by"]) == (outcome, at, merge, "alice")
    assert (body["pull"]["number"], body["pull"]["head"]) == (4, HEAD)
    assert see(streams, event).entries == ()


@pytest.mark.parametrize("action", ["synchronize", "edited", "labeled"])
def test_other_events_say_nothing(streams: Streams, action: str) -> None:
    assert see(streams, pull_event(action)) == Seen()


def test_a_block_is_called_false_for_the_head_that_is_blocked(streams: Streams) -> None:
    decide(streams, head="d" * 40)
    decide(streams)
    decide(streams, number=5, head="e" * 40)
    seen = see(streams, comment_event("/gate false-block the wildcard is ours and harmless\nmore"))
    body = seen.entries[0].body
    assert (body["outcome"], body["by"], body["pull"]["head"]) == ("false_block", "bob", HEAD)
    assert body["reason"] == "the wildcard is ours and harmless"


@pytest.mark.parametrize(
    ("event", "why"),
    [
        (comment_event("/gate false-block"), "a reason of at least 10 characters is missing"),
        (comment_event("/gate false-block wrong"), "a reason of at least 10 characters is missing"),
        (comment_event("/gate false-block it is really wrong", "eve"), "eve may not approve here"),
        (
            comment_event(
                "/gate false-block it is really wrong",
                user={"login": "alice", "id": 1, "type": "User"},
            ),
            "alice opened the pull request",
        ),
        (
            comment_event(
                "/gate false-block it is really wrong",
                user={"login": "x[bot]", "id": 9, "type": "Bot"},
            ),
            "only a person",
        ),
        (
            comment_event(
                "/gate false-block it is really wrong", performed_via_github_app={"id": 1}
            ),
            "only a person",
        ),
        (comment_event("/gate false-block it is really wrong", action="edited"), ""),
        (comment_event("I say /gate false-block it is really wrong"), ""),
        (comment_event("/gate approve " + HEAD), ""),
    ],
)
def test_who_may_not_call_a_block_false_changes_nothing(
    streams: Streams, event: dict[str, Any], why: str
) -> None:
    decide(streams)
    seen = see(streams, event)
    assert seen.entries == ()
    assert why in seen.why
    assert bool(seen.why) is bool(why)


@pytest.mark.parametrize("decision", ["pass", "hold", "error"])
def test_where_nothing_is_blocked_no_block_is_false(streams: Streams, decision: str) -> None:
    decide(streams)
    decide(streams, decision)
    seen = see(streams, comment_event("/gate false-block it is really wrong"))
    assert seen == Seen(why="#4 is not blocked: there is no block to call false")


def test_hidden_characters_of_a_reason_are_shown(streams: Streams) -> None:
    decide(streams)
    seen = see(streams, comment_event("/gate false-block harmless\u202e\u200b really"))
    assert seen.entries[0].body["reason"].isascii()


def test_what_is_no_event_is_not_taken_for_one(streams: Streams) -> None:
    with pytest.raises(CollectError):
        record_event(streams, b"[]", lambda _: "admin", NOW)


@pytest.mark.parametrize("more", [{"requester": "Bob"}, {"requesters": ["carol", "BOB"]}])
def test_who_asked_an_agent_for_it_calls_no_block_false(
    streams: Streams, more: dict[str, Any]
) -> None:
    decide(streams, **more)
    seen = see(streams, comment_event("/gate false-block it is really wrong"))
    assert seen.entries == ()
    assert "bob asked an agent for it" in seen.why


def test_what_an_event_names_is_written_harmless(streams: Streams) -> None:
    hostile = "\x1b[31m" * 50
    event = pull_event(
        "closed", merged_at=NOW, merge_commit_sha=hostile, head={"ref": "x", "sha": hostile}
    )
    for entry in see(streams, event).entries:
        assert "\\u{1b}" in entry.body["merge"]
        assert all(text.isprintable() for text in (entry.body["merge"], entry.body["pull"]["head"]))
