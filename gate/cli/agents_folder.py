"""Open the `.gate` folder, the ledger and the clock that the commands about agents share."""

from __future__ import annotations

import argparse
import os
import stat
import sys
import time
from collections.abc import Mapping, Sequence

from gate import config
from gate.account import plain_login
from gate.cli.runner import require_writer, runner_of
from gate.errors import ConfigError, UsageError
from gate.moment import read_day
from gate.pattern import pattern
from gate.report.console import emit
from gate.report.table import render_table
from gate.schema.agents import AgentRecord
from gate.schema.site import SiteConfig
from gate.sitefile import read_document
from gate.store.open import SPECS, describe_place, is_shared
from gate.store.port import MAIN
from gate.store.streams import REGISTRY, Streams
from gate.text import neutralise
from gate.trust.history import Standing, read_history
from gate.trust.registry import FOLDER, load_registry

MAX_FILE = 1_000_000
"""Bytes of one file of the folder."""

_TIME = pattern(r"(\d{4}-\d{2}-\d{2})(?:T(?:[01]\d|2[0-3])(?::[0-5]\d){2}Z)?")
_PERSON = pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}")


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command about agents has."""
    parser.add_argument(
        "--config", default=".gate", metavar="DIR", help="the .gate folder (default .gate)"
    )
    parser.add_argument(
        "--ledger",
        metavar="SPEC",
        help=f"the ledger that says what happened: {SPECS} (default: $GATE_LEDGER)",
    )
    parser.add_argument("--now", metavar="TIME", help="day or RFC 3339 time, UTC; sets the clock")
    parser.add_argument("--format", choices=("console", "json"), default="console")


class Office:
    """The registry as a command finds it: files, records, history, today.

    Args:
        arguments: what the command was told; see `add_shared`.
        begin: the folder may be missing, since the command makes it.

    Raises:
        UsageError: there is no such folder, or `--now` is no time, or a job's.
        ConfigError: the registry is broken, or the job may not write to the shared ledger.
        RecordError: the ledger is broken.
    """

    def __init__(self, arguments: argparse.Namespace, *, begin: bool = False) -> None:
        spec = arguments.ledger or config.shared_ledger()
        require_writer(spec, config.environ(), arguments.now)
        self.now = read_now(arguments.now)
        self.today = self.now[:10]
        self.folder = arguments.config
        self.streams = Streams(spec) if spec else None
        self.ledger = self.streams.registry() if self.streams else None
        is_new = begin and not os.path.lexists(self.folder)
        self.files = {} if is_new else read_folder(self.folder)

    @property
    def environments(self) -> tuple[str, ...]:
        """Environments of the site's mapping."""
        settings = read_document(self.files, "gate.yml", SiteConfig, {})
        return tuple(settings.environments) if settings else ()

    def records(self) -> tuple[AgentRecord, ...]:
        """Every record, sorted by id."""
        return load_registry(self.files, {}, self.environments) or ()

    @property
    def place(self) -> str:
        """Where entries go, in a word or two."""
        return describe_place(self.streams.spec) if self.streams else ""

    @property
    def known_streams(self) -> Streams:
        """The ledger of `--ledger`, else the user's own, to read from."""
        return self.streams or Streams(config.default_ledger())

    def history(self) -> Mapping[str, Standing]:
        """What the ledger says: that of `--ledger`, else the user's own if there is one."""
        return read_history(self.known_streams.registry())

    def record(self, name: str) -> AgentRecord:
        """One record.

        Raises:
            UsageError: there is none.
        """
        records = self.records()
        for record in records:
            if record.id == name:
                return record
        known = ", ".join(record.id for record in records[:20])
        raise UsageError(
            f"there is no agent {neutralise(name, 80)} in {self.folder}",
            f"Registered are {known}." if known else "`gate agents onboard` registers one.",
        )

    def text(self, name: str) -> str:
        """The YAML of a record."""
        return self.files[f"{FOLDER}{name}.yml"].decode("utf-8-sig")

    def check(self, name: str, text: str) -> AgentRecord:
        """The record that a text would make, if the whole registry holds with it.

        Raises:
            ConfigError: it does not; names file, line and key.
        """
        path = f"{FOLDER}{name}.yml"
        files = {**self.files, path: text.encode("utf-8")}
        records = load_registry(files, {}, self.environments) or ()
        for record in records:
            if record.id == name:
                return record
        raise ConfigError(f".gate/{path}: not a record's name")

    def write(self, name: str, text: str) -> str:
        """Write a record, whole or not at all, and keep it in mind; returns its path."""
        path = f"{FOLDER}{name}.yml"
        data = text.encode("utf-8")
        target = os.path.join(self.folder, FOLDER, f"{name}.yml")
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            draft = f"{target}.new"
            with open(draft, "wb") as handle:
                handle.write(data)
                handle.flush()
                os.fsync(handle.fileno())
            os.replace(draft, target)
        except OSError as error:
            raise UsageError(f"{target}: could not be written: {error.strerror}") from error
        self.files[path] = data
        return os.path.normpath(target)


