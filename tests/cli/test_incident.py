"""`gate incident` at the command line, with a clock that tests set."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate.cli import main
from gate.cli.incident import describe_seconds
from gate.store.ledger import verify
from gate.store.streams import INCIDENTS, Streams

Gate = Callable[..., int]
OPEN = ("open", "--severity", "high", "--by", "alice", "--reason", "the bot's key was in a log")


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """`gate incident` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_TOKEN", "GH_TOKEN"):
        monkeypatch.delenv(name, raising=False)

    def run(*words: str, now: str = "2026-11-24T10:00:00Z") -> int:
        return main(["incident", words[0], "--ledger", "l.jsonl", "--now", now, *words[1:]])

    return run


def document(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


@pytest.fixture
def opened(gate: Gate, capsys: pytest.CaptureFixture[str]) -> str:
    assert gate(*OPEN, "--format", "json") == 0
    name = document(capsys)["id"]
    assert isinstance(name, str)
    return name


def test_an_incident_lives_from_open_to_close(
    gate: Gate, opened: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate("list") == 1  # it waits
    assert "open" in capsys.readouterr().out
    assert gate("ack", opened[-8:], "--by", "bob", now="2026-11-24T10:12:00Z") == 0
    said = f"incident {opened}: acknowledged by bob 12 min after it was opened\n"
    assert capsys.readouterr().out == said
    assert gate("list") == 0
    assert gate("note", opened, "--by", "bob", "--reason", "key revoked") == 0
    done = ("close", opened, "--by", "bob", "--reason", "key was never used")
    assert gate(*done, now="2026-11-24T13:05:00Z") == 0
    capsys.readouterr()
    assert gate("list", "--format", "json") == 0
    assert document(capsys) == []
    assert gate("list", "--all", "--format", "json") == 0
    (told,) = document(capsys)
    assert (told["state"], told["seconds_to_acknowledge"], told["seconds_to_close"]) == (
        "closed", 720, 11100,
    )  # fmt: skip
    store = Streams("l.jsonl").store
    kinds = [entry.kind for entry in store.read(INCIDENTS)]
    assert kinds == ["alert", "incident", "incident", "incident", "incident"]
    verify(enumerate(store.read(INCIDENTS), 1))


@pytest.mark.parametrize(
    ("before", "words", "says"),
    [
        ([], ("close", "{id}", "--by", "bob", "--reason", " "), "the resolution is missing"),
        ([], ("ack", "{id}", "--by", "not a login"), "not a person's login"),
        ([], ("ack", "{id}", "--by", "bot[bot]"), "not a person's login"),
        ([], ("ack", "NOSUCHID", "--by", "bob"), "there is no incident NOSUCHID"),
        ([], ("show", "zz"), "there is no incident zz"),
        (
            [("ack", "{id}", "--by", "bob")],
            ("ack", "{id}", "--by", "eve"),
            "was acknowledged by bob at 2026-11-24T10:00:00Z",
        ),
        (
            [("close", "{id}", "--by", "bob", "--reason", "done")],
            ("close", "{id}", "--by", "eve", "--reason", "again"),
            "was closed by bob",
        ),
        ([], (*OPEN, "--about", "main:7"), "main:7: no entry of the ledger"),
        ([], (*OPEN, "--pull", "acme/infra"), "write OWNER/REPO#NUMBER"),
        ([], (*OPEN, "--key", "a b"), "letters, digits"),
        ([], (*OPEN, "--since", "yesterday"), "not a time"),
    ],
)
def test_what_makes_no_sense_is_refused_and_not_written(
    gate: Gate,
    opened: str,
    capsys: pytest.CaptureFixture[str],
    before: list[tuple[str, ...]],
    words: tuple[str, ...],
    says: str,
) -> None:
    for line in before:
        assert gate(*(word.format(id=opened) for word in line)) == 0
    store = Streams("l.jsonl").store
    head = store.head(INCIDENTS)
    assert gate(*(word.format(id=opened) for word in words)) == 2
    assert says in capsys.readouterr().err
    assert store.head(INCIDENTS) == head


def test_two_of_a_key_are_one_incident(gate: Gate, capsys: pytest.CaptureFixture[str]) -> None:
    for minute in ("00", "01"):
        now = f"2026-11-24T10:{minute}:00Z"
        assert gate(*OPEN, "--key", "leak", "--format", "json", now=now) == 0
    assert len(document(capsys)["alerts"]) == 2


def test_an_incident_is_about_entries_and_counts_from_the_first(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Streams("l.jsonl").decisions("acme/infra")
    for clock in ("08:00", "09:00"):
        ledger.append("decision", f"2026-11-24T{clock}:00Z", {"decision": "pass"})
    words = (*OPEN, "--about", "main:1", "--about", "main:0", "--pull", "acme/infra#3")
    assert gate(*words, "--format", "json") == 0
    (alert,) = document(capsys)["alerts"]
    assert [one["seq"] for one in alert["body"]["about"]] == [0, 1]
    assert alert["body"]["first_at"] == "2026-11-24T08:00:00Z"


def test_show_tells_all_and_that_the_evidence_stands_until_it_does_not(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = Streams("l.jsonl").decisions("acme/infra")
    ledger.append("decision", "2026-11-24T08:00:00Z", {"decision": "pass"})
    assert gate(*OPEN, "--format", "json") == 0
    name = document(capsys)["id"]
    ledger.append("decision", "2026-11-24T11:00:00Z", {"decision": "block"})
    assert gate("show", name) == 0
    shown = capsys.readouterr().out
    assert "evidence  stands; frozen ends of streams: 1" in shown
    assert "the bot's key was in a log (alice)" in shown
    Path("l.jsonl").unlink()
    ledger.append("decision", "2026-11-24T08:00:00Z", {"decision": "block"})
    assert gate("show", name) == 2
    error = capsys.readouterr().err
    assert f"stream main: entry 0 is not what it was when incident {name}" in error


def test_a_file_of_one_job_is_no_ledger_for_incidents(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert gate(*OPEN) == 2
    assert "a file is no ledger for this in Actions" in capsys.readouterr().err


def test_notify_needs_a_plan(gate: Gate, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate("notify") == 2
    assert ".gate: no such folder" in capsys.readouterr().err
    Path(".gate").mkdir()
    assert gate("notify") == 2
    assert "there is no response.yml" in capsys.readouterr().err


def test_notify_says_who_could_not_be_told(
    gate: Gate, opened: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".gate").mkdir()
    Path(".gate/response.yml").write_text(
        "version: 1\n"
        "contacts:\n"
        "  - {name: oncall, via: webhook, url_variable: ONCALL_URL}\n"
        "escalation:\n"
        "  high: [{after_minutes: 0, tell: [oncall]}]\n"
    )
    monkeypatch.delenv("ONCALL_URL", raising=False)
    capsys.readouterr()
    assert gate("notify") == 1
    said = "failed: oncall via webhook: $ONCALL_URL, the address of oncall, is empty\n"
    assert capsys.readouterr().out == said


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(None, ""), (0, "0 s"), (59, "59 s"), (60, "1 min"), (3660, "1 h 1 min"), (90000, "1 d 1 h")],
)
def test_times_are_shown_in_their_own_size(seconds: int | None, shown: str) -> None:
    assert describe_seconds(seconds) == shown
