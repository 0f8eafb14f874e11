"""Counts and sizes against what was seen before."""

from __future__ import annotations

import math

import pytest

from gate.enquire.statistics import ALPHA, count_tail, median, size_tail


def posterior_tail(count: int, shape: float, days: int) -> float:
    """The same tail the slow way: one minus the sum of the negative binomial's terms below."""
    success = days / (days + 1)
    below = sum(
        math.exp(math.lgamma(shape + k) - math.lgamma(shape) - math.lgamma(k + 1))
        * success**shape
        * (1 - success) ** k
        for k in range(count)
    )
    return 1 - below


@pytest.mark.parametrize("count", [0, 1, 2, 5, 9])
@pytest.mark.parametrize("history", [[0] * 30, [1] * 30, [2, 3, 1, 0, 4, 2, 2], [5] * 7])
def test_count_tail_is_the_negative_binomial(count: int, history: list[int]) -> None:
    expected = posterior_tail(count, 0.5 + sum(history), len(history))

    assert count_tail(count, history).probability == pytest.approx(expected, rel=1e-6, abs=1e-12)


@pytest.mark.parametrize(
    ("count", "history", "unusual"),
    [
        (1, [0] * 30, False),
        (2, [0] * 30, True),
        (8, [2] * 30, False),
        (9, [2] * 30, True),
        (40, [1] * 30, True),
        (14, [2] * 28 + [14, 14], True),
        (14, [2] * 20 + [14] * 10, True),
    ],
    ids=[
        "one where there was none",
        "two where there was none",
        "eight of two a day",
        "nine of two a day",
        "forty of one a day, where a z-score divides by zero",
        "two days of an attack in the history",
        "ten days of an attack in the history",
    ],
)
def test_count_is_unusual_from_where_on(count: int, history: list[int], unusual: bool) -> None:
    assert count_tail(count, history).is_unusual is unusual


def test_count_tail_falls_with_the_count() -> None:
    tails = [count_tail(count, [3] * 30).probability for count in range(40)]

    assert tails[0] == 1.0
    assert all(after < before for before, after in zip(tails[1:], tails[2:], strict=False))


def test_order_of_days_does_not_matter() -> None:
    assert count_tail(9, [1, 2, 3, 4, 5, 6, 7]) == count_tail(9, [7, 1, 6, 2, 5, 3, 4])


@pytest.mark.parametrize(
    ("size", "history", "unusual"),
    [
        (3, [0] * 40, False),
        (4, [0] * 40, True),
        (12, [3] * 40, False),
        (13, [3] * 40, True),
        (60, [1, 2, 3] * 10, True),
        (60, [1, 2, 3] * 10 + [90], True),
        (60, [1, 2, 3] * 10 + [90, 80], False),
        (500, [2, 3, 5, 8, 13, 21, 34, 55, 89, 144] * 3, False),
    ],
    ids=[
        "three where there was none",
        "four where there was none",
        "three times as many",
        "more than that",
        "twenty times as many",
        "one large one in the history is no habit",
        "two are",
        "sizes over orders of magnitude",
    ],
)
def test_size_is_unusual_from_where_on(size: int, history: list[int], unusual: bool) -> None:
    assert size_tail(size, history).is_unusual is unusual


# Quantiles of Student's distribution for a tail of 0.001, from printed tables.
@pytest.mark.parametrize(("degrees", "quantile"), [(20, 3.552), (40, 3.307), (60, 3.232)])
def test_tail_of_student_agrees_with_printed_tables(degrees: int, quantile: float) -> None:
    from gate.enquire.statistics import _student_tail

    assert _student_tail(quantile, degrees) == pytest.approx(ALPHA, rel=0.01)


@pytest.mark.parametrize(("values", "middle"), [([3], 3), ([4, 1], 2.5), ([9, 1, 2], 2)])
def test_median_takes_the_middle(values: list[float], middle: float) -> None:
    assert median(values) == middle
