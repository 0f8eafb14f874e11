"""gate opa: where the binary is, or how to get it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.cli import main
from gate.evaluate import opa_install
from gate.evaluate.opa import find_opa
from gate.evaluate.opa_install import Installed


def test_version_and_path_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    found = find_opa()
    assert found is not None
    assert main(["opa"]) == 0
    assert capsys.readouterr().out == f"OPA {found.version} at {found.path}\n"
    assert main(["opa", "path"]) == 0
    assert capsys.readouterr().out == f"{found.path}\n"
    assert main(["opa", "version", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"path": found.path, "version": found.version}


def test_missing_binary_is_exit_2_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("GATE_OPA", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert main(["opa", "path"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "gate opa install" in captured.err


def test_install_prints_what_is_there(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = find_opa()
    assert found is not None
    forced: list[bool] = []

    def install(say: object, *, force: bool) -> Installed:
        forced.append(force)
        return Installed(found.path, "release")

    monkeypatch.setattr(opa_install, "install_opa", install)
    assert main(["opa", "install", "--force", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer == {"path": found.path, "version": found.version, "source": "release"}
    assert forced == [True]
