"""Reading the last entries of a stream, and how that grows with the entries before them."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.ledger import body

from gate.store.ledger import encode_line, link
from gate.store.open import open_store
from gate.store.recent import recent

STREAM = "org/limits"
BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
LAST = 1000
"""Entries that are asked for."""


def write_stream(folder: Path, count: int) -> str:
    """A stream with an entry a minute; the time from which on the last 1,000 are."""
    path = folder / f"tail-{count}.jsonl"
    stream = Path(f"{path}.d/streams") / f"{STREAM.replace('/', '~')}.jsonl"
    stream.parent.mkdir(parents=True)
    last, since = None, ""
    with stream.open("wb") as handle:
        for number in range(count):
            at = (BEGUN + timedelta(minutes=number)).strftime("%Y-%m-%dT%H:%M:%SZ")
            since = at if number == count - LAST else since
            last = link(last, "reserve", at, body(number), stream=STREAM)
            handle.write(encode_line(last))
    return since


def read_tail(folder: Path, count: int, since: str) -> float:
    """Seconds of processor time for the tail, every link and hash checked; the best of five."""
    store = open_store(str(folder / f"tail-{count}.jsonl"))
    taken = []
    for _ in range(5):
        begun = time.process_time()
        found, _ = recent(store, STREAM, since)
        taken.append(time.process_time() - begun)
        assert LAST <= len(found) <= 4 * LAST, len(found)
    return min(taken)
