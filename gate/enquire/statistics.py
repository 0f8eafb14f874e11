"""Tell how improbable a count or a size is, given what was seen before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

ALPHA = 1e-3
"""Less probable than this is unusual: with the cap below, less than 0.2 % of usual days are, and
every burst of +12 is found; `tests/enquire/test_statistics_simulation.py` shows it."""

_SIGMA = 1.4826
"""Median absolute deviation -> standard deviation, where values spread normally."""
_REACH = 3
"""A day counts at most this many deviations above the median, so that days of an attack that are
already in the history do not make the next one usual."""
_PRIOR = 0.5
"""Shape of the Gamma prior over the rate; with rate 0 that is Jeffreys' for a Poisson count."""
_TIMES = 3
"""A size is unusual only beyond so many times the largest, but for one, that was seen before, and
so much more: rare large pull requests are no news, and neither is a second file."""
_SPREAD = 0.5
"""Standard deviation of log sizes that one imagined pull request adds: sizes that were always the
same do not make one more of anything improbable."""


class Tail(NamedTuple):
    """How a value stands to those before."""

    expected: float
    """What was to be expected."""
    probability: float
    """Of so much or more."""

    @property
    def is_unusual(self) -> bool:
        """Whether it is less probable than `ALPHA`."""
        return self.probability < ALPHA


def count_tail(count: int, history: Sequence[int]) -> Tail:
    """How a count of today stands to the counts of earlier days.

    The days are Poisson counts of one unknown rate, winsorised at the median and three deviations;
    the rate has a Gamma posterior, so today's count is negative binomial.

    Args:
        count: of today.
        history: of earlier days, those without any included; not empty.
    """
    cap = _cap(history)
    shape = _PRIOR + sum(min(value, cap) for value in history)
    days = len(history)
    return Tail(shape / days, _negative_binomial_tail(count, shape, days))


def size_tail(size: int, history: Sequence[int]) -> Tail:
    """How the size of a pull request stands to the sizes of earlier ones.

    Sizes spread over orders of magnitude, so their logarithms are held against Student's
    distribution. What is not far beyond the second largest is never unusual.

    Args:
        size: of this one, 0 or more.
        history: of earlier ones; not empty.
    """
    ordered = sorted(history)
    cap = ordered[-2] if len(ordered) > 1 else ordered[-1]
    logs = [math.log1p(min(value, cap)) for value in ordered]
    count = len(logs)
    mean = sum(logs) / count
    spread = (_SPREAD**2 + sum((value - mean) ** 2 for value in logs)) / count
    expected = math.expm1(mean)
    if size <= _TIMES * (cap + 1):
        return Tail(expected, 1.0)
    scaled = (math.log1p(size) - mean) / math.sqrt(spread * (1 + 1 / count))
    return Tail(expected, _student_tail(scaled, count))


def median(values: Sequence[float]) -> float:
    """The middle value, or the mean of the two in the middle; `values` is not empty."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def _cap(history: Sequence[int]) -> float:
    middle = median(history)
    spread = median([abs(value - middle) for value in history])
    return middle + _REACH * max(1.0, _SIGMA * spread)


def _negative_binomial_tail(count: int, shape: float, days: int) -> float:
    """P(X >= count) where X is Poisson with a rate of Gamma(shape, days)."""
    if count <= 0:
        return 1.0
    again = 1 / (days + 1)
    first = math.lgamma(shape + count) - math.lgamma(shape) - math.lgamma(count + 1)
    term = math.exp(first + shape * math.log1p(-again) + count * math.log(again))
    total, value = term, count
    while term > total * 1e-12 or value < shape * again:
        value += 1
        term *= (shape + value - 1) / value * again
        total += term
    return min(1.0, total)


def _student_tail(value: float, degrees: int) -> float:
    """P(T >= value), within 1 % for the degrees used here.

    NOTE: by the normal tail of Wallace's transformation, Annals of Mathematical Statistics 30
    (1959), 1124.
    """
    if value <= 0:
        return 1.0
    normal = math.sqrt(degrees * math.log1p(value * value / degrees))
    normal *= (8 * degrees + 1) / (8 * degrees + 3)
    return math.erfc(normal / math.sqrt(2)) / 2
