"""`gate export`: hand the ledger's entries to a SIEM, each at least once."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from gate import config
from gate.cli.help import HelpFormatter
from gate.errors import UsageError
from gate.store.open import SPECS
from gate.text import log_line, neutralise

if TYPE_CHECKING:
    from gate.audit.reading import Told
    from gate.audit.siem.delivery import Sent
    from gate.audit.siem.receiver import Receiver

AUTHORIZATION = "GATE_SIEM_AUTHORIZATION"
"""Variable with the whole value of the `Authorization` header of an HTTPS receiver."""

FORMATS = ("ocsf", "syslog", "jsonl")
"""What entries may be written as."""

_DESCRIPTION = (
    "Send the ledger's entries to a collector: every entry at least once, in order within its "
    "stream. With --cursor only what it has not acknowledged yet, and the file moves on with "
    "each batch that it acknowledges. Receivers tell a second copy by its uid."
)
_EPILOG = f"""\
environment: {AUTHORIZATION} is sent to an https:// receiver as the Authorization
header. Certificates are always checked. exit codes: 0 everything was acknowledged, 2 it was not.
"""
_TYPES = {
    "ocsf": "application/x-ndjson",
    "jsonl": "application/x-ndjson",
    "syslog": "text/plain; charset=utf-8",
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}\Z")
_MAX_BATCH = 10_000
_MAX_ATTEMPTS = 20


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export`."""
    parser = subparsers.add_parser(
        "export",
        help="send the ledger's entries to a SIEM",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("--format", choices=FORMATS, default="ocsf", help="default: ocsf")
    parser.add_argument(
        "--to",
        default="-",
        metavar="RECEIVER",
        help="- (default), a file, https://..., tcp://HOST:PORT, tls://HOST:PORT, or env:NAME: the"
        " variable that holds one of them",
    )
    parser.add_argument("--cursor", metavar="FILE", help="what was acknowledged; made if missing")
    parser.add_argument(
        "--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's state folder)"
    )
    parser.add_argument("--since", default="", metavar="TIME", help="pass over what is older")
    parser.add_argument(
        "--ca", default="", metavar="FILE", help="certificate authorities to trust instead"
    )
    parser.add_argument("--batch", type=int, default=500, metavar="N", help="events (default 500)")
    parser.add_argument(
        "--attempts", type=int, default=5, metavar="N", help="tries for each batch (default 5)"
    )
    parser.add_argument(
        "--enterprise",
        type=int,
        default=32473,
        metavar="N",
        help="private enterprise number of syslog's data (default: the one for examples)",
    )
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from gate.audit.siem.cursor import read_cursor, write_cursor
    from gate.audit.siem.delivery import Plan, send
    from gate.store.streams import Streams

    _check(arguments)
    receiver = _receiver(arguments)
    store = Streams(arguments.ledger or config.default_ledger()).store
    with _turn(arguments.cursor):
        cursor = read_cursor(arguments.cursor) if arguments.cursor else {}
        plan = Plan(
            encode=_encoder(arguments, framed=receiver.framed),
            save=(lambda places: write_cursor(arguments.cursor, places))
            if arguments.cursor
            else (lambda places: None),
            wait=time.sleep,
            since=_moment(arguments.since),
            batch=arguments.batch,
            attempts=arguments.attempts,
        )
        sent = send(store, cursor, receiver, plan)
    _tell(arguments, sent, receiver)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    if not 1 <= arguments.batch <= _MAX_BATCH:
        raise UsageError("--batch: not between 1 and 10000")
    if not 1 <= arguments.attempts <= _MAX_ATTEMPTS:
        raise UsageError("--attempts: not between 1 and 20")
    if not 0 < arguments.enterprise < 2**31:
        raise UsageError("--enterprise: not a private enterprise number")
    if arguments.ca and not os.path.isfile(arguments.ca):
        raise UsageError(f"--ca {neutralise(arguments.ca, 200)}: no such file")
    _moment(arguments.since)


def _moment(text: str) -> str:
    from gate.moment import read_day, read_time

    if text and read_day(text):
        return f"{text}T00:00:00Z"
    if text and read_time(text) is None:
        raise UsageError(
            f"--since {neutralise(text, 40)}: not a moment",
            "Write 2026-11-24 or 2026-11-24T10:00:00Z.",
        )
    return text


def _receiver(arguments: argparse.Namespace) -> Receiver:
    """Who gets the events.

    Raises:
        UsageError: it is none.
    """
    to = _resolved(arguments.to)
    if "://" in to:
        return _remote(to, arguments)
    from gate.audit.siem.files import File, StandardOutput

    return StandardOutput() if to == "-" else File(to)


def _resolved(to: str) -> str:
    """The receiver itself, where a variable holds it because it is a secret."""
    if not to.startswith("env:"):
        return to
    name = to.removeprefix("env:")
    value = config.environ().get(name, "") if _VARIABLE.match(name) else ""
    if not value:
        raise UsageError(
            f"--to env:{neutralise(name, 100)}: no such variable, or it is empty",
            "Hand the receiver in as the variable that --to names.",
        )
    return value


def _remote(url: str, arguments: argparse.Namespace) -> Receiver:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError("--to: not an address") from error
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise UsageError(
            "--to: an address without a host, or with a password in it",
            f"A credential belongs into {AUTHORIZATION}.",
        )
    if parts.scheme == "https":
        from gate.audit.siem.https import Https

        return Https(
            url,
            authorization=_authorization(),
            authorities=arguments.ca,
            content_type=_TYPES[arguments.format],
        )
    if parts.scheme in ("tcp", "tls") and port and not (parts.path or parts.query):
        from gate.audit.siem.sockets import Socket

        tls = parts.scheme == "tls"
        return Socket(parts.hostname, port, tls=tls, authorities=arguments.ca)
    raise UsageError(
        f"--to {neutralise(parts.scheme, 20)}://...: not a receiver",
        "Receivers are -, a file, https://..., tcp://HOST:PORT and tls://HOST:PORT.",
    )


def _authorization() -> str:
    value = config.environ().get(AUTHORIZATION, "")
    if not (value.isascii() and value.isprintable()):
        raise UsageError(f"{AUTHORIZATION}: not the value of a header")
    return value


def _encoder(arguments: argparse.Namespace, *, framed: bool) -> Callable[[Told], bytes]:
    """What makes a message of an entry, with its frame or its newline."""
    if arguments.format == "syslog":
        from gate.audit.siem.syslog import frame, message

        number = arguments.enterprise
        if framed:
            return lambda told: frame(message(told, number))
        return lambda told: message(told, number) + b"\n"
    if arguments.format == "ocsf":
        from gate.audit.siem.ocsf import encode
    else:
        from gate.audit.siem.lines import encode
    return lambda told: encode(told) + b"\n"


@contextmanager
def _turn(cursor: str | None) -> Iterator[None]:
    """Let one run at a time move a cursor."""
    if cursor is None:
        yield
        return
    from gate.store.lock import locked

    with locked(os.path.abspath(f"{cursor}.lock")):
        yield


def _tell(arguments: argparse.Namespace, sent: Sent, receiver: Receiver) -> None:
    number = f"{sent.entries} {'entry' if sent.entries == 1 else 'entries'}"
    passed = f", {sent.passed} older ones passed over" if sent.passed else ""
    cursor = f", cursor {neutralise(arguments.cursor, 200)}" if arguments.cursor else ""
    line = log_line(f"sent {number} to {receiver.name}{passed}{cursor}", 600)
    # NOTE: standard output may be the receiver
    sys.stderr.write(f"{line}\n")
