"""Alerts: what calls for one, and that each opens one incident or joins it, once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest
from store.conformance.engines import Engine, Git, Postgres

from gate.record.alerts import alerts_of, raise_alerts
from gate.record.earlier import Earlier, earlier_of
from gate.record.incidents import append_incidents, draft, read_incidents
from gate.schema.bodies import EntryName, PullName
from gate.schema.events import AlertBody, IncidentBody
from gate.schema.gate_input import Completeness
from gate.schema.provenance import Provenance
from gate.schema.report import EngineInfo, EntryRef, PullRefInfo, Report
from gate.schema.usage import Anomaly, Killed, LimitUse, Usage
from gate.schema.votes import BreakGlass, Votes
from gate.store.ledger import verify
from gate.store.streams import INCIDENTS, Streams
from gate.store.tampering import TamperedError

NOW = "2026-11-24T10:00:00Z"
HEAD = "a" * 40
ENTRY = EntryRef(seq=7, hash="7" * 64, stream="repo/acme/infra")
MINE = EntryName(stream="repo/acme/infra", seq=7, hash="7" * 64)


def report(usage: Usage = Usage(), votes: Votes = Votes(), at: str = NOW) -> Report:  # noqa: B008
    return Report(
        decision="hold",
        reasons=(),
        provenance=Provenance(
            authorship="agent", agent="copilot", registered="tf-bot", confidence="strong"
        ),
        completeness=Completeness(ok=True),
        engine=EngineInfo(name="none", version=""),
        usage=usage,
        votes=votes,
        pull=PullRefInfo(origin="github", repo="acme/infra", number=4, head=HEAD, base="b" * 40),
        at=at,
    )


def anomaly(signal: str = "volume", **over: Any) -> Anomaly:
    fields = {"value": 14.0, "expected": 2.1, "probability": 1e-6, "text": "14 pull requests"}
    return Anomaly(signal=signal, agent="tf-bot", baseline="frozen 2026-11-01", **fields | over)


def use(**over: Any) -> LimitUse:
    fields = {
        "name": "a-day", "count": "pulls", "per": {"agent": "tf-bot"}, "window": "1d",
        "max": 3, "used": 3, "wanted": 1, "exceeded": True,
        "others": ("acme/infra#2", "acme/infra#3"),
    }  # fmt: skip
    return LimitUse(**fields | over)


def earlier(seq: int, at: str, pull: str, agent: str = "tf-bot") -> Earlier:
    return Earlier(
        EntryName(stream="repo/acme/infra", seq=seq, hash=f"{seq}" * 64), at, pull, agent
    )


def body(key: str = "limit:a-day", **over: Any) -> AlertBody:
    fields = {
        "source": "limit", "severity": "medium", "agent": "tf-bot", "about": (MINE,),
        "first_at": NOW, "text": "over it",
        "pull": PullName(repo="acme/infra", number=4, head=HEAD),
    }  # fmt: skip
    return AlertBody(key=key, **fields | over)


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    return Streams(str(tmp_path / "ledger.jsonl"))


GLASS = BreakGlass(
    by=("alice", "bob"), reason="down", at=NOW, in_force=True, review_by="2026-11-25T10:00:00Z"
)
KILL = Killed(
    scope="agent", target="tf-bot", reason="x", by="eve", at="2026-11-24T09:00:00Z", seq=3
)


@pytest.mark.parametrize(
    ("given", "key", "severity"),
    [
        (report(), None, None),
        (report(Usage(anomalies=(anomaly(),))), "anomaly:tf-bot:volume", "medium"),
        (report(Usage(anomalies=(anomaly("first_touch"),))), "anomaly:tf-bot:first_touch", "high"),
        (report(Usage(anomalies=(anomaly("hours"),))), "anomaly:tf-bot:hours", "low"),
        (report(Usage(limits=(use(),))), "limit:a-day:tf-bot", "medium"),
        (report(Usage(limits=(use(count="attempts"),))), "limit:a-day:tf-bot", "high"),
        (report(Usage(limits=(use(exceeded=False),))), None, None),
        (report(Usage(kill="killed", killed=(KILL,))), "killed:agent:tf-bot", "high"),
        (report(votes=Votes(break_glass=GLASS)), "break_glass:acme/infra#4", "high"),
        (
            report(votes=Votes(break_glass=msgspec.structs.replace(GLASS, in_force=False))),
            None,
            None,
        ),
    ],
)
def test_a_decision_calls_for_the_alerts_it_gives_reason_for(
    given: Report, key: str | None, severity: str | None
) -> None:
    found = alerts_of(given, ENTRY)
    assert [(one.key, one.severity) for one in found] == ([(key, severity)] if key else [])
    for one in found:
        assert one.about == (MINE,)
        assert one.first_at == NOW
        assert one.pull is not None
        assert one.pull.name == "acme/infra#4"


def test_an_alert_says_in_numbers_what_is_over_the_limit() -> None:
    (found,) = alerts_of(report(Usage(limits=(use(),))), ENTRY)
    assert found.text == "limit a-day: 4 pulls of 3 in 1d for agent tf-bot"
    assert found.values == {"max": 3, "used": 3, "wanted": 1, "window": "1d"}


def test_an_alert_counts_from_the_first_decision_of_its_own_matter() -> None:
    before = (
        earlier(1, "2026-11-24T08:00:00Z", "acme/infra#9"),  # same day, in no limit
        earlier(2, "2026-11-23T11:00:00Z", "acme/infra#2"),  # behind the limit, yesterday
        earlier(3, "2026-11-24T07:00:00Z", "acme/infra#5", "other-bot"),  # another agent
    )
    usage = Usage(anomalies=(anomaly(), anomaly("first_touch")), limits=(use(),))
    found = {one.key: one for one in alerts_of(report(usage), ENTRY, before)}
    told = {key: ([name.seq for name in one.about], one.first_at) for key, one in found.items()}
    assert told == {
        "anomaly:tf-bot:first_touch": ([7], NOW),
        "anomaly:tf-bot:volume": ([1, 7], "2026-11-24T08:00:00Z"),
        "limit:a-day:tf-bot": ([2, 7], "2026-11-23T11:00:00Z"),
    }


def test_text_of_strangers_is_neutralised_in_an_alert() -> None:
    found = alerts_of(report(Usage(anomalies=(anomaly(text="a\x1b[31m\nb\u202e"),))), ENTRY)
    assert found[0].text.isprintable()


def test_older_decisions_are_read_only_as_far_as_the_window_reaches(streams: Streams) -> None:
    ledger = streams.decisions("acme/infra")
    for number, day in enumerate(("20", "23", "24"), 1):
        told = {
            "decision": "block", "registered": "tf-bot", "authorship": "agent",
            "pull": {"repo": "acme/infra", "number": number, "head": HEAD},
        }  # fmt: skip
        ledger.append(
            "decision", f"2026-11-{day}T09:59:00Z" if day != "23" else NOW.replace("24", "23"), told
        )
    over = report(Usage(limits=(use(),)))
    assert [one.pull for one in earlier_of(streams, over)] == ["acme/infra#2", "acme/infra#3"]
    assert earlier_of(streams, report()) == ()


def test_an_alert_opens_an_incident_that_freezes_the_head_of_every_stream(
    streams: Streams,
) -> None:
    streams.decisions("acme/infra").append("decision", NOW, {"decision": "block"})
    streams.ledger("org/kill").append("kill", NOW, {"event": "ready"})
    written = raise_alerts(streams, [body()], NOW)
    assert [entry.kind for entry in written] == ["alert", "incident"]
    (incident,) = read_incidents(streams.store).incidents
    assert incident.id == written[1].id
    assert [alert.id for alert in incident.alerts] == [written[0].id]
    heads = {name.stream: (name.seq, name.hash) for name in incident.frozen}
    assert heads == {
        name: (head.seq, head.hash)
        for name in ("main", "org/kill")
        if (head := streams.store.head(name))
    }


def test_an_alert_of_a_key_joins_its_open_incident_and_opens_a_new_one_once_that_is_closed(
    streams: Streams,
) -> None:
    raise_alerts(streams, [body()], NOW)
    other = PullName(repo="acme/infra", number=5, head="c" * 40)
    written = raise_alerts(streams, [body(pull=other, severity="critical")], NOW)
    assert [entry.kind for entry in written] == ["alert"]
    (incident,) = read_incidents(streams.store).incidents
    assert (len(incident.alerts), incident.severity) == (2, "critical")
    closed = IncidentBody(incident=incident.id, event="closed", by="alice", reason="a loop")
    append_incidents(streams.store, lambda _: [draft("incident", NOW, closed)])
    third = PullName(repo="acme/infra", number=6, head="d" * 40)
    written = raise_alerts(streams, [body(pull=third)], NOW)
    assert [entry.kind for entry in written] == ["alert", "incident"]
    assert [one.state for one in read_incidents(streams.store).incidents] == ["closed", "open"]


@pytest.mark.parametrize(
    ("again", "is_new"),
    [
        ({}, False),
        ({"about": (EntryName(stream="s", seq=8, hash="8" * 64),)}, False),  # same head, re-run
        ({"pull": PullName(repo="ACME/Infra", number=4, head=HEAD)}, False),
        ({"pull": PullName(repo="acme/infra", number=4, head="f" * 40)}, True),
        ({"key": "limit:other"}, True),
        ({"source": "anomaly"}, True),
        ({"pull": None}, True),
    ],
)
def test_an_alert_is_written_once_for_a_head_and_key(
    streams: Streams, again: dict[str, Any], is_new: bool
) -> None:
    raise_alerts(streams, [body()], NOW)
    fields = {"key": "limit:a-day", **again}
    assert bool(raise_alerts(streams, [body(**fields)], NOW)) is is_new


def test_alerts_of_one_key_in_one_go_open_one_incident(streams: Streams) -> None:
    other = PullName(repo="acme/infra", number=5, head="c" * 40)
    written = raise_alerts(streams, [body(), body(pull=other, severity="high"), body()], NOW)
    assert [entry.kind for entry in written] == ["alert", "alert", "incident"]
    assert read_incidents(streams.store).incidents[0].opened_severity == "high"


def test_no_alert_leaves_no_trace(streams: Streams) -> None:
    assert raise_alerts(streams, [], NOW) == ()
    assert streams.store.head(INCIDENTS) is None


@pytest.mark.parametrize("kind", [Engine, Git, Postgres])
def test_writers_at_once_open_one_incident_and_lose_no_alert(
    tmp_path: Path, kind: type[Engine], request: pytest.FixtureRequest
) -> None:
    engine = kind(tmp_path)
    request.addfinalizer(engine.close)
    streams = Streams(engine.spec)

    def tell(number: int) -> int:
        own = Streams(streams.spec)
        pull = PullName(repo="acme/infra", number=number, head=HEAD)
        return len(raise_alerts(own, [body(pull=pull)], NOW))

    with ThreadPoolExecutor(8) as pool:
        written = list(pool.map(tell, range(24)))
    log = read_incidents(streams.store)
    assert sorted(written) == [1] * 23 + [2]
    assert len(log.incidents) == 1
    assert len(log.incidents[0].alerts) == len(log.alerts) == 24
    verify(enumerate(streams.store.read(INCIDENTS), 1))


def test_a_changed_stream_of_incidents_is_no_stream_of_incidents(streams: Streams) -> None:
    raise_alerts(streams, [body()], NOW)
    path = Path(f"{streams.spec}.d") / "streams" / "org~incidents.jsonl"
    path.write_text(path.read_text().replace("over it", "all ok!"))
    with pytest.raises(TamperedError):
        read_incidents(streams.store)


def test_a_flood_of_alerts_of_many_keys_joins_each_its_own_incident(streams: Streams) -> None:
    pulls = [PullName(repo="acme/infra", number=number, head="a" * 40) for number in range(600)]
    flood = [body(f"key:{pull.number % 3}", pull=pull) for pull in pulls]
    raise_alerts(streams, flood[:3], NOW)
    closed = read_incidents(streams.store).incidents[0]
    end = IncidentBody(incident=closed.id, event="closed", by="olga", reason="a loop")
    append_incidents(streams.store, lambda _: [draft("incident", NOW, end)])
    raise_alerts(streams, flood, NOW)
    log = read_incidents(streams.store)
    assert [(one.key, one.state, len(one.alerts)) for one in log.incidents] == [
        ("key:0", "closed", 1),
        ("key:1", "open", 200),
        ("key:2", "open", 200),
        ("key:0", "open", 199),
    ]
    assert len(log.alerts) == 600