def read_now(given: str | None) -> str:
    """The clock of a command, RFC 3339 UTC.

    Raises:
        UsageError: what was given is no time.
    """
    if given is None:
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    match = _TIME.fullmatch(given)
    if match is None or read_day(match[1]) is None:
        raise UsageError("--now: not a time", "Write 2026-11-24 or 2026-11-24T10:00:00Z.")
    return given if "T" in given else f"{given}T00:00:00Z"


def read_folder(folder: str) -> dict[str, bytes]:
    """`gate.yml` and everything in `agents/`, by path inside the folder; links are refused.

    Raises:
        UsageError: there is no such folder, or a file cannot be read.
    """
    if not os.path.isdir(folder):
        raise UsageError(
            f"{folder[:200]!a}: no such folder",
            "Give the .gate folder with --config DIR; `gate agents onboard ID` begins one.",
        )
    found: dict[str, bytes] = {}
    if os.path.lexists(os.path.join(folder, "gate.yml")):
        found["gate.yml"] = _read(os.path.join(folder, "gate.yml"))
    agents = os.path.join(folder, "agents")
    if os.path.islink(agents):
        raise UsageError(f"{agents[:200]!a}: a link", "The gate follows no links.")
    for base, _, names in sorted(os.walk(agents)):
        for name in sorted(names):
            path = os.path.join(base, name)
            found[os.path.relpath(path, folder).replace(os.sep, "/")] = _read(path)
    return found


def read_whole(path: str, most: int, option: str) -> bytes:
    """A file that an option names.

    Args:
        path: its path.
        most: bytes that it may have.
        option: the option, for the error.

    Raises:
        UsageError: it cannot be read, or is larger.
    """
    try:
        with open(path, "rb") as handle:
            data = handle.read(most + 1)
    except OSError as error:
        raise UsageError(f"{option} {path[:200]!a}: {error.strerror}") from error
    if len(data) > most:
        raise UsageError(f"{option} {path[:200]!a}: more than {most} bytes")
    return data


def _read(path: str) -> bytes:
    try:
        facts = os.lstat(path)
        if not stat.S_ISREG(facts.st_mode) or facts.st_size > MAX_FILE:
            raise UsageError(f"{path[:200]!a}: not a regular file of at most {MAX_FILE} bytes")
        with open(path, "rb") as handle:
            return handle.read()
    except OSError as error:
        raise UsageError(f"{path[:200]!a}: {error.strerror}") from error


def registry_name(streams: Streams) -> str:
    """The stream in which the life of agents stands."""
    return REGISTRY if streams.shared else MAIN


def require_shared(spec: str, what: str, now: str | None = None) -> None:
    """In Actions refuse a ledger that goes with the runner, and a job that may not write to ours.

    Args:
        spec: as `Streams`.
        what: what needs it, in the middle of a sentence.
        now: `--now`.

    Raises:
        ConfigError: so it is.
        UsageError: the job gives a clock of its own.
    """
    env = config.environ()
    if runner_of(env) != "actions":
        return
    if not is_shared(spec):
        raise ConfigError(
            f"--ledger {describe_place(spec)}: {what} in Actions needs a ledger "
            "that all runs share",
            "Give git:URL or postgres://...; a file is gone with the runner.",
        )
    require_writer(spec, env, now)


def show_table(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]], empty: str) -> None:
    """Print a table, or one line where there are no rows."""
    if not rows:
        emit(f"{empty}\n")
        return
    width = 100
    if sys.stdout.isatty():
        width = min(max(os.get_terminal_size(sys.stdout.fileno()).columns, 60), 160)
    emit(render_table(headings, rows, width=width))


def require_person(office: Office, login: str, what: str = "--by") -> str:
    """A login that is a person's as far as the registry can tell.

    Raises:
        UsageError: it is a bot's or an agent's.
    """
    agents = {plain_login(name) for one in office.records() for name in one.identities.logins}
    if not _PERSON.fullmatch(login) or login.lower() in agents:
        raise UsageError(
            f"{what} {neutralise(login, 60)}: not a person", "Only people decide about agents."
        )
    return login
