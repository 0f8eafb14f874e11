"""`gate agents review|rotation`: what falls due, and noting that it was done."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from datetime import date

import msgspec

from gate.audit.lifecycle.observation import canonical_bytes
from gate.cli.agents_baseline import freeze_baseline
from gate.cli.agents_folder import Office, add_shared, require_person, show_table
from gate.cli.agents_report import find_rights, plain_rights, show_rights
from gate.errors import UsageError
from gate.moment import read_day
from gate.report.console import emit
from gate.schema.agents import ROTATION_DAYS, AgentRecord
from gate.text import neutralise
from gate.trust.card import describe_due, describe_grant
from gate.trust.history import AgentEntry, append_event, state_in_force
from gate.trust.recordtext import set_scalar
from gate.trust.upkeep import REVIEW_DAYS, Due, review_of, rotations_of


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the actions."""
    review = actions.add_parser(
        "review",
        help="access reviews: what is due, and closing one",
        description="List access reviews, soonest first, and what each agent used of what it was "
        "granted; exit 1 when one is overdue. With --close note that the owner or backup has "
        "looked at need, grants and owner, and when the next review is, at most 92 days ahead; "
        "what the ledger told of the grants is kept, and its SHA-256 is recorded.",
    )
    review.add_argument("--close", metavar="ID", help="close the review of this agent")
    review.add_argument("--by", metavar="LOGIN", help="who looked: the owner or the backup")
    review.add_argument("--until", metavar="DATE", help="day of the next review")
    review.add_argument("--reason", default="", metavar="TEXT", help="what was found")
    add_shared(review)
    review.set_defaults(run=_review)
    rotation = actions.add_parser(
        "rotation",
        help="credentials: what has to be rotated, and noting that it was",
        description="List credentials by tier (high 30 days, medium 90, low 180); exit 1 when one "
        "is overdue. With --done note that one was rotated today.",
    )
    rotation.add_argument("--done", metavar="REF", help="credential that was rotated")
    rotation.add_argument("--agent", metavar="ID", help="whose credential")
    rotation.add_argument("--by", metavar="LOGIN", help="who rotated it")
    add_shared(rotation)
    rotation.set_defaults(run=_rotation)


def _review(arguments: argparse.Namespace) -> int:
    office = Office(arguments)
    if arguments.close:
        return _close(arguments, office)
    if arguments.by or arguments.until:
        raise UsageError("--by and --until close a review", "Say which one with --close ID.")
    history = office.history()
    found: list[tuple[AgentRecord, Due]] = []
    for record in office.records():
        item = review_of(record, history, office.today)
        if item is not None and state_in_force(record, history)[0] != "decommissioned":
            found.append((record, item))
    found.sort(key=lambda pair: (pair[1].days, pair[0].id))
    rights = find_rights(office, (record for record, _ in found))
    if arguments.format == "json":
        told: list[dict[str, object]] = [{"rights": plain_rights(one)} for one in rights]
        _emit_due([item for _, item in found], told)
    else:
        _show_reviews(found)
        if rights:
            emit("\n")
            show_rights(rights, "")
    return 1 if any(item.days < 0 for _, item in found) else 0


def _show_reviews(found: Sequence[tuple[AgentRecord, Due]]) -> None:
    rows = [
        (
            record.id,
            describe_due(item),
            f"{record.owner.human}, {record.owner.backup}",
            "\n".join(describe_grant(grant) for grant in record.grants) or "nothing",
        )
        for record, item in found
    ]
    headings = ("agent", "review due", "owner, backup", "may change")
    show_table(headings, rows, "no agent has a review due")


