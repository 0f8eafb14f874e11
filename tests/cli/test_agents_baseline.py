"""A closed access review freezes what is usual for the agent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from enquire.history import AGENT, month
from trust.samples import document

from gate.cli import main
from gate.enquire.baseline import latest_frozen
from gate.store.streams import Streams

Gate = Callable[..., int]

CLOSE = ("review", "--close", AGENT, "--by", "alice", "--ledger", "l.jsonl")


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """`gate agents` on the first of December in a folder with one agent."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = Path(".gate/agents", f"{AGENT}.yml")
    path.parent.mkdir(parents=True)
    record = document(id=AGENT, review_due="2026-12-05")
    lines = [f"{key}: {json.dumps(value)}" for key, value in record.items() if value is not None]
    path.write_text("\n".join(lines) + "\n")
    return lambda *words: main(["agents", words[0], "--now", "2026-12-01", *words[1:]])


@pytest.mark.parametrize(
    ("days", "line", "is_frozen"),
    [
        (30, "baseline of 60 pull requests, 2026-11-01 to 2026-11-30, frozen: entry 0 in", True),
        (0, "no baseline was frozen: tf-bot is known for 0 days, 7 are needed", False),
    ],
)
def test_closed_review_freezes_the_baseline_if_there_is_enough(
    gate: Gate, days: int, line: str, is_frozen: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    streams = Streams("l.jsonl")
    month(streams, days)

    assert gate(*CLOSE, "--until", "2027-02-01") == 0

    assert line in capsys.readouterr().out
    frozen = latest_frozen(Streams("l.jsonl").store, AGENT)
    assert (frozen is not None) is is_frozen
    assert frozen is None or frozen.body.by == "alice"


def test_review_without_a_ledger_freezes_nothing(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:

    assert gate(*CLOSE[:-2], "--until", "2027-02-01") == 0

    assert "baseline" not in capsys.readouterr().out
