"""In which ways a change is unlike what its agent did before."""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from enquire.history import AGENT, approved, ask, decide, measures, month, pull

from gate.enquire.anomalies import find_anomalies, judge, look
from gate.enquire.baseline import freeze
from gate.enquire.past import Pull, key_of
from gate.errors import RecordError
from gate.schema.question import Question
from gate.schema.site import LedgerSettings
from gate.schema.usage import Anomaly
from gate.store.streams import BASELINES, Streams

ON = LedgerSettings(anomalies=True)
NOW = "2026-12-01T10:30:00Z"


@pytest.fixture
def streams(tmp_path: Path) -> Streams:
    """A ledger of its own with a month of two small pull requests a day."""
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    month(streams)
    return streams


def signals(streams: Streams, question: Question) -> list[str]:
    """What is unusual."""
    return [anomaly.signal for anomaly in find_anomalies(streams, question, ON)]


def burst(streams: Streams, day: str, count: int, decision: str = "hold", **more: Any) -> None:
    """So many pull requests on one day, at ten o'clock."""
    for number in range(count):
        name = pull(500 + number, f"burst{day}{number}")
        decide(streams, f"{day}T10:20:{number:02}Z", name, decision, **more)


def test_usual_change_is_not_unusual(streams: Streams) -> None:
    found = look(streams, ask(100, NOW), ON)

    assert (found.anomalies, found.unchecked) == ((), "")


def test_s1_28_fourteenth_pull_request_of_a_day_of_two_says_why_in_numbers(
    streams: Streams,
) -> None:
    burst(streams, "2026-12-01", 13)

    assert find_anomalies(streams, ask(100, NOW), ON) == (
        Anomaly(
            signal="volume",
            agent=AGENT,
            value=14,
            expected=2.017,
            probability=8.87e-08,
            baseline="rolling, 30 days to 2026-11-30",
            text="14 pull requests on 2026-12-01, 2 a day are usual; so many or more come with "
            "probability 8.9e-08 (baseline rolling, 30 days to 2026-11-30)",
        ),
    )


@pytest.mark.parametrize(("earlier", "found"), [(7, []), (8, ["volume"])])
def test_ninth_pull_request_of_a_day_of_two_is_the_first_unusual_one(
    streams: Streams, earlier: int, found: list[str]
) -> None:
    burst(streams, "2026-12-01", earlier)

    assert signals(streams, ask(100, NOW)) == found


def test_burst_over_several_repositories_is_one_burst(tmp_path: Path) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    month(streams)
    for number in range(9):
        name = pull(1, repo=f"acme/repo{number}")
        decide(streams, "2026-12-01T10:20:00Z", name)

    assert signals(streams, ask(100, NOW)) == ["volume"]


def test_rerun_of_one_pull_request_is_no_burst(streams: Streams) -> None:
    for minute in range(30):
        decide(streams, f"2026-12-01T10:{minute:02}:00Z", pull(100, "same"))

    assert signals(streams, ask(100, NOW, head="same")) == []
    assert signals(streams, ask(100, NOW, head="next")) == []


def test_waiting_until_tomorrow_does_not_undo_a_burst(streams: Streams) -> None:
    burst(streams, "2026-12-01", 13)
    tomorrow = "2026-12-02T10:30:00Z"

    assert signals(streams, ask(500, tomorrow, head="burst2026-12-010")) == ["volume"]
    assert signals(streams, ask(500, tomorrow, head="new")) == []


def test_two_days_of_an_attack_in_the_history_do_not_hide_the_third(streams: Streams) -> None:
    burst(streams, "2026-11-29", 12)
    burst(streams, "2026-11-30", 12)
    burst(streams, "2026-12-01", 13)

    assert signals(streams, ask(100, NOW)) == ["volume"]


