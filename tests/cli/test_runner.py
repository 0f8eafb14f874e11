"""Which jobs of Actions may write to the ledger that all runs share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.cli import main
from gate.cli.runner import is_trusted, require_trusted
from gate.errors import ConfigError

ROOT = Path(__file__).parents[2]
REPOSITORY = "acme/infra"
MINE = f"{REPOSITORY}/.github/workflows/gate.yml"


def environment(event: str, ref: str, folder: Path, workflow: str = MINE) -> dict[str, str]:
    payload = folder / "event.json"
    payload.write_text(
        json.dumps({"repository": {"full_name": REPOSITORY, "default_branch": "trunk"}})
    )
    return {
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": event,
        "GITHUB_EVENT_PATH": str(payload),
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_WORKFLOW_REF": f"{workflow}@{ref}" if ref else "",
    }


@pytest.mark.parametrize(
    ("event", "ref", "trusted"),
    [
        ("pull_request", "refs/pull/7/merge", False),
        ("pull_request", "refs/heads/trunk", False),
        ("pull_request_review", "refs/pull/7/merge", False),
        ("merge_group", "refs/heads/gh-readonly-queue/trunk/pr-7-abc", False),
        ("pull_request_target", "refs/heads/trunk", True),
        ("pull_request_target", "refs/pull/7/merge", False),
        ("pull_request_target", "refs/heads/topic", False),
        ("workflow_run", "refs/tags/v1", False),
        ("schedule", "", True),
        ("workflow_run", "refs/heads/trunk", True),
        ("schedule", "refs/heads/trunk", True),
        ("issue_comment", "refs/heads/trunk", True),
        ("workflow_dispatch", "refs/heads/trunk", True),
        ("workflow_dispatch", "refs/heads/topic", False),
        ("push", "refs/heads/topic", False),
        ("push", "", False),
        ("something_new", "refs/heads/trunk", False),
        ("", "", False),
    ],
)
def test_only_workflows_of_the_default_branch_are_trusted(
    event: str, ref: str, trusted: bool, tmp_path: Path
) -> None:
    env = environment(event, ref, tmp_path)
    assert is_trusted(env) is trusted
    if trusted:
        require_trusted(env)
        return
    with pytest.raises(ConfigError, match="shared ledger"):
        require_trusted(env)


def test_workflow_that_a_ruleset_requires_is_trusted(tmp_path: Path) -> None:
    required = "acme/policies/.github/workflows/gate.yml"
    env = environment("pull_request", "refs/heads/main", tmp_path, required)
    assert is_trusted(env)


@pytest.mark.parametrize(
    "workflow",
    [
        "garbage",
        "garbage@refs/heads/main",
        "acme@refs/heads/main",
        "acme/policies@refs/heads/main",
        "acme/policies/.github/workflows/gate.yml",
        "acme/policies/.github/workflows/gate.yml@",
        "acme/policies/.github/workflows/gate.yml@refs/pull/3/merge",
        "evil/fork/.github/workflows/gate.yml@refs/pull/3/merge",
        " acme/infra/.github/workflows/gate.yml@refs/pull/7/merge",
        "acme//infra/gate.yml@refs/heads/main",
        "https://github.com/acme/infra/.github/workflows/gate.yml@refs/heads/main",
        "acme/policies/.github/workflows/gate.yml@refs/heads/main\nx",
    ],
)
@pytest.mark.parametrize("event", ["pull_request", "merge_group", ""])
def test_odd_name_of_a_workflow_is_not_trusted(event: str, workflow: str, tmp_path: Path) -> None:
    env = {**environment(event, "", tmp_path), "GITHUB_WORKFLOW_REF": workflow}
    assert not is_trusted(env)


def test_job_of_no_repository_is_not_trusted(tmp_path: Path) -> None:
    env = {**environment("pull_request", "refs/pull/7/merge", tmp_path), "GITHUB_REPOSITORY": ""}
    assert not is_trusted(env)


def test_person_at_a_laptop_is_not_asked(tmp_path: Path) -> None:
    require_trusted({"GITHUB_EVENT_NAME": "pull_request"})


SHARED = "git:/srv/governance.git"
WRITERS = (
    ("check", "fixtures/pulls/agent-fixes-docs", "--ledger", SHARED),
    ("kill", "org", "--by", "alice", "--reason", "x", "--ledger", SHARED),
    ("kill", "list", "--ledger", SHARED),
    ("incident", "open", "--severity", "low", "--by", "a", "--reason", "x", "--ledger", SHARED),
    ("incident", "close", "01AB", "--by", "alice", "--reason", "x", "--ledger", SHARED),
    ("incident", "notify", "--ledger", SHARED),
    ("scheduled", "--ledger", SHARED),
    ("reconcile", "--repository", "acme/infra", "--ledger", SHARED),
    ("ledger", "erase", "0" * 64, "--by", "alice", "--reason", "x", "--ledger", SHARED),
    ("ledger", "checkpoint", "--all", "--ledger", SHARED),
    ("ledger", "migrate", "--from", "here.jsonl", "--to", SHARED),
    ("agents", "suspend", "tf-bot", "--by", "alice", "--reason", "x", "--ledger", SHARED),
    ("agents", "promote", "tf-bot", "--by", "alice", "--reason", "x", "--ledger", SHARED),
)


def call(words: tuple[str, ...], env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> int:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    return main(list(words))


@pytest.mark.parametrize("words", WRITERS, ids=lambda words: " ".join(words[:2]))
def test_no_command_writes_to_the_shared_ledger_from_a_pull_request(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    env = environment("pull_request", "refs/pull/7/merge", tmp_path)
    assert call(words, env, monkeypatch) == 2
    told = capsys.readouterr()
    assert "the shared ledger was given to a pull_request run" in told.out + told.err


@pytest.mark.parametrize(
    "words", [words for words in WRITERS if "migrate" not in words], ids=lambda w: " ".join(w[:2])
)
def test_job_writes_to_the_shared_ledger_by_no_clock_of_its_own(
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    env = environment("workflow_run", "refs/heads/trunk", tmp_path)
    assert call((*words, "--now", "2099-01-01T00:00:00Z"), env, monkeypatch) == 2
    told = capsys.readouterr()
    assert "has the runner's time" in told.out + told.err
