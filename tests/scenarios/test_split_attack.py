"""An attack split over five pull requests, each small, judged whole (governance I-16)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rules.conftest import COMMITS, PULL, git_patch, merge, plan_of

from gate.collect.files import FolderSource
from gate.options import Options
from gate.pipeline import check
from gate.schema.report import Report
from gate.store.streams import KILL, Streams

SITE = """version: 1
limits:
  - {name: split, count: surfaces, max: 1, window: 7d}
  - {name: pulls-a-week, count: pulls, max: 4, window: 7d}
"""
STEPS: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("helper", "aws_lambda_layer_version", {"layer_name": "helper"}),
    ("config flag", "aws_appconfig_environment", {"name": "flags"}),
    (
        "endpoint",
        "aws_security_group_rule",
        {"type": "ingress", "from_port": 443, "to_port": 443, "cidr_blocks": ["10.0.0.0/8"]},
    ),
    ("role", "aws_iam_role_policy_attachment", {"role": "app", "policy_arn": "arn:aws:x"}),
    ("wire-up", "aws_lambda_permission", {"function_name": "app", "principal": "x"}),
)


def write_pull(folder: Path, number: int, site: str = SITE) -> Path:
    """One step of the attack as a folder."""
    _, kind, after = STEPS[number - 1]
    address = f"{kind}.step"
    text = f'resource "{kind}" "step" {{\n}}\n'
    where = folder / f"pull-{number}"
    (where / "gate").mkdir(parents=True)
    (where / "gate" / "gate.yml").write_text(site)
    user = {"login": "devin-ai-integration[bot]", "id": 158243242, "type": "Bot"}
    facts = {
        "pull": merge(PULL, {"number": number, "user": user, "commits": 1, "changed_files": 1}),
        "commits": COMMITS,
        **{key: [] for key in ("reviews", "comments", "events")},
        "permissions": {},
    }
    (where / "facts.json").write_text(json.dumps(facts))
    (where / "diff.patch").write_text(git_patch(f"step{number}.tf", None, text))
    resource = {"address": address, "type": kind, "actions": ["create"], "after": after}
    plan = plan_of({"resources": [resource]})
    assert plan is not None
    (where / "plan.json").write_bytes(plan.data)
    return where


def judge(folder: Path, streams: Streams, now: str) -> Report:
    options = Options(now=now, engine="embedded", reserve=True)
    return check(FolderSource(str(folder)), options, streams).report


def rules_of(report: Report) -> set[str]:
    return {finding.rule for finding in report.findings}


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


def test_split_attack_is_escalated_by_the_fourth_pull_request(
    tmp_path: Path, streams: Streams
) -> None:
    seen = []
    for number in range(1, 6):
        report = judge(write_pull(tmp_path, number), streams, f"2026-03-0{number}T09:00:00Z")
        assert report.decision != "error", report.reasons
        seen.append(sorted(rule for rule in rules_of(report) if rule.startswith("limits.")))
    assert seen[:3] == [[], [], []]
    assert seen[3] == ["limits.accumulated"]
    assert "limits.exceeded" in seen[4]


def test_fifth_pull_request_of_the_week_is_blocked_and_a_rerun_of_the_fourth_is_not(
    tmp_path: Path, streams: Streams
) -> None:
    for number in range(1, 5):
        judge(write_pull(tmp_path, number), streams, f"2026-03-0{number}T09:00:00Z")
    again = judge(tmp_path / "pull-4", streams, "2026-03-04T10:00:00Z")
    assert "limits.exceeded" not in rules_of(again)
    fifth = judge(write_pull(tmp_path, 5), streams, "2026-03-05T09:00:00Z")
    assert fifth.decision == "block"
    assert fifth.usage.reserved == ""
    (finding,) = (one for one in fifth.findings if one.rule == "limits.exceeded")
    assert "4 used within 7d and 1 wanted" in finding.message
    assert "2026-03-08T09:00:00Z" in finding.message


def test_kill_between_two_runs_stops_the_second(tmp_path: Path, streams: Streams) -> None:
    folder = write_pull(tmp_path, 1)
    first = judge(folder, streams, "2026-03-01T09:00:00Z")
    assert (first.usage.kill, "agents.killed" in rules_of(first)) == ("absent", False)
    body = {"event": "killed", "scope": "agent", "target": "devin", "by": "olga", "reason": "odd"}
    streams.ledger(KILL).append("kill", "2026-03-01T09:30:00Z", body)
    second = judge(folder, streams, "2026-03-01T10:00:00Z")
    assert (second.decision, second.usage.kill) == ("block", "killed")
    assert "agents.killed" in rules_of(second)
