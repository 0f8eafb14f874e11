"""`gate check`: exit codes, formats, files, the ledger's place, and what Actions is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scenarios.running import PULLS

from gate.cli import main
from gate.schema.report import Report

EXITS = {
    "agent-fixes-docs": 0,
    "agent-destroys-database-approved": 0,
    "agent-opens-ssh-observed": 0,
    "agent-destroys-database": 1,
    "agent-widens-ci-role": 1,
}
"""Scenario -> exit code: pass, approved, observed, hold, block."""


@pytest.mark.parametrize("scenario", EXITS)
@pytest.mark.parametrize("name", ["console", "json", "sarif", "markdown"])
def test_exit_code_does_not_depend_on_the_format(
    check: Any, scenario: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check(scenario, "--format", name) == EXITS[scenario]
    captured = capsys.readouterr()
    assert captured.out
    assert captured.err == ""


@pytest.mark.parametrize("name", ["console", "json", "sarif", "markdown"])
def test_plan_that_is_none_is_exit_2_in_every_format(
    check: Any, name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text("no plan")
    code = check("agent-opens-ssh-without-plan", "--plan", f"infra/net={plan}", "--format", name)
    assert code == 2
    assert "not JSON" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["nowhere"], "neither a folder"),
        (["a/b#c"], "neither a folder"),
        ([str(PULLS)], "facts.json"),
        ([str(PULLS / "agent-fixes-docs"), "--now", "today"], "not a time"),
        ([str(PULLS / "agent-fixes-docs"), "--now", "2026-13-45T99:99:99Z"], "not a time"),
        ([str(PULLS / "agent-fixes-docs"), "--config", "nowhere"], "no such folder"),
        ([str(PULLS / "agent-fixes-docs"), "--policy", "nowhere"], "no such folder"),
        ([str(PULLS / "agent-fixes-docs"), "--post", "review"], "only a pull request on GitHub"),
        ([str(PULLS / "agent-fixes-docs"), "--plan", "a=x", "--plan", "a/=y"], "has a plan"),
        (["acme/infra#7"], "no GitHub token"),
        (["acme/infra#7", "--post", "review", "--now", "2026-11-24T10:00:00Z"], "--post none"),
    ],
)
def test_what_cannot_be_judged_is_a_valid_report(
    quiet_surroundings: Path,
    words: list[str],
    reason: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["check", *words, "--engine", "embedded", "--format", "json"]) == 2
    captured = capsys.readouterr()
    report = msgspec.json.decode(captured.out, type=Report)
    assert report.decision == "error"
    assert reason in report.reasons[0].text
    assert not report.completeness.ok
    assert "Traceback" not in captured.err


def test_several_reports_are_written_beside_the_one_on_stdout(
    check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wishes = {name: tmp_path / name for name in ("json", "sarif", "markdown", "console")}
    words = [word for name, path in wishes.items() for word in ("--report", f"{name}={path}")]
    assert check("agent-widens-ci-role", *words) == 1
    out = capsys.readouterr().out
    assert wishes["console"].read_text() == out
    report = msgspec.json.decode(wishes["json"].read_bytes(), type=Report)
    assert report.decision == "block"
    sarif = json.loads(wishes["sarif"].read_text())
    assert sarif["version"] == "2.1.0"
    assert len(sarif["runs"][0]["results"]) == len(report.findings)
    assert wishes["markdown"].read_text().startswith("## ")


def test_output_goes_to_the_file_alone(
    check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "report.json"
    assert check("agent-fixes-docs", "--format", "json", "--output", str(path)) == 0
    assert capsys.readouterr().out == ""
    assert msgspec.json.decode(path.read_bytes(), type=Report).decision == "pass"


@pytest.mark.parametrize("option", ["--output", "--report"])
def test_report_that_cannot_be_written_is_exit_2(
    check: Any, option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = f"{tmp_path}/no/folder/report.json"
    assert check("agent-fixes-docs", option, f"json={path}" if "report" in option else path) == 2
    assert "could not be written" in capsys.readouterr().err


@pytest.mark.parametrize("wish", ["json", "xml=report.xml", "=report.json"])
def test_report_of_no_known_format_is_exit_2(
    check: Any, wish: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("agent-fixes-docs", "--report", wish) == 2
    assert "not FORMAT=FILE" in capsys.readouterr().out


def test_ledger_lies_in_the_state_folder(
    check: Any, quiet_surroundings: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("agent-fixes-docs", "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    lines = (quiet_surroundings / "gate" / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["hash"] for line in lines] == [report["entry"]["hash"]]


def test_ledger_of_a_runner_lies_in_its_temporary_folder(
    check: Any, quiet_surroundings: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path / "runner"))
    assert check("agent-fixes-docs") == 0
    assert (tmp_path / "runner" / "gate" / "ledger.jsonl").is_file()
    assert not quiet_surroundings.exists()


def test_ledger_that_cannot_be_written_is_exit_2(
    check: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    code = check("agent-fixes-docs", "--ledger", f"{tmp_path}/file/ledger", "--format", "json")
    assert code == 2
    report = json.loads(capsys.readouterr().out)
    assert report["decision"] == "error"
    assert report["reasons"][0]["code"] == "ledger"
    assert report["entry"] is None


def test_no_colour_without_a_terminal(check: Any, capsys: pytest.CaptureFixture[str]) -> None:
    check("agent-widens-ci-role")
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(("value", "is_coloured"), [("1", False), (None, True)])
def test_no_color_is_honoured_on_a_terminal(
    value: str | None, is_coloured: bool, tmp_path: Path
) -> None:
    import os
    import pty
    import subprocess
    import sys

    from scenarios.running import NOW, ROOT

    env = {key: item for key, item in os.environ.items() if key != "NO_COLOR"}
    if value:
        env["NO_COLOR"] = value
    ours, theirs = pty.openpty()
    scenario = str(PULLS / "agent-fixes-docs")
    ledger = str(tmp_path / "ledger.jsonl")
    words = ["--engine", "embedded", "--now", NOW, "--ledger", ledger]
    with subprocess.Popen(
        [sys.executable, "-m", "gate", "check", scenario, *words],
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**env, "TERM": "xterm-256color"},
    ) as running:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65_536)
            except OSError:
                break
            if not piece:
                break
            shown += piece
        running.wait(60)
    os.close(ours)
    assert running.returncode == 0
    assert b"nothing to object to" in shown
    assert (b"\x1b[" in shown) == is_coloured


def test_same_input_gives_the_same_bytes(check: Any, tmp_path: Path) -> None:
    answers = []
    for number in range(2):
        path = tmp_path / f"{number}.json"
        ledger = str(tmp_path / f"{number}.jsonl")
        check("agent-widens-ci-role", "--format", "json", "--output", str(path), "--ledger", ledger)
        answers.append(path.read_bytes())
    assert answers[0] == answers[1]


def test_process_blocks_with_exit_1(process: Any) -> None:
    words = ("--engine", "embedded", "--now", "2026-11-24T10:00:00Z", "--format", "json")
    answer = process("check", "fixtures/pulls/agent-widens-ci-role", *words)
    assert (answer.returncode, answer.stderr) == (1, "")
    assert json.loads(answer.stdout)["decision"] == "block"
