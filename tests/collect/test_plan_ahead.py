"""Reading a folder's plan beside other things."""

from __future__ import annotations

import importlib.util
import os
import threading
from pathlib import Path

import pytest

from gate.cli.check import LATER
from gate.collect import plan_ahead
from gate.collect.files import FolderSource
from gate.collect.plan_ahead import PlanAhead
from gate.errors import CollectError

PULL = Path(__file__).parents[2] / "fixtures" / "pulls" / "person-asks-two-approvals"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "facts.json").write_bytes((PULL / "facts.json").read_bytes())
    (tmp_path / "diff.patch").write_bytes(b"")
    return tmp_path


def test_plan_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_bytes(b"{}")
    ahead = PlanAhead(str(tmp_path))
    assert ahead.take() == b"{}"
    assert ahead.take() is None


def test_missing_plan_is_none(tmp_path: Path) -> None:
    assert PlanAhead(str(tmp_path)).take() is None
    assert PlanAhead(str(tmp_path / "nowhere")).take() is None


def test_folder_hands_on_what_was_read_ahead(folder: Path) -> None:
    (folder / "plan.json").write_bytes(b"[1]")
    ahead = PlanAhead(str(folder))
    ahead.join()
    (folder / "plan.json").write_bytes(b"[2]")
    source = FolderSource(str(folder), ahead=ahead)
    assert [plan.data for plan in source.collect().plans] == [b"[1]"]
    assert [plan.data for plan in source.collect().plans] == [b"[2]"]


def test_folder_says_why_its_plan_cannot_be_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    os.symlink("/etc/hostname", folder / "plan.json")
    with pytest.raises(CollectError, match=r"plan\.json"):
        FolderSource(str(folder), ahead=PlanAhead(str(folder))).collect()
    (folder / "plan.json").unlink()
    (folder / "plan.json").write_bytes(b"[1]")

    def exhaust(*_: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(plan_ahead, "read_beneath", exhaust)
    ahead = PlanAhead(str(folder))
    ahead.join()
    assert [plan.data for plan in FolderSource(str(folder), ahead=ahead).collect().plans] == [
        b"[1]"
    ]
    assert capfd.readouterr().err == ""


def test_modules_are_imported_only_while_the_plan_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_read, imported = threading.Event(), []

    def wait(*_: object) -> bytes:
        is_read.wait(10)
        return b"{}"

    def note(name: str) -> None:
        imported.append(name)
        if name == "b":
            is_read.set()
            ahead.join()

    monkeypatch.setattr(plan_ahead, "read_beneath", wait)
    monkeypatch.setattr("gate.collect.plan_ahead.importlib.import_module", note)
    ahead = PlanAhead(str(tmp_path), ["a", "b", "c"])
    assert ahead.take() == b"{}"
    assert imported == ["a", "b"]


def test_modules_of_later_exist() -> None:
    assert all(importlib.util.find_spec(name) for name in LATER)
