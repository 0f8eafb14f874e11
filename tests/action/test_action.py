"""The Action as a workflow sees it: run by act on this machine, against a GitHub that remembers."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from action.running import ROOT, Runner, make_folder
from forge.server import serve
from forge.state import State, load

pytestmark = pytest.mark.opa

SCENARIO = ROOT / "fixtures" / "pulls" / "agent-widens-ci-role"
NEXT = "c" * 40


@pytest.fixture
def state() -> State:
    return load(SCENARIO)


@pytest.fixture
def run(folder: Path, state: State) -> Iterator[Runner]:
    shutil.copy(SCENARIO / "plan.json", folder / "plan.json")
    with serve(state) as server:
        yield Runner(folder, server, plan=str(folder / "plan.json"))
        assert server.violations == []


def test_action_blocks_once_and_clears_away_after_the_fix(
    run: Runner, state: State, folder: Path
) -> None:
    blocked = run()
    assert blocked.code == 1, blocked.log
    assert blocked.outputs["decision"] == "block"
    assert int(blocked.outputs["findings"]) >= 1
    assert len(blocked.outputs["policy-digest"]) == 64
    assert "terraform.wildcard_iam" in blocked.summary
    assert [review["state"] for review in state.reviews] == ["CHANGES_REQUESTED"]
    assert {comment["path"] for comment in state.review_comments} == {"infra/ci.tf"}
    sarif = json.loads((folder / "gate.sarif").read_text())
    assert sarif["version"] == "2.1.0"

    again = run()
    assert again.code == 1
    assert len(state.reviews) == 1
    assert run.server.count("POST", "/reviews") == 1
    assert statuses(state) == ["failure", "failure"]
    ledger = (folder / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in ledger] == [0, 1]

    fix(state, folder)
    passed = run()
    assert passed.outputs["decision"] in ("pass", "warn"), passed.log
    assert passed.code == 0
    assert [review["state"] for review in state.reviews] == ["DISMISSED"]
    assert run.server.count("POST", "/reviews") == 1
    assert statuses(state) == ["failure", "failure", "success"]
    assert state.statuses[-1]["sha"] == NEXT
    assert state.statuses[-1]["target_url"].endswith("/acme/infra/actions/runs/1003")


def statuses(state: State) -> list[str]:
    return [status["state"] for status in state.statuses]


def fix(state: State, folder: Path) -> None:
    """A push that leaves only a text file changed, with a plan that changes nothing."""
    plan = json.loads((SCENARIO / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps({**plan, "resource_changes": []}))
    state.after = {"README.md": ("100644", b"text\n")}
    state.files = [
        {
            "filename": "README.md",
            "status": "added",
            "additions": 1,
            "deletions": 0,
            "patch": "@@ -0,0 +1 @@\n+text",
        }
    ]
    state.commits[0]["sha"] = NEXT
    state.move_head(NEXT)


def test_action_with_a_read_only_token_still_blocks(run: Runner, state: State) -> None:
    job = run("reader")
    assert job.code == 1, job.log
    assert job.outputs["decision"] == "block"
    assert "it ran" not in job.log.replace('SystemExit("it ran")', "")
    assert "terraform.wildcard_iam" in job.summary
    assert "no review could be posted" in job.log
    assert "no commit status could be written" in job.log
    assert (state.reviews, state.statuses) == ([], [])


def test_action_installs_with_pip_where_there_is_no_uv(run: Runner, tmp_path: Path) -> None:
    job = Runner(make_folder(tmp_path), run.server)("nobody", with_uv=False)
    assert job.code == 1, job.log
    assert job.outputs["decision"] == "error"
    assert "401" in job.log
    assert "nobody" not in job.log


def test_action_of_an_older_event_is_superseded(run: Runner, state: State) -> None:
    job = run(head={**state.pull["head"], "sha": "e" * 40})
    assert job.code == 1
    assert job.outputs["decision"] == "error"
    assert "was started for" in job.log
    assert (state.reviews, state.statuses) == ([], [])
