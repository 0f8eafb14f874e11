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
TYPES = {
    "opened", "reopened", "synchronize", "edited", "labeled", "unlabeled", "ready_for_review",
    "converted_to_draft",
}  # fmt: skip


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
    assert script.count("locks/runtime.txt") == 1
    assert (ROOT / "locks" / "runtime.txt").read_text().count("--hash=sha256:") > 20


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


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_is_safe_to_copy(path: Path) -> None:
    workflow = read(path)
    assert workflow["permissions"] == {}
    for trigger, settings in workflow["on"].items():
        assert not {"paths", "paths-ignore", "branches-ignore"} & set(settings), trigger
        if trigger.startswith("pull_request") and trigger != "pull_request_review":
            assert set(settings["types"]) == TYPES
    gate = workflow["jobs"]["gate"]
    assert set(gate["permissions"]) <= {
        "contents", "pull-requests", "checks", "security-events"
    }  # fmt: skip
    assert gate["permissions"]["contents"] == "read"
    assert gate.get("if", "always()") == "always()"
    assert "timeout-minutes" in gate
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            if "uses" in step:
                assert PINNED.match(step["uses"]), step["uses"]
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example_checks_nothing_out_beside_the_gate(path: Path) -> None:
    text = str(read(path)["jobs"]["gate"])
    assert "actions/checkout" not in text
    assert "'run'" not in text
