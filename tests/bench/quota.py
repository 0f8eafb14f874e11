"""What a look at the limits costs on a long ledger, and how that grows.

`PYTHONPATH=tests:. python -m bench.quota` prints a table; the figures are of this machine, now.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from enquire.ledger import ask, limit, reserved

from gate.enquire.limits import weigher
from gate.moment import show_time
from gate.record.reservation import look
from gate.store.ledger import head_of
from gate.store.streams import LIMITS, Streams

SIZES = (1_000, 10_000, 100_000)
WINDOWS = ("1d", "90d")
"""Windows that are looked at; the last one holds every reservation."""
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_NOW = "2026-03-02T00:00:00Z"
_DAYS = 60
_BATCH = 1_000


def write(streams: Streams, count: int) -> None:
    """Committed reservations of one agent, evenly over 60 days."""
    store, head = streams.store, None
    for first in range(0, count, _BATCH):
        drafts = []
        for number in range(first, min(first + _BATCH, count)):
            at = show_time(_BEGIN + timedelta(seconds=number * _DAYS * 86_400 / count))
            drafts += reserved(ask(number + 2, files=1 + number % 5), at)
        head = head_of(store.append(LIMITS, head, drafts)[-1])


def measure(folder: Path, count: int) -> dict[str, float]:
    """Window -> seconds of processor time that a look at a limit takes on so many reservations.

    Raises:
        ValueError: the sum is wrong.
    """
    streams = Streams(str(folder / f"quota-{count}.jsonl"))
    write(streams, count)
    took = {}
    for window in WINDOWS:
        question = ask(1, now=_NOW)
        weigh = weigher(question, [limit("files", 10**9, window=window)])
        begun = time.process_time()
        (use,) = look(streams, question, weigh, _NOW).uses
        took[window] = time.process_time() - begun
    if use.used != sum(1 + number % 5 for number in range(count)):
        raise ValueError(f"quota on {count}: {use.used}")
    return took


def main() -> int:
    """Print the table."""
    print(f"{'reservations':>12}  " + "  ".join(f"{f'window {one}':>12}" for one in WINDOWS))
    with tempfile.TemporaryDirectory() as folder:
        for count in SIZES:
            took = measure(Path(folder), count)
            print(f"{count:>12,}  " + "  ".join(f"{one:>10.3f} s" for one in took.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
