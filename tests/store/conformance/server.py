"""A PostgreSQL server of the tests' own: started by the first that needs it, gone at the end."""

from __future__ import annotations

import atexit
import functools
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

OWNER = "ledger_owner"
WRITER_ROLE = "ledger_writer"


class Server:
    """One cluster in a folder directly under the system's temporary directory, on a socket there."""

    def __init__(self, programs: Path) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="gate-pg-"))
        self._as = _as_nobody(self._folder)
        data = str(self._folder / "data")
        words = ["-D", data, "-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run(
            [*self._as, str(programs / "initdb"), *words],
            check=True, capture_output=True, cwd=self._folder,
        )  # fmt: skip
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        settings = ["-k", str(self._folder), "-p", str(self._port), "-c", "listen_addresses="]
        # NOTE: writers are killed here, never the machine, and with it the suite takes twice as long
        settings += ["-c", "fsync=off"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*self._as, str(programs / "postgres"), "-D", data, *settings],
                stdout=log, stderr=log, cwd=self._folder,
            )  # fmt: skip
        atexit.register(self.stop)
        self._wait()
        self._run(sql.SQL("CREATE ROLE gate_writer NOLOGIN"))
        self._run(
            sql.SQL("CREATE ROLE {} LOGIN IN ROLE gate_writer").format(sql.Identifier(WRITER_ROLE))
        )

    def url(self, database: str, user: str) -> str:
        """The specification of a database."""
        return f"postgresql://{user}@/{database}?host={self._folder}&port={self._port}"

    def make(self, database: str) -> None:
        """Make a database."""
        self._run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))

    def drop(self, database: str) -> None:
        """Drop a database, whoever uses it."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(database)))

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, statement: sql.Composable) -> None:
        with psycopg.connect(self.url("postgres", OWNER), autocommit=True) as connection:
            connection.execute(statement)

    def _wait(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                return psycopg.connect(self.url("postgres", OWNER)).close()
            except psycopg.OperationalError:
                assert self._process.poll() is None, (self._folder / "log").read_text()
                assert time.monotonic() < until, (self._folder / "log").read_text()
                time.sleep(0.05)


def _as_nobody(folder: Path) -> list[str]:
    """What makes a program run as somebody who is not root, whom initdb refuses."""
    if os.geteuid():
        return []
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]


@functools.cache
def server() -> Server:
    """The server of this process; without PostgreSQL its tests are skipped, which fails CI."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    on_path = shutil.which("postgres")
    program = found[-1] if found else Path(on_path) if on_path else None
    if program is None:
        message = "PostgreSQL is not installed (Debian: apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return Server(program.parent)
