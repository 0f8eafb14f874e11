"""Times as GitHub writes them, days as people do."""

from __future__ import annotations

import pytest

from gate.moment import read_day, read_time, read_window, show_time


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("2026-03-01T12:00:00Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T12:00:00.123Z", "2026-03-01T12:00:00Z"),
        ("2026-03-01T01:30:00+02:00", "2026-02-28T23:30:00Z"),
    ],
)
def test_read_time_is_in_utc(text: str, shown: str) -> None:
    assert show_time(read_time(text)) == shown


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "2026-03-01",
        "2026-03-01T12:00:00",
        "2026-03-01 12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-W09-7T12:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "२०२६-03-01T12:00:00Z",
    ],
)
def test_read_time_knows_no_other_form(text: str | None) -> None:
    assert read_time(text) is None
    assert show_time(read_time(text)) == ""


def test_read_day_names_a_day() -> None:
    day = read_day("2028-02-29")
    assert day is not None
    assert (day.year, day.month, day.day) == (2028, 2, 29)


@pytest.mark.parametrize(
    "text", ["", "2026-02-29", "2026-3-1", "20260301", "2026-W01-1", "2026-03-01\n", "2026-03-0١"]
)
def test_read_day_knows_no_other_form(text: str) -> None:
    assert read_day(text) is None


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("30m", 30), ("6h", 360), ("7d", 10_080), ("0d", None), ("-1d", None), ("1w", None)]
    + [(odd, None) for odd in ("", "d", "1 d", "01d", "1D", "1.5h", "\u0661d", "1d\n", "1d2h")],
)
def test_window_is_a_number_of_minutes_hours_or_days(text: str, minutes: int | None) -> None:
    found = read_window(text)
    assert (found and found.total_seconds() / 60) == minutes
