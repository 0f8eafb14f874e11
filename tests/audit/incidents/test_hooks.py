"""Hooks of the response plan: what they get, what they may not see, and how they fail."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gate.audit.incidents.hooks import run_hooks
from gate.audit.reading import Told
from gate.errors import RecordError
from gate.schema.events import HookBody
from gate.schema.response import Hook, ResponsePlan
from gate.store.ledger import Ledger
from gate.store.streams import INCIDENTS, KILL, Streams

NOON = "2026-03-02T12:00:00Z"
ENVIRONMENT = {"TOKEN": "s3cr3t-value", "OTHER": "not passed on"}


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


def hook(name: str, code: str, **more: Any) -> Hook:
    """A hook that runs a line of Python."""
    return Hook(name=name, **{"on": ("kill",), **more}, command=(sys.executable, "-c", code))


def fire(streams: Streams, *hooks: Hook, ledger: Ledger | None = None) -> tuple[HookBody, ...]:
    body = {"event": "killed", "scope": "org", "by": "olga", "reason": "odd"}
    told = Told(KILL, streams.ledger(KILL).append("kill", NOON, body))
    plan = ResponsePlan(version=1, hooks=hooks)
    results = ledger or streams.ledger(INCIDENTS)
    return run_hooks(plan, "kill", told, results, lambda: NOON, ENVIRONMENT)


@pytest.mark.parametrize(
    ("code", "result", "number", "text"),
    [
        ("print('done')", "ok", 0, "done"),
        ("", "ok", 0, ""),
        ("import sys; sys.exit('no such App')", "failed", 1, "no such App"),
        ("print('a'); raise SystemExit(7)", "failed", 7, "a"),
        ("import os; os.kill(os.getpid(), 9)", "failed", None, "ended by SIGKILL"),
        ("import time; time.sleep(60)", "timeout", None, "not finished after 1 s"),
    ],
)
def test_result_is_recorded(
    streams: Streams, code: str, result: str, number: int | None, text: str
) -> None:
    (body,) = fire(streams, hook("page", code, timeout_seconds=1 if result == "timeout" else 30))
    assert (body.result, body.code, body.name) == (result, number, "page")
    assert text in body.text
    (entry,) = streams.store.read(INCIDENTS)
    assert (entry.kind, entry.body["result"]) == ("hook", result)
    assert entry.body["of"]["stream"] == KILL


def test_gets_the_entry_on_standard_input(streams: Streams) -> None:
    code = "import json,sys; e=json.load(sys.stdin); print(e['stream'], e['kind'], e['body']['by'])"
    assert fire(streams, hook("page", code))[0].text == "org/kill kill olga"


def test_sees_named_variables_and_nothing_else(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER", "not passed on")
    code = "import os,json; print(json.dumps(sorted(os.environ)))"
    seen = json.loads(fire(streams, hook("page", code, environment=("TOKEN",)))[0].text)
    assert "TOKEN" in seen
    assert "OTHER" not in seen


def test_runs_where_no_file_of_the_working_directory_can_stand_in(
    streams: Streams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert fire(streams, hook("page", "import os; print(os.getcwd())"))[0].text == "/"


def test_what_it_says_is_harmless_and_without_the_variables(streams: Streams) -> None:
    code = "import os; print('\\n\\x1b[31m::error::' + os.environ['TOKEN'] + '\\u202e' + 'x'*999)"
    text = fire(streams, hook("page", code, environment=("TOKEN",)))[0].text
    assert "s3cr3t" not in text
    assert "[TOKEN removed]" in text
    assert text.isprintable()
    assert len(text) <= 300


KEY = "-----BEGIN KEY-----\nCANARYb3BlbnNzaA\nCANARY line+two/\n-----END KEY-----\n"


@pytest.mark.parametrize(
    "said",
    [
        "os.environ['KEY']",
        "os.environ['KEY'].splitlines()[1]",
        "os.environ['KEY'].splitlines()[2]",
        "os.environ['KEY'].replace(chr(10), ' ')",
        "repr(os.environ['KEY'])",
        "json.dumps(os.environ['KEY'])",
        "quote(os.environ['KEY'])",
        "quote(os.environ['KEY'], safe='')",
        "base64.b64encode(os.environb[b'KEY']).decode()",
        "base64.urlsafe_b64encode(os.environb[b'KEY'].strip()).decode().rstrip('=')",
    ],
)
def test_no_usual_form_of_a_variable_is_kept(
    streams: Streams, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(ENVIRONMENT, "KEY", KEY)
    code = f"import os, json, base64; from urllib.parse import quote; print({said})"
    (body,) = fire(streams, hook("page", code, environment=("KEY",)))
    assert body.result == "ok"
    assert "[KEY removed]" in body.text
    for part in ("CANARY", "b3Blbn", "Q0FOQVJZ", "%2Btwo"):
        assert part not in body.text


def test_program_that_is_not_there_is_missing(streams: Streams) -> None:
    gone = Hook(name="page", on=("kill",), command=("/no/such/program",))
    assert fire(streams, gone)[0].result == "missing"


def test_variable_that_is_not_set_is_missing_and_nothing_runs(
    streams: Streams, tmp_path: Path
) -> None:
    code = f"open({str(tmp_path / 'ran')!r}, 'w')"
    (body,) = fire(streams, hook("page", code, environment=("ABSENT",)))
    assert (body.result, body.text) == ("missing", "the environment variable ABSENT is not set")
    assert not (tmp_path / "ran").exists()


def test_failing_hook_stops_no_other_and_each_answers_to_its_own(streams: Streams) -> None:
    results = fire(
        streams,
        hook("first", "raise SystemExit(1)"),
        hook("not this", "", on=("incident",)),
        hook("last", ""),
    )
    assert [(body.name, body.result) for body in results] == [("first", "failed"), ("last", "ok")]


def test_every_hook_runs_though_results_cannot_be_written(streams: Streams, tmp_path: Path) -> None:
    class Full:
        def append(self, *_: object) -> None:
            raise RecordError("no space left")

    code = f"open({str(tmp_path / 'ran')!r}, 'w')"
    with pytest.raises(RecordError, match="no space left"):
        fire(streams, hook("first", ""), hook("last", code), ledger=Full())  # type: ignore[arg-type]
    assert (tmp_path / "ran").exists()
