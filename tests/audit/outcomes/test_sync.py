"""Catching up: merges and ends that no event told, reverts, and what was fixed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forge.scenario import commit_of, make_state
from forge.server import Server, serve

from gate.audit.outcomes.record import record_outcome
from gate.audit.outcomes.sync import sync_outcomes
from gate.forge import Forge
from gate.refusal import ForgeReadError
from gate.schema.bodies import PullName
from gate.schema.events import OutcomeBody
from gate.schema.forge import ForgeSettings
from gate.store.streams import LIMITS, Streams

NOW = "2026-11-24T10:00:00Z"
SINCE = "2026-11-20T00:00:00Z"
MERGE = "c" * 40


def closed(number: int, at: str, merge: str = "", **over: Any) -> Any:
    fields = {
        "number": number, "state": "closed", "closed_at": at, "updated_at": at,
        "merged_at": at if merge else None, "merge_commit_sha": merge or None,
    }  # fmt: skip
    return make_state({}, **fields | over)


def commit(sha: str, message: str, date: str = "2026-11-24T09:00:00Z") -> dict[str, Any]:
    made = commit_of(sha)
    person = {"name": "A", "email": "a@example.com", "date": date}
    return {**made, "commit": {**made["commit"], "message": message, "committer": person}}


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_state({})) as running:
        running.state.others = [
            closed(1, "2026-11-22T10:00:00Z", MERGE),
            closed(2, "2026-11-23T10:00:00Z"),
            closed(3, "2026-11-01T10:00:00Z", "e" * 40),  # before the catch-up begins
        ]
        yield running
        assert running.violations == []


def sync(streams: Streams, server: Server) -> list[tuple[str, int, str]]:
    forge = Forge(
        "acme/app", "reader", ForgeSettings(api_url=server.url, write_pause=0, backoff=0, retries=0)
    )
    written = sync_outcomes(streams, forge, "main", SINCE, NOW)
    return [
        (one.body["outcome"], one.body["pull"]["number"], one.body["at"])
        for one in written
        if one.body
    ]


def test_ends_that_no_event_told_are_made_up_for_once(streams: Streams, server: Server) -> None:
    merged, ended = ("merged", 1, "2026-11-22T10:00:00Z"), ("closed", 2, "2026-11-23T10:00:00Z")
    assert sync(streams, server) == [merged, merged, ended, ended]  # repository, limits
    assert sync(streams, server) == []
    assert [one.body["pull"]["number"] for one in streams.store.read(LIMITS)] == [1, 2]


def test_what_the_event_told_is_not_told_again(streams: Streams, server: Server) -> None:
    server.state.others = server.state.others[:1]
    pull = PullName(repo="acme/app", number=1)
    event = OutcomeBody(pull=pull, outcome="merged", at="2026-11-22T09:59:59Z", merge=MERGE)
    record_outcome(streams, event, NOW)
    assert sync(streams, server) == []


@pytest.mark.parametrize(
    ("message", "date", "at"),
    [
        (
            f"Revert it\n\nThis reverts commit {MERGE}.",
            "2026-11-24T09:00:00Z",
            "2026-11-24T09:00:00Z",
        ),
        (f"This reverts commit {MERGE[:7]} (it)", "2026-11-24T09:00:00Z", "2026-11-24T09:00:00Z"),
        (f"This reverts commit {MERGE}, reversing\nchanges", "2027-01-01T00:00:00Z", NOW),
        (f"See: This reverts commit {MERGE}.", "2026-11-24T09:00:00Z", ""),
        (f"This reverts commit {'d' * 40}.", "2026-11-24T09:00:00Z", ""),
        ("This reverts commit ccc.", "2026-11-24T09:00:00Z", ""),
    ],
)
def test_a_commit_that_says_it_reverts_a_merge_reverts_its_pull_request(
    streams: Streams, server: Server, message: str, date: str, at: str
) -> None:
    server.state.history = [commit("f" * 40, message, date)]
    found = [one for one in sync(streams, server) if one[0] == "reverted"]
    assert found == ([("reverted", 1, at)] if at else [])
    assert sync(streams, server) == []


def decide(streams: Streams, decision: str, head: str, clock: str, number: int = 9) -> None:
    told = {"decision": decision, "pull": {"repo": "acme/app", "number": number, "head": head * 40}}
    streams.decisions("acme/app").append("decision", f"2026-11-24T{clock}:00Z", told)


@pytest.mark.parametrize(
    ("history", "fixed"),
    [
        ([("block", "a", "08:00"), ("pass", "b", "08:10")], ["2026-11-24T08:10:00Z"]),
        ([("block", "a", "08:00"), ("pass", "a", "08:10")], []),  # waived, not fixed
        ([("hold", "a", "08:00"), ("pass", "b", "08:10")], []),
        ([("block", "a", "08:00"), ("hold", "b", "08:10")], []),
        (
            [("block", "a", "08:00"), ("hold", "b", "08:10"), ("warn", "b", "08:20")],
            ["2026-11-24T08:20:00Z"],
        ),
        (
            [
                ("block", "a", "08:00"), ("pass", "b", "08:10"), ("pass", "c", "08:20"),
                ("block", "d", "08:30"), ("pass", "e", "08:40"),
            ],
            ["2026-11-24T08:10:00Z", "2026-11-24T08:40:00Z"],
        ),
    ],
)  # fmt: skip
def test_a_later_head_that_passes_fixes_what_was_blocked(
    streams: Streams, server: Server, history: list[tuple[str, str, str]], fixed: list[str]
) -> None:
    server.state.others = []
    for decision, head, clock in history:
        decide(streams, decision, head, clock)
    assert [at for name, _, at in sync(streams, server) if name == "fixed"] == fixed
    assert sync(streams, server) == []


def test_a_question_that_github_does_not_answer_writes_nothing(
    streams: Streams, server: Server
) -> None:
    server.fail("GET", "/commits$", 500)
    with pytest.raises(ForgeReadError):
        sync(streams, server)
    assert streams.store.head(LIMITS) is None


def test_pages_end_where_the_listing_is_older_than_asked_for(
    streams: Streams, server: Server
) -> None:
    server.state.others = [
        closed(number, f"2026-11-{day}T10:00:00Z")
        for number, day in enumerate(["23"] * 150 + ["10"] * 100, 1)
    ]
    assert len(sync(streams, server)) == 300
    assert server.count("GET", "/pulls$") == 2