UNUSUAL: dict[str, tuple[dict[str, Any], str]] = {
    "files": ({"files": 60}, "60 files changed, 2 are usual and 2 the most of 60"),
    "resources": ({"resources": 40}, "40 resources changed, 1 are usual and 1 the most of 60"),
    "destroyed": ({"destroyed": 4}, "4 resources deleted or replaced, 0 are usual"),
    "directories": (
        {"directories": ("billing/db", "billing/web")},
        "2 of 2 directories are new, distance 1.00 to what 60 pull requests changed",
    ),
    "first_touch": (
        {"surfaces": ("iam", "network")},
        "first touch of iam: none of 60 pull requests did",
    ),
}


@pytest.mark.parametrize("signal", UNUSUAL)
def test_s1_27_one_unusual_thing_gives_one_anomaly(streams: Streams, signal: str) -> None:
    more, text = UNUSUAL[signal]

    (found,) = find_anomalies(streams, ask(100, NOW, measures=measures(**more)), ON)

    assert found.signal == signal
    assert found.text.startswith(text)


USUAL: dict[str, dict[str, Any]] = {
    "three times the files": {"files": 9},
    "three resources destroyed": {"destroyed": 3},
    "a new directory beside a known one": {"directories": ("infra/new",)},
    "one new directory of three": {"directories": ("infra/app", "infra", "docs")},
    "no surface": {"surfaces": ()},
    "nothing at all": {"files": 0, "resources": 0, "directories": (), "surfaces": ()},
}


@pytest.mark.parametrize("name", USUAL)
def test_small_differences_are_not_unusual(streams: Streams, name: str) -> None:
    assert signals(streams, ask(100, NOW, measures=measures(**USUAL[name]))) == []


def test_every_new_surface_is_an_anomaly_of_its_own(streams: Streams) -> None:
    question = ask(100, NOW, measures=measures(surfaces=("gate", "iam", "network")))

    found = find_anomalies(streams, question, ON)

    assert [anomaly.detail for anomaly in found] == ["gate", "iam"]


@pytest.mark.parametrize(("decision", "known"), [("block", False), ("hold", False), ("pass", True)])
def test_surface_is_known_once_a_change_of_it_was_let_go(
    streams: Streams, decision: str, known: bool
) -> None:
    touched = measures(surfaces=("iam",))
    decide(streams, "2026-11-30T10:59:00Z", pull(90), decision, measures=touched)

    found = signals(streams, ask(100, NOW, measures=touched))

    assert found == ([] if known else ["first_touch"])


@pytest.mark.parametrize("decision", ["hold", "block", "error"])
def test_head_that_was_stopped_and_replaced_by_a_harmless_one_teaches_nothing(
    streams: Streams, decision: str
) -> None:
    touched = measures(files=10_000, surfaces=("iam",), directories=("secret",))
    decide(streams, "2026-11-30T10:59:00Z", pull(90, "bold"), decision, measures=touched)
    decide(streams, "2026-11-30T11:05:00Z", pull(90, "tame"), "pass")

    assert "first_touch" in signals(streams, ask(100, NOW, measures=touched))
    body = freeze(streams, AGENT, "alice", NOW)
    assert (max(body.sizes["files"]), body.surfaces) == (2, ("network",))
    assert body.directories == ("infra/app",)


def test_approved_change_still_is_the_first_touch_when_it_is_run_again(streams: Streams) -> None:
    touched = measures(surfaces=("iam",))
    decide(streams, "2026-11-30T10:59:00Z", pull(90), "pass", measures=touched)

    assert signals(streams, ask(90, NOW, measures=touched)) == ["first_touch"]


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-12-01T03:00:00Z", ["hours"]),
        ("2026-12-01T06:59:00Z", ["hours"]),
        ("2026-12-01T07:00:00Z", []),
        ("2026-12-01T13:59:00Z", []),
        ("2026-12-01T14:00:00Z", ["hours"]),
    ],
)
def test_s1_29_time_of_day_far_from_all_others_is_unusual(
    streams: Streams, at: str, found: list[str]
) -> None:
    assert signals(streams, ask(100, at)) == found


def test_s1_29_agent_that_works_around_the_clock_has_no_unusual_hour(tmp_path: Path) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    dice = random.Random(5)
    for number in range(1, 91):
        at = f"2026-11-{1 + number // 3.1:02.0f}T{dice.randrange(24):02}:00:00Z"
        decide(streams, at, pull(number))

    for hour in range(24):
        assert signals(streams, ask(100, f"2026-12-01T{hour:02}:30:00Z")) == []


