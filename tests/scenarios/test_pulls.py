"""Whole pull requests: each gives the decision it must, the same on every engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scenarios.running import NOW, PULLS, gate

from gate.schema.report import Report

SCENARIOS = sorted(folder for folder in PULLS.iterdir() if (folder / "expected.json").exists())


def expectation(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "expected.json").read_text()))


def shown(report: Report) -> list[str]:
    """`<rule> <path>[:<line>][ waived]` of every finding, sorted."""
    lines = []
    for finding in report.findings:
        at = finding.at
        place = "" if at is None else at.path if at.line is None else f"{at.path}:{at.line}"
        lines.append(f"{finding.rule} {place}{' waived' if finding.waived_by else ''}")
    return sorted(lines)


def check_scenario(folder: Path, engine: str, tmp_path: Path) -> Report:
    expected = expectation(folder)
    answer = gate("check", str(folder), "--now", NOW, "--engine", engine, folder=tmp_path)
    report = answer.report
    assert report.decision == expected["decision"], [reason.text for reason in report.reasons]
    assert shown(report) == sorted(expected["findings"])
    usual = {"pass": 0, "warn": 0, "hold": 1, "block": 1, "error": 2}[report.decision]
    assert answer.code == expected.get("exit", usual)
    if "missing" in expected:
        assert report.votes.missing == expected["missing"]
    assert report.entry is not None
    return report


@pytest.mark.opa
@pytest.mark.parametrize("folder", SCENARIOS, ids=[folder.name for folder in SCENARIOS])
def test_pull_is_judged_by_opa(folder: Path, tmp_path: Path) -> None:
    check_scenario(folder, "opa", tmp_path)


EMBEDDED = [folder for folder in SCENARIOS if expectation(folder).get("engine") != "opa"]


@pytest.mark.parametrize("folder", EMBEDDED, ids=[folder.name for folder in EMBEDDED])
def test_pull_is_judged_by_the_embedded_engine(folder: Path, tmp_path: Path) -> None:
    check_scenario(folder, "embedded", tmp_path)


SITE = [folder for folder in SCENARIOS if expectation(folder).get("engine") == "opa"]


@pytest.mark.parametrize("folder", SITE, ids=[folder.name for folder in SITE])
def test_site_policies_are_refused_by_the_embedded_engine(folder: Path, tmp_path: Path) -> None:
    answer = gate("check", str(folder), "--now", NOW, "--engine", "embedded", folder=tmp_path)
    assert answer.code == 2
    assert "opa install" in " ".join(reason.text for reason in answer.report.reasons)


@pytest.mark.opa
def test_engines_agree_on_every_key_of_the_report(tmp_path: Path) -> None:
    for folder in EMBEDDED:
        reports = []
        for engine in ("opa", "embedded"):
            answer = gate("check", str(folder), "--now", NOW, "--engine", engine, folder=tmp_path)
            document = json.loads(answer.out)
            for key in ("engine", "entry", "notes"):
                document.pop(key)
            reports.append(document)
        assert reports[0] == reports[1], folder.name


def test_replay_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = str(PULLS / "agent-widens-ci-role")
    words = ("check", folder, "--now", NOW, "--engine", "embedded")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = gate(*words, folder=tmp_path / "a")
    second = gate(*words, folder=tmp_path / "b")
    assert first.out == second.out
    assert first.ledger.read_bytes() == second.ledger.read_bytes()
