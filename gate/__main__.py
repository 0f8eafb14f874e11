"""`gate` as a process: run one command and end."""

from __future__ import annotations

import gc
import os
import sys
from typing import NoReturn

from gate.cli import main

_OBJECTS = 50_000
"""Objects made between two looks for cycles, of which one run makes hardly any."""
_TURN = 0.0005
"""Seconds that a thread waits for its turn at most: those that feed a child or read a file have
little to do, and what they wait for takes long."""


def run() -> NoReturn:
    """Run the command of the arguments and end the process with its code.

    NOTE: everything durable is written and closed by then. An orderly end of the interpreter takes
    its modules and objects apart one by one, which the kernel does at once: 10 ms of every run.
    """
    gc.set_threshold(_OBJECTS)
    sys.setswitchinterval(_TURN)
    code = main()
    for stream in (sys.stdout, sys.stderr):
        if stream is None or stream.closed:
            continue
        try:
            stream.flush()
        except OSError:
            code = 2
    os._exit(code)


if __name__ == "__main__":
    run()