def test_s1_29_weekend_of_an_agent_that_works_on_weekdays_is_unusual(tmp_path: Path) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    for day in (2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 23, 24, 25, 26, 27):
        for number in range(3):
            decide(streams, f"2026-11-{day:02}T10:00:00Z", pull(day * 10 + number))

    (found,) = find_anomalies(streams, ask(999, "2026-11-29T10:00:00Z"), ON)

    assert (found.signal, found.value) == ("hours", 0)
    assert "Sunday 10:00 UTC: none of 60 pull requests came within 12 hours" in found.text
    assert signals(streams, ask(999, "2026-11-27T10:00:00Z")) == []


@pytest.mark.parametrize(("blocked", "found"), [(1, []), (2, ["denials"]), (6, ["denials"])])
def test_s1_31_burst_of_blocked_pull_requests_is_unusual(
    streams: Streams, blocked: int, found: list[str]
) -> None:
    burst(streams, "2026-12-01", blocked, "block")

    assert signals(streams, ask(100, NOW)) == found


@pytest.mark.parametrize(("decision", "found"), [("block", []), ("hold", ["first_touch"])])
def test_denials_of_a_usual_day_are_not_unusual(
    tmp_path: Path, decision: str, found: list[str]
) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    month(streams)
    for day in range(1, 31):
        decide(streams, f"2026-11-{day:02}T10:50:00Z", pull(200 + day), "block")
    burst(streams, "2026-12-01", 3, decision)
    touched = measures(surfaces=("iam",) if decision == "hold" else ("network",))

    assert signals(streams, ask(100, NOW, measures=touched)) == found


def test_rubber_stamps_are_unusual_and_slow_approvals_are_not(streams: Streams) -> None:
    for number, seconds in enumerate((4, 6, 8)):
        name = pull(300 + number)
        decide(streams, f"2026-12-01T10:0{number}:00Z", name, "hold")
        vote = approved(f"2026-12-01T10:0{number}:0{seconds}Z", name.head)
        decide(streams, f"2026-12-01T10:0{number}:20Z", name, "pass", votes=vote)

    (found,) = find_anomalies(streams, ask(100, NOW), ON)

    assert found.signal == "approval_latency"
    assert found.text.startswith("3 pull requests approved within 60 s of their hold (median 6 s)")


def test_frozen_baseline_goes_before_the_rolling_one(streams: Streams) -> None:
    frozen = freeze(streams, AGENT, "alice", "2026-12-01T00:00:00Z")
    streams.ledger(BASELINES).append("baseline", NOW, msgspec.to_builtins(frozen))
    for day in range(1, 31):
        burst(streams, f"2026-12-{day:02}", 8, "pass")
    today = "2026-12-31T10:30:00Z"
    burst(streams, "2026-12-31", 8)

    (found,) = find_anomalies(streams, ask(100, today), ON)

    assert found.signal == "volume"
    assert found.baseline == "frozen 2026-12-01, 30 days to 2026-11-30"


def test_agent_that_slept_is_held_against_its_frozen_baseline(streams: Streams) -> None:
    frozen = freeze(streams, AGENT, "alice", NOW)
    streams.ledger(BASELINES).append("baseline", NOW, msgspec.to_builtins(frozen))
    burst(streams, "2027-03-01", 12)

    assert signals(streams, ask(100, "2027-03-01T10:30:00Z")) == ["volume"]


@pytest.mark.parametrize(
    ("days", "each", "unchecked"),
    [
        (0, 0, "the agent is known for 0 days, 7 are needed; until then limits hold alone"),
        (6, 20, "the agent is known for 6 days, 7 are needed; until then limits hold alone"),
        (7, 6, ""),
        (7, 3, "directories needs 36 pull requests that were let go, there are 21"),
    ],
)
def test_cold_start_says_what_was_not_looked_for(
    tmp_path: Path, days: int, each: int, unchecked: str
) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    month(streams, days, each)
    today = f"2026-11-{days + 1:02}T10:30:00Z"

    found = look(streams, ask(900, today, measures=measures(files=900)), ON)

    assert found.unchecked == unchecked
    assert bool(found.anomalies) is (days >= 7)


