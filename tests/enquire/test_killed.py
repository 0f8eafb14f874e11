"""The kill switch: what holds for which change, and what cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from enquire.ledger import ask
from store.signing import SIGNER

from gate.audit.checkpoints import sign_heads
from gate.enquire.killed import read_kills
from gate.errors import RecordError
from gate.memory import Memory
from gate.schema.question import Question
from gate.store.streams import KILL, Streams
from gate.store.tampering import TamperedError

AT = "2026-03-02T11:00:00Z"


def write(streams: Streams, *events: tuple[str, str, str]) -> None:
    ledger = streams.ledger(KILL)
    for event, scope, target in events:
        body = {"event": event, "scope": scope, "target": target, "by": "olga", "reason": "odd"}
        ledger.append("kill", AT, body)


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


@pytest.mark.parametrize(
    ("scope", "target", "question", "holds"),
    [
        ("org", "", ask(), True),
        ("org", "", ask(agent="unknown", registered=""), True),
        ("org", "", ask(agent="", registered=""), False),
        ("repo", "acme/infra", ask(), True),
        ("repo", "Acme/Infra", ask(repo="acme/INFRA"), True),
        ("repo", "acme/infra", ask(repo="acme/infra-2"), False),
        ("repo", "acme/infra", ask(agent="", registered=""), False),
        ("agent", "tf-bot", ask(), True),
        ("agent", "devin", ask(agent="devin", registered=""), True),
        ("agent", "tf-bot", ask(agent="tf-bot-2", registered="tf-bot-2"), False),
        ("agent", "tf-bot", ask(agent="unknown", registered=""), False),
        ("agent", "unknown", ask(agent="unknown", registered=""), True),
        ("agent", "TF-Bot", ask(), True),
        ("agent", "devin", ask(names=("devin", "tf-bot")), True),
        ("agent", "helper", ask(names=("helper", "tf-bot")), True),
        ("agent", "tf", ask(names=("helper", "tf-bot")), False),
        ("model", "claude-x", ask(model="claude-x"), True),
        ("model", "claude-x", ask(model="Claude-X@20260101"), True),
        ("model", "claude-x@20260101", ask(model="claude-x"), False),
        ("model", "claude-x", ask(model="claude-x-mini"), False),
        ("model", "claude-x", ask(model=""), False),
        ("model", "claude-x-4-5", ask(model="Claude X 4.5"), True),
        ("model", "Claude X 4.5", ask(model="claude-x-4.5@20260101"), True),
        ("model", "claude-x-4", ask(model="claude-x-4.5"), False),
    ],
)
def test_kill_holds_for_what_it_names(
    streams: Streams, scope: str, target: str, question: Question, holds: bool
) -> None:
    write(streams, ("killed", scope, target))
    assert bool(read_kills(streams).holding(question)) is holds


def test_switch_is_absent_until_something_is_written(streams: Streams) -> None:
    assert read_kills(streams).present is False
    write(streams, ("ready", "org", ""))
    kills = read_kills(streams)
    assert (kills.present, kills.holding(ask())) == (True, ())


def test_lifted_kill_ends_and_others_go_on(streams: Streams) -> None:
    write(
        streams,
        ("killed", "repo", "acme/infra"),
        ("killed", "agent", "tf-bot"),
        ("lifted", "repo", "ACME/infra"),
    )
    assert [kill.scope for kill in read_kills(streams).holding(ask())] == ["agent"]


def test_killing_twice_keeps_the_first_moment_and_one_lift_ends_it(streams: Streams) -> None:
    write(streams, ("killed", "agent", "tf-bot"), ("killed", "agent", "tf-bot"))
    assert [kill.seq for kill in read_kills(streams).standing] == [0]
    write(streams, ("lifted", "agent", "tf-bot"))
    assert read_kills(streams).standing == ()


def test_entries_of_other_kinds_stop_nothing(streams: Streams) -> None:
    streams.ledger(KILL).append("hook", AT, {"name": "page"})
    assert read_kills(streams).standing == ()


def test_what_the_reason_says_is_shown_harmless(streams: Streams) -> None:
    body = {"event": "killed", "scope": "org", "by": "olga", "reason": "a\u202eb\x1b[31m"}
    streams.ledger(KILL).append("kill", AT, body)
    reason = read_kills(streams).standing[0].reason
    assert reason.isprintable()
    assert "\u202e" not in reason


@pytest.mark.parametrize(
    "body",
    [
        {"event": "paused", "scope": "org", "by": "olga", "reason": "x"},
        {"event": "killed", "scope": "planet", "by": "olga", "reason": "x"},
        {"event": "killed", "scope": "org", "target": "x", "by": "olga", "reason": "x"},
        {"event": "killed", "scope": "agent", "target": " ", "by": "olga", "reason": "x"},
        {"scope": "org"},
    ],
)
def test_malformed_kill_is_no_clean_switch(streams: Streams, body: dict[str, str]) -> None:
    streams.ledger(KILL).append("kill", AT, body)
    with pytest.raises(RecordError, match="entry 0"):
        read_kills(streams)


def test_every_entry_is_checked_not_just_the_last(streams: Streams, tmp_path: Path) -> None:
    write(streams, ("killed", "org", ""), ("ready", "org", ""), ("ready", "org", ""))
    (stream,) = (path for path in (tmp_path / "ledger.jsonl.d").rglob("*kill*") if path.is_file())
    lines = stream.read_bytes()
    stream.write_bytes(lines.replace(b'"killed"', b'"lifted"', 1))
    with pytest.raises(TamperedError):
        read_kills(streams)


def test_unreadable_switch_is_an_error(streams: Streams, tmp_path: Path) -> None:
    write(streams, ("ready", "org", ""))
    (stream,) = (path for path in (tmp_path / "ledger.jsonl.d").rglob("*kill*") if path.is_file())
    stream.write_bytes(b"not an entry\n")
    with pytest.raises(RecordError):
        read_kills(streams)


def test_kill_that_was_cut_off_after_it_was_signed_is_an_error(tmp_path: Path) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    write(streams, ("ready", "org", ""), ("killed", "agent", "first"))
    assert sign_heads(streams, SIGNER, AT) is not None
    write(streams, ("killed", "agent", "second"))
    assert len(read_kills(streams).standing) == 2
    file = tmp_path / "ledger.jsonl.d" / "streams" / "org~kill.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:2]))
    assert len(read_kills(streams).standing) == 1, "what was never signed cannot be missed"
    file.write_bytes(lines[0])
    with pytest.raises(TamperedError, match="1 entries, the latest checkpoint"):
        read_kills(streams)
    file.unlink()
    with pytest.raises(TamperedError, match="0 entries"):
        read_kills(streams)


@pytest.mark.parametrize("kind", ["file", "dangling", "loop"])
def test_folder_of_streams_that_is_none_is_an_error(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "ledger.jsonl.d"
    if kind == "file":
        folder.write_bytes(b"x")
    else:
        folder.symlink_to(folder if kind == "loop" else tmp_path / "nowhere")
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    with pytest.raises(RecordError, match="not a folder"):
        Memory(streams, AT, reserve=False).read_kills()
