"""Which pull request an Actions event is about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gate.collect.event import MAX_EVENT_BYTES, PullEvent, decode_event, read_event
from gate.errors import CollectError, UsageError

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
        repository="acme/app", number=7, head="a" * 40, fork=False
    )


@pytest.mark.parametrize("repo", [{"full_name": "mallory/app", "id": 2}, None])
def test_head_in_another_or_no_repository_is_a_fork(repo: Any) -> None:
    pull = {**PULL, "head": {**PULL["head"], "repo": repo}}  # type: ignore[dict-item]
    assert decode_event(event(pull_request=pull)).fork


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


def test_merge_group_is_refused_in_words() -> None:
    with pytest.raises(UsageError, match="merge_group"):
        decode_event(event(merge_group={"head_sha": "a" * 40}))


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
    assert read_event(str(path)).number == 7