def test_few_pull_requests_leave_the_counts_alone(tmp_path: Path) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    for day in (1, 10, 20):
        decide(streams, f"2026-11-{day:02}T10:00:00Z", pull(day))
    burst(streams, "2026-12-01", 6)

    found = look(streams, ask(900, NOW, measures=measures(surfaces=("iam",))), ON)

    assert [anomaly.signal for anomaly in found.anomalies] == ["volume"]
    for signal in ("files", "resources", "destroyed", "directories", "hours", "first_touch"):
        assert f"{signal} needs" in found.unchecked


def test_agent_that_always_strays_has_no_strange_directory(tmp_path: Path) -> None:
    streams = Streams(str(tmp_path / "ledger.jsonl"))
    for number in range(60):
        changed = measures(directories=(f"service{number}",))
        at = f"2026-11-{1 + number // 2:02}T10:00:00Z"
        decide(streams, at, pull(number), measures=changed)

    found = look(streams, ask(900, NOW, measures=measures(directories=("new",))), ON)

    assert found.anomalies == ()
    assert found.unchecked == ("directories: 55 of 60 pull requests strayed, which is usual then")


@pytest.mark.parametrize(
    ("question", "settings", "unchecked"),
    [
        (ask(1, NOW, agent="unknown"), ON, "nobody can tell which agent made the change"),
        (ask(1, NOW, agent=""), ON, ""),
        (ask(1, NOW), LedgerSettings(), ""),
    ],
    ids=["unknown agent", "person", "site does not ask"],
)
def test_nothing_is_read_where_there_is_no_baseline(
    tmp_path: Path, question: Question, settings: LedgerSettings, unchecked: str
) -> None:
    (tmp_path / "broken").write_bytes(b"no ledger\n")

    found = look(Streams(str(tmp_path / "broken")), question, settings)

    assert (found.anomalies, found.unchecked) == ((), unchecked)


def test_ledger_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "broken").write_bytes(b"no ledger\n")

    with pytest.raises(RecordError):
        find_anomalies(Streams(str(tmp_path / "broken")), ask(1, NOW), ON)


def test_hostile_directory_is_neutralised(streams: Streams) -> None:
    changed = measures(directories=("\x1b[31mnew\u202e", "evil`]("))

    (found,) = find_anomalies(streams, ask(100, NOW, measures=changed), ON)

    assert "\x1b" not in found.detail
    assert "\u202e" not in found.detail


def simulate(seed: int) -> tuple[int, int]:
    """A steady agent for 150 days: days with an anomaly from day 40 on, and days from then on."""
    dice = random.Random(seed)
    pulls: dict[str, Pull] = {}
    number = noisy = days = 0
    for day in range(150):
        today = (date(2026, 1, 5) + timedelta(days=day)).isoformat()
        unusual = False
        for _ in range(sum(dice.random() < 0.04 for _ in range(50))):
            number += 1
            at = f"{today}T{dice.randint(8, 17):02}:{dice.randrange(60):02}:00Z"
            folder = f"infra/{dice.choice('abcdefgh')}"
            size = measures(dice.randint(1, 6), directories=(folder,))
            question = ask(number, at, measures=size)
            unusual |= day >= 40 and bool(judge(pulls, None, question).anomalies)
            pulls[key_of(question.pull)] = Pull(
                key_of(question.pull),
                heads={question.pull.head: at},
                sizes={"files": size.files, "resources": 1, "destroyed": 0},
                directories={folder},
                surfaces={"network"},
                settled=dice.random() < 0.95,
            )
        days += day >= 40
        noisy += unusual
    return noisy, days


def test_all_signals_together_stay_quiet_on_usual_days() -> None:
    runs = [simulate(seed) for seed in range(12)]
    noisy, days = sum(run[0] for run in runs), sum(run[1] for run in runs)

    assert days == 1320
    assert noisy / days <= 0.002
