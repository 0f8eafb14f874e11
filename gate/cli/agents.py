"""`gate agents`: the registry of agents: who they are, what they may do."""

from __future__ import annotations

import argparse
import importlib

import msgspec

from gate.cli.agents_folder import Office, add_shared, show_table
from gate.cli.help import HelpFormatter
from gate.report.console import emit
from gate.schema.agents import OBSERVATION_DAYS, AgentRecord
from gate.text import neutralise
from gate.trust.card import describe_card, describe_grant
from gate.trust.history import state_in_force
from gate.trust.registry import read_registry
from gate.trust.upkeep import observation_day, review_of

_PARTS = (
    "agents_onboard",
    "agents_promote",
    "agents_life",
    "agents_report",
    "agents_upkeep",
    "agents_discover",
)

_EPILOG = """\
examples:
  gate agents
  gate agents validate
  gate agents show tf-bot --format json
  gate agents onboard tf-bot --step identity --kind coder ...
  gate agents promote tf-bot --check --ledger git:../governance
  gate agents report --ledger git:../governance
  gate agents discover --since 2026-01-01

exit codes: 0 in order, 1 overdue, open, not granted or unregistered, 2 bad input or usage
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `agents` and its actions."""
    agents = subparsers.add_parser(
        "agents",
        help="the registry of agents: who they are, what they may do",
        description="The registry in .gate/agents, and what the ledger says happened to each "
        "agent. Without an action: list.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    agents.set_defaults(run=_list, config=".gate", ledger=None, now=None, format="console")
    actions = agents.add_subparsers(metavar="ACTION")
    listing = actions.add_parser(
        "list", help="every agent", description="Every agent with its state, owner and grants."
    )
    checking = actions.add_parser(
        "validate",
        help="check the registry",
        description="Check every record, and that no identity stands in two of them; exit 2 "
        "names file, line and key of everything that is wrong.",
    )
    showing = actions.add_parser(
        "show", help="one agent", description="Everything that is known of one agent."
    )
    showing.add_argument("id", metavar="ID", help="registry id")
    for parser, run in ((listing, _list), (checking, _validate), (showing, _show)):
        add_shared(parser)
        parser.set_defaults(run=run)
    for part in _PARTS:
        importlib.import_module(f"gate.cli.{part}").add(actions)


def _list(arguments: argparse.Namespace) -> int:
    office = Office(arguments)
    records, history = office.records(), office.history()
    if arguments.format == "json":
        plain = [_summary(record, office) for record in records]
        emit(msgspec.json.encode(plain).decode() + "\n")
        return 0
    rows = []
    for record in records:
        state, source = state_in_force(record, history)
        review = review_of(record, history, office.today)
        rows.append(
            (
                record.id,
                record.kind,
                describe_state(record, state, source, office.today),
                record.owner.human,
                record.risk_tier,
                "\n".join(describe_grant(grant) for grant in record.grants) or "nothing",
                f"{review.due}{' overdue' if review.days < 0 else ''}" if review else "",
            )
        )
    headings = ("agent", "kind", "state", "owner", "risk", "may change", "review due")
    show_table(headings, rows, f"no agent is registered in {office.folder}")
    return 0


def _summary(record: AgentRecord, office: Office) -> dict[str, object]:
    history = office.history()
    state, source = state_in_force(record, history)
    review = review_of(record, history, office.today)
    return {
        "id": record.id,
        "kind": record.kind,
        "state": state,
        "state_source": source,
        "owner": record.owner.human,
        "backup": record.owner.backup,
        "risk_tier": record.risk_tier,
        "grants": msgspec.to_builtins(record.grants),
        "review_due": review.due if review else None,
        "review_overdue": bool(review and review.days < 0),
        "observation_day": observation_day(record, office.today),
    }


def describe_state(record: AgentRecord, state: str, source: str, today: str) -> str:
    """A state in words, with the day of an observation, or the ledger's entry."""
    if source != "file":
        return f"{state} ({source.replace('ledger', 'ledger entry')})"
    if state == "observing":
        return f"observing, day {observation_day(record, today)} of {OBSERVATION_DAYS}"
    return state


def _validate(arguments: argparse.Namespace) -> int:
    office = Office(arguments)
    records, problems = read_registry(office.files, {}, office.environments)
    if arguments.format == "json":
        answer = {
            "ok": not problems,
            "records": len(records or ()),
            "problems": [problem._asdict() for problem in problems],
        }
        emit(msgspec.json.encode(answer).decode() + "\n")
        return 2 if problems else 0
    for problem in problems:
        emit("".join(f"{neutralise(part, 600)}\n" for part in _told(problem.error().diagnostics())))
    if problems:
        return 2
    if records is None:
        emit(f"{office.folder}: no registry; `gate agents onboard` begins one\n")
        return 0
    what = "record is" if len(records) == 1 else "records are"
    emit(f"{len(records)} {what} valid, and no identity stands in two of them\n")
    return 0


def _told(text: str) -> list[str]:
    first, *rest = text.split("\n")
    return [first, *(f"  {line}" for line in rest)]


def _show(arguments: argparse.Namespace) -> int:
    office = Office(arguments)
    record, history = office.record(arguments.id), office.history()
    if arguments.format == "json":
        standing = _summary(record, office)
        plain = {"record": msgspec.to_builtins(record), "standing": standing}
        emit(msgspec.json.encode(plain).decode() + "\n")
        return 0
    state, source = state_in_force(record, history)
    shown = describe_state(record, state, source, office.today)
    lines = describe_card(record, history, shown, office.today)
    emit("".join(f"{neutralise(line, 600)}\n" for line in lines))
    return 0
