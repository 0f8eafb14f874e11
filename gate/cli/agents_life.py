"""`gate agents promote|suspend|resume|retire`: take an agent from one state to the next."""

from __future__ import annotations

import argparse
import hashlib
import os

import msgspec

from gate.cli.agents_folder import Office, add_shared, require_person
from gate.errors import ConfigError, UsageError
from gate.pattern import pattern
from gate.report.console import emit
from gate.schema.agents import OBSERVATION_DAYS, AgentRecord, AgentState
from gate.text import neutralise
from gate.trust.history import AgentEntry, AgentEvent, append_event, state_in_force
from gate.trust.recordtext import scalar, set_block, set_scalar
from gate.trust.upkeep import may_be_promoted, observation_day

_DIGEST = pattern(r"[0-9a-f]{64}")

_TEXTS = {
    "promote": (
        "make an observed agent active",
        "Make an observed agent active, after 30 days and by the report of its observation, whose "
        "digest goes into record and ledger.",
    ),
    "suspend": (
        "stop an agent",
        "Stop an agent: in the ledger at once, in its record once that is merged.",
    ),
    "resume": (
        "let a suspended agent go on",
        "Let a suspended agent go on where it was, in record and ledger.",
    ),
    "retire": (
        "decommission an agent for good",
        "Decommission an agent. Every credential has to be revoked before; the record stays as a "
        "tombstone, so that nobody takes the identity again. Exit 1 while something is open.",
    ),
}


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the actions."""
    for name, run in (
        ("promote", _promote),
        ("suspend", _suspend),
        ("resume", _resume),
        ("retire", _retire),
    ):
        line, text = _TEXTS[name]
        parser = actions.add_parser(name, help=line, description=text)
        parser.add_argument("id", metavar="ID", help="registry id")
        parser.add_argument("--by", required=True, metavar="LOGIN", help="who decides")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why")
        if name == "promote":
            parser.add_argument(
                "--report", required=True, metavar="FILE", help="the report, or its SHA-256"
            )
        if name == "retire":
            parser.add_argument(
                "--revoked",
                action="append",
                default=[],
                metavar="REF",
                help="credential that is revoked; repeatable",
            )
        add_shared(parser)
        parser.set_defaults(run=run)


def _promote(arguments: argparse.Namespace) -> int:
    office, record = _open(arguments)
    state, _ = state_in_force(record, office.history())
    if state != "observing":
        raise UsageError(f"agent {record.id} is {state}", "Only an observed agent is promoted.")
    if not may_be_promoted(record, office.today):
        day = observation_day(record, office.today)
        raise UsageError(
            f"agent {record.id} is on day {day} of its observation",
            f"It is observed for {OBSERVATION_DAYS} days before it is promoted.",
        )
    digest = _digest(arguments.report)
    block = f"promotion:\n  report: {digest}\n  at: {office.today}\n  by: {scalar(arguments.by)}\n"
    where = f".gate/agents/{record.id}.yml"
    text = set_block(_with_state(office, record, "active"), where, "promotion", block)
    return _change(arguments, office, record, text, "promoted", report=digest, state="active")


def _suspend(arguments: argparse.Namespace) -> int:
    office, record = _open(arguments)
    _refuse_retired(office, record)
    try:
        text = _with_state(office, record, "suspended")
    except ConfigError:
        if office.ledger is not None:
            # NOTE: a record that has to be changed by hand must not keep an agent running
            body = AgentEntry(
                agent=record.id, event="suspended", by=arguments.by, reason=arguments.reason
            )
            entry = append_event(office.ledger, office.now, body)
            emit(f"{record.id}: suspended by ledger entry {entry.seq}\n")
        raise
    return _change(arguments, office, record, text, "suspended", state="suspended")


def _resume(arguments: argparse.Namespace) -> int:
    office, record = _open(arguments)
    _refuse_retired(office, record)
    if state_in_force(record, office.history())[0] != "suspended":
        raise UsageError(f"agent {record.id} is not suspended")
    before = state_before(record)
    text = _with_state(office, record, before)
    return _change(arguments, office, record, text, "resumed", state=before)


def _retire(arguments: argparse.Namespace) -> int:
    office, record = _open(arguments)
    _refuse_retired(office, record)
    held = [credential.ref for credential in record.credentials]
    strange = [ref for ref in arguments.revoked if ref not in held]
    if strange:
        raise UsageError(
            f"--revoked {neutralise(strange[0], 80)}: agent {record.id} has no such credential",
            f"It has {', '.join(held)}." if held else "It has none.",
        )
    left = [ref for ref in held if ref not in arguments.revoked]
    if left:
        _tell_open(arguments, record, left)
        return 1
    where = f".gate/agents/{record.id}.yml"
    text = office.text(record.id)
    if record.state != "decommissioned":
        text = set_scalar(text, where, ("state",), "decommissioned")
    if held:
        text = set_block(text, where, "credentials", "credentials: []\n")
    revoked = ", ".join(held)
    code = _change(
        arguments,
        office,
        record,
        text,
        "decommissioned",
        state="decommissioned",
        credential=revoked,
    )
    if arguments.format == "console":
        emit("Close its open pull requests, and take its account or App out of the repository.\n")
    return code


def state_before(record: AgentRecord) -> AgentState:
    """The state that a suspended agent goes on in, by what its record proves."""
    if record.promotion is not None:
        return "active"
    return "observing" if record.observing_since and record.sandbox else "proposed"


def _open(arguments: argparse.Namespace) -> tuple[Office, AgentRecord]:
    office = Office(arguments)
    record = office.record(arguments.id)
    require_person(office, arguments.by)
    return office, record


def _refuse_retired(office: Office, record: AgentRecord) -> None:
    if state_in_force(record, office.history())[0] == "decommissioned":
        raise UsageError(
            f"agent {record.id} is decommissioned; that is final",
            "Register a new agent with an identity of its own.",
        )


def _with_state(office: Office, record: AgentRecord, state: AgentState) -> str:
    text = office.text(record.id)
    if record.state == state:
        return text
    return set_scalar(text, f".gate/agents/{record.id}.yml", ("state",), state)


def _digest(report: str) -> str:
    if _DIGEST.fullmatch(report):
        return report
    try:
        with open(report, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(
            f"--report {report[:200]!a}: {error.strerror}", "Give the report, or its SHA-256."
        ) from error


def _change(
    arguments: argparse.Namespace,
    office: Office,
    record: AgentRecord,
    text: str,
    event: AgentEvent,
    **more: str,
) -> int:
    """Check the record, then write the ledger, which stops an agent at once, then the file."""
    office.check(record.id, text)
    entry = None
    if office.ledger is not None:
        body = AgentEntry(
            agent=record.id, event=event, by=arguments.by, reason=arguments.reason, **more
        )
        entry = append_event(office.ledger, office.now, body)
    path = office.write(record.id, text)
    seq = entry.seq if entry else None
    if arguments.format == "json":
        answer = {"agent": record.id, "event": event, "file": path, "entry": seq, **more}
        emit(msgspec.json.encode(answer).decode() + "\n")
        return 0
    emit(f"{record.id}: {event}; wrote {neutralise(path, 300)}\n")
    if seq is None:
        emit(
            "It takes effect when that is merged; with --ledger FILE the ledger knows it at once.\n"
        )
    else:
        emit(f"ledger entry {seq} in {neutralise(os.path.basename(arguments.ledger), 100)}\n")
    return 0


def _tell_open(arguments: argparse.Namespace, record: AgentRecord, left: list[str]) -> None:
    items = [
        {"done": credential.ref not in left, "what": f"credential {credential.ref} revoked"}
        for credential in record.credentials
    ]
    if arguments.format == "json":
        answer = {"agent": record.id, "event": None, "open": left, "checklist": items}
        emit(msgspec.json.encode(answer).decode() + "\n")
        return
    emit(f"{record.id} cannot be retired yet; nothing was changed\n")
    for item in items:
        mark = "x" if item["done"] else " "
        emit(f"  [{mark}] {neutralise(str(item['what']), 300)}\n")
    emit("Revoke them where they are kept, then say so with --revoked REF for each.\n")
