"""Runs at once never take more of a limit than there is: 32 processes race for it, on each engine."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from enquire.ledger import ask, limit
from soak import times
from store.conformance.engines import ENGINES, Engine

from gate.enquire.limits import weigher
from gate.moment import show_time
from gate.record import reservation
from gate.record.reservation import commit, reserve
from gate.store.streams import LIMITS, Streams

RUNS = 32
ROUNDS = {"file": times(200, 1_000), "postgres": times(200, 1_000), "git": times(2, 20)}
"""How often; a round on git takes seconds, since every reservation is a push."""
WAIT = 600.0
"""Seconds after which a race has failed."""


@pytest.fixture(params=list(ENGINES))
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Engine]:
    made = ENGINES[request.param](tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", made.environment()["XDG_CACHE_HOME"])
    yield made
    made.close()


def most_of(turn: int) -> int:
    """The limit of a round: 0 to 33, of 32 that want a place."""
    return turn * 7 % 34


def stream_of(turn: int) -> str:
    """The stream that a round is about."""
    return f"{LIMITS}-{turn}"


def race(spec: str, rounds: int, number: int, start: Barrier, answers: Any) -> None:
    """One of the processes: wants a place in every round."""
    streams = Streams(spec)
    if number % 4 == 1 and not spec.startswith("git:"):
        # NOTE: waiting for one's turn saves conflicts; nothing may depend on it
        streams.store.turn = lambda _: contextlib.nullcontext()  # type: ignore[method-assign]
    for turn in range(rounds):
        now = show_time(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=2 * turn))
        question = ask(number + 1, agent=f"agent-{turn}", now=now)
        weigh = weigher(question, [limit("pulls", most_of(turn))])
        # NOTE: a round has a stream of its own: with 12,000 entries behind it, two thirds of the
        # time would go into reading what earlier rounds wrote
        reservation.LIMITS = stream_of(turn)  # type: ignore[attr-defined]
        start.wait(WAIT)
        taken = reserve(streams, question, weigh, now)
        if number % 3 == 0:
            commit(streams, taken, "d" * 64, now)
        answers.put((turn, bool(taken.id)))


def test_parallel_race_admits_exactly_as_many_as_are_allowed(engine: Engine) -> None:
    rounds = ROUNDS[engine.name]
    context = multiprocessing.get_context("fork")
    start, answers = context.Barrier(RUNS), context.Queue()
    runs = [
        context.Process(target=race, args=(engine.spec, rounds, number, start, answers))
        for number in range(RUNS)
    ]
    for run in runs:
        run.start()
    admitted = dict.fromkeys(range(rounds), 0)
    try:
        for _ in range(RUNS * rounds):
            turn, is_in = answers.get(timeout=WAIT)
            admitted[turn] += is_in
    finally:
        for run in runs:
            run.join(10)
            run.kill()
    assert admitted == {turn: min(RUNS, most_of(turn)) for turn in range(rounds)}
    store = Streams(engine.spec).store
    reserved = {
        turn: sum(entry.kind == "reserve" for entry in store.read(stream_of(turn)))
        for turn in range(rounds)
    }
    assert reserved == admitted
