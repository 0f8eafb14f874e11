"""`gate scheduled`: what is due runs, what fails stops nothing, and each run is an entry."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from audit.collector import collecting
from forge.scenario import make_state
from forge.server import Server, serve
from trust.samples import document

import gate.audit.schedule.run as scheduled
from gate.audit.schedule.job import Task
from gate.audit.schedule.tasks import TASKS
from gate.cli import main
from gate.record.incidents import read_incidents
from gate.store.streams import CHECKPOINTS, SCHEDULE, Streams

Gate = Callable[..., int]
PLAN = """\
version: 1
contacts: [{name: oncall, via: webhook, url_variable: ONCALL_URL}]
escalation:
  medium: [{after_minutes: 0, tell: [oncall]}, {after_minutes: 30, tell: [oncall]}]
  high: [{after_minutes: 0, tell: [oncall]}]
"""


def put_site(**files: str) -> None:
    texts = {"gate.yml": "version: 1\n", **files}
    for name, text in texts.items():
        path = Path(".gate") / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def put_agent(**over: Any) -> None:
    whole = {
        key: value for key, value in document(id="tf-bot", **over).items() if value is not None
    }
    put_site(**{"agents/tf-bot.yml": json.dumps(whole)})


@pytest.fixture
def gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """`gate scheduled` in a folder with a `.gate`."""
    monkeypatch.chdir(tmp_path)
    for name in ("GITHUB_ACTIONS", "GITHUB_TOKEN", "GH_TOKEN", "GITHUB_REPOSITORY", "ONCALL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("GATE_LEDGER_KEY", raising=False)
    put_site()

    def run(*words: str, now: str = "2026-11-24T10:00:00Z") -> int:
        return main(["scheduled", "--ledger", "l.jsonl", "--now", now, *words])

    return run


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serve(make_state({})) as running:
        monkeypatch.setenv("GITHUB_TOKEN", "reader")
        monkeypatch.setenv("GITHUB_API_URL", running.url)
        yield running
        assert running.violations == []


def runs() -> list[tuple[str, str]]:
    store = Streams("l.jsonl").store
    return [(one.body["task"], one.body["result"]) for one in store.read(SCHEDULE)]


def document_of(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_site_that_gives_nothing_has_nothing_due(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate() == 0
    assert capsys.readouterr().out == "nothing is due\n"
    assert runs() == []


def test_list_shows_every_task_and_what_it_lacks(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    put_site(**{"response.yml": PLAN})
    assert gate("--list", "--format", "json") == 0
    told = {one["task"]: one for one in document_of(capsys)}
    assert list(told) == [task.name for task in TASKS]
    assert told["notify"]["lacks"] is None
    assert told["reviews"]["lacks"] == "no registry of agents in the .gate folder"
    assert gate("--list") == 0
    assert "no response.yml" not in capsys.readouterr().out
    assert runs() == []


def test_an_overdue_review_raises_one_alert_and_whoever_is_on_call_hears_of_it_once(
    gate: Gate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put_agent(review_due="2026-11-20")
    put_site(**{"response.yml": PLAN})
    with collecting(tmp_path) as collector:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        monkeypatch.setenv("ONCALL_URL", collector.url)
        for now in ("10:00", "10:10"):
            assert gate("--only", "reviews", "--only", "notify", now=f"2026-11-24T{now}:00Z") == 0
    (incident,) = read_incidents(Streams("l.jsonl").store).incidents
    assert incident.text == "the access review of tf-bot was due on 2026-11-20"
    assert [body["key"] for body in collector.bodies] == ["overdue:tf-bot:review"]
    assert runs() == [("reviews", "done"), ("notify", "done")] * 2


def test_an_overdue_credential_raises_an_alert_for_each_due_day(gate: Gate) -> None:
    credential = {"ref": "vault:kv/tf-bot", "tier": "high", "rotated_at": "2026-09-01"}
    put_agent(credentials=[credential])
    assert gate("--only", "rotations") == 0
    assert gate("--only", "rotations", now="2026-11-26") == 0
    put_agent(credentials=[{**credential, "rotated_at": "2026-10-10"}])
    assert gate("--only", "rotations") == 0
    (incident,) = read_incidents(Streams("l.jsonl").store).incidents
    told = [alert.body.text for alert in incident.alerts]
    assert told == [
        "the rotation of vault:kv/tf-bot of tf-bot was due on 2026-10-01",
        "the rotation of vault:kv/tf-bot of tf-bot was due on 2026-11-09",
    ]
    assert incident.severity == "high"


@pytest.mark.parametrize(
    ("now", "again"),
    [
        ("2026-11-24T12:00:00Z", False),
        ("2026-11-25T07:00:00Z", False),
        ("2026-11-25T08:00:00Z", True),  # a cron job that comes two hours early
        ("2026-11-25T10:00:00Z", True),
        ("2026-11-20T10:00:00Z", True),  # the last run lies in the future: that clock was wrong
    ],
)
def test_a_daily_task_runs_once_a_day(gate: Gate, now: str, again: bool) -> None:
    put_agent()
    assert gate() == 0
    first = len(runs())
    assert first == 2
    assert gate(now=now) == 0
    assert (len(runs()) > first) is again


def test_what_became_of_pull_requests_is_caught_up(gate: Gate, github: Server) -> None:
    ended = {"state": "closed", "closed_at": "2026-11-23T10:00:00Z", "merged_at": None}
    github.state.pull |= {**ended, "updated_at": "2026-11-23T10:00:00Z"}
    assert gate("--repository", "acme/app") == 0
    assert runs() == [("outcomes", "done")]
    told = [one.body["outcome"] for one in Streams("l.jsonl").store.read("main")]
    assert told == ["closed"]


def test_a_task_that_fails_is_told_and_stops_no_other(
    gate: Gate, github: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    put_agent()
    github.fail("GET", "/pulls$", 403)
    assert gate("--repository", "acme/app", "--format", "json") == 1
    told = document_of(capsys)
    assert [(one["name"], one["result"]) for one in told] == [
        ("outcomes", "failed"), ("reviews", "done"), ("rotations", "done"),
    ]  # fmt: skip
    assert told[0]["text"].startswith("GitHub: could not read the closed pull requests: 403")
    assert runs()[0] == ("outcomes", "failed")
    assert gate("--repository", "acme/app", now="2026-11-24T10:05:00Z") == 0  # tried again
    assert runs()[-1] == ("outcomes", "done")


def test_a_fault_of_the_gate_in_one_task_stops_no_other(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def crash(_: object) -> str:
        raise ZeroDivisionError("secret")

    put_agent()
    broken = Task("broken", timedelta(), "breaks", lambda _: "", crash)
    monkeypatch.setattr(scheduled, "TASKS", (broken, *TASKS))
    assert gate() == 1
    assert "a fault of the gate: ZeroDivisionError" in capsys.readouterr().out
    assert [name for name, _ in runs()] == ["broken", "reviews", "rotations"]


def test_only_what_can_run_may_be_asked_for(gate: Gate, capsys: pytest.CaptureFixture[str]) -> None:
    assert gate("--only", "notify") == 2
    assert "--only notify: no response.yml" in capsys.readouterr().err
    assert runs() == []


def test_a_run_that_leaves_no_entry_is_no_success(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    put_agent()
    Path("l.jsonl.d").mkdir()
    Path("l.jsonl.d/streams").mkdir()
    Path("l.jsonl.d/streams/org~schedule.jsonl").mkdir()
    assert gate() == 2


def git(*words: str) -> str:
    name = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    done = subprocess.run(["git", *name, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_commit_that_nobody_judged_raises_an_alert(gate: Gate) -> None:
    git("init", "-q", "-b", "main", "clone")
    git("-C", "clone", "commit", "-q", "--allow-empty", "-m", "one")
    sha = git("-C", "clone", "rev-parse", "HEAD")
    assert gate("--repo", "clone", "--repository", "acme/app") == 0
    (incident,) = read_incidents(Streams("l.jsonl").store).incidents
    said = f"1 commit of acme/app main without a decision, the first {sha[:12]}"
    assert (incident.text, incident.severity) == (said, "high")
    assert gate("--repo", "clone", "--repository", "acme/app", now="2026-11-26") == 0
    assert len(read_incidents(Streams("l.jsonl").store).alerts) == 1
    assert runs() == [("reconciliation", "done")] * 2


def test_hooks_run_once_for_an_incident_and_see_only_their_variables(
    gate: Gate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "hook"
    script.write_text(
        "#!/bin/sh\n"
        f"cat >> {tmp_path}/entries; echo >> {tmp_path}/entries\n"
        f"env | sort > {tmp_path}/variables\n"
    )
    script.chmod(0o755)
    plan = f'hooks: [{{name: revoke, "on": [incident], command: [{script}], environment: [KEY]}}]\n'
    monkeypatch.setenv("KEY", "k1")
    monkeypatch.setenv("GITHUB_TOKEN", "ghs_x")
    monkeypatch.setenv("ONCALL_URL", "")
    put_agent(review_due="2026-11-20")
    put_site(**{"response.yml": "version: 1\n" + plan})
    for _ in range(2):
        assert gate("--only", "reviews", "--only", "notify") == 0
    (line,) = (tmp_path / "entries").read_text().split()
    (incident,) = read_incidents(Streams("l.jsonl").store).incidents
    assert json.loads(line)["hash"] == incident.entry.hash
    names = {one.partition("=")[0] for one in (tmp_path / "variables").read_text().splitlines()}
    assert "KEY" in names
    assert names.isdisjoint({"GITHUB_TOKEN", "ONCALL_URL"})
    assert [(hook.name, hook.result) for hook in incident.hooks] == [("revoke", "ok")]


def test_a_hook_that_fails_is_a_failure_of_the_task_and_people_are_told_all_the_same(
    gate: Gate,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    put_agent(review_due="2026-11-20")
    hook = 'hooks: [{name: revoke, "on": [incident], command: [/bin/false]}]\n'
    put_site(**{"response.yml": PLAN + hook})
    with collecting(tmp_path) as collector:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        monkeypatch.setenv("ONCALL_URL", collector.url)
        assert gate("--only", "reviews", "--only", "notify") == 1
    assert "hook revoke: failed" in capsys.readouterr().out
    assert len(collector.bodies) == 1


def test_the_ends_of_all_streams_are_signed_where_there_is_a_key(
    gate: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ledger", "key", "ledger.acme.example/gate"]) == 0
    put_agent()
    assert gate("--sign-with", "gate.key") == 0
    assert ("checkpoints", "done") in runs()
    assert len(list(Streams("l.jsonl").store.read(CHECKPOINTS))) == 1


def test_metrics_go_to_the_file(gate: Gate) -> None:
    ledger = Streams("l.jsonl").decisions("acme/app")
    ledger.append("decision", "2026-11-24T08:00:00Z", {"decision": "pass"})
    assert gate("--metrics", "gate.prom") == 0
    assert Path("gate.prom").read_text().startswith("# HELP")
    assert runs() == [("metrics", "done")]


def test_a_file_of_one_job_is_no_ledger_for_it(
    gate: Gate, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert gate() == 2
    assert "a file is no ledger for this in Actions" in capsys.readouterr().err
