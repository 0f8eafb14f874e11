"""What action.yml and the example workflows promise, read from the files themselves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from gate.yamldoc import parse_yaml

ROOT = Path(__file__).parents[2]
ACTION = ROOT / "action.yml"
EXAMPLES = sorted((ROOT / "docs" / "examples" / "workflows").glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}\Z")
PUSHES = {
    "opened", "reopened", "synchronize", "edited", "labeled", "unlabeled", "ready_for_review",
    "converted_to_draft",
}  # fmt: skip
TYPES = {
    "pull_request": PUSHES,
    "pull_request_target": PUSHES | {"closed"},
    "pull_request_review": {"submitted", "edited", "dismissed"},
    "issue_comment": {"created", "edited", "deleted"},
    "merge_group": {"checks_requested"},
    "workflow_run": {"completed"},
}
"""Approvals.md B7-82: whatever may change a decision starts a run."""


def read(path: Path) -> Any:
    return parse_yaml(path.read_bytes(), path.name)


def steps() -> list[Any]:
    return list(read(ACTION)["runs"]["steps"])


def test_action_expands_no_expression_in_a_script() -> None:
    for step in steps():
        assert "${{" not in step["run"], step["name"]
        assert step["shell"] == "bash"


def test_action_hands_every_input_over_in_the_environment() -> None:
    given = {value for step in steps() for value in step.get("env", {}).values()}
    for name in read(ACTION)["inputs"]:
        assert f"${{{{ inputs.{name} }}}}" in given


def test_action_gives_the_token_to_one_step_only() -> None:
    holders = [step["name"] for step in steps() if "github-token" in str(step.get("env"))]
    assert holders == ["Judge the pull request"]


def test_action_installs_only_what_is_locked() -> None:
    script = steps()[0]["run"]
    assert "--require-hashes --only-binary :all:" in script
    assert script.count("locks/$lock.txt") == 1
    assert re.findall(r"\block=(\w+)", script) == ["runtime", "postgres"]
    for lock in ("runtime", "postgres"):
        assert (ROOT / "locks" / f"{lock}.txt").read_text().count("--hash=sha256:") > 20


def test_locks_pin_one_version_of_everything() -> None:
    def pins(name: str) -> set[str]:
        text = (ROOT / "locks" / f"{name}.txt").read_text()
        return {line.split(" ")[0] for line in text.splitlines() if line[:1].isalnum()}

    assert pins("runtime") < pins("postgres")


def test_action_runs_python_isolated_everywhere() -> None:
    for step in steps():
        for line in step["run"].splitlines():
            if re.search(r"(python3|/python\")\s", line) and "--python" not in line:
                assert re.search(r"(python3|/python\") -I ", line), line


def test_action_sets_its_decision_even_when_it_fails() -> None:
    last = steps()[-1]
    assert last["if"] == "always()"
    assert "${GATE_DECISION:-error}" in last["run"]


def test_action_can_be_listed() -> None:
    action = read(ACTION)
    assert action["branding"] == {"icon": "shield", "color": "gray-dark"}
    for part in ("inputs", "outputs"):
        for name, entry in action[part].items():
            assert entry["description"], name
            assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)


def gates(workflow: Any) -> list[Any]:
    """The jobs that run the gate."""
    return [
        job
        for job in workflow["jobs"].values()
        if any("OWNER/REPO@" in step.get("uses", "") for step in job["steps"])
    ]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_safe_to_copy(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["cancel-in-progress"] is False
    for trigger, settings in workflow["on"].items():
        if trigger != "schedule":
            assert not {"paths", "paths-ignore", "branches-ignore"} & set(settings or ()), trigger
        if trigger in TYPES:
            assert set(settings["types"]) == TYPES[trigger]
    for job in gates(workflow):
        assert set(job["permissions"]) <= {
            "contents", "pull-requests", "statuses", "checks", "security-events"
        }  # fmt: skip
        assert job["permissions"]["contents"] == "read"
    for job in workflow["jobs"].values():
        assert "timeout-minutes" in job
        for step in job["steps"]:
            if "uses" in step:
                assert PINNED.match(step["uses"]), step["uses"]
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_checks_nothing_out_beside_the_gate(path: Path) -> None:
    for job in gates(read(path)):
        assert "actions/checkout" not in str(job)
        assert "'run'" not in str(job)


def test_semantic_b8_85_required_job_has_no_condition() -> None:
    for path in EXAMPLES:
        gate = read(path)["jobs"].get("gate")
        assert gate is None or gate.get("if", "always()") == "always()", path.name


def test_events_that_judge_again_are_all_subscribed_to() -> None:
    trusted = [read(EXAMPLES[0].parent / f"gate{name}.yml") for name in ("", "-again", "-review")]
    events = {event for workflow in trusted for event in workflow["on"]}
    assert events == {
        "pull_request_target", "pull_request_review", "issue_comment", "workflow_run", "merge_group",
        "schedule", "workflow_dispatch",
    }  # fmt: skip
    again, review = trusted[1], trusted[2]
    assert again["on"]["workflow_run"]["workflows"] == [review["name"]]
    assert "inputs.pull" not in str(again["jobs"])


def test_relay_has_no_rights_and_does_nothing() -> None:
    relay = read(EXAMPLES[0].parent / "gate-review.yml")["jobs"]["relay"]
    assert "permissions" not in relay
    assert [step["run"] for step in relay["steps"]] == ["true"]


def test_workflow_with_a_writing_token_runs_from_the_default_branch() -> None:
    for path in EXAMPLES:
        workflow = read(path)
        if "pull_request_target" in workflow["on"] or "workflow_run" in workflow["on"]:
            assert not {"pull_request", "pull_request_review"} & set(workflow["on"])
            assert "checkout" not in path.read_text().replace("checked out", "")
