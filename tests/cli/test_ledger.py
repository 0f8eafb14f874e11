"""`gate ledger`: verify the chain, show entries."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from gate.cli import main
from gate.store.file import FileLedger
from gate.store.ledger import walk
from gate.store.merkle import EMPTY, Tree, leaf_hash


@pytest.fixture
def ledger(
    three_decisions: Path, quiet_surroundings: Path, capsys: pytest.CaptureFixture[str]
) -> Path:
    """A ledger of three decisions, in the default place."""
    shutil.copytree(three_decisions, quiet_surroundings)
    capsys.readouterr()
    return quiet_surroundings / "gate" / "ledger.jsonl"


def heads(ledger: Path) -> list[str]:
    """Hashes of its entries."""
    return [json.loads(line)["hash"] for line in ledger.read_text().splitlines()]


def test_verify_names_count_and_head(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "verify"]) == 0
    head = heads(ledger)[-1]
    root = Tree(leaf_hash(leaf) for _, leaf in walk(FileLedger(str(ledger)).entries())).root()
    shown = f"ledger verifies: 3 entries, head {head[:16]}, root {root.hex()[:16]}\n"
    assert capsys.readouterr().out == shown
    assert main(["ledger", "verify", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    encoded = base64.b64encode(root).decode()
    assert answer == {"entries": 3, "head": head, "ok": True, "root": encoded}


def test_show_prints_the_last_entries(ledger: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ledger", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["0", "2026-11-24T10:00:00Z", "pass"],
        ["1", "2026-11-24T10:00:00Z", "block"],
        ["2", "2026-11-24T10:00:00Z", "hold"],
    ]
    assert main(["ledger", "show", "--last", "1", "--ledger", str(ledger)]) == 0
    assert capsys.readouterr().out == f"{lines[-1]}\n"
    assert main(["ledger", "show", "--last", "2", "--format", "json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert [entry["hash"] for entry in shown] == heads(ledger)[1:]
    assert [entry["body"]["decision"] for entry in shown] == ["block", "hold"]


@pytest.mark.parametrize("last", ["0", "-3"])
def test_show_of_nothing_is_nothing(
    ledger: Path, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "show", "--last", last]) == 0
    assert capsys.readouterr().out == ""


def test_empty_ledger_verifies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "ledger.jsonl"
    path.write_text("")
    assert main(["ledger", "verify", "--ledger", str(path)]) == 0
    assert capsys.readouterr().out == f"ledger verifies: 0 entries, root {EMPTY.hex()[:16]}\n"
    assert main(["ledger", "verify", "--ledger", str(path), "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    root = base64.b64encode(EMPTY).decode()
    assert answer == {"entries": 0, "head": None, "ok": True, "root": root}


@pytest.mark.parametrize("action", ["verify", "show"])
def test_missing_ledger_is_exit_2(
    tmp_path: Path, action: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", action, "--ledger", str(tmp_path / "none")]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "--ledger FILE" in captured.err


def edit(lines: list[str]) -> list[str]:
    return [lines[0], lines[1].replace('"block"', '"pass"', 1), lines[2]]


def drop(lines: list[str]) -> list[str]:
    return [lines[0], lines[2]]


def swap(lines: list[str]) -> list[str]:
    return [lines[1], lines[0], lines[2]]


def double(lines: list[str]) -> list[str]:
    return [lines[0], lines[0], *lines[1:]]


@pytest.mark.parametrize(
    ("tamper", "line"),
    [(edit, 2), (drop, 2), (swap, 1), (double, 2)],
    ids=["edit", "drop", "swap", "double"],
)
@pytest.mark.parametrize("name", ["console", "json"])
def test_tampering_is_exit_2_and_names_the_line(
    ledger: Path, tamper: Any, line: int, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(tamper(lines)))
    assert main(["ledger", "verify", "--format", name]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"line {line}" in captured.err


def test_process_verifies_what_a_process_wrote(process: Any) -> None:
    scenario = "fixtures/pulls/agent-fixes-docs"
    assert process("check", scenario, "--engine", "embedded").returncode == 0
    answer = process("ledger", "verify")
    assert answer.returncode == 0
    assert answer.stdout.startswith("ledger verifies: 1 entry, head ")
