"""Seeded simulations: how often a usual day is called unusual, and how often a burst is found.

`PYTHONPATH=tests:. python -m enquire.test_statistics_simulation` prints the tables of
docs/anomalies.md.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import NamedTuple

import pytest

from gate.enquire.statistics import count_tail, size_tail

RUNS = 3_000
"""Simulated agents of each case."""
SEED = 20_261_124


class Rates(NamedTuple):
    """What came of one case, in percent."""

    false: float
    found: float


def poisson(dice: random.Random, rate: float) -> int:
    """A Poisson number, by Knuth's way."""
    limit, count, product = math.exp(-rate), 0, dice.random()
    while product > limit:
        count += 1
        product *= dice.random()
    return count


class Agent(NamedTuple):
    """One case: how an agent works, and how it is attacked."""

    name: str
    day: Callable[[random.Random, int], int]
    days: int
    burst: int
    poisoned: int


def steady(rate: float) -> Callable[[random.Random, int], int]:
    """So many a day, at random."""
    return lambda dice, _: poisson(dice, rate)


def weekdays(dice: random.Random, day: int) -> int:
    """Three on a weekday, none on a weekend."""
    return poisson(dice, 3) if day % 7 < 5 else 0


def moody(dice: random.Random, _: int) -> int:
    """Two a day, with twice the variance of chance."""
    return poisson(dice, dice.gammavariate(2, 1))


STEADY = (
    Agent("2 a day, 30 days, +12", steady(2), 30, 12, 0),
    Agent("2 a day, 30 days, +12, two poisoned days", steady(2), 30, 12, 2),
    Agent("0.3 a day, 30 days, +6, two poisoned days", steady(0.3), 30, 6, 2),
    Agent("5 a day, 7 days, +20", steady(5), 7, 20, 0),
)
COLD = Agent("2 a day, 5 days, +12, two poisoned days", steady(2), 5, 12, 2)
UNEVEN = (
    Agent("3 on weekdays only, 30 days, +12", weekdays, 30, 12, 0),
    Agent("2 a day, twice the variance, 30 days, +12", moody, 30, 12, 0),
)


def simulate(agent: Agent) -> Rates:
    """Simulate an agent `RUNS` times: its history, one usual day, one with the burst."""
    dice = random.Random(SEED)
    false = found = 0
    for _ in range(RUNS):
        history = [agent.day(dice, day) for day in range(agent.days)]
        for day in range(agent.poisoned):
            history[-1 - day] += agent.burst
        false += count_tail(agent.day(dice, agent.days), history).is_unusual
        found += count_tail(agent.day(dice, agent.days) + agent.burst, history).is_unusual
    return Rates(100 * false / RUNS, 100 * found / RUNS)


@pytest.mark.parametrize("agent", STEADY, ids=lambda agent: agent.name)
def test_usual_days_are_quiet_and_bursts_are_found(agent: Agent) -> None:
    rates = simulate(agent)

    assert rates.false <= 0.2
    assert rates.found >= 99


def test_history_of_five_days_is_too_short_for_a_poisoned_one() -> None:
    rates = simulate(COLD)

    assert rates.false <= 0.2
    assert rates.found < 50


@pytest.mark.parametrize("agent", UNEVEN, ids=lambda agent: agent.name)
def test_uneven_work_costs_some_false_alarms_and_no_burst(agent: Agent) -> None:
    rates = simulate(agent)

    assert 0.2 < rates.false <= 3
    assert rates.found >= 99


def drift(base: float, frozen: bool) -> int:
    """The day on which an agent that grows by 3 % a day is first unusual."""
    counts = [round(base)] * 30
    for day in range(1, 300):
        today = round(base * 1.03**day)
        if count_tail(today, counts[:30] if frozen else counts[-30:]).is_unusual:
            return day
        counts.append(today)
    return 300


@pytest.mark.parametrize(("base", "frozen", "rolling"), [(5, 34, 86), (10, 26, 65)])
def test_frozen_baseline_notices_slow_drift_in_less_than_half_the_time(
    base: float, frozen: int, rolling: int
) -> None:
    assert (drift(base, frozen=True), drift(base, frozen=False)) == (frozen, rolling)


def scattered(spread: float) -> Callable[[random.Random], int]:
    """Log-normal sizes around four."""
    return lambda dice: int(4 * math.exp(dice.gauss(0, spread)))


SIZES: dict[str, tuple[Callable[[random.Random], int], float, float]] = {
    "1 to 3 files": (lambda dice: dice.randint(1, 3), 0.0, 100),
    "around 4, log-normal 0.5": (scattered(0.5), 0.2, 99),
    "around 4, log-normal 1": (scattered(1.0), 0.5, 60),
    "none, 1 to 5 in every tenth": (
        lambda dice: dice.randint(1, 5) if dice.random() < 0.1 else 0,
        0.2,
        99,
    ),
}


def simulate_sizes(draw: Callable[[random.Random], int]) -> Rates:
    """Sixty pull requests, then one as usual, and one with a hundred more."""
    dice = random.Random(SEED)
    false = found = 0
    for _ in range(RUNS):
        sizes = [draw(dice) for _ in range(60)]
        false += size_tail(draw(dice), sizes).is_unusual
        found += size_tail(draw(dice) + 100, sizes).is_unusual
    return Rates(100 * false / RUNS, 100 * found / RUNS)


@pytest.mark.parametrize("name", SIZES)
def test_usual_sizes_are_quiet_and_large_ones_found(name: str) -> None:
    draw, most, least = SIZES[name]
    rates = simulate_sizes(draw)

    assert rates.false <= most
    assert rates.found >= least


def main() -> None:
    """Print the tables."""
    print("| Agent | False alarms | Bursts found |\n|---|---|---|")
    for agent in (*STEADY, COLD, *UNEVEN):
        rates = simulate(agent)
        print(f"| {agent.name} | {rates.false:.2f} % | {rates.found:.1f} % |")
    print("\n| Sizes, 60 pull requests | False alarms | 100 more found |\n|---|---|---|")
    for name, (draw, _, _) in SIZES.items():
        rates = simulate_sizes(draw)
        print(f"| {name} | {rates.false:.2f} % | {rates.found:.1f} % |")


if __name__ == "__main__":
    main()
