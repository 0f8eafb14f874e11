"""The generator's truth is what the gate finds, at a size a test can afford."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from bench.generate import PLANTED
from bench.pulls import write_diff, write_pull
from scenarios.running import gate


@pytest.mark.parametrize("engine", ["embedded", pytest.param("opa", marks=pytest.mark.opa)])
def test_planted_faults_are_found_and_no_others(tmp_path: Path, engine: str) -> None:
    pull = tmp_path / "pull"
    truth = write_pull(pull, 400, files=4, dirty=True, hcl=0)
    answer = gate("check", str(pull), "--engine", engine, folder=tmp_path)
    found: dict[str, list[str]] = {}
    for finding in answer.report.findings:
        found.setdefault(finding.rule, []).append(finding.subject)
    planted = {fault.rule for fault in PLANTED}
    assert {rule: sorted(found.get(rule, [])) for rule in planted & found.keys()} == truth


@pytest.mark.parametrize("hcl", [0, 2])
def test_clean_plan_passes(tmp_path: Path, hcl: int) -> None:
    pull = tmp_path / "pull"
    assert write_pull(pull, 200, files=4, dirty=False, hcl=hcl) == {}
    answer = gate("check", str(pull), "--engine", "embedded", folder=tmp_path)
    assert answer.report.decision == "pass"
    assert answer.report.findings == ()


def test_generated_plan_is_json_of_the_announced_size(tmp_path: Path) -> None:
    pull = tmp_path / "pull"
    write_pull(pull, 100, files=1, dirty=True, hcl=0)
    plan = json.loads((pull / "plan.json").read_text())
    assert len(plan["resource_changes"]) == 100
    changed = [row for row in plan["resource_changes"] if row["change"]["actions"] != ["no-op"]]
    assert len(changed) == 10


def test_generated_diff_passes(tmp_path: Path) -> None:
    write_diff(tmp_path / "pull", 300)
    answer = gate("check", str(tmp_path / "pull"), "--engine", "embedded", folder=tmp_path)
    assert answer.report.decision == "pass"
