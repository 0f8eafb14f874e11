"""The engines that the conformance suite runs against, each made anew for a test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from store.conformance.server import OWNER, WRITER_ROLE, server

from gate.store.postgres import PostgresStore

ROOT = Path(__file__).parents[3]
WRITER = Path(__file__).with_name("writer.py")
AT = "2026-11-24T10:00:00Z"
STREAM = "repo/acme/infra"


class Engine:
    """One engine in a folder of its own."""

    name = "file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.spec = str(folder / "ledger.jsonl")

    def environment(self) -> dict[str, str]:
        """What a writer gets to see of the environment."""
        cache = str(self.folder / "cache")
        path = f"{ROOT}{os.pathsep}{ROOT / 'tests'}"
        found = {"PATH": os.environ["PATH"], "PYTHONPATH": path, "XDG_CACHE_HOME": cache}
        # NOTE: a writer that is killed leaves the empty homes of its git processes behind
        return {**found, "TMPDIR": str(self.folder)}

    def writer(self, *words: str, extra: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
        """Start a process that appends; it prints each id once its entry is durable."""
        return subprocess.Popen(
            [sys.executable, str(WRITER), self.spec, *words],
            env={**self.environment(), **(extra or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def break_off(self) -> None:
        """Make that nothing can be written any more."""
        blocked = self.folder / "file"
        blocked.write_text("in the way")
        self.spec = str(blocked / "ledger.jsonl")

    def close(self) -> None:
        """Undo what outlives the folder."""


class Git(Engine):
    """A bare repository; its own folder for caches."""

    name = "git"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.remote = folder / "governance.git"
        subprocess.run(
            ["git", "init", "--quiet", "--bare", "--template=", str(self.remote)], check=True
        )
        self.spec = f"git:{self.remote}"

    def break_off(self) -> None:
        self.spec = f"git:{self.folder / 'nowhere.git'}"


class Postgres(Engine):
    """A database of its own on a server that the first test starts."""

    name = "postgres"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._server = server()
        self.database = f"ledger_{os.urandom(6).hex()}"
        self._server.make(self.database)
        self.owner = self._server.url(self.database, OWNER)
        PostgresStore(self.owner).prepare()
        self.spec = self._server.url(self.database, WRITER_ROLE)

    def break_off(self) -> None:
        self.spec = self._server.url("nowhere", WRITER_ROLE)

    def close(self) -> None:
        self._server.drop(self.database)


ENGINES: dict[str, type[Engine]] = {"file": Engine, "git": Git, "postgres": Postgres}


def lines(process: subprocess.Popen[str], patience: float = 100) -> Iterator[str]:
    """What a process said, once it has ended well within `patience` seconds."""
    out, err = process.communicate(timeout=patience)
    assert process.returncode == 0, err
    yield from out.split()
