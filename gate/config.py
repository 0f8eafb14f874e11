"""What the machine says: the one place that reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping


def environ() -> Mapping[str, str]:
    """The process environment; nothing else in the package reads it."""
    return os.environ


def cache_folder() -> str:
    """Where the gate keeps what it can make again (the OPA binary): `XDG_CACHE_HOME`/gate."""
    home = environ().get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(home, "gate")


def shared_ledger() -> str:
    """What `GATE_LEDGER` names; empty: nothing."""
    return environ().get("GATE_LEDGER", "").strip()


def default_ledger() -> str:
    """Where the ledger is, unless the command says: what `GATE_LEDGER` names, so that no password
    stands in the list of processes; in Actions `$RUNNER_TEMP/gate`; else the user's state folder.
    """
    env = environ()
    if shared_ledger():
        return shared_ledger()
    if env.get("GITHUB_ACTIONS") == "true" and env.get("RUNNER_TEMP"):
        return os.path.join(env["RUNNER_TEMP"], "gate", "ledger.jsonl")
    home = env.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(home, "gate", "ledger.jsonl")
