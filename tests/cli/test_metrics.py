"""`gate metrics`: what the ledger says in numbers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from audit.metrics_history import SEPTEMBER

from gate.audit.metrics.definitions import DEFINITIONS
from gate.cli import main

MONTH = ("--ledger", str(SEPTEMBER), "--since", "2026-09-01", "--until", "2026-10-01")


def test_table_shows_figures_and_what_they_rest_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", *MONTH]) == 0
    lines = [line.split("  ") for line in capsys.readouterr().out.splitlines()]
    shown = {line[0]: [word.strip() for word in line[1:] if word.strip()] for line in lines}
    assert shown["AI share"] == ["87.5 %", "14 of 16"]
    assert shown["Lead time: unjudged"] == ["no data", "no such AI change was merged"]
    assert lines[-1] == ["2026-09-01 to 2026-10-01, 46 entries read and verified"]


@pytest.mark.parametrize(
    ("form", "begin"),
    [
        ("json", "{"),
        ("prometheus", "# HELP gate_changes "),
        ("html", "<!doctype html>"),
        ("markdown", "## Metrics"),
        ("table", "metric"),
    ],
)
def test_output_is_what_would_be_printed(
    form: str, begin: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["metrics", *MONTH, "--format", form]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(begin)
    path = tmp_path / "out"
    assert main(["metrics", *MONTH, "--format", form, "--output", str(path)]) == 0
    assert capsys.readouterr().out == ""
    assert path.read_text() == shown


def test_days_count_back_from_the_clock(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["metrics", "--ledger", str(SEPTEMBER), "--format", "json"]
    assert main([*words, "--days", "30", "--now", "2026-10-01"]) == 0
    by_days = json.loads(capsys.readouterr().out)
    assert main(["metrics", *MONTH, "--format", "json"]) == 0
    assert by_days == json.loads(capsys.readouterr().out)


def test_definitions_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["metrics", "--definitions"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("`")[1] for line in lines[2:]] == list(DEFINITIONS)


@pytest.mark.parametrize(
    "words",
    [
        ("--since", "yesterday"),
        ("--until", "2026-13-01"),
        ("--since", "2026-10-01", "--until", "2026-09-01"),
        ("--days", "0"),
        ("--days", "30", "--since", "2026-09-01"),
    ],
)
def test_bad_period_is_bad_usage(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["metrics", "--ledger", str(SEPTEMBER), *words]) == 2
    assert capsys.readouterr().out == ""


def test_ledger_that_is_not_there_is_no_clean_month(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["metrics", "--ledger", str(tmp_path / "none.jsonl")]) == 2
    assert "there is no entry in this ledger" in capsys.readouterr().err


def test_changed_ledger_is_not_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(SEPTEMBER.read_bytes().replace(b'"decision":"block"', b'"decision":"pass"', 1))
    assert main(["metrics", "--ledger", str(path)]) == 2
    assert capsys.readouterr().out == ""
