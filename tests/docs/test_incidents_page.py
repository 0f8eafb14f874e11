"""docs/incidents.md, followed word for word, in a folder with its example plan."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

from docs.blocks import ROOT, Block, blocks, perform

PAGE = ROOT / "docs" / "incidents.md"
ULID = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{26}\b")
NOW = "2026-11-24T10:%02d:00Z"


def follow(step: Block, folder: Path, state: Path, number: int, known: str) -> str:
    """Do one step, three minutes after the one before; what it prints."""
    program, *words = shlex.split(step.words)
    assert program == "gate"
    words = [known if word == "ID" else word for word in words]
    return perform(
        [sys.executable, "-m", "gate", *words, "--now", NOW % (3 * number)], folder, state
    )


def plain(text: str) -> str:
    """A text without what chance makes, and without how wide that makes a table."""
    whole = ULID.sub("ID", text)
    short = re.sub(r"^[0-9A-HJKMNP-TV-Z]{8}\b", "ID      ", whole, flags=re.MULTILINE)
    return "\n".join(line.rstrip() for line in short.strip().splitlines())


def walk(folder: Path, state: Path) -> list[tuple[Block, str]]:
    """Every step of the page with what it prints."""
    shutil.copytree(ROOT / "docs" / "examples" / "gate-incidents", folder / ".gate")
    known, done = "", []
    for number, step in enumerate(block for block in blocks(PAGE) if block.kind == "run"):
        text = follow(step, folder, state, number, known)
        found = ULID.search(text)
        known = known or (found[0] if found else "")
        done.append((step, text))
    return done


def test_page_works_word_for_word(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    steps = walk(folder, tmp_path / "state")
    assert len(steps) == 6
    for step, text in steps:
        command, _, shown = step.body.partition("\n")
        assert command == f"$ {step.words}"
        assert plain(shown) == plain(text), f"{command}\n{text}"
