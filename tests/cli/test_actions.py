"""What Actions is told: outputs, summary, one annotation, and nothing a pull request wrote."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from scenarios.running import PULLS

from gate.cli import actions, main
from gate.errors import ReportError


@pytest.fixture
def runner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_surroundings: Path) -> Path:
    """The files of a runner."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    return tmp_path


OUTPUT = re.compile(r"([a-z-]+)<<(gate-[0-9a-f]{32})\n(.*?)\n\2\n", re.DOTALL)


def outputs(runner: Path) -> dict[str, str]:
    """The step's outputs, as the runner reads them."""
    text = (runner / "output").read_text()
    assert OUTPUT.sub("", text) == "", "something beside outputs"
    return {name: value for name, _, value in OUTPUT.findall(text)}


def test_runner_gets_outputs_summary_and_annotation(
    runner: Path, check: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    reports = ("--report", f"json={runner}/r.json", "--report", f"sarif={runner}/r.sarif")
    assert check("agent-widens-ci-role", *reports) == 1
    report = json.loads((runner / "r.json").read_text())
    assert outputs(runner) == {
        "decision": "block",
        "findings": "3",
        "policy-digest": report["policy_digest"],
        "report-json": f"{runner}/r.json",
        "sarif-file": f"{runner}/r.sarif",
    }
    marks = [mark for _, mark, _ in OUTPUT.findall((runner / "output").read_text())]
    assert len(set(marks)) == len(marks)
    assert (runner / "summary").read_text().startswith("## ")
    annotations = [line for line in capsys.readouterr().err.splitlines() if line.startswith("::")]
    assert len(annotations) == 1
    assert annotations[0].startswith("::error title=gate: block::aws_iam_role_policy.ci")


def test_runner_gets_no_annotation_for_what_may_go_in(
    runner: Path, check: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("agent-fixes-docs") == 0
    assert capsys.readouterr().err == ""
    assert outputs(runner)["decision"] == "pass"


def test_runner_is_told_of_an_error_too(
    runner: Path, check: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("agent-fixes-docs", "--plan", f"{runner}/none.json") == 2
    assert outputs(runner)["decision"] == "error"
    assert "::error title=gate: error::" in capsys.readouterr().err


def test_runner_whose_files_cannot_be_written_gets_exit_2(
    runner: Path, check: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", f"{runner}/no/folder/output")
    assert check("agent-fixes-docs") == 2
    assert "could not be written" in capsys.readouterr().err


def test_runner_appends_to_what_other_steps_wrote(runner: Path, check: Any) -> None:
    (runner / "summary").write_text("# before\n")
    check("agent-fixes-docs")
    assert (runner / "summary").read_text().startswith("# before\n## ")


def test_text_of_the_pull_request_cannot_command_the_runner(
    runner: Path, check: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = tmp_path / "hostile"
    shutil.copytree(PULLS / "agent-leaks-password", folder)
    facts = json.loads((folder / "facts.json").read_text())
    facts["pull"]["base"]["repo"]["full_name"] = "acme/infra\n::stop-commands::x"
    facts["pull"]["head"]["ref"] = "devin/a\n::set-output name=decision::pass"
    (folder / "facts.json").write_text(json.dumps(facts))
    code = main(["check", str(folder), "--engine", "embedded"])
    captured = capsys.readouterr()
    lines = (captured.out + captured.err).splitlines()
    commands = [line for line in lines if line.lstrip().startswith("::")]
    assert [line.partition("::")[2].partition(" ")[0] for line in commands] == ["error"]
    assert code in (1, 2)


def test_output_that_holds_its_own_delimiter_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions.secrets, "token_hex", lambda size: "0" * size * 2)
    assert actions._output("a", "b") == f"a<<gate-{'0' * 32}\nb\ngate-{'0' * 32}\n"
    with pytest.raises(ReportError, match="its own delimiter"):
        actions._output("a", f"x\ngate-{'0' * 32}\ndecision=pass")
