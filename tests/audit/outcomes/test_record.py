"""What became of pull requests: each thing once, and the end of one frees its limits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gate.audit.outcomes.record import record_outcome
from gate.schema.bodies import PullName
from gate.schema.events import OutcomeBody
from gate.store.streams import LIMITS, Streams

NOW = "2026-11-24T10:00:00Z"
PULL = PullName(origin="github", repo="acme/infra", number=4, head="a" * 40)


def outcome(name: str = "merged", **over: Any) -> OutcomeBody:
    fields = {"pull": PULL, "by": "alice", "at": "2026-11-24T09:58:00Z", "merge": "c" * 40}
    return OutcomeBody(outcome=name, **fields | over)  # type: ignore[arg-type]


def told(streams: Streams, stream: str) -> list[str]:
    return [entry.body["outcome"] for entry in streams.store.read(stream)]


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


@pytest.mark.parametrize(
    ("name", "is_end"),
    [
        ("opened", False),
        ("merged", True),
        ("closed", True),
        ("fixed", False),
        ("reverted", False),
        ("false_block", False),
    ],
)
def test_only_the_end_of_a_pull_request_is_told_to_the_limits(
    streams: Streams, name: str, is_end: bool
) -> None:
    record_outcome(streams, outcome(name), NOW)
    assert told(streams, "main") == [name]
    assert told(streams, LIMITS) == ([name] if is_end else [])


@pytest.mark.parametrize(
    ("first", "second", "is_new"),
    [
        (outcome(), outcome(), False),
        (outcome(), outcome(at="2026-11-24T09:59:59Z"), False),  # one merge, told by two clocks
        (outcome(), outcome(pull=PullName(repo="ACME/infra", number=4)), False),
        (outcome(), outcome(pull=PullName(repo="acme/infra", number=5)), True),
        (outcome("closed"), outcome("closed", at="2026-11-24T09:59:00Z"), True),  # reopened between
        (outcome("closed"), outcome("merged"), True),
        (outcome("fixed"), outcome("fixed", at=NOW), False),
        (outcome("reverted"), outcome("reverted", merge="d" * 40), True),
    ],
)
def test_the_same_thing_is_written_once(
    streams: Streams, first: OutcomeBody, second: OutcomeBody, is_new: bool
) -> None:
    record_outcome(streams, first, NOW)
    assert bool(record_outcome(streams, second, NOW)) is is_new


def test_what_a_crash_left_out_of_the_limits_is_made_up_for(streams: Streams) -> None:
    record_outcome(streams, outcome(), NOW)
    (Path(f"{streams.spec}.d") / "streams" / "org~limits.jsonl").unlink()
    assert [entry.kind for entry in record_outcome(streams, outcome(), NOW)] == ["outcome"]
    assert told(streams, "main") == told(streams, LIMITS) == ["merged"]


def test_pull_request_that_is_opened_again_is_open_to_the_limits_too(streams: Streams) -> None:
    record_outcome(streams, outcome("opened", at="2026-11-24T09:00:00Z"), NOW)
    record_outcome(streams, outcome("closed"), NOW)
    again = outcome("opened", at="2026-11-24T09:59:00Z")
    assert len(record_outcome(streams, again, NOW)) == 2
    assert told(streams, LIMITS) == ["closed", "opened"]
    assert record_outcome(streams, again, NOW) == ()
    later = outcome("opened", at=NOW)
    record_outcome(streams, later, NOW)
    assert told(streams, LIMITS) == ["closed", "opened"]
