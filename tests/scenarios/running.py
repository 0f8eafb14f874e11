"""Run the gate as its user does: a process, with limits, its report validated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec

from gate.schema.report import Report

ROOT = Path(__file__).parents[2]
PULLS = ROOT / "fixtures" / "pulls"
NOW = "2026-11-24T10:00:00Z"
MEMORY = 1536
"""MiB that no run on hostile input may exceed."""
TOO_LARGE = 99
"""Exit code of a run that exceeded them."""
LIMITED = f"""
import os, sys
child = os.spawnv(os.P_NOWAIT, sys.argv[1], sys.argv[1:])
_, state, usage = os.wait4(child, 0)
peak = usage.ru_maxrss // 1024
if peak > {MEMORY}:
    sys.exit(print(f"peak of {{peak}} MiB", file=sys.stderr) or {TOO_LARGE})
sys.exit(os.waitstatus_to_exitcode(state))
"""
"""Runs a command and measures that one alone: a peak over all children so far is no measure."""


class Answer(NamedTuple):
    """What one run gave."""

    code: int
    out: bytes
    err: str
    ledger: Path

    @property
    def report(self) -> Report:
        """The report on stdout, strictly decoded: unknown or missing keys fail."""
        return msgspec.json.decode(self.out, type=Report)


def gate(
    *words: str,
    folder: Path,
    env: dict[str, str] | None = None,
    limit: bool = False,
    cwd: Path = ROOT,
) -> Answer:
    """Run `python -m gate` with a ledger of its own and JSON on stdout."""
    ledger = folder / "ledger.jsonl"
    more = [] if any(word.startswith("--ledger") for word in words) else ["--ledger", str(ledger)]
    if not any(word.startswith("--format") for word in words):
        more += ["--format", "json"]
    surroundings = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("GITHUB_", "GH_", "RUNNER_", "XDG_STATE"))
    }
    surroundings["PYTHONPATH"] = str(ROOT)
    command = [sys.executable, "-m", "gate", *words, *more]
    if limit:
        command = [sys.executable, "-c", LIMITED, *command]
    answer = subprocess.run(
        command,
        capture_output=True,
        cwd=cwd,
        env={**surroundings, **(env or {})},
        timeout=120,
        check=False,
    )
    assert answer.returncode != TOO_LARGE, answer.stderr.decode()
    return Answer(
        answer.returncode, answer.stdout, answer.stderr.decode("utf-8", "replace"), ledger
    )
