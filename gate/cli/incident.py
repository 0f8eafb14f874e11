"""`gate incident`: what somebody has to look at, who does, and how it ended."""

from __future__ import annotations

import argparse
import importlib
from typing import Any

import msgspec

from gate import config
from gate.audit.incidents.handling import (
    HandEvent,
    check_frozen,
    entry_named,
    find_incident,
    lead_on,
    open_incident,
    seconds_to,
)
from gate.cli.agents_folder import read_now, show_table
from gate.cli.help import HelpFormatter
from gate.cli.runner import require_writer, runner_of
from gate.errors import ConfigError, UsageError
from gate.pattern import pattern
from gate.record.incidents import SEVERITIES, Incident, read_incidents
from gate.report.console import emit
from gate.schema.bodies import PullName
from gate.schema.events import AlertBody
from gate.store.ids import new_id
from gate.store.open import SPECS, is_shared
from gate.store.streams import Streams
from gate.text import neutralise

_PERSON = pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}\Z")
_PULL = pattern(r"([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)#(\d{1,9})\Z")
_KEY = pattern(r"[A-Za-z0-9][A-Za-z0-9:._/#-]{0,199}\Z")

SHORT = 8
"""Characters of an id that a table shows: its end, which is chance."""

_EPILOG = """\
examples:
  gate incident
  gate incident ack HTKR29MX --by alice
  gate incident close HTKR29MX --by alice --reason "a loop in the bot; fixed in its 1.4"
  gate incident open --severity high --by alice --reason "the bot's key was in a log"
  gate incident notify --config .gate

exit codes: 0 nothing waits; 1 an incident waits for its acknowledgement, or somebody could not be
told; 2 bad usage, or the ledger cannot be read
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `incident` and its actions."""
    incident = subparsers.add_parser(
        "incident",
        help="what somebody has to look at, who does, and how it ended",
        description="Incidents of the ledger. An alert opens one. Without an action: list.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    incident.set_defaults(run=_list, ledger=None, now=None, format="console", all=False)
    actions = incident.add_subparsers(metavar="ACTION")
    _add_open(actions)
    for name, event, line in (
        ("ack", "acknowledged", "say that somebody looks at it; it escalates no further"),
        ("close", "closed", "end it, with its resolution"),
        ("note", "note", "write something to it"),
    ):
        leading = actions.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}.")
        leading.add_argument("id", metavar="ID", help="id, or enough of its beginning or end")
        leading.add_argument("--by", required=True, metavar="LOGIN", help="who")
        leading.add_argument(
            "--reason", default="", required=name != "ack", metavar="TEXT", help="what was found"
        )
        leading.set_defaults(run=_lead, event=event)
        add_shared(leading)
    listing = actions.add_parser(
        "list", help="every incident", description="Incidents that are not closed, newest first."
    )
    listing.add_argument("--all", action="store_true", help="closed ones too")
    listing.set_defaults(run=_list)
    add_shared(listing)
    showing = actions.add_parser(
        "show",
        help="one incident, and whether its evidence still stands",
        description="One incident with its alerts and all that happened. Every stream is held "
        "against its end of the moment when it was opened; exit 2 where one was tampered with.",
    )
    showing.add_argument("id", metavar="ID", help="id, or enough of its beginning or end")
    showing.set_defaults(run=_show)
    add_shared(showing)
    importlib.import_module("gate.cli.incident_notify").add(actions)


