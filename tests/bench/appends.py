"""Appends per second on each engine with 1, 8 and 32 writers, each durable before it counts.

`PYTHONPATH=tests:. python -m bench.appends` prints a table; the figures are of this machine, now.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from pathlib import Path

import psycopg
from bench.ledger import AT, body
from store.conformance.engines import ENGINES, STREAM, Engine, Postgres

from gate.store.open import open_ledger, open_store

ENTRIES = {"file, no ids": 1600, "file": 1600, "git": 96, "postgres": 1600}
"""How many entries are written, shared out among the writers."""
WRITERS = (1, 8, 32)


def write(spec: str, stream: str, count: int, together: Barrier) -> None:
    """Append entries, once everybody is there."""
    ledger = open_ledger(spec, stream)
    together.wait()
    for number in range(count):
        ledger.append("decision", AT, body(number))
    together.wait()


def measure(engine: Engine, stream: str, writers: int, entries: int) -> float:
    """Appends per second of some writers, without their start."""
    fork = multiprocessing.get_context("fork")
    together = fork.Barrier(writers + 1)
    each = max(1, entries // writers)
    words = (engine.spec, stream, each, together)
    processes = [fork.Process(target=write, args=words) for _ in range(writers)]
    for process in processes:
        process.start()
    together.wait()
    begun = time.monotonic()
    together.wait()
    took = time.monotonic() - begun
    for process in processes:
        process.join()
    found = sum(1 for _ in open_store(engine.spec).read(stream))
    assert found == writers * each, f"{found} of {writers * each} entries"
    return found / took


def make_durable(engine: Engine) -> None:
    """Turn on what the tests turn off."""
    if isinstance(engine, Postgres):
        with psycopg.connect(engine.owner, autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET fsync = on")
            connection.execute("SELECT pg_reload_conf()")


def main() -> None:
    """Print the table."""
    print(f"{'appends/s with':<16}" + "".join(f"{n:>4} writer{'s' * (n > 1):<2}" for n in WRITERS))
    for name, entries in ENTRIES.items():
        made: Callable[[Path], Engine] = ENGINES[name.partition(",")[0]]
        # NOTE: a ledger file of its own is appended to under its lock, without a head to compare
        stream = "main" if name != "file" else STREAM
        figures = []
        for writers in WRITERS:
            with tempfile.TemporaryDirectory() as folder:
                os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
                engine = made(Path(folder))
                make_durable(engine)
                figures.append(measure(engine, stream, writers, entries))
                engine.close()
        print(f"{name:<16}" + "".join(f"{figure:>13.0f}" for figure in figures))


if __name__ == "__main__":
    main()