def _close(arguments: argparse.Namespace, office: Office) -> int:
    record = office.record(arguments.close)
    if not arguments.by or not arguments.until:
        raise UsageError("--close needs --by LOGIN and --until DATE")
    people = (record.owner.human, record.owner.backup)
    if arguments.by.lower() not in {login.lower() for login in people}:
        raise UsageError(
            f"--by {neutralise(arguments.by, 60)}: neither owner nor backup of {record.id}",
            f"{people[0]} or {people[1]} closes its review.",
        )
    until = read_day(arguments.until)
    ahead = (until - date.fromisoformat(office.today)).days if until else 0
    if not 0 < ahead <= REVIEW_DAYS:
        raise UsageError(
            f"--until {neutralise(arguments.until, 40)}: not 1 to {REVIEW_DAYS} days ahead",
            "A review holds for a quarter at most.",
        )
    where = f".gate/agents/{record.id}.yml"
    text = set_scalar(office.text(record.id), where, ("review_due",), arguments.until)
    office.check(record.id, text)
    (rights,) = find_rights(office, (record,))
    report = canonical_bytes(rights)
    if office.streams is not None:
        office.streams.store.put_blob(report)
    if arguments.format == "console":
        show_rights((rights,), "")
    body = AgentEntry(
        agent=record.id,
        event="reviewed",
        by=arguments.by,
        reason=arguments.reason,
        report=hashlib.sha256(report).hexdigest(),
        until=arguments.until,
    )
    code = _note(arguments, office, text, body, f"reviewed; next on {arguments.until}")
    frozen = freeze_baseline(office, record.id, arguments.by)
    if frozen and arguments.format == "console":
        emit(f"{frozen}\n")
    return code


def _rotation(arguments: argparse.Namespace) -> int:
    office = Office(arguments)
    if arguments.done:
        return _rotated(arguments, office)
    if arguments.agent or arguments.by:
        raise UsageError("--agent and --by note a rotation", "Say which one with --done REF.")
    history = office.history()
    found = [
        item for record in office.records() for item in rotations_of(record, history, office.today)
    ]
    tiers = list(ROTATION_DAYS)
    found.sort(key=lambda item: (tiers.index(item.tier or "low"), item.days, item.agent))
    if arguments.format == "json":
        _emit_due(found)
    else:
        rows = [(str(item.tier), item.what, item.agent, describe_due(item)) for item in found]
        show_table(
            ("tier", "credential", "agent", "rotate by"), rows, "no credential has to be rotated"
        )
    return 1 if any(item.days < 0 for item in found) else 0


def _rotated(arguments: argparse.Namespace, office: Office) -> int:
    if not arguments.agent or not arguments.by:
        raise UsageError("--done needs --agent ID and --by LOGIN")
    record = office.record(arguments.agent)
    require_person(office, arguments.by)
    refs = [credential.ref for credential in record.credentials]
    if arguments.done not in refs:
        raise UsageError(
            f"--done {neutralise(arguments.done, 80)}: {record.id} has no such credential",
            f"It has {', '.join(refs)}." if refs else "It has none.",
        )
    where = f".gate/agents/{record.id}.yml"
    path = ("credentials", refs.index(arguments.done), "rotated_at")
    text = set_scalar(office.text(record.id), where, path, office.today)
    body = AgentEntry(
        agent=record.id, event="rotated", by=arguments.by, reason="", credential=arguments.done
    )
    return _note(arguments, office, text, body, f"{arguments.done} rotated on {office.today}")


def _note(
    arguments: argparse.Namespace, office: Office, text: str, body: AgentEntry, what: str
) -> int:
    office.check(body.agent, text)
    entry = append_event(office.ledger, office.now, body) if office.ledger else None
    path = office.write(body.agent, text)
    if arguments.format == "json":
        seq = entry.seq if entry else None
        answer = {"agent": body.agent, "event": body.event, "file": path, "entry": seq}
        emit(msgspec.json.encode(answer).decode() + "\n")
        return 0
    emit(f"{body.agent}: {neutralise(what, 300)}; wrote {neutralise(path, 300)}\n")
    if entry is not None:
        emit(f"ledger entry {entry.seq} in {office.place}\n")
    return 0


def _emit_due(found: Sequence[Due], more: Sequence[dict[str, object]] = ()) -> None:
    """Print what is due as JSON, with what else there is to say of each."""
    plain = [{**msgspec.to_builtins(item), "overdue": item.days < 0} for item in found]
    told = more or [{}] * len(plain)
    emit(
        msgspec.json.encode([one | other for one, other in zip(plain, told, strict=True)]).decode()
        + "\n"
    )
