"""The command line as a person or a runner meets it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PULLS = ROOT / "fixtures" / "pulls"
NOW = "2026-11-24T10:00:00Z"

Check = Callable[..., int]
Process = Callable[..., subprocess.CompletedProcess[str]]


def silence(monkeypatch: pytest.MonkeyPatch, state: Path) -> None:
    for name in list(os.environ):
        if name.startswith(("GITHUB_", "GH_", "RUNNER_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_STATE_HOME", str(state))


@pytest.fixture
def quiet_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No runner, no token, no ledger of anybody; returns the state folder."""
    state = tmp_path / "state"
    silence(monkeypatch, state)
    return state


def judge(scenario: str, *words: str) -> int:
    """`gate check` on a bundled scenario, in process, with the embedded engine."""
    from gate.cli import main

    return main(["check", str(PULLS / scenario), "--engine", "embedded", *words])


@pytest.fixture(scope="session")
def three_decisions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A state folder in whose ledger a pass, a block and a hold stand; to be copied."""
    state = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as monkeypatch:
        silence(monkeypatch, state)
        for scenario in ("agent-fixes-docs", "agent-widens-ci-role", "agent-destroys-database"):
            judge(scenario, "--now", NOW)
    return state


@pytest.fixture
def check(quiet_surroundings: Path) -> Check:
    """`gate check` on a bundled scenario, in process, with the embedded engine."""

    def run(scenario: str, *words: str, now: bool = True) -> int:
        return judge(scenario, *(("--now", NOW) if now else ()), *words)

    return run


@pytest.fixture
def process(tmp_path: Path) -> Process:
    """`python -m gate`, as a process."""

    def run(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        kept = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("GITHUB_", "GH_", "RUNNER_"))
        }
        return subprocess.run(
            [sys.executable, "-m", "gate", *words],
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**kept, "XDG_STATE_HOME": str(tmp_path / "state"), **(env or {})},
            timeout=60,
            check=False,
        )

    return run
