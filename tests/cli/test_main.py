"""The door: help everywhere, exit codes, and no crash that looks like an answer."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from scenarios.running import ROOT

from gate import __version__, pipeline
from gate.cli import COMMANDS, _parser, judging, main
from gate.cli import ledger as ledger_module
from gate.errors import ConfigError, GateError
from gate.schema.report import Report


def commands() -> Iterator[tuple[str, ...]]:
    """The words of every command and action."""

    def walk(words: tuple[str, ...], parser: argparse.ArgumentParser) -> Iterator[tuple[str, ...]]:
        yield words
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, child in action.choices.items():
                    yield from walk((*words, name), child)

    yield from walk((), _parser([]))


@pytest.mark.parametrize("words", list(commands()), ids=lambda words: " ".join(words) or "gate")
def test_help_of_every_command_is_exit_0(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    captured = capsys.readouterr()
    assert ended.value.code == 0
    assert captured.out.startswith(f"usage: {' '.join(('gate', *words))}")
    assert captured.err == ""
    assert "-h, --help" in captured.out
    described = captured.out.split("\n\n")[1].strip()
    assert described[-1] in ".:", f"no description: {described!r}"


@pytest.mark.parametrize("words", list(commands()), ids=lambda words: " ".join(words) or "gate")
def test_description_fits_the_width(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    with pytest.raises(SystemExit):
        main([*words, "--help"])
    described = capsys.readouterr().out.split("\n\n")[1]
    assert max(map(len, described.split("\n"))) <= 60


def test_help_names_every_command_and_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])
    text = " ".join(capsys.readouterr().out.split())
    for name, line in COMMANDS.items():
        assert f" {name} {line}" in text
    assert "exit codes: 0 pass or warn, 1 hold or block, 2 could not judge or bad usage" in text


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["chekc"],
        ["check", "--no-such-option"],
        ["check", "--engine", "quick"],
        ["check", "--format", "xml"],
        ["check", "one", "two"],
        ["rules", "delete"],
        ["rules", "explain"],
        ["ledger"],
        ["ledger", "show", "--last", "many"],
        ["policies"],
        ["policies", "migrate"],
    ],
    ids=" ".join,
)
def test_bad_usage_is_exit_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    captured = capsys.readouterr()
    assert ended.value.code == 2
    assert captured.out == ""
    assert "usage: gate" in captured.err


def test_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"gate {__version__}\n"


def test_error_on_purpose_is_exit_2_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(arguments: argparse.Namespace) -> int:
        raise ConfigError("gate.yml:3: key x", "Remove it.")

    monkeypatch.setattr(ledger_module, "_show", refuse)
    assert main(["ledger", "show"]) == 2
    assert capsys.readouterr().err == "gate: gate.yml:3: key x\nRemove it.\n"


@pytest.mark.parametrize("error", [RuntimeError, KeyError, RecursionError, MemoryError])
def test_crash_of_a_command_is_exit_2_without_traceback(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(arguments: argparse.Namespace) -> int:
        raise error("text of the pull request")

    monkeypatch.setattr(ledger_module, "_show", crash)
    assert main(["ledger", "show"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "internal error" in captured.err
    assert error.__name__ in captured.err
    assert "Traceback" not in captured.err
    assert "text of the pull request" not in captured.err


@pytest.mark.parametrize("name", ["json", "console", "markdown", "sarif"])
def test_crash_while_judging_is_a_report_of_an_internal_error(
    check: object, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("text of the pull request")

    monkeypatch.setattr(pipeline, "detect", crash)
    assert callable(check)
    assert check("agent-widens-ci-role", "--format", name) == 2
    captured = capsys.readouterr()
    assert "Traceback" not in captured.out + captured.err
    assert "text of the pull request" not in captured.out + captured.err
    assert "internal error" in captured.out
    if name == "json":
        report = msgspec.json.decode(captured.out, type=Report)
        assert report.decision == "error"
        assert report.reasons[0].code == "internal"
        assert not report.completeness.ok
        assert report.entry is None
    if name == "sarif":
        invocation = json.loads(captured.out)["runs"][0]["invocations"][0]
        assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)


@pytest.mark.parametrize("name", ["console", "json", "markdown", "sarif"])
def test_crash_of_the_report_itself_is_exit_2_and_no_traceback(
    check: object, name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(*_: object, **__: object) -> None:
        raise RuntimeError("text of the pull request")

    module = {"markdown": "summary"}.get(name, name)
    monkeypatch.setattr(f"gate.report.{module}.render", crash)
    assert callable(check)
    assert check("agent-widens-ci-role", "--format", name) == 2
    captured = capsys.readouterr()
    assert "internal error at gate/" in captured.err
    assert "Traceback" not in captured.out + captured.err
    assert "text of the pull request" not in captured.out + captured.err


@pytest.mark.parametrize("words", [(), ("--output", "report")])
def test_crash_while_rendering_is_exit_2_without_traceback(
    check: object,
    words: tuple[str, ...],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def crash(*_: object, **__: object) -> bytes:
        raise RuntimeError("text of the pull request")

    monkeypatch.setattr(judging, "_render", crash)
    monkeypatch.chdir(tmp_path)
    assert callable(check)
    assert check("agent-fixes-docs", "--format", "json", *words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "internal error" in captured.err
    assert "text of the pull request" not in captured.err
    assert not (tmp_path / "report").exists()


def test_interrupt_decides_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(arguments: argparse.Namespace) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(ledger_module, "_show", interrupt)
    assert main(["ledger", "show"]) == 2
    assert "nothing was decided" in capsys.readouterr().err


def test_every_error_of_the_gate_is_a_gate_error() -> None:
    import gate.errors

    kinds = [kind for kind in vars(gate.errors).values() if isinstance(kind, type)]
    assert len(kinds) >= 10
    assert all(issubclass(kind, GateError) for kind in kinds)


def test_process_prints_help_and_refuses_what_it_does_not_know(process: object) -> None:
    assert callable(process)
    helped = process("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    unknown = process("chekc")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "chekc" in unknown.stderr


def test_reader_that_has_seen_enough_is_no_crash(tmp_path: Path) -> None:
    ours, theirs = os.pipe()
    os.close(ours)
    with subprocess.Popen(
        [sys.executable, "-m", "gate", "rules", "list", "--format", "json"],
        stdout=theirs,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    ) as running:
        os.close(theirs)
        _, said = running.communicate(timeout=60)
    assert said == b""
    assert running.returncode == 0


def test_full_disk_is_exit_2() -> None:
    with open("/dev/full", "wb") as full:
        answer = subprocess.run(
            [sys.executable, "-m", "gate", "rules", "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            timeout=60,
            check=False,
        )
    assert answer.returncode == 2
    assert b"could not be written" in answer.stderr


def test_report_is_utf_8_whatever_the_locale(process: object) -> None:
    assert callable(process)
    scenario = "fixtures/pulls/agent-widens-ci-role"
    plain = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    answer = process("check", scenario, "--engine", "embedded", env=plain)
    assert (answer.returncode, answer.stderr) == (1, "")
    assert "\u2192 " in answer.stdout
