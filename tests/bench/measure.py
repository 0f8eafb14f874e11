"""Time whole processes in turn, A B A B, and report the ratio of each pair."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from typing import NamedTuple


class Sample(NamedTuple):
    """One run of one process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds of user and system time, children included."""
    peak: float
    """Largest resident set of the process or a child of it, MiB."""
    code: int
    """Exit code."""


class Pair(NamedTuple):
    """Two commands measured in turn."""

    ours: list[Sample]
    """Runs of the first."""
    theirs: list[Sample]
    """Runs of the second."""

    def ratio(self, field: str) -> float:
        """Median of the pairwise ratios ours / theirs."""
        pairs = zip(self.ours, self.theirs, strict=True)
        return statistics.median(getattr(a, field) / getattr(b, field) for a, b in pairs)


def run(argv: Sequence[str], timeout: float = 600) -> Sample:
    """Run a command once, its output thrown away."""
    reader = [
        os.sys.executable,  # type: ignore[attr-defined]
        "-I",
        "-S",
        "-c",
        _WATCHER,
        *argv,
    ]
    answer = subprocess.run(reader, capture_output=True, timeout=timeout, check=True)
    wall, cpu, peak, code = answer.stdout.split()
    return Sample(float(wall), float(cpu), float(peak), int(code))


_WATCHER = """
import os, resource, sys, time
if os.environ.pop("BENCH_FIRST", ""):
    os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
quiet = os.open(os.devnull, os.O_RDWR)
start = time.monotonic()
actions = [(os.POSIX_SPAWN_DUP2, quiet, fd) for fd in (0, 1, 2)]
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions)
_, state, usage = os.wait4(pid, 0)
wall = time.monotonic() - start
print(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(state))
"""
"""A small parent, because a forked child starts with the resident set of its parent."""


def alternate(ours: Sequence[str], theirs: Sequence[str], runs: int) -> Pair:
    """Measure two commands in turn, after one warm-up of each."""
    for argv in (ours, theirs):
        run(argv)
    pair = Pair([], [])
    for _ in range(runs):
        pair.ours.append(run(ours))
        pair.theirs.append(run(theirs))
        time.sleep(0.02)
    return pair
