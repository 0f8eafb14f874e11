"""`gate agents promote`: make an observed agent active, by what the ledger tells of it."""

from __future__ import annotations

import argparse
import hashlib
import os
from collections.abc import Iterator

import msgspec

from gate.audit.lifecycle.observation import PAYLOAD, Observation, canonical_bytes, observe
from gate.cli.agents_baseline import freeze_baseline
from gate.cli.agents_folder import (
    Office,
    add_shared,
    read_whole,
    registry_name,
    require_person,
    require_shared,
)
from gate.cli.agents_life import change, with_state
from gate.cli.help import HelpFormatter
from gate.cli.ledger_files import write_file
from gate.cli.ledger_sign import add_signer
from gate.errors import UsageError
from gate.report.console import emit
from gate.schema.agents import AgentRecord
from gate.store.snapshot import as_named, take
from gate.store.streams import Streams
from gate.text import neutralise
from gate.trust.dsse import seal, unseal
from gate.trust.history import state_in_force
from gate.trust.keys import has_private_key, private_key, read_public
from gate.trust.recordtext import scalar, set_block

MAX_REPORT = 16 * 1024 * 1024
"""Bytes of a report that is handed in; an engine's largest blob."""

_DESCRIPTION = (
    "Make an observed agent active. The report of its last 30 days is computed from the ledger; "
    "early or dirty it is refused, with every reason, and nothing is changed: exit 1. The "
    "report is kept in the ledger, and its SHA-256 goes into record and ledger. With --check "
    "nothing is changed either way."
)
_EPILOG = """\
examples:
  gate agents promote tf-bot --check --ledger git:../governance --output report.json
  gate agents promote tf-bot --by alice --reason "Nothing to object to" --ledger git:../governance
"""


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `agents promote`."""
    parser = actions.add_parser(
        "promote",
        help="make an observed agent active",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("id", metavar="ID", help="registry id")
    parser.add_argument("--by", default="", metavar="LOGIN", help="who decides")
    parser.add_argument("--reason", default="", metavar="TEXT", help="why")
    parser.add_argument("--check", action="store_true", help="report, and change nothing")
    parser.add_argument(
        "--report",
        metavar="FILE",
        help="a report made before, signed or not; refused unless the ledger says the same",
    )
    parser.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="PUB",
        help="trusted key of a signed --report, or a folder of *.pub files (default: keys in "
        "--config); repeatable",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="write the report there, and FILE.dsse if a key is there"
    )
    add_signer(parser)
    add_shared(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    office = Office(arguments)
    record, streams = _admit(arguments, office)
    snapshot = take(streams.store)
    found = observe(snapshot, registry_name(streams), record, office.now)
    named = _named(arguments, streams, record) if arguments.report else found
    report = canonical_bytes(named)
    digest = hashlib.sha256(report).hexdigest()
    written = _write(arguments, report)
    if arguments.format == "console":
        emit("".join(f"{neutralise(line, 400)}\n" for line in (*_told(found), *written)))
    if found.refusals or named.refusals or arguments.check:
        return _tell_refusals(arguments, named if named.refusals else found, digest)
    block = f"promotion:\n  report: {digest}\n  at: {office.today}\n  by: {scalar(arguments.by)}\n"
    where = f".gate/agents/{record.id}.yml"
    text = set_block(with_state(office, record, "active"), where, "promotion", block)
    office.check(record.id, text)
    streams.store.put_blob(report)
    frozen = freeze_baseline(office, record.id, arguments.by)
    if arguments.format == "console":
        emit(f"{frozen}\n")
    return change(arguments, office, record, text, "promoted", report=digest, state="active")


def _admit(arguments: argparse.Namespace, office: Office) -> tuple[AgentRecord, Streams]:
    """The record and the ledger, where a promotion can be asked for at all."""
    record = office.record(arguments.id)
    if office.streams is None:
        raise UsageError(
            "a promotion needs --ledger SPEC or GATE_LEDGER",
            "The report is computed from what the ledger tells.",
        )
    if not arguments.check:
        if not arguments.by or not arguments.reason:
            raise UsageError(
                "a promotion needs --by LOGIN and --reason TEXT", "--check needs neither."
            )
        require_person(office, arguments.by)
    require_shared(office.streams.spec, "a promotion")
    state, _ = state_in_force(record, office.history())
    if state != "observing":
        raise UsageError(f"agent {record.id} is {state}", "Only an observed agent is promoted.")
    return record, office.streams


def _named(arguments: argparse.Namespace, streams: Streams, record: AgentRecord) -> Observation:
    """The report of `--report`, if the ledger still says the same of that moment."""
    where = f"--report {neutralise(arguments.report, 200)!a}"
    data = read_whole(arguments.report, MAX_REPORT, "--report")
    if b'"payloadType":' in data:
        data = _opened(arguments, data)
    try:
        told = msgspec.json.decode(data, type=Observation)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{where}: not the report of an observation: {neutralise(str(error), 160)}",
            "`gate agents promote ID --check --output FILE` makes one.",
        ) from error
    if told.agent != record.id:
        raise UsageError(f"{where}: the report of agent {neutralise(told.agent, 80)}")
    snapshot = as_named(streams.store, told.ledger)
    made = observe(snapshot, registry_name(streams), record, told.until)
    if canonical_bytes(made) != data:
        fields = (field.name for field in msgspec.structs.fields(Observation))
        different = [name for name in fields if getattr(made, name) != getattr(told, name)]
        raise UsageError(
            f"{where}: the ledger says otherwise: {', '.join(different) or 'its form'}",
            "Leave --report out, or make it again with --check.",
        )
    return told


def _opened(arguments: argparse.Namespace, data: bytes) -> bytes:
    paths = arguments.key or [os.path.join(arguments.config, "keys")]
    keys = tuple(key for path in paths for key in read_public(path))
    return unseal(data, PAYLOAD, keys)[0]


def _write(arguments: argparse.Namespace, report: bytes) -> list[str]:
    """Write the report and, where a key is there, its envelope; one line each."""
    if arguments.output is None:
        return []
    write_file(arguments.output, report)
    lines = [f"  wrote          {os.path.normpath(arguments.output)}"]
    if has_private_key(arguments.sign_with):
        signer = private_key(arguments.sign_with)
        path = f"{arguments.output}.dsse"
        write_file(path, seal(report, PAYLOAD, (signer,)))
        lines.append(f"  signed         {os.path.normpath(path)}, by {signer.key.name}")
    return lines


def _told(found: Observation) -> Iterator[str]:
    """A report in a few lines."""
    yield f"{found.agent}: day {max(found.day, 0)} of its observation"
    yield _row("span", f"{found.since} to {found.until}")
    yield _row(
        "pull requests",
        f"{found.pulls} on {found.active_days} days; {found.blocked_pulls} blocked, "
        f"{found.outside_sandbox} outside its sandbox",
    )
    yield _row("decisions", _counts(found.decisions))
    if found.blocked:
        yield _row("blocked by", _counts(found.blocked))
    yield _row("anomalies", _counts(found.anomalies))
    yield _row(
        "stopped",
        f"{found.kills} kills, {found.suspensions} suspensions, {found.incidents} "
        f"incidents ({found.incidents_open} open)",
    )
    yield _row(
        "let through",
        f"{sum(found.waivers.values())} waived findings, {found.break_glass} emergency overrides "
        f"({found.follow_ups_open} to be reviewed)",
    )
    yield _row("became", _counts(found.outcomes))
    yield _row("report", found.digest)


def _row(label: str, text: str) -> str:
    return f"  {label:<15}{text}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in counts.items()) or "none"


def _tell_refusals(arguments: argparse.Namespace, found: Observation, digest: str) -> int:
    """Say what stands against it; exit 0 only where `--check` found nothing."""
    if arguments.format == "json":
        answer = {
            "agent": found.agent,
            "event": None,
            "report": digest,
            "day": found.day,
            "refusals": msgspec.to_builtins(found.refusals),
        }
        emit(msgspec.json.encode(answer).decode() + "\n")
        return 1 if found.refusals else 0
    if not found.refusals:
        emit(f"{found.agent} may be promoted; nothing was changed\n")
        return 0
    emit(f"{found.agent} is not promoted; nothing was changed\n")
    for refusal in found.refusals:
        emit(f"  {refusal.code}: {neutralise(refusal.text, 300)}\n")
        if refusal.entries:
            names = [f"{name.stream} {name.seq}" for name in refusal.entries]
            emit(f"    {'entry' if len(names) == 1 else 'entries'} {', '.join(names)}\n")
    return 1