def _add_open(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    opening = actions.add_parser(
        "open",
        help="open one by hand",
        description="Raise an alert by hand. It opens an incident, or joins the open one of its "
        "--key.",
    )
    opening.add_argument("--severity", required=True, choices=SEVERITIES)
    opening.add_argument("--by", required=True, metavar="LOGIN", help="who opens it")
    opening.add_argument("--reason", required=True, metavar="TEXT", help="what happened")
    opening.add_argument(
        "--agent", default="", metavar="ID", help="registry id, if it is about one"
    )
    opening.add_argument("--pull", metavar="OWNER/REPO#N", help="pull request, if it is about one")
    opening.add_argument(
        "--about",
        action="append",
        default=[],
        metavar="STREAM:N",
        help="entry of the ledger that it is about; repeatable",
    )
    opening.add_argument("--since", metavar="TIME", help="when it began, if no entry says so")
    opening.add_argument("--key", metavar="KEY", help="alerts of one key are one incident")
    opening.set_defaults(run=_open)
    add_shared(opening)


def add_shared(parser: argparse.ArgumentParser) -> None:
    """Add the options that every command about incidents has."""
    parser.add_argument("--ledger", metavar="SPEC", help=SPECS)
    parser.add_argument("--now", metavar="TIME", help="day or RFC 3339 time, UTC; sets the clock")
    parser.add_argument("--format", choices=("console", "json"), default="console")


def open_streams(spec: str | None, now: str | None = None) -> Streams:
    """The ledger of a command that only makes sense where all runs share one.

    Args:
        spec: `--ledger`; `None`: the one of the environment.
        now: `--now`.

    Raises:
        ConfigError: in Actions it is a file, which ends with the job; or the job may not write.
        UsageError: the job gives a clock of its own.
    """
    named = spec or config.default_ledger()
    require_writer(named, config.environ(), now)
    if runner_of(config.environ()) == "actions" and not is_shared(named):
        raise ConfigError(
            "a file is no ledger for this in Actions: it ends with the job",
            "Give the ledger that all runs share: --ledger git:URL or postgres://...",
        )
    return Streams(named)


def require_login(login: str) -> str:
    """A login that can be a person's.

    Raises:
        UsageError: it is none.
    """
    if not _PERSON.match(login):
        raise UsageError(f"--by {neutralise(login, 60)}: not a person's login")
    return login


def _open(arguments: argparse.Namespace) -> int:
    streams, now = open_streams(arguments.ledger, arguments.now), read_now(arguments.now)
    by = require_login(arguments.by)
    key = arguments.key or f"manual:{new_id()}"
    if not _KEY.match(key):
        raise UsageError(f"--key {neutralise(key, 60)}: letters, digits and : . _ / # - only")
    about = [entry_named(streams.store, text) for text in arguments.about]
    since = read_now(arguments.since) if arguments.since else now
    alert = AlertBody(
        source="manual",
        key=key,
        severity=arguments.severity,
        agent=neutralise(arguments.agent, 100),
        pull=_pull(arguments.pull),
        about=tuple(name for name, _ in sorted(about, key=lambda pair: pair[1])),
        first_at=min((since, *(at for _, at in about))),
        text=neutralise(f"{arguments.reason} ({by})", 300),
    )
    incident = open_incident(streams, alert, now)
    if arguments.format == "json":
        emit_json(document_of(incident))
    else:
        emit(f"incident {incident.id}: {incident.state}, {len(incident.frozen)} streams frozen\n")
    return 0


def _pull(text: str | None) -> PullName | None:
    if text is None:
        return None
    match = _PULL.match(text)
    if match is None:
        raise UsageError(f"--pull {neutralise(text, 100)}: write OWNER/REPO#NUMBER")
    return PullName(origin="github", repo=match[1], number=int(match[2]))


def _lead(arguments: argparse.Namespace) -> int:
    event: HandEvent = arguments.event
    incident, entry = lead_on(
        open_streams(arguments.ledger, arguments.now),
        arguments.id,
        event,
        require_login(arguments.by),
        arguments.reason,
        read_now(arguments.now),
    )
    if arguments.format == "json":
        emit_json({**document_of(incident), "entry": entry.seq})
        return 0
    took = seconds_to(incident, event) if event != "note" else None
    after = f" {describe_seconds(took)} after it was opened" if took is not None else ""
    words = {"acknowledged": "acknowledged", "closed": "closed", "note": "noted"}[event]
    emit(f"incident {incident.id}: {words} by {arguments.by}{after}\n")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    log = read_incidents(open_streams(arguments.ledger).store)
    shown = [one for one in reversed(log.incidents) if arguments.all or one.state != "closed"]
    if arguments.format == "json":
        emit_json([document_of(one) for one in shown])
    else:
        rows = [
            (
                one.id[-SHORT:],
                one.severity,
                one.state,
                one.text,
                str(len(one.alerts)),
                one.opened,
                describe_seconds(seconds_to(one, "acknowledged")),
                describe_seconds(seconds_to(one, "closed")),
            )
            for one in shown
        ]
        headings = ("incident", "how bad", "state", "what", "alerts", "opened", "ack", "close")
        show_table(headings, rows, "no incident is open")
    return 1 if any(one.state == "open" for one in shown) else 0


def _show(arguments: argparse.Namespace) -> int:
    store = open_streams(arguments.ledger).store
    incident = find_incident(read_incidents(store), arguments.id)
    streams = check_frozen(store, incident)
    if arguments.format == "json":
        emit_json({**document_of(incident), "evidence": "stands"})
        return 0
    lines = [
        f"incident {incident.id}: {incident.severity}, {incident.state}",
        f"  key       {incident.key}",
        f"  opened    {incident.opened}, entry {incident.entry.seq} of {incident.entry.stream}",
        f"  evidence  stands; frozen ends of streams: {streams}",
    ]
    for alert in incident.alerts:
        pull = f" {alert.body.pull.name}" if alert.body.pull else ""
        lines.append(f"  {alert.at}  alert {alert.id}{pull}: {alert.body.text}")
    for item in incident.events:
        body = item.body
        who = body.by or ", ".join(body.whom)
        reason = f": {body.reason}" if body.reason else ""
        lines.append(f"  {item.at}  {body.event} {who}{reason}")
    lines += [f"  hook {hook.name}: {hook.result} {hook.text}" for hook in incident.hooks]
    emit("".join(f"{neutralise(line, 500)}\n" for line in lines))
    return 0


def document_of(incident: Incident) -> dict[str, Any]:
    """An incident as JSON has it."""
    whole: dict[str, Any] = msgspec.to_builtins(incident)
    return {
        **whole,
        "severity": incident.severity,
        "state": incident.state,
        "text": incident.text,
        "seconds_to_acknowledge": seconds_to(incident, "acknowledged"),
        "seconds_to_close": seconds_to(incident, "closed"),
    }


def describe_seconds(seconds: int | None) -> str:
    """`45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`; nothing where it is not known."""
    if seconds is None:
        return ""
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60} min"
    return f"{minutes} min" if minutes else f"{seconds} s"


def emit_json(document: object) -> None:
    """Print a document as one line of JSON, keys sorted."""
    emit(msgspec.json.encode(document, order="sorted").decode() + "\n")
