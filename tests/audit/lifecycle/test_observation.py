"""The report of an observation: what it counts, and what stands against a promotion."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from audit.agent_history import REPO, Past, anomaly, day, observed, overridden

from gate.audit.lifecycle.observation import Observation, canonical_bytes, observe
from gate.store.port import MAIN
from gate.store.snapshot import as_named, take
from gate.store.streams import LIMITS
from gate.store.tampering import TamperedError

Story = Callable[[Past], Any]


@pytest.fixture
def past(tmp_path: Path) -> Past:
    """An empty ledger in a file."""
    return Past(str(tmp_path / "l.jsonl"))


def report(past: Past, now: str = day(30), **over: Any) -> Observation:
    """The report of now."""
    return observe(take(past.streams.store), MAIN, observed(**over), now)


def codes(found: Observation) -> list[str]:
    """What stands against it."""
    return [refusal.code for refusal in found.refusals]


@pytest.mark.parametrize(
    ("number", "expected"), [(29, ["early"]), (30, []), (31, [])], ids=["day 29", "day 30", "31"]
)
def test_s2_57_clean_agent_may_be_promoted_from_day_30_on(
    past: Past, number: int, expected: list[str]
) -> None:
    past.quiet(8)
    found = report(past, day(number))
    assert (found.day, codes(found)) == (number, expected)


def add_follow_up(past: Past) -> None:
    entry = past.decided(3, day(10), "warn", votes=overridden())
    past.streams.decisions(REPO).append("follow_up", day(10), {"decision": entry.hash})


DIRT: list[tuple[str, Story]] = [
    ("blocked", lambda p: p.decided(3, day(10), "block", ("agents.outside_sandbox!",))),
    ("blocked", lambda p: p.decided(3, day(1, 0), "block", ("agents.outside_grants!",))),
    (
        "blocked",
        lambda p: p.decided(3, day(9), "warn", ("agents.suspended!",), waived_by="break-glass"),
    ),
    ("secrets", lambda p: p.decided(3, day(10), "warn", ("secrets.added",))),
    ("anomaly", lambda p: p.decided(3, day(10), "hold", anomalies=anomaly())),
    ("killed", lambda p: p.killed("killed", "agent", "tf-bot", day(10))),
    ("killed", lambda p: p.killed("killed", "org", "", day(10))),
    ("killed", lambda p: p.killed("killed", "model", "Claude-Opus", day(10))),
    ("suspended", lambda p: (p.event("suspended", day(9)), p.event("resumed", day(10)))),
    ("incident", lambda p: p.alerted("manual", "manual:1", p.decided(3, day(10)), day(10))),
    ("follow_up", add_follow_up),
    ("reverted", lambda p: p.came_to("reverted", 2, day(10))),
]


@pytest.mark.parametrize(("code", "story"), DIRT)
def test_s2_57_dirty_agent_is_refused_on_day_30(past: Past, code: str, story: Story) -> None:
    past.quiet()
    story(past)
    found = report(past, models=["claude-opus@4.8"])
    assert codes(found) == [code]
    assert found.refusals[0].entries
    assert found.digest != report(past, day(31)).digest


CLEAN: list[tuple[str, Story]] = [
    ("blocked by another rule", lambda p: p.decided(3, day(9), "block", ("terraform.open!",))),
    ("waived", lambda p: p.decided(3, day(9), "warn", ("secrets.added",), waived_by="W-1")),
    ("another agent", lambda p: p.decided(
        3, day(9), "block", ("agents.outside_sandbox!",), registered="other")),
    ("kill of another agent", lambda p: p.killed("killed", "agent", "other", day(9))),
    ("kill of a repository", lambda p: p.killed("killed", "repo", REPO, day(9))),
    ("stop of everything that was lifted", lambda p: (
        p.decided(3, day(9), "block", ("agents.killed!",), kill="killed"),
        p.killed("killed", "org", "", day(9)), p.killed("lifted", "org", "", day(9, 13)))),
    ("merged", lambda p: p.came_to("merged", 2, day(10))),
    ("revert of another's", lambda p: p.came_to("reverted", 99, day(10))),
    ("incident of another", lambda p: p.alerted(
        "manual", "m:1", p.decided(70, day(9), registered="other"), day(9), agent="other")),
]  # fmt: skip


@pytest.mark.parametrize("story", [story for _, story in CLEAN], ids=[name for name, _ in CLEAN])
def test_what_says_nothing_of_the_agent_does_not_stand_against_it(past: Past, story: Story) -> None:
    past.quiet()
    story(past)
    assert codes(report(past)) == []


def test_kills_stand_in_the_order_of_their_stream_and_in_either_case(past: Past) -> None:
    past.quiet()
    past.killed("killed", "agent", "TF-Bot", day(5))
    past.killed("lifted", "agent", "tf-bot", day(6))
    past.killed("killed", "org", "", day(7, 9))
    past.killed("lifted", "org", "", day(7, 8))
    past.killed("lifted", "agent", "tf-bot", day(8, 9))
    past.killed("killed", "agent", "tf-bot", day(8, 8))
    refusals = [one for one in report(past).refusals if one.code == "killed"]
    assert [" and still is" in one.text for one in refusals] == [False, True]


def test_kill_of_the_agent_counts_after_it_was_lifted_and_one_of_long_ago_does_not(
    past: Past,
) -> None:
    past.quiet()
    past.killed("killed", "agent", "tf-bot", day(5))
    past.killed("lifted", "agent", "tf-bot", day(6))
    assert codes(report(past)) == ["killed"]
    assert "still is" not in report(past).refusals[0].text
    assert "killed" not in codes(report(past, day(40)))
    past.killed("killed", "agent", "tf-bot", day(7))
    assert "and still is" in report(past, day(60)).refusals[-1].text


def test_few_pull_requests_are_no_evidence_however_many_runs_there_were(past: Past) -> None:
    past.registered()
    for number in (1, 2, 3, 4, 4, 4, 4):
        past.decided(number, day(10))
    found = report(past)
    assert codes(found) == ["evidence"]
    assert found.refusals[0].text == "4 pull requests observed; 5 are asked for"
    past.decided(5, day(11))
    assert codes(report(past)) == []


def test_day_that_the_ledger_knows_nothing_of_was_not_observed(past: Past) -> None:
    """A first day that is dated back in the record wins nothing."""
    assert (report(past).day, codes(report(past))) == (-1, ["early", "evidence"])
    past.registered(day(10))
    for number in range(1, 6):
        past.decided(number, day(11))
    found = report(past)
    assert (found.day, found.known_since, codes(found)) == (20, day(10)[:10], ["early"])
    assert codes(report(past, day(40))) == []
    assert codes(report(past, day(40), observing_since="2026-10-20")) == ["early", "evidence"]


def test_what_happened_before_the_last_30_days_is_past(past: Past) -> None:
    past.quiet(20)
    past.decided(1, day(3), "block", ("agents.outside_sandbox!",))
    assert codes(report(past, day(33))) == ["blocked"]
    assert codes(report(past, day(34))) == []


def test_anomaly_is_closed_by_the_incident_of_its_alert(past: Past) -> None:
    past.quiet()
    first = past.decided(3, day(10), "hold", anomalies=anomaly())
    incident = past.alerted("anomaly", "anomaly:tf-bot:volume", first, day(10))
    assert codes(report(past)) == ["anomaly", "incident"]
    past.closed(incident, day(11))
    assert codes(report(past)) == []
    past.decided(3, day(12), "hold", anomalies=anomaly())
    assert codes(report(past)) == [], "the same head again raises no alert of its own"
    past.decided(3, day(12), "hold", anomalies=anomaly("files"))
    assert codes(report(past)) == ["anomaly"], "another signal"
    past.decided(4, day(12), "hold", anomalies=anomaly())
    assert [one.text for one in report(past).refusals] == [
        "anomaly files was found once and not closed",
        "anomaly volume was found once and not closed",
    ]


def test_override_is_reviewed_by_closing_its_incident(past: Past) -> None:
    past.quiet()
    entry = past.decided(3, day(10), "warn", votes=overridden())
    past.streams.decisions(REPO).append("follow_up", day(10), {"decision": entry.hash})
    incident = past.alerted("break_glass", f"break_glass:{REPO}#3", entry, day(10), agent="")
    found = report(past)
    assert (codes(found), found.break_glass, found.follow_ups_open) == (
        ["incident", "follow_up"], 1, 1,
    )  # fmt: skip
    past.closed(incident, day(11))
    assert (codes(report(past)), report(past).follow_ups_open) == ([], 0)


def test_report_counts_what_a_reader_counts_by_hand(past: Past) -> None:
    """Numbers of pull requests, by hand: 1 to 6 quiet, 7 blocked then held, 8 passed twice."""
    past.quiet()
    past.decided(7, day(20), "block", ("agents.outside_sandbox!", "terraform.open!"))
    past.decided(7, day(20), "block", ("agents.outside_sandbox!",), head="f" * 40)
    past.decided(7, day(21), "hold", anomalies=anomaly(), head="e" * 40)
    past.decided(8, day(21), "pass", ("terraform.tagged!",), waived_by="W-1")
    past.decided(8, day(22), "pass", ("terraform.tagged!",), waived_by="W-1")
    past.event("suspended", day(23))
    past.event("resumed", day(24))
    past.killed("killed", "org", "", day(24))
    past.killed("lifted", "org", "", day(25))
    past.came_to("merged", 1, day(4))
    past.came_to("merged", 1, day(4), LIMITS)
    past.came_to("closed", 7, day(25))
    found = report(past)
    assert (found.since, found.until, found.day) == ("2026-10-01", day(30), 30)
    # Days 3, 6, 9, 12, 15, 18 and 20, 21, 22.
    assert (found.active_days, found.pulls, found.blocked_pulls) == (9, 8, 1)
    assert found.decisions == {"block": 2, "hold": 1, "pass": 8}
    assert found.blocked == {"agents.outside_sandbox": 1, "terraform.open": 1}
    assert (found.outside_sandbox, found.anomalies) == (1, {"volume": 1})
    assert (found.kills, found.suspensions, found.waivers) == (1, 1, {"W-1": 1})
    assert found.outcomes == {"closed": 1, "merged": 1}
    assert (found.incidents, found.incidents_open) == (0, 0)
    assert codes(found) == ["blocked", "anomaly", "suspended"]
    blocked = found.refusals[0]
    assert blocked.text == "agents.outside_sandbox blocked 1 pull request"
    assert [name.seq for name in blocked.entries] == [7, 8]


def test_same_ledger_gives_the_same_bytes_whatever_is_written_later(past: Past) -> None:
    past.quiet()
    past.killed("ready", "org", "", day(1))
    before = report(past)
    past.decided(9, day(10), "block", ("agents.outside_sandbox!",))
    past.killed("killed", "agent", "tf-bot", day(10))
    assert codes(report(past)) == ["blocked", "killed"]
    again = observe(as_named(past.streams.store, before.ledger), MAIN, observed(), before.until)
    assert canonical_bytes(again) == canonical_bytes(before)


def test_snapshot_of_another_ledger_is_refused(past: Past, tmp_path: Path) -> None:
    past.quiet()
    names = report(past).ledger
    other = Past(str(tmp_path / "other.jsonl"))
    with pytest.raises(TamperedError, match="truncated"):
        as_named(other.streams.store, names)
    other.registered(agent="other")
    other.quiet(7)
    with pytest.raises(TamperedError, match="rewritten"):
        as_named(other.streams.store, names)


def test_tampered_ledger_gives_no_report(past: Past) -> None:
    past.quiet()
    path = Path(past.streams.spec)
    path.write_text(path.read_text().replace('"decision":"pass"', '"decision":"hold"', 1))
    with pytest.raises(TamperedError, match="changed"):
        report(past)


def test_hostile_words_of_the_ledger_do_not_reach_a_report(past: Past) -> None:
    past.quiet()
    past.decided(3, day(10), "block", ("agents.\x1b[31mx\n::error::y!",))
    text = report(past).refusals[0].text
    assert "\x1b" not in text
    assert "\n" not in text
