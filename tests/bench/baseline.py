"""What a baseline costs on a long ledger, and how that grows.

`PYTHONPATH=tests:. python -m bench.baseline` prints a table; the figures are of this machine, now.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from enquire.history import AGENT, ask, measures, pull

from gate.enquire.anomalies import judge
from gate.enquire.past import read_pulls
from gate.schema.bodies import DecisionBody
from gate.schema.ledger import Draft
from gate.store.ledger import head_of
from gate.store.port import MAIN
from gate.store.streams import Streams

SIZES = (1_000, 10_000, 100_000)
_BEGIN = datetime(2026, 11, 1)
_BATCH = 1_000


def write(streams: Streams, count: int) -> None:
    """Decisions of one agent, evenly over 30 days."""
    store, head = streams.store, None
    for first in range(0, count, _BATCH):
        drafts = []
        for number in range(first, min(first + _BATCH, count)):
            at = _BEGIN + timedelta(seconds=number * 30 * 86_400 / count)
            body = DecisionBody(
                decision="pass",
                pull=pull(number + 1),
                authorship="agent",
                registered=AGENT,
                measures=measures(1 + number % 5, directories=(f"infra/{number % 50}",)),
            )
            drafts.append(
                Draft(
                    kind="decision",
                    at=at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    id=f"{number:032x}",
                    body=msgspec.to_builtins(body),
                )
            )
        head = head_of(store.append(MAIN, head, drafts)[-1])


def measure(folder: Path, count: int) -> tuple[float, float]:
    """Seconds of processor time to read so many decisions, and to hold a question against them.

    Raises:
        ValueError: not all of them were found.
    """
    streams = Streams(str(folder / f"baseline-{count}.jsonl"))
    write(streams, count)
    begun = time.process_time()
    pulls = read_pulls(streams, AGENT, "2026-10-18T00:00:00Z")
    read = time.process_time()
    found = judge(pulls, None, ask(count + 1, "2026-12-01T10:30:00Z"))
    judged = time.process_time()
    if len(pulls) != count or found.unchecked:
        raise ValueError(f"baseline of {count}: {len(pulls)} pull requests, {found}")
    return read - begun, judged - read


def main() -> int:
    """Print the table."""
    print(f"{'decisions':>9}  {'read':>8}  {'judge':>8}  {'each':>8}")
    with tempfile.TemporaryDirectory() as folder:
        for count in SIZES:
            read, judged = measure(Path(folder), count)
            each = 1e6 * (read + judged) / count
            print(f"{count:>9,}  {read:>6.2f} s  {judged:>6.2f} s  {each:>5.0f} us")
    return 0


if __name__ == "__main__":
    sys.exit(main())
