"""Telling people of incidents: who, when, once, and what does not leak on the way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audit.collector import collecting
from forge.scenario import make_state
from forge.server import serve

from gate.audit.incidents.handling import lead_on
from gate.audit.incidents.notify import Announced, Sender, Telling, due, notify
from gate.audit.incidents.senders import body_of, senders_of
from gate.errors import ReportError, UsageError
from gate.forge import Forge
from gate.record.alerts import raise_alerts
from gate.record.incidents import Incident, read_incidents
from gate.schema.bodies import PullName
from gate.schema.events import AlertBody
from gate.schema.forge import ForgeSettings
from gate.schema.response import Contact, ResponsePlan, Step
from gate.store.streams import Streams

ONCALL = Contact(name="oncall", via="webhook", url_variable="ONCALL_URL")
TICKET = Contact(
    name="ticket", via="issue", repository="acme/app", mentions=("alice", "acme/platform")
)
PLAN = ResponsePlan(
    version=1,
    contacts=(ONCALL, TICKET),
    escalation={
        "high": (
            Step(after_minutes=0, tell=("oncall",)),
            Step(after_minutes=15, tell=("oncall", "ticket")),
        ),
        "critical": (Step(after_minutes=0, tell=("oncall", "ticket")),),
    },
)


def at(clock: str) -> str:
    return f"2026-11-24T{clock}:00Z"


def alert(**over: Any) -> AlertBody:
    fields = {
        "source": "anomaly", "key": "anomaly:tf-bot:volume", "severity": "high", "agent": "tf-bot",
        "pull": PullName(repo="acme/infra", number=4, head="a" * 40), "first_at": at("09:50"),
        "text": "14 pull requests today, 2.1 are usual", "values": {"value": 14},
    }  # fmt: skip
    return AlertBody(**fields | over)


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    made = Streams(str(tmp_path / "ledger.jsonl"))
    raise_alerts(made, [alert()], at("10:00"))
    return made


def only(streams: Streams) -> Incident:
    (incident,) = read_incidents(streams.store).incidents
    return incident


def told(streams: Streams) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (item.body.event, item.body.reason, item.body.whom)
        for item in only(streams).events
        if item.body.event in ("told", "escalated")
    ]


def calls(seen: list[str], failing: tuple[str, ...] = ()) -> dict[str, Sender]:
    def send(telling: Telling) -> None:
        seen.append(telling.id.partition("/")[2])
        if telling.contact.via in failing:
            raise ReportError("no answer")

    return {"webhook": send, "issue": send}


def clock(text: str) -> Callable[[], str]:
    return lambda: at(text)


@pytest.mark.parametrize(
    ("now", "done", "expected"),
    [
        ("10:00", [], ["0/oncall"]),
        ("10:14", [], ["0/oncall"]),
        ("10:15", [], ["0/oncall", "15/oncall", "15/ticket"]),
        ("10:20", ["acknowledged"], ["0/oncall"]),
        ("10:20", ["closed"], []),
    ],
)
def test_steps_come_by_their_minutes_and_end_with_the_acknowledgement(
    streams: Streams, now: str, done: list[Any], expected: list[str]
) -> None:
    for event in done:
        lead_on(streams, only(streams).id, event, "alice", "looked at", at("10:10"))
    found = due(read_incidents(streams.store).incidents, PLAN, at(now))
    assert [telling.id.partition("/")[2] for telling in found] == expected


def test_a_worse_alert_makes_the_steps_of_its_severity_due(streams: Streams) -> None:
    notify(streams, PLAN, calls([]), clock("10:00"))
    other = PullName(repo="acme/infra", number=5, head="b" * 40)
    raise_alerts(streams, [alert(severity="critical", pull=other)], at("10:01"))
    seen: list[str] = []
    notify(streams, PLAN, calls(seen), clock("10:02"))
    assert seen == ["0/ticket"]


def test_each_message_is_sent_once_and_leaves_an_entry(streams: Streams) -> None:
    seen: list[str] = []
    for minute in ("10:00", "10:01", "10:15", "10:16"):
        notify(streams, PLAN, calls(seen), clock(minute))
    assert seen == ["0/oncall", "15/oncall", "15/ticket"]
    waited = "15 minutes without an acknowledgement"
    assert told(streams) == [
        ("told", "opened", ("oncall via webhook",)),
        ("escalated", waited, ("oncall via webhook",)),
        ("escalated", waited, ("ticket via issue",)),
    ]


def test_what_was_not_delivered_is_tried_again_and_keeps_nobody_else_from_hearing(
    streams: Streams,
) -> None:
    seen: list[str] = []
    result = notify(streams, PLAN, calls(seen, ("webhook",)), clock("10:20"))
    assert result == Announced(
        (f"ticket via issue: incident {only(streams).id}",),
        ("oncall via webhook: no answer", "oncall via webhook: no answer"),
    )
    notify(streams, PLAN, calls(seen), clock("10:21"))
    assert seen == ["0/oncall", "15/oncall", "15/ticket", "0/oncall", "15/oncall"]


def no_forge(_: str) -> Forge:
    raise UsageError("no GitHub token")


def test_a_webhook_gets_the_incident_with_an_id_that_stays(
    streams: Streams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting(tmp_path, 500, 204) as collector:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        senders = senders_of({"ONCALL_URL": collector.url}, no_forge)
        first = notify(streams, PLAN, senders, clock("10:00"))
        second = notify(streams, PLAN, senders, clock("10:01"))
    assert (first.lines, len(first.failures)) == ((), 1)
    assert "s3cr3t" not in first.failures[0]
    assert "answered 500" in first.failures[0]
    assert second.failures == ()
    ids = [body["id"] for body in collector.bodies]
    assert ids == [f"{only(streams).id}/0/oncall"] * 2
    assert collector.headers[1]["idempotency-key"] == ids[0]
    body = collector.bodies[1]
    assert (body["severity"], body["alerts"][0]["pull"]) == ("high", "acme/infra#4")
    assert body["alerts"][0]["values"] == {"value": 14}
    assert told(streams) == [("told", "opened", ("oncall via webhook",))]


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("", "is empty"),
        ("http://127.0.0.1:1/hook", "does not hold an https address"),
        ("file:///etc/passwd", "does not hold an https address"),
        ("https://127.0.0.1:1/hook/s3cr3t", "gave no answer (ConnectionError)"),
    ],
)
def test_an_address_that_does_not_work_is_told_without_its_secret(
    streams: Streams, url: str, says: str
) -> None:
    result = notify(streams, PLAN, senders_of({"ONCALL_URL": url}, no_forge), clock("10:00"))
    assert says in result.failures[0]
    assert "s3cr3t" not in result.failures[0]
    assert told(streams) == []


def test_a_certificate_that_nobody_trusts_is_not_trusted(
    streams: Streams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with collecting(tmp_path) as collector:
        senders = senders_of({"ONCALL_URL": collector.url}, no_forge)
        result = notify(streams, PLAN, senders, clock("10:00"))
    assert "gave no answer (SSLError)" in result.failures[0]
    assert collector.bodies == []


def test_a_redirect_is_not_followed(
    streams: Streams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with collecting(tmp_path, 307) as collector:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
        collector.location = collector.url
        senders = senders_of({"ONCALL_URL": collector.url}, no_forge)
        result = notify(streams, PLAN, senders, clock("10:00"))
    assert "answered 307" in result.failures[0]
    assert len(collector.bodies) == 1


def test_an_issue_mentions_whom_the_plan_names_and_nobody_whom_a_stranger_names(
    streams: Streams,
) -> None:
    raise_alerts(
        streams,
        [alert(severity="critical", text="@everyone <!-- x --> **now** #12 ::error::", pull=None)],
        at("10:01"),
    )
    with serve(make_state({})) as server:
        settings = ForgeSettings(api_url=server.url, write_pause=0, backoff=0)
        senders = {
            **calls([]),
            "issue": senders_of({}, lambda name: Forge(name, "writer", settings))["issue"],
        }
        result = notify(streams, PLAN, senders, clock("10:02"))
        assert server.violations == []
        (issue,) = server.state.issues
    assert result.failures == ()
    assert issue["title"] == "[gate] critical incident: 14 pull requests today, 2.1 are usual"
    assert issue["body"].rstrip().endswith("@alice @acme/platform")
    assert "@everyone" not in issue["body"]
    assert f"<!-- gate-incident {only(streams).id}/0/ticket -->" in issue["body"]


def test_a_long_incident_shows_its_latest_alerts(streams: Streams) -> None:
    pulls = [PullName(repo="acme/infra", number=n, head="b" * 40) for n in range(30)]
    raise_alerts(streams, [alert(pull=pull) for pull in pulls], at("10:01"))
    text = body_of(Telling(only(streams), TICKET, 0))
    assert "acme/infra#29" in text
    assert "11 older alerts are not shown" in text


def test_a_token_that_may_not_open_issues_is_said_to_lack_that(streams: Streams) -> None:
    raise_alerts(streams, [alert(severity="critical", pull=None)], at("10:01"))
    with serve(make_state({})) as server:
        settings = ForgeSettings(api_url=server.url, write_pause=0, backoff=0)
        senders = {
            **calls([]),
            "issue": senders_of({}, lambda name: Forge(name, "reader", settings))["issue"],
        }
        result = notify(streams, PLAN, senders, clock("10:02"))
    assert result.failures[0].startswith("ticket via issue: GitHub: could not open the issue: 403")
