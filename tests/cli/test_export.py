"""`gate export`: where to, from where on, and what is refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from audit.siem.collectors import Authority, events, frames, https, listening
from audit.siem.published import complaints

from gate.cli import main
from gate.schema.ledger import Draft
from gate.store.folder import FileStore
from gate.store.streams import Streams

AT = "2026-11-24T10:00:00Z"


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    """Two streams with five entries in all."""
    path = str(tmp_path / "ledger.jsonl")
    store = FileStore(path)
    for stream, kind, count in (("main", "decision", 3), ("org/kill", "kill", 2)):
        drafts = [
            Draft(kind=kind, at=AT, body={"decision": "pass"}, id=f"{kind}{number}")
            for number in range(count)
        ]
        store.append(stream, None, drafts)
    return path


EVERY = ["decision0", "decision1", "decision2", "kill0", "kill1"]


def test_events_go_to_standard_output_and_the_count_to_the_other(
    ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ocsf", "jsonl"):
        assert main(["export", "--ledger", ledger, "--format", name]) == 0
        shown = capsys.readouterr()
        assert events(shown.out.encode()) == EVERY
        assert shown.err == "sent 5 entries to standard output\n"


def test_syslog_of_a_file_is_lines_and_of_a_stream_is_counted(
    ledger: str, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["export", "--ledger", ledger, "--format", "syslog", "--enterprise", "4711"]
    assert main(words) == 0
    shown = capsys.readouterr().out.splitlines()
    assert [line.startswith("<110>1 2026") and "[gate@4711 " in line for line in shown[:3]] == [
        True,
        True,
        True,
    ]
    with listening() as (port, got):
        assert main([*words, "--to", f"tcp://127.0.0.1:{port}"]) == 0
    assert frames(b"".join(got)) == EVERY
    assert capsys.readouterr().err == f"sent 5 entries to tcp://127.0.0.1:{port}\n"


def test_cursor_moves_on_with_what_was_acknowledged(
    ledger: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, cursor = tmp_path / "events", tmp_path / "cursor"
    words = ["export", "--ledger", ledger, "--to", str(out), "--cursor", str(cursor)]
    assert main(words) == 0
    assert main(words) == 0
    assert capsys.readouterr().err.splitlines() == [
        f"sent 5 entries to {out}, cursor {cursor}",
        f"sent 0 entries to {out}, cursor {cursor}",
    ]
    assert events(out.read_bytes()) == EVERY
    assert {
        name: one["seq"] for name, one in json.loads(cursor.read_text())["streams"].items()
    } == {
        "main": 2,
        "org/kill": 1,
    }


def test_https_collector_needs_its_authority_and_gets_the_header(
    ledger: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    authority, cursor = Authority(tmp_path / "own"), tmp_path / "cursor"
    monkeypatch.setenv("GATE_SIEM_AUTHORIZATION", "Splunk abc")
    with https(authority) as (url, got):
        monkeypatch.setenv("SIEM_URL", f"{url}?token=hush")
        words = ["export", "--ledger", ledger, "--to", "env:SIEM_URL", "--cursor", str(cursor)]
        assert main(words) == 2
        assert got == []
        assert not cursor.exists()
        assert "certificate was not accepted" in capsys.readouterr().err
        assert main([*words, "--ca", str(authority.ca)]) == 0
    kept = {(headers["Authorization"], headers["Content-Type"]) for headers, _ in got}
    assert kept == {("Splunk abc", "application/x-ndjson")}
    assert [uid for _, body in got for uid in events(body)] == EVERY
    assert "hush" not in capsys.readouterr().err


def test_failing_receiver_is_exit_2_with_the_cursor_where_it_was(
    ledger: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cursor = tmp_path / "cursor"
    with listening("reset") as (port, _):
        code = main(
            ["export", "--ledger", ledger, "--to", f"tcp://127.0.0.1:{port}"]
            + ["--attempts", "1", "--cursor", str(cursor)]
        )
    assert code == 2
    assert not cursor.exists()
    assert f"tcp://127.0.0.1:{port}" in capsys.readouterr().err


def test_older_entries_are_passed_over(ledger: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--ledger", ledger, "--since", "2026-11-25"]) == 0
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "sent 0 entries to standard output, 5 older ones passed over\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--to", "http://127.0.0.1/in"], "not a receiver"),
        (["--to", "ftp://127.0.0.1/in"], "not a receiver"),
        (["--to", "tcp://127.0.0.1"], "not a receiver"),
        (["--to", "tls://127.0.0.1:6514/path"], "not a receiver"),
        (["--to", "https://alice:secretword@127.0.0.1/in"], "GATE_SIEM_AUTHORIZATION"),
        (["--to", "https:///in"], "without a host"),
        (["--to", "tcp://127.0.0.1:99999"], "not an address"),
        (["--to", "env:NOT_THERE"], "no such variable"),
        (["--to", "env:A B"], "no such variable"),
        (["--since", "yesterday"], "not a moment"),
        (["--batch", "0"], "--batch"),
        (["--attempts", "0"], "--attempts"),
        (["--enterprise", "0"], "--enterprise"),
        (["--ca", "not-there.pem"], "no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_bad_usage_is_exit_2(
    ledger: str, words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", "--ledger", ledger, *words]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert said in shown.err
    assert "secretword" not in shown.err


def test_header_of_two_lines_is_refused(
    ledger: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATE_SIEM_AUTHORIZATION", "Bearer x\r\nX-Evil: 1")
    assert main(["export", "--ledger", ledger, "--to", "https://127.0.0.1:1/in"]) == 2
    assert "not the value of a header" in capsys.readouterr().err


def test_missing_ledger_is_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", "--ledger", str(tmp_path / "none")]) == 2
    assert "holds nothing" in capsys.readouterr().err


def test_what_the_gate_decided_holds_to_the_schema(
    three_decisions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    ledger = str(three_decisions / "gate" / "ledger.jsonl")
    assert main(["export", "--ledger", ledger]) == 0
    made = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    decisions = [one for one in made if one["class_uid"] == 2003]
    assert [one["compliance"]["status"] for one in decisions] == ["Pass", "Fail", "Warning"]
    assert [problem for one in made for problem in complaints(one)] == []
    assert [one for one in made if "status_detail" in one] == []


def test_shared_ledger_is_sent_stream_by_stream(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "ledger.git"], check=True)
    spec = f"git:{tmp_path / 'ledger.git'}"
    streams = Streams(spec)
    for ledger in (streams.decisions("acme/infra"), streams.registry()):
        ledger.append("decision", AT, {"decision": "pass"})
    words = ["export", "--ledger", spec, "--format", "jsonl", "--cursor", str(tmp_path / "cursor")]
    assert main(words) == 0
    sent = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["stream"] for one in sent] == ["org/registry", "repo/acme/infra"]
    streams.decisions("acme/infra").append("decision", AT, {"decision": "warn"})
    assert main(words) == 0
    (again,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (again["seq"], again["body"]["decision"]) == (1, "warn")
