"""Which pull request an Actions event is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gate.collect.event import (
    MAX_EVENT_BYTES,
    GroupEvent,
    PullEvent,
    QueueEntry,
    RunEvent,
    SweepEvent,
    decode_event,
    read_event,
)
from gate.errors import CollectError, UsageError
from gate.schema.facts import Actor

BASE = {"full_name": "acme/app", "id": 1}
PULL = {
    "number": 7,
    "head": {"ref": "x", "sha": "a" * 40, "repo": dict(BASE)},
    "base": {"ref": "main", "sha": "b" * 40, "repo": dict(BASE)},
}


def event(**parts: Any) -> bytes:
    return json.dumps({"action": "opened", "repository": BASE, "sender": {}, **parts}).encode()


@pytest.mark.parametrize("extra", [{}, {"review": {"id": 1}}], ids=["pull_request", "review"])
def test_pull_event_names_its_head(extra: dict[str, Any]) -> None:
    assert decode_event(event(pull_request=PULL, **extra)) == PullEvent(
        repository="acme/app", number=7, head="a" * 40
    )


def test_comment_on_a_pull_request_names_no_head() -> None:
    found = decode_event(event(issue={"number": 7, "pull_request": {"url": "x"}}, comment={}))
    assert found == PullEvent(repository="acme/app", number=7)


def test_comment_on_an_issue_is_not_about_a_pull_request() -> None:
    with pytest.raises(UsageError, match="not about a pull request"):
        decode_event(event(issue={"number": 7}))


def test_push_is_not_about_a_pull_request() -> None:
    with pytest.raises(UsageError) as caught:
        decode_event(event(ref="refs/heads/main"))
    assert "pull_request" in caught.value.hint


def test_comment_names_its_writer() -> None:
    robot = {"login": "gate[bot]", "id": 5, "type": "Bot"}
    found = decode_event(
        event(issue={"number": 7, "pull_request": {"url": "x"}}, comment={"user": robot})
    )
    assert isinstance(found, PullEvent)
    assert found.commenter == Actor(login="gate[bot]", id=5, type="Bot")


RUN = {
    "id": 1,
    "event": "pull_request_review",
    "head_sha": "a" * 40,
    "head_branch": "topic",
    "head_repository": {"full_name": "mallory/app", "id": 9},
    "pull_requests": [{"number": 99}],
}


def test_run_of_another_workflow_names_the_head_and_no_number() -> None:
    found = decode_event(event(workflow_run=RUN, workflow={"id": 1}))
    assert found == RunEvent(
        repository="acme/app", source="mallory/app", branch="topic", head="a" * 40
    )


def test_run_for_a_deleted_fork_names_no_repository() -> None:
    found = decode_event(event(workflow_run={**RUN, "head_repository": None, "head_branch": None}))
    assert isinstance(found, RunEvent)
    assert (found.source, found.branch) == ("", "")


GROUP = {
    "head_sha": "a" * 40,
    "head_ref": f"refs/heads/gh-readonly-queue/release/1.x/pr-104-{'b' * 40}",
    "base_sha": "b" * 40,
    "base_ref": "refs/heads/release/1.x",
}


def test_merge_group_names_its_last_pull_request() -> None:
    assert decode_event(event(merge_group=GROUP)) == GroupEvent(
        repository="acme/app",
        base="release/1.x",
        base_sha="b" * 40,
        head="a" * 40,
        last=QueueEntry(number=104, parent="b" * 40),
    )


@pytest.mark.parametrize(
    "ref",
    [
        "refs/heads/topic",
        f"refs/heads/gh-readonly-queue/main/pr-104-{'b' * 40}",
        f"refs/heads/gh-readonly-queue/release/1.x/pr-104-{'b' * 39}",
        f"refs/heads/gh-readonly-queue/release/1.x/pr-x-{'b' * 40}",
        f"refs/heads/x/gh-readonly-queue/release/1.x/pr-104-{'b' * 40}",
        "",
    ],
)
def test_merge_group_of_another_name_is_an_error_not_an_empty_group(ref: str) -> None:
    with pytest.raises(CollectError, match="which pull requests"):
        decode_event(event(merge_group={**GROUP, "head_ref": ref}))


def test_schedule_is_about_every_open_pull_request() -> None:
    assert decode_event(event(schedule="0 5 * * *")) == SweepEvent(repository="acme/app")
    bare = json.dumps({"schedule": "0 5 * * *"}).encode()
    assert decode_event(bare, "acme/app") == SweepEvent(repository="acme/app")


@pytest.mark.parametrize(
    ("inputs", "found"),
    [
        ({"pull": "7"}, PullEvent(repository="acme/app", number=7)),
        ({"pull": " #7 "}, PullEvent(repository="acme/app", number=7)),
        ({"pull": ""}, SweepEvent(repository="acme/app")),
        ({}, SweepEvent(repository="acme/app")),
        (None, SweepEvent(repository="acme/app")),
    ],
)
def test_start_by_hand_names_a_pull_request_or_all(inputs: Any, found: Any) -> None:
    assert decode_event(event(inputs=inputs, ref="refs/heads/main")) == found


@pytest.mark.parametrize("number", ["x", "7 8", "-1", "7/../8", "\u0667", "1" * 10])
def test_start_by_hand_with_no_number_is_bad_usage(number: str) -> None:
    with pytest.raises(UsageError, match="input pull"):
        decode_event(event(inputs={"pull": number}))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{",
        b'{"repository": 1}',
        b"{}",
        event(pull_request={"number": "7"}),
        b'{"repository": {}, "repository": {}}',
    ],
)
def test_broken_event_is_an_error(content: bytes) -> None:
    with pytest.raises(CollectError):
        decode_event(content)


def test_event_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CollectError) as caught:
        read_event(str(tmp_path / "event.json"))
    assert "GITHUB_EVENT_PATH" in caught.value.hint


def test_event_over_the_limit_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(b" " * (MAX_EVENT_BYTES + 1))
    with pytest.raises(CollectError, match="larger than"):
        read_event(str(path))


def test_event_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(event(pull_request=PULL))
    assert read_event(str(path)) == PullEvent(repository="acme/app", number=7, head="a" * 40)
