"""Metrics equal a history that was counted by hand; what is not known is no data."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from audit.metrics_history import PAGE, SEPTEMBER, SINCE, UNTIL, with_definitions, write

from gate.audit.metrics import Measured, measure
from gate.audit.metrics.definitions import DEFINITIONS
from gate.audit.metrics.document import render as render_json
from gate.audit.metrics.figures import Spread
from gate.audit.metrics.markdown import render as render_markdown
from gate.audit.metrics.wording import rows, say, say_seconds
from gate.audit.reading import Told, read_all
from gate.errors import RecordError, UsageError
from gate.schema.entry import Entry
from gate.store.folder import FileStore

MINUTE, HOUR = 60.0, 3600.0


@pytest.fixture(scope="module")
def september(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    """The metrics of the month."""
    store = write(str(tmp_path_factory.mktemp("history") / "ledger.jsonl"))
    return measure(read_all(store), SINCE, UNTIL)


COUNTED: tuple[tuple[str, str, float | None], ...] = (
    # infra#1 and infra#18 are of other months, infra#0 is a local range
    ("changes", "agent", 13),  # infra#4 5 9 10 11 12 13 14, web#6 7 8, lab#16 17
    ("changes", "co-authored", 0),
    ("changes", "unknown", 1),  # web#15
    ("changes", "human", 2),  # infra#2, web#3
    ("ai_changes", "", 14),
    ("ai_share_ratio", "", 14 / 16),
    # infra#2 twice, web#3, infra#4, infra#5, web#6, infra#10, infra#11, infra#0
    ("decisions", "pass", 9),
    ("decisions", "warn", 1),  # web#7
    ("decisions", "hold", 4),  # infra#5, web#6, infra#11, infra#13
    ("decisions", "block", 10),  # web#3, infra#5 9 10 12 14, web#7 8, lab#16 17
    ("decisions", "error", 1),  # web#15
    ("unjudged_ratio", "", 1 / 25),
    ("policy_latency_seconds", "", 0.6),  # 600 ms is the 13th of 25
    ("blocked_ratio", "", 8 / 14),  # infra#5 9 10 12 14, web#7 8, lab#17; lab#16 only observed
    ("blocked_changes", "fixed", 1),  # infra#5
    ("blocked_changes", "waived", 1),  # web#7
    ("blocked_changes", "cleared", 1),  # infra#10
    ("blocked_changes", "abandoned", 1),  # web#8
    ("blocked_changes", "merged", 1),  # infra#9
    ("blocked_changes", "open", 3),  # infra#12, infra#14, lab#17
    ("held_changes", "", 4),  # infra#5, web#6, infra#11, infra#13
    ("waiting_changes", "", 1),  # infra#13
    ("approvals_per_change", "", 5 / 3),  # infra#5: 2, web#6: 1, infra#11: 2
    ("approval_latency_seconds", "", 20.0),  # web#6: 20 s, infra#5: 1 h 30 min; lower median
    ("rubber_stamp_ratio", "", 1 / 2),  # web#6
    ("overridden_changes", "waiver", 1),  # web#7
    ("overridden_changes", "break_glass", 1),  # infra#11
    ("overridden_changes", "merged", 1),  # infra#9
    # stopped: the 8 blocked, web#6, infra#11, infra#13 held, web#15 not judged
    ("override_ratio", "", 3 / 12),
    ("false_block_ratio", "", 1 / 9),  # web#3, of the 8 blocked AI changes and web#3
    ("lead_time_seconds", "free", 2 * HOUR),  # infra#4
    ("lead_time_seconds", "held", 10 * MINUTE),  # web#6
    ("lead_time_seconds", "blocked", 30 * MINUTE),  # infra#9: 30 min, infra#5: 4 h
    ("lead_time_seconds", "unjudged", None),
    ("change_failure_ratio", "", 1 / 4),  # infra#4, of infra#4 5 9 and web#6
    ("coverage_gap_ratio", "", 2 / 100),  # infra 2 of 60 (the later walk), web 0 of 40
    ("uncovered_commits", "acme/infra", 2),
    ("uncovered_commits", "acme/web", 0),
    ("anomalies", "hours", 2),  # infra#13, infra#14
    ("anomalies", "volume", 1),  # infra#14
    ("limited_changes", "limits.exceeded", 2),  # infra#14, lab#17
    ("alerts", "anomaly", 1),
    ("alerts", "limit", 1),
    ("alerts", "manual", 0),
    ("time_to_detect_seconds", "", MINUTE),  # lab#17: 1 min, infra#12 to AL1: 10 min 5 s
    ("time_to_contain_seconds", "", 12 * MINUTE),  # AL1 03:10:05 to 03:22:05
    ("kills", "agent", 1),
    ("kills", "org", 0),
    ("time_to_acknowledge_seconds", "", 9 * MINUTE + 55),  # IN1
    ("time_to_resolve_seconds", "", 6 * HOUR),  # IN1
    ("incidents_open", "", 1),  # IN2
)


@pytest.mark.parametrize(("name", "label", "value"), COUNTED)
def test_figure_equals_the_hand_count(
    september: Measured, name: str, label: str, value: float | None
) -> None:
    assert september.figure(name, label).value == (value if value is None else pytest.approx(value))


def test_every_metric_is_counted_by_hand(september: Measured) -> None:
    assert {name for name, _, _ in COUNTED} == set(DEFINITIONS) == set(september.figures)


def test_spreads_hold_every_duration(september: Measured) -> None:
    held = {
        "time_to_detect_seconds": (60.0, 605.0),
        "time_to_contain_seconds": (720.0,),
        "approval_latency_seconds": (20.0, 5400.0),
    }
    for name, values in held.items():
        assert september.figure(name).spread == Spread(values)


def test_agents_are_summed_up(september: Measured) -> None:
    shown = [
        (one.agent, one.changes, one.passed, one.held, one.blocked, one.unjudged)
        for one in september.agents
    ]
    assert shown == [
        ("tf-bot", 8, 1, 2, 5, 0),
        ("copilot", 5, 1, 1, 3, 0),
        ("unknown", 1, 0, 0, 0, 1),
    ]


def test_days_add_up_to_the_changes(september: Measured) -> None:
    assert len(september.buckets) == 30
    ai = sum(o.passed + o.held + o.blocked + o.unjudged for o in september.buckets)
    assert (ai, sum(one.human for one in september.buckets)) == (14, 2)
    assert sum(one.alerts for one in september.buckets) == 2


def test_one_stream_and_many_give_the_same_figures(september: Measured, tmp_path: Path) -> None:
    store = write(str(tmp_path / "one.jsonl"), one_stream=True)
    assert measure(read_all(store), SINCE, UNTIL).figures == september.figures


def test_bundled_example_is_this_history(tmp_path: Path) -> None:
    write(str(tmp_path / "one.jsonl"), one_stream=True)
    assert SEPTEMBER.read_bytes() == (tmp_path / "one.jsonl").read_bytes()


def test_definitions_in_the_documents_are_these() -> None:
    page = PAGE.read_text()
    assert with_definitions(page) == page


def test_neighbouring_periods_add_up(tmp_path: Path) -> None:
    told = read_all(write(str(tmp_path / "ledger.jsonl")))
    middle = "2026-09-08T10:15:00Z"
    parts = [measure(told, "", middle), measure(told, middle, "")]
    whole = measure(told)
    for name in ("changes", "decisions", "alerts", "kills"):
        assert sum(part.total(name) or 0 for part in parts) == whole.total(name)


def test_end_of_the_period_hides_what_came_later(tmp_path: Path) -> None:
    told = read_all(write(str(tmp_path / "ledger.jsonl")))
    early = measure(told, SINCE, "2026-09-12T03:20:30Z")
    assert early.figure("time_to_contain_seconds").value is None
    assert early.figure("time_to_acknowledge_seconds").value == 9 * MINUTE + 55
    assert early.figure("incidents_open").value == 1
    assert measure(told, SINCE, "2026-09-12T03:23:00Z").figure("kills", "agent").value == 1


RATIOS = [name for name, one in DEFINITIONS.items() if one.unit != "count"]


@pytest.mark.parametrize("name", RATIOS)
def test_nothing_is_no_data_and_never_zero(name: str) -> None:
    for figure in measure([]).figures[name]:
        assert figure.value is None
        assert figure.why
        assert say(figure) == "no data"


def entry(kind: str, at: str = "2026-09-01T09:00:00Z", seq: int = 0, **body: Any) -> Told:
    """One entry, unlinked."""
    return Told("main", Entry(seq=seq, prev="", at=at, kind=kind, body=body, hash=f"{seq:064d}"))


PULL = {"repo": "acme/infra", "number": 1, "head": "a" * 40}


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("blocked_changes", "abandoned"),
        ("blocked_changes", "merged"),
        ("blocked_changes", "open"),
        ("overridden_changes", "merged"),
        ("override_ratio", ""),
        ("false_block_ratio", ""),
        ("change_failure_ratio", ""),
    ],
)
def test_without_outcomes_what_they_tell_is_no_data(name: str, label: str) -> None:
    blocked = entry("decision", decision="block", pull=PULL, authorship="agent")
    figure = measure([blocked]).figure(name, label)
    assert (figure.value, figure.why) == (None, "no outcome of a pull request was recorded")


@pytest.mark.parametrize(
    ("told", "value", "why"),
    [
        ({}, None, "the entries do not say whether it was looked for"),
        ({"anomalies_unchecked": "fewer than 10 days"}, None, "fewer than 10 days"),
        ({"anomalies_unchecked": ""}, 0, ""),
    ],
)
def test_no_anomaly_is_zero_only_if_somebody_looked(
    told: dict[str, str], value: int | None, why: str
) -> None:
    passed = entry("decision", decision="pass", pull=PULL, authorship="agent", **told)
    figure = measure([passed]).figure("anomalies")
    assert (figure.value, figure.why) == (value, why)


@pytest.mark.parametrize(("told", "value"), [({}, None), ({"reserved": "01"}, 0)])
def test_no_limit_is_zero_only_if_one_was_held_against_a_change(
    told: dict[str, str], value: int | None
) -> None:
    passed = entry("decision", decision="pass", pull=PULL, authorship="agent", **told)
    assert measure([passed]).figure("limited_changes").value == value


def test_sum_with_an_unknown_part_is_no_data() -> None:
    blocked = entry("decision", decision="block", pull=PULL, authorship="agent")
    shown = {row.title: row for row in rows(measure([blocked]))}
    row = shown["What became of the blocked"]
    assert row.value == "no data"
    assert row.basis == "abandoned, merged, open: no outcome of a pull request was recorded"
    assert shown["Decisions"][1:] == ("1", "block 1")
    assert shown["Kills"][1:] == ("0", "")


def test_alert_that_names_nothing_counts_from_its_own_word() -> None:
    raised = entry(
        "alert",
        source="manual",
        key="k",
        severity="high",
        text="x",
        first_at="2026-09-01T08:00:00Z",
    )
    assert measure([raised]).figure("time_to_detect_seconds").value == HOUR


def test_clock_that_runs_backwards_is_no_observation() -> None:
    raised = entry(
        "alert",
        source="manual",
        key="k",
        severity="high",
        text="x",
        first_at="2026-09-01T10:00:00Z",
    )
    assert measure([raised]).figure("time_to_detect_seconds").value is None


@pytest.mark.parametrize(
    ("values", "median", "high"),
    [((), None, None), ((7.0,), 7.0, 7.0), (tuple(float(n) for n in range(1, 101)), 50.0, 95.0)],
)
def test_quantile_is_an_observed_value(
    values: tuple[float, ...], median: float | None, high: float | None
) -> None:
    assert (Spread(values).rank(0.5), Spread(values).rank(0.95)) == (median, high)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0 s"),
        (0.0421, "42 ms"),
        (0.6, "600 ms"),
        (59, "59 s"),
        (90, "1.5 min"),
        (5400, "1.5 h"),
        (86400 * 2.25, "2.2 d"),
    ],
)
def test_duration_is_said_in_the_unit_that_fits(seconds: float, shown: str) -> None:
    assert say_seconds(seconds) == shown


@pytest.mark.parametrize(("since", "until"), [("yesterday", ""), (UNTIL, SINCE), (SINCE, SINCE)])
def test_period_that_is_none_is_refused(since: str, until: str) -> None:
    with pytest.raises(UsageError):
        measure([], since, until)


def test_body_that_is_none_is_an_error() -> None:
    with pytest.raises(RecordError, match="stream main, entry 0"):
        measure([entry("decision", decision="maybe")])


@pytest.mark.parametrize(("days", "length"), [(20, "day"), (100, "week"), (400, "month")])
def test_long_periods_are_cut_coarser(days: int, length: str) -> None:
    from datetime import UTC, datetime, timedelta

    last = datetime(2026, 1, 5, tzinfo=UTC) + timedelta(days=days)
    told = [
        entry("decision", "2026-01-05T00:00:00Z", decision="pass", pull=PULL, authorship="agent"),
        entry(
            "decision", f"{last:%Y-%m-%dT12:00:00Z}", 1,
            decision="block", pull=PULL | {"number": 2}, authorship="agent",
        ),
    ]  # fmt: skip
    found = measure(told).buckets
    assert {one.length for one in found} == {length}
    assert (found[0].passed, found[-1].blocked) == (1, 1)
    assert len(found) <= 40


def test_json_is_the_same_bytes_again(september: Measured, tmp_path: Path) -> None:
    store = write(str(tmp_path / "ledger.jsonl"))
    again = measure(read_all(FileStore(str(tmp_path / "ledger.jsonl"))), SINCE, UNTIL)
    assert store.streams()
    assert render_json(again) == render_json(september)
    told = msgspec.json.decode(render_json(september))
    by_name = {one["name"]: one for one in told["metrics"]}
    assert by_name["ai_share_ratio"]["figures"] == [
        {"labels": {}, "value": 0.875, "count": 14, "of": 16}
    ]
    assert by_name["lead_time_seconds"]["figures"][3]["no_data"] == "no such AI change was merged"
    assert [head["stream"] for head in told["ledger"]["heads"]] == [
        "main",
        "org/incidents",
        "org/kill",
        "org/limits",
    ]


HOSTILE = '<script>alert(1)</script>\n::error::x\x1b[31m|`"@everyone'


def hostile() -> Measured:
    """Metrics of a ledger whose names were chosen by an attacker."""
    pull = {"repo": f"acme/{HOSTILE}", "number": 1}
    told = [
        entry("decision", decision="block", pull=pull, authorship="agent", agent=HOSTILE),
        entry(
            "reconciliation",
            seq=1,
            repo=HOSTILE,
            branch="main",
            since="",
            until="",
            commits=1,
            uncovered=[{"commit": "a"}],
        ),
    ]
    return measure(told)


def test_markdown_takes_no_markup_from_the_ledger() -> None:
    text = render_markdown(hostile())
    assert "<script" not in text
    assert "\x1b" not in text
    assert not re.search(r"^::", text, re.MULTILINE)
    assert "@everyone" not in text
    lines = [line for line in text.splitlines() if "script" in line]
    assert [len(re.findall(r"(?<!\\)\|", line)) for line in lines] == [4, 8]
