"""docs/ledger.md, followed word for word, with keys of its own."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import get_args

import pytest
from docs.blocks import ROOT, Block, blocks, perform, same

from gate.schema.bodies import KINDS
from gate.store.file import FileLedger
from gate.store.tampering import Tampering

PAGE = ROOT / "docs" / "ledger.md"
STEPS = [block for block in blocks(PAGE) if block.kind == "run"]
BASE64 = re.compile(r"[A-Za-z0-9+/]{42,}={0,2}")


def entries(state: Path) -> None:
    """Three decisions in the default place."""
    ledger = FileLedger(str(state / "gate" / "ledger.jsonl"))
    for decision in ("pass", "block", "hold"):
        ledger.append("decision", "2026-11-24T10:00:00Z", {"decision": decision})


def follow(step: Block, folder: Path, state: Path) -> str:
    """Do one step; what it prints."""
    program, *words = shlex.split(step.words)
    python = [sys.executable]
    argv = {"gate": [*python, "-m", "gate"], "python": python, "sed": ["sed"]}[program]
    return perform([*argv, *words], folder, state)


def test_page_works_word_for_word(tmp_path: Path) -> None:
    folder, state = tmp_path / "folder", tmp_path / "state"
    folder.mkdir()
    entries(state)
    shutil.copy(ROOT / "docs" / "examples" / "verify_ledger.py", folder)
    for step in STEPS:
        command, _, shown = step.body.partition("\n")
        assert command == f"$ {step.words}"
        text = follow(step, folder, state)
        assert same(BASE64.sub("<base64>", shown), BASE64.sub("<base64>", text), is_help=False), (
            f"{command}\n{text}"
        )


@pytest.mark.parametrize("kind", get_args(Tampering))
def test_page_names_every_kind_of_tampering(kind: str) -> None:
    assert f"\n| `{kind}` | " in PAGE.read_text()


def test_page_explains_every_kind_of_entry() -> None:
    table = PAGE.read_text().partition("| kind | what happened | stream |")[2].partition("\n\n")[0]
    first = [line.split(" | ")[0] for line in table.splitlines()]
    shown = [kind for cell in first for kind in re.findall(r"`(\w+)`", cell)]
    assert sorted(shown) == sorted({*KINDS, "recovery"})
