"""`gate kill`: stop, let go on, list, set up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.cli import main
from gate.enquire.killed import read_kills
from gate.store.streams import INCIDENTS, KILL, Streams

WHO = ("--by", "alice", "--reason", "it deletes databases")


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    return str(tmp_path / "ledger.jsonl")


def kill(spec: str, *words: str) -> int:
    return main(["kill", *words, "--ledger", spec])


def test_switch_is_set_up_once(spec: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert kill(spec, "list") == 0
    assert "there is no kill switch" in capsys.readouterr().out
    assert kill(spec, "init", "--by", "alice") == 0
    assert kill(spec, "init", "--by", "alice") == 2
    capsys.readouterr()
    assert kill(spec, "list") == 0
    assert capsys.readouterr().out == "nothing is stopped\n"


@pytest.mark.parametrize(
    "words",
    [("org",), ("repo", "acme/infra"), ("agent", "tf-bot"), ("model", "claude-x@2026-01-01")],
)
def test_what_is_stopped_is_listed_until_it_is_lifted(
    spec: str, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert kill(spec, *words, *WHO) == 0
    capsys.readouterr()
    kill(spec, "list", "--format", "json")
    (one,) = json.loads(capsys.readouterr().out)["killed"]
    assert (one["scope"], one["target"]) == (words[0], (*words, "")[1])
    assert kill(spec, "lift", *words, *WHO) == 0
    assert read_kills(Streams(spec)).standing == ()


@pytest.mark.parametrize(
    "words",
    [
        ("repo", "acme", *WHO),
        ("repo", "acme/infra/x", *WHO),
        ("agent", " ", *WHO),
        ("model", "a\u202eb", *WHO),
        ("agent", "d\u0435vin", *WHO),  # a Cyrillic e
        ("repo", "acme/infr\u0430", *WHO),
        ("org", "--by", "not a login", "--reason", "x"),
        ("org", "--by", "dependabot[bot]", "--reason", "x"),
        ("lift", "agent", "tf-bot", *WHO),
        ("org", *WHO, "--alert", "01ABC"),
        ("org", *WHO, "--now", "soon"),
        ("org", "--by", "alice", "--reason", ""),
        ("agent", "tf-bot", "--by", "alice", "--reason", " "),
    ],
)
def test_bad_usage_stops_nothing(spec: str, words: tuple[str, ...]) -> None:
    assert kill(spec, *words) == 2
    assert list(Streams(spec).store.read(KILL)) == []


def test_file_is_refused_in_actions(spec: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert kill(spec, "org", *WHO) == 2


def test_ledger_with_a_password_need_not_stand_among_the_arguments(
    spec: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GATE_LEDGER", spec)
    assert main(["kill", "agent", "tf-bot", *WHO]) == 0
    assert len(read_kills(Streams(spec)).standing) == 1
    monkeypatch.setenv("GATE_LEDGER", " ")
    assert main(["kill", "agent", "tf-bot", *WHO]) == 2
    assert "in another than the runs read stops nothing" in capsys.readouterr().err


def test_time_to_contain_is_told(
    spec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from gate.schema.ledger import Draft

    draft = Draft(kind="alert", at="2026-03-02T12:00:00Z", body={}, id="01ALERT")
    Streams(spec).store.append(INCIDENTS, None, (draft,))
    words = ("agent", "tf-bot", *WHO, "--alert", "01ALERT", "--now", "2026-03-02T12:01:30Z")
    assert kill(spec, *words) == 0
    assert "time to contain: 90 s from the alert" in capsys.readouterr().out
    (entry,) = Streams(spec).store.read(KILL)
    assert entry.body["alert"] == "01ALERT"


PLAN = """version: 1
hooks:
  - {name: suspend-app, on: [kill], command: [sh, -c, "cat > %s; %s"]}
"""


@pytest.mark.parametrize(("last", "code", "result"), [("true", 0, "ok"), ("false", 1, "failed")])
def test_hooks_run_after_the_kill_and_tell_on_failure(
    spec: str,
    tmp_path: Path,
    last: str,
    code: int,
    result: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / ".gate").mkdir()
    (tmp_path / ".gate" / "response.yml").write_text(PLAN % (tmp_path / "seen", last))
    assert kill(spec, "org", *WHO, "--config", str(tmp_path / ".gate")) == code
    assert f"hook suspend-app: {result}" in capsys.readouterr().out
    (entry,) = Streams(spec).store.read(KILL)
    assert json.loads((tmp_path / "seen").read_text())["hash"] == entry.hash


def test_broken_plan_undoes_no_kill(
    spec: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".gate").mkdir()
    (tmp_path / ".gate" / "response.yml").write_text("version: 1\nhoks: []\n")
    words = ("org", *WHO, "--config", str(tmp_path / ".gate"), "--format", "json")
    assert kill(spec, *words) == 1
    assert json.loads(capsys.readouterr().out)["hooks"][0]["result"] == "failed"
    assert len(read_kills(Streams(spec)).standing) == 1


def test_reason_is_kept_harmless_and_without_credentials(spec: str) -> None:
    key = "AKIA" + "Q7CANARY7EXAMPLE"
    reason = ("--by", "alice", "--reason", f"it had {key}\x1b[31m")
    assert kill(spec, "org", *reason) == 0
    assert kill(spec, "lift", "org", *reason) == 0
    for entry in Streams(spec).store.read(KILL):
        assert key not in entry.body["reason"]
        assert entry.body["reason"].isprintable()
