"""The text file is one that Prometheus reads, and says nothing where there is no data."""

from __future__ import annotations

from pathlib import Path

import pytest
from audit.metrics.test_figures import HOSTILE, hostile
from audit.metrics_history import SINCE, UNTIL, write
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

from gate.audit.metrics import measure
from gate.audit.metrics.definitions import DEFINITIONS
from gate.audit.metrics.prometheus import PREFIX, render
from gate.audit.reading import read_all


def families(text: str) -> dict[str, Metric]:
    """What Prometheus' own parser makes of it."""
    return {one.name: one for one in text_string_to_metric_families(text)}


@pytest.fixture(scope="module")
def september(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Metric]:
    """The families of the month."""
    store = write(str(tmp_path_factory.mktemp("history") / "ledger.jsonl"))
    return families(render(measure(read_all(store), SINCE, UNTIL)))


def test_every_metric_is_a_family_with_its_definition(september: dict[str, Metric]) -> None:
    for name, defined in DEFINITIONS.items():
        family = september[PREFIX + name]
        assert family.documentation == f"{defined.title}. {defined.text}"
        assert family.type == ("summary" if defined.unit == "seconds" else "gauge")


@pytest.mark.parametrize(
    ("family", "sample", "labels", "value"),
    [
        ("ai_changes", "ai_changes", {}, 14),
        ("ai_share_ratio", "ai_share_ratio", {}, 0.875),
        ("blocked_changes", "blocked_changes", {"fate": "open"}, 3),
        ("uncovered_commits", "uncovered_commits", {"repository": "acme/infra"}, 2),
        ("time_to_detect_seconds", "time_to_detect_seconds", {"quantile": "0.5"}, 60),
        ("time_to_detect_seconds", "time_to_detect_seconds", {"quantile": "0.95"}, 605),
        ("time_to_detect_seconds", "time_to_detect_seconds_sum", {}, 665),
        ("time_to_detect_seconds", "time_to_detect_seconds_count", {}, 2),
        ("lead_time_seconds", "lead_time_seconds_count", {"lane": "blocked"}, 2),
        ("lead_time_seconds", "lead_time_seconds_count", {"lane": "unjudged"}, 0),
        ("period_begin_timestamp_seconds", "period_begin_timestamp_seconds", {}, 1788220800),
        ("period_end_timestamp_seconds", "period_end_timestamp_seconds", {}, 1790812800),
    ],
)
def test_sample_has_its_value(
    september: dict[str, Metric], family: str, sample: str, labels: dict[str, str], value: float
) -> None:
    found = [
        one.value
        for one in september[PREFIX + family].samples
        if one.name == PREFIX + sample and one.labels == labels
    ]
    assert found == [pytest.approx(value)]


def test_no_data_is_no_sample(september: dict[str, Metric]) -> None:
    lanes = [one.labels for one in september[f"{PREFIX}lead_time_seconds"].samples]
    assert {"lane": "unjudged", "quantile": "0.5"} not in lanes
    nothing = families(render(measure([])))
    for name, defined in DEFINITIONS.items():
        values = [one for one in nothing[PREFIX + name].samples if "quantile" in one.labels]
        assert values == []
        if defined.unit in ("ratio", "mean"):
            assert nothing[PREFIX + name].samples == []


def test_no_series_stands_twice(september: dict[str, Metric]) -> None:
    series = [
        (one.name, tuple(sorted(one.labels.items())))
        for family in september.values()
        for one in family.samples
    ]
    assert len(series) == len(set(series))


def test_names_of_the_ledger_stay_inside_their_label() -> None:
    text = render(hostile())
    samples = families(text)[f"{PREFIX}uncovered_commits"].samples
    assert len(samples) == 1
    assert samples[0].labels["repository"].startswith("<script>alert(1)</script>\\u{a}")
    assert "\x1b" not in text
    assert HOSTILE not in text


def test_file_ends_in_a_newline_and_holds_no_empty_line(tmp_path: Path) -> None:
    text = render(measure(read_all(write(str(tmp_path / "ledger.jsonl")))))
    assert text.endswith("\n")
    assert "" not in text[:-1].split("\n")
