"""What is recorded last is what is announced."""

from __future__ import annotations

from pathlib import Path

import pytest
from scenarios.test_split_attack import judge, write_pull

from gate.errors import RecordError
from gate.record import reservation
from gate.store.streams import LIMITS, Streams


def test_decision_whose_reservation_ran_out_is_followed_by_its_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise RecordError("the reservation had run out before the decision was recorded")

    monkeypatch.setattr(reservation, "commit", refuse)
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    report = judge(write_pull(tmp_path, 1), streams, "2026-03-01T09:00:00Z")
    assert (report.decision, report.recorded) == ("error", "local")
    first, second = streams.store.read("main")
    assert (first.body["decision"], second.body["decision"]) == ("warn", "error")
    assert second.body["pull"] == first.body["pull"]
    assert second.body["reasons"][0] == "ledger"
    assert report.entry is not None
    assert report.entry.hash == second.hash
    assert [entry.kind for entry in streams.store.read(LIMITS)] == ["reserve"]
