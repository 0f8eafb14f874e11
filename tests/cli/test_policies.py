"""gate policies migrate: print or write, and exit 2 for what cannot be rewritten."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.cli import main

OLD = 'package main\n\ndeny[msg] {\n  not input.labels[_] == "ok"\n  msg = "m"\n}\n'


def test_migrate_prints_and_leaves_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "p.rego"
    path.write_text(OLD)
    assert main(["policies", "migrate", str(path)]) == 0
    assert 'count([1 | input.labels[_] == "ok"]) == 0' in capsys.readouterr().out
    assert path.read_text() == OLD


def test_migrate_writes_back_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "p.rego"
    path.write_bytes(b"\xef\xbb\xbf" + OLD.replace("\n", "\r\n").encode())
    assert main(["policies", "migrate", str(path), "--write"]) == 0
    assert "rewritten" in capsys.readouterr().out
    assert "deny contains msg if {" in path.read_text()
    assert main(["policies", "migrate", str(path), "--write"]) == 0
    assert "nothing to rewrite" in capsys.readouterr().out


@pytest.mark.parametrize(
    "text", ["package main\n\ndeny[x] {", "package main\n\ndeny[x] { y == 1 }"]
)
def test_broken_policy_is_exit_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    path = tmp_path / "p.rego"
    path.write_text(text)
    assert main(["policies", "migrate", str(path), "--write"]) == 2
    assert "OPA refuses" in capsys.readouterr().err
    assert path.read_text() == text


def test_missing_file_is_exit_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["policies", "migrate", "/nonexistent/p.rego"]) == 2
    assert "No such file" in capsys.readouterr().err
