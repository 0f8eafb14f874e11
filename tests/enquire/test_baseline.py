"""What is usual for an agent, from its decisions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest
from enquire.history import AGENT, approved, decide, measures, month, pull

from gate.enquire.baseline import (
    build,
    freeze,
    history,
    hour_of,
    latest_frozen,
    span,
    stray,
    with_parents,
)
from gate.enquire.past import read_pulls
from gate.errors import RecordError, UsageError
from gate.schema.events import BaselineBody
from gate.store.streams import BASELINES, Streams

NOW = "2026-12-01T09:00:00Z"


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    """A ledger of its own."""
    return Streams(str(tmp_path / "ledger.jsonl"))


def test_s1_26_month_gives_the_baseline_that_was_counted_by_hand(streams: Streams) -> None:
    month(streams)
    decide(streams, "2026-11-30T23:00:00Z", pull(90, repo="acme/other"), "block")

    body = freeze(streams, AGENT, "alice", NOW)

    days = {f"2026-11-{day:02}": 2 for day in range(1, 31)} | {"2026-11-30": 3}
    assert body.days == {
        "volume": days,
        "denials": {"2026-11-30": 1},
        "approval_latency": {},
    }
    assert (body.since, body.until, span(body)) == ("2026-11-01", "2026-11-30", 30)
    assert (body.pulls, body.strays, body.by) == (60, 0, "alice")
    assert body.sizes == {"files": (2,) * 60, "resources": (1,) * 60, "destroyed": (0,) * 60}
    assert (body.directories, body.surfaces) == (("infra/app",), ("network",))
    # Of 30 days from Sunday, 1 November: five Sundays and Mondays, four of each other day.
    assert [body.hours[day * 24 + 10] for day in range(7)] == [10, 8, 8, 8, 8, 8, 10]
    assert sum(body.hours) == 60


def test_baseline_of_one_history_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    written = set()
    for name in ("one", "two"):
        streams = Streams(str(tmp_path / name))
        month(streams)
        written.add(msgspec.json.encode(freeze(streams, AGENT, "alice", NOW)))

    assert len(written) == 1


@pytest.mark.parametrize(
    ("at", "head", "counted"),
    [
        ("2026-11-20T11:00:00Z", "head1", {"2026-11-20": 1}),
        ("2026-11-22T11:00:00Z", "head1", {"2026-11-20": 1}),
        ("2026-11-20T11:00:00Z", "other", {"2026-11-20": 1}),
        ("2026-11-22T11:00:00Z", "other", {"2026-11-20": 1, "2026-11-22": 1}),
    ],
    ids=["again that day", "again later", "a new head that day", "a new head later"],
)
def test_rerun_counts_once_and_a_new_head_on_its_day(
    streams: Streams, at: str, head: str, counted: dict[str, int]
) -> None:
    decide(streams, "2026-11-20T10:00:00Z", pull(1))
    decide(streams, at, pull(1, head))

    assert freeze(streams, AGENT, "alice", NOW).days["volume"] == counted


def test_size_of_a_pull_request_is_the_largest_of_its_heads(streams: Streams) -> None:
    for files, head in ((3, "a"), (40, "b"), (5, "c")):
        decide(streams, "2026-11-20T10:00:00Z", pull(1, head), measures=measures(files))

    assert freeze(streams, AGENT, "alice", NOW).sizes["files"] == (40,)


@pytest.mark.parametrize(
    ("decision", "observe", "learned"),
    [("pass", False, 1), ("warn", False, 1), ("hold", False, 0), ("block", False, 0),
     ("error", False, 0), ("block", True, 1), ("error", True, 0)],
)  # fmt: skip
def test_only_what_was_let_go_teaches_what_is_usual(
    streams: Streams, decision: str, observe: bool, learned: int
) -> None:
    decide(streams, "2026-11-20T10:00:00Z", pull(1), decision, observe=observe)

    body = freeze(streams, AGENT, "alice", NOW)

    assert body.pulls == len(body.surfaces) == len(body.directories) == learned
    assert body.days["volume"] == {"2026-11-20": 1}


def test_decision_that_measured_nothing_has_no_size(streams: Streams) -> None:
    body = {"decision": "pass", "registered": AGENT, "authorship": "agent"}
    name = {"repo": "acme/infra", "number": 1, "head": "a"}
    streams.decisions("acme/infra").append(
        "decision", "2026-11-20T10:00:00Z", {**body, "pull": name}
    )

    found = freeze(streams, AGENT, "alice", NOW)

    assert found.sizes["files"] == ()
    assert found.days["volume"] == {"2026-11-20": 1}


@pytest.mark.parametrize(
    ("after", "hasty"), [(-30, 0), (0, 1), (59, 1), (60, 0), (3000, 0)],
)  # fmt: skip
def test_approval_within_a_minute_of_the_hold_is_hasty(
    streams: Streams, after: int, hasty: int
) -> None:
    moment = f"2026-11-20T{10 + after // 3600:02}:{(after % 3600) // 60:02}:{after % 60:02}Z"
    if after < 0:
        moment = "2026-11-20T09:59:30Z"
    decide(streams, "2026-11-20T10:00:00Z", pull(1), "hold")
    decide(streams, "2026-11-20T12:00:00Z", pull(1), "pass", votes=approved(moment, "head1"))

    days = freeze(streams, AGENT, "alice", NOW).days["approval_latency"]

    assert days == ({"2026-11-20": 1} if hasty else {})


def test_other_agents_and_people_are_left_out(streams: Streams) -> None:
    decide(streams, "2026-11-20T10:00:00Z", pull(1), registered="other")
    decide(streams, "2026-11-20T10:00:00Z", pull(2), registered=None, authorship="human")
    decide(streams, "2026-11-20T10:00:00Z", pull(3), registered=None, agent=AGENT)

    assert freeze(streams, AGENT, "alice", NOW).days["volume"] == {"2026-11-20": 1}


@pytest.mark.parametrize(
    ("day", "since", "days"),
    [("2026-11-20", "2026-11-20", 11), ("2026-11-01", "2026-11-01", 30),
     ("2026-10-20", "2026-12-01", 0), ("2026-12-01", "2026-12-01", 0)],
)  # fmt: skip
def test_baseline_begins_with_the_agent(streams: Streams, day: str, since: str, days: int) -> None:
    decide(streams, f"{day}T10:00:00Z", pull(1))

    body = build(read_pulls(streams, AGENT, "").values(), AGENT, "", "2026-12-01")

    assert (body.since, span(body), len(history(body, "volume"))) == (since, days, days)


def test_latest_frozen_baseline_that_spans_enough_holds(streams: Streams) -> None:
    ledger = streams.ledger(BASELINES)
    for since, until, agent in (
        ("2026-08-01", "2026-08-30", AGENT),
        ("2026-10-01", "2026-10-30", AGENT),
        ("2026-11-01", "2026-11-03", AGENT),
        ("2026-11-01", "2026-11-30", "other"),
    ):
        body = BaselineBody(agent=agent, by="alice", since=since, until=until)
        ledger.append("baseline", f"{until}T12:00:00Z", msgspec.to_builtins(body))

    found = latest_frozen(streams.store, AGENT)

    assert found is not None
    assert found.label == "frozen 2026-10-30, 30 days to 2026-10-30"
    assert latest_frozen(streams.store, "nobody") is None


def test_no_frozen_baseline_where_the_stream_is_absent(streams: Streams) -> None:
    assert latest_frozen(streams.store, AGENT) is None


def test_entries_that_are_none_are_errors(streams: Streams) -> None:
    streams.ledger(BASELINES).append("baseline", NOW, {"agent": AGENT, "days": 3})
    streams.decisions("acme/infra").append("decision", NOW, {"registered": AGENT, "pull": 3})

    with pytest.raises(RecordError, match="org/baselines, entry 0"):
        latest_frozen(streams.store, AGENT)
    with pytest.raises(RecordError, match="entry 0"):
        read_pulls(streams, AGENT, "")


@pytest.mark.parametrize("less", [{"hours": [1]}, {"sizes": {}}, {"sizes": {"files": []}}])
def test_frozen_baseline_without_all_it_holds_is_an_error(
    streams: Streams, less: dict[str, Any]
) -> None:
    month(streams)
    body = {**msgspec.to_builtins(freeze(streams, AGENT, "alice", NOW)), **less}
    streams.ledger(BASELINES).append("baseline", NOW, body)

    with pytest.raises(RecordError, match="not all of what a baseline holds"):
        latest_frozen(streams.store, AGENT)


def test_clock_that_is_no_time_is_bad_usage(streams: Streams) -> None:
    with pytest.raises(UsageError, match="not a time"):
        freeze(streams, AGENT, "alice", "yesterday")


@pytest.mark.parametrize(
    ("touched", "known", "distance"),
    [
        (["infra/app"], ["infra/app"], 0),
        (["infra/new"], ["infra/app"], 0.5),
        (["billing/db"], ["infra/app"], 1),
        (["infra/app", "billing"], ["infra/app"], 1 / 3),
        ([""], ["infra/app"], 1),
        ([""], ["", "infra"], 0),
        ([], ["infra/app"], 0),
    ],
)
def test_distance_counts_directories_and_all_above_them(
    touched: list[str], known: list[str], distance: float
) -> None:
    assert stray(touched, with_parents(known)) == pytest.approx(distance)


def test_pull_requests_that_stray_are_counted_once_there_are_some(streams: Streams) -> None:
    for number, folder in enumerate(["a", "b", "c", "d", "e", "a/x", "new", "new", "other/y"], 1):
        changed = measures(directories=(folder,))
        decide(streams, f"2026-11-20T10:{number:02}:00Z", pull(number), measures=changed)

    assert freeze(streams, AGENT, "alice", NOW).strays == 2


@pytest.mark.parametrize(
    ("at", "hour"),
    [("2026-11-23T00:30:00Z", 0), ("2026-11-24T05:00:00Z", 29), ("2026-11-29T23:59:59Z", 167)],
)
def test_hour_of_the_week_begins_on_monday(at: str, hour: int) -> None:
    assert hour_of(at) == hour
