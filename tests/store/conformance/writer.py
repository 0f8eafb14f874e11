"""Append entries to a stream and print the id of each once it is durable: a process to be killed."""

from __future__ import annotations

import os
import sys

from gate.errors import RecordError
from gate.store.ledger import MAX_ENTRY
from gate.store.open import open_store
from gate.store.stream import StreamLedger

AT = "2026-11-24T10:00:00Z"


def main(spec: str, stream: str, count: str, size: str = "10", limit: str = "") -> None:
    """Write `count` entries with bodies of about `size` bytes, on a disk of `limit` bytes."""
    if limit:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), int(limit)))
    assert int(size) < MAX_ENTRY
    ledger = StreamLedger(open_store(spec), stream)
    for number in range(int(count)):
        try:
            entry = ledger.append(
                "test", AT, {"by": os.getpid(), "n": number, "x": os.urandom(int(size) // 2).hex()}
            )
        except RecordError as error:
            sys.exit(f"RecordError: {error.message}")
        sys.stdout.write(f"{entry.id}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
