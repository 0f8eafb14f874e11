"""The worked example of docs/rules.md works when it is followed word for word."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs.blocks import ROOT, Block, blocks, same, surroundings

from gate.evaluate.opa import find_opa

PAGE = ROOT / "docs" / "rules.md"
STEPS = [block for block in blocks(PAGE) if block.kind in ("run", "file")]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """What of the repository the example needs, to write into."""
    root = tmp_path / "checkout"
    made = shutil.ignore_patterns("__pycache__", "*.pyc")
    for name in ("gate", "rego", "fixtures", "tests/rules"):
        shutil.copytree(ROOT / name, root / name, ignore=made)
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def follow(step: Block, root: Path, state: Path) -> str:
    """Do one step; what it prints."""
    if step.kind == "file":
        path = root / step.words
        assert path.is_file(), f"{step.words}: the scaffold did not write it"
        path.write_text(step.body, encoding="utf-8")
        return ""
    program, *words = shlex.split(step.words)
    opa = find_opa()
    assert opa is not None
    argv = {
        "gate": [sys.executable, "-m", "gate"],
        "pytest": [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"],
        "opa": [opa.path],
    }[program]
    answer = subprocess.run(
        [*argv, *words],
        capture_output=True,
        cwd=root,
        env={**surroundings(state, root), "GATE_OPA": opa.path},
        timeout=300,
        check=False,
    )
    text = (answer.stdout + answer.stderr).decode()
    assert answer.returncode == 0, f"{step.words}\n{text}"
    return text


@pytest.mark.opa
def test_example_works_word_for_word(checkout: Path, tmp_path: Path) -> None:
    for step in STEPS:
        text = follow(step, checkout, tmp_path / "state")
        if step.kind != "run":
            continue
        command, _, shown = step.body.partition("\n")
        assert command == f"$ {step.words}"
        if step.words.startswith("pytest"):
            passed = re.search(r"(\d+) passed", text)
            assert passed is not None
            assert int(passed[1]) >= 12
            assert "failed" not in text
        else:
            assert same(shown, text, is_help=False), text


def test_example_has_every_step() -> None:
    files = [step.words for step in STEPS if step.kind == "file"]
    assert len(files) == 3
    programs = {step.words.split()[0] for step in STEPS if step.kind == "run"}
    assert programs == {"gate", "opa", "pytest"}


@pytest.mark.opa
def test_scaffold_alone_fails(checkout: Path, tmp_path: Path) -> None:
    first = STEPS[0]
    assert first.words.startswith("gate rules new ")
    follow(first, checkout, tmp_path / "state")
    later = next(step for step in STEPS if step.words.startswith("opa test"))
    with pytest.raises(AssertionError, match="FAIL: 1/2"):
        follow(later, checkout, tmp_path / "state")
