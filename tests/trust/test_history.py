"""The ledger's word on agents: what happened, in order, and that it wins where it stops one."""

from __future__ import annotations

from pathlib import Path

import pytest
from trust.samples import REPORT, record

from gate.errors import RecordError
from gate.schema.entry import Entry
from gate.store.file import FileLedger
from gate.trust.history import (
    AgentEntry,
    Standing,
    append_event,
    fold,
    promotion_proven,
    read_history,
    state_in_force,
)

AT = "2026-11-24T10:00:00Z"


def entry(event: str, seq: int = 0, at: str = AT, agent: str = "tf-bot", **body: str) -> Entry:
    """One entry of the ledger."""
    whole = {"agent": agent, "event": event, "by": "alice", "reason": "why", **body}
    return Entry(seq=seq, prev="", at=at, kind="agent", body=whole)


def test_entries_of_other_kinds_say_nothing() -> None:
    assert fold([Entry(seq=0, prev="", at=AT, kind="decision", body={"agent": 1})]) == {}


@pytest.mark.parametrize(
    ("events", "file", "state", "source"),
    [
        ([], "active", "active", "file"),
        (["suspended"], "active", "suspended", "ledger 0"),
        (["suspended", "resumed"], "active", "active", "file"),
        (["suspended", "resumed", "suspended"], "observing", "suspended", "ledger 2"),
        (["resumed"], "suspended", "suspended", "file"),
        (["promoted"], "observing", "observing", "file"),
        (["promoted"], "suspended", "suspended", "file"),
        (["registered", "promoted"], "active", "active", "file"),
        (["decommissioned"], "active", "decommissioned", "ledger 0"),
        (["decommissioned", "resumed"], "active", "decommissioned", "ledger 0"),
        (["decommissioned", "registered", "promoted"], "active", "decommissioned", "ledger 0"),
        (["suspended"], "decommissioned", "decommissioned", "file"),
    ],
)
def test_state_in_force(events: list[str], file: str, state: str, source: str) -> None:
    history = fold(entry(event, seq) for seq, event in enumerate(events))
    assert state_in_force(record(state=file), history) == (state, source)


def test_s1_03_suspension_of_one_agent_leaves_another_alone() -> None:
    history = fold([entry("suspended", agent="other")])
    assert state_in_force(record(), history) == ("active", "file")


@pytest.mark.parametrize(
    ("entries", "proven"),
    [
        ([], True),
        ([entry("promoted", report=REPORT)], True),
        ([entry("promoted", report="cd" * 32)], False),
        ([entry("promoted", report=REPORT), entry("promoted", report="cd" * 32)], False),
        ([entry("registered")], False),
        ([entry("reviewed"), entry("rotated", credential="vault:x")], True),
        ([entry("promoted", agent="other", report="cd" * 32)], True),
    ],
)
def test_promotion_is_proven_by_the_report_the_ledger_knows(
    entries: list[Entry], proven: bool
) -> None:
    assert promotion_proven(record(), fold(entries)) is proven


def test_promotion_without_a_report_is_not_proven() -> None:
    assert not promotion_proven(record(promotion=None), {})
    assert promotion_proven(record(state="observing", promotion=None), {})


def test_reviews_and_rotations_are_kept() -> None:
    history = fold(
        [
            entry("reviewed", at="2026-01-05T00:00:00Z", until="2026-04-05"),
            entry("rotated", at="2026-02-01T00:00:00Z", credential="vault:a"),
            entry("rotated", at="2026-03-01T00:00:00Z", credential="vault:a"),
        ]
    )
    assert history["tf-bot"] == Standing(review_due="2026-04-05", rotated={"vault:a": "2026-03-01"})


@pytest.mark.parametrize(
    "body",
    [{}, {"agent": "a", "event": "forgotten", "by": "b", "reason": ""}, {"agent": "a"},
     {"agent": "a", "event": "suspended", "by": "b", "reason": "", "undo": "yes"}],
)  # fmt: skip
def test_malformed_entry_is_an_error(body: dict[str, str]) -> None:
    with pytest.raises(RecordError, match="ledger entry 3: not what is written of an agent"):
        fold([Entry(seq=3, prev="", at=AT, kind="agent", body=body)])


def write(path: Path, *events: str) -> FileLedger:
    """A ledger with events of one agent."""
    ledger = FileLedger(str(path))
    for event in events:
        body = AgentEntry(agent="tf-bot", event=event, by="alice", reason="why")  # type: ignore[arg-type]
        append_event(ledger, AT, body)
    return ledger


def test_ledger_that_is_not_there_yet_says_nothing(tmp_path: Path) -> None:
    assert read_history(FileLedger(str(tmp_path / "none.jsonl"))) == {}


def test_what_is_written_is_read(tmp_path: Path) -> None:
    ledger = write(tmp_path / "l.jsonl", "registered", "suspended")
    assert read_history(ledger)["tf-bot"] == Standing(state="suspended", seq=1, lifecycle=True)


def test_decommissioned_agent_gets_no_further_entry(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="agent tf-bot was decommissioned; that is final"):
        write(tmp_path / "l.jsonl", "decommissioned", "resumed")


def test_entry_that_was_changed_or_removed_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    write(path, "registered", "suspended", "reviewed")
    lines = path.read_text().splitlines(keepends=True)
    path.write_text(lines[0] + lines[2])
    with pytest.raises(RecordError, match="ledger line 2: does not follow"):
        read_history(FileLedger(str(path)))
    path.write_text(lines[0] + lines[1].replace("suspended", "resumed") + lines[2])
    with pytest.raises(RecordError, match="ledger line 2: the hash does not fit"):
        read_history(FileLedger(str(path)))


def test_ledger_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "l.jsonl"
    path.write_text("not a ledger\n")
    with pytest.raises(RecordError):
        read_history(FileLedger(str(path)))


@pytest.mark.parametrize(
    "broken",
    [
        entry("reviewed", until="9999-99-99"),
        entry("reviewed", until="soon"),
        entry("rotated", at="yesterday", credential="vault:kv/x"),
    ],
)
def test_entry_without_a_day_is_malformed_and_no_crash(broken: Entry) -> None:
    with pytest.raises(RecordError, match="ledger entry 0: .* is not a day"):
        fold([broken])


def test_reason_is_kept_harmless_and_without_credentials(tmp_path: Path) -> None:
    key = "AKIA" + "Q7CANARY7EXAMPLE"
    body = AgentEntry(agent="tf-bot", event="suspended", by="alice", reason=f"{key}\x1b[31m")
    written = append_event(FileLedger(str(tmp_path / "ledger.jsonl")), AT, body)
    assert key not in written.body["reason"]
    assert written.body["reason"].isprintable()
