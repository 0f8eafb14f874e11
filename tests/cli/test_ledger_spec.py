"""`--ledger SPEC`: the commands write to and read from a shared ledger as from a file."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from docs.blocks import ROOT

from gate.cli import main
from gate.store.open import open_store


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    remote = str(tmp_path / "governance.git")
    subprocess.run(["git", "init", "--quiet", "--bare", "--template=", remote], check=True)
    return f"git:{remote}"


def test_check_and_ledger_take_a_shared_ledger(
    check: Any, spec: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("agent-fixes-docs", "--ledger", spec, "--format", "json") == 0
    report = json.loads(capsys.readouterr().out)
    stream = report["entry"]["stream"]
    assert stream == "repo/acme/infra"
    (entry,) = open_store(spec).read(stream)
    assert report["entry"] == {"seq": 0, "hash": entry.hash, "stream": stream}
    assert report["recorded"] == "shared"
    assert main(["ledger", "show", "--ledger", spec, "--stream", stream]) == 0
    assert entry.hash[:16] in capsys.readouterr().out


def test_check_that_cannot_write_the_shared_ledger_is_an_error(
    check: Any, spec: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check("agent-fixes-docs", "--ledger", f"{spec}.none", "--format", "json") == 2
    report = json.loads(capsys.readouterr().out)
    assert report["decision"] == "error"
    assert "ledger" in [reason["code"] for reason in report["reasons"]]


def test_agents_are_stopped_and_looked_up_in_a_shared_ledger(
    spec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "docs" / "examples" / "gate-agents", folder)
    words = ["--config", str(folder), "--ledger", spec, "--now", "2026-11-24", "--format", "json"]
    who = ["--by", "alice", "--reason", "because"]
    assert main(["agents", "suspend", "tf-bot", *who, *words]) == 0
    assert json.loads(capsys.readouterr().out)["entry"] == 0
    (folder / "agents" / "tf-bot.yml").write_bytes(
        (ROOT / "docs/examples/gate-agents/agents/tf-bot.yml").read_bytes()
    )
    assert main(["agents", "list", *words]) == 0
    states = {one["id"]: one["state"] for one in json.loads(capsys.readouterr().out)}
    assert states["tf-bot"] == "suspended"
