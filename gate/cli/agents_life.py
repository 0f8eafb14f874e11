"""`gate agents suspend|resume|retire`: stop an agent, let it go on, or end it for good."""

from __future__ import annotations

import argparse

import msgspec

from gate.cli.agents_folder import Office, add_shared, require_person
from gate.errors import ConfigError, UsageError
from gate.report.console import emit
from gate.schema.agents import AgentRecord, AgentState
from gate.text import neutralise
from gate.trust.history import AgentEntry, AgentEvent, append_event, state_in_force
from gate.trust.recordtext import set_block, set_scalar

_TEXTS = {
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
        ("suspend", _suspend),
        ("resume", _resume),
        ("retire", _retire),
    ):
        line, text = _TEXTS[name]
        parser = actions.add_parser(name, help=line, description=text)
        parser.add_argument("id", metavar="ID", help="registry id")
        parser.add_argument("--by", required=True, metavar="LOGIN", help="who decides")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why")
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


def _suspend(arguments: argparse.Namespace) -> int:
    office, record = open_record(arguments)
    _refuse_retired(office, record)
    try:
        text = with_state(office, record, "suspended")
    except ConfigError:
        if office.ledger is not None:
            # NOTE: a record that has to be changed by hand must not keep an agent running
            body = AgentEntry(
                agent=record.id, event="suspended", by=arguments.by, reason=arguments.reason
            )
            entry = append_event(office.ledger, office.now, body)
            emit(f"{record.id}: suspended by ledger entry {entry.seq}\n")
        raise
    return change(arguments, office, record, text, "suspended", state="suspended")


def _resume(arguments: argparse.Namespace) -> int:
    office, record = open_record(arguments)
    _refuse_retired(office, record)
    if state_in_force(record, office.history())[0] != "suspended":
        raise UsageError(f"agent {record.id} is not suspended")
    before = state_before(record)
    text = with_state(office, record, before)
    return change(arguments, office, record, text, "resumed", state=before)


def _retire(arguments: argparse.Namespace) -> int:
    office, record = open_record(arguments)
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
    code = change(
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


def open_record(arguments: argparse.Namespace) -> tuple[Office, AgentRecord]:
    """The registry and the agent a command is about, decided on by a person.

    Raises:
        UsageError: there is no such agent, or `--by` is no person.
    """
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


def with_state(office: Office, record: AgentRecord, state: AgentState) -> str:
    """The YAML of a record in another state.

    Raises:
        ConfigError: the record cannot be edited.
    """
    text = office.text(record.id)
    if record.state == state:
        return text
    return set_scalar(text, f".gate/agents/{record.id}.yml", ("state",), state)


def change(
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
        emit(f"ledger entry {seq} in {office.place}\n")
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
