"""Which jobs of Actions may write to the ledger that all runs share."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.cli.runner import is_trusted, require_trusted
from gate.errors import ConfigError

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


def test_person_at_a_laptop_is_not_asked(tmp_path: Path) -> None:
    require_trusted({"GITHUB_EVENT_NAME": "pull_request"})
