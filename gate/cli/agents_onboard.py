"""`gate agents onboard`: walk the five steps, by options or by questions at a terminal."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from typing import get_args

import msgspec

from gate import config
from gate.cli.agents_folder import Office, add_shared, require_person
from gate.cli.help import HelpFormatter
from gate.cli.runner import require_writer
from gate.errors import UsageError
from gate.pattern import pattern
from gate.report.console import emit
from gate.schema.agents import AgentKind, AgentRecord, RiskTier
from gate.store.streams import Streams
from gate.text import neutralise
from gate.trust.history import AgentEntry, append_event
from gate.trust.onboarding import (
    STEPS,
    TITLES,
    Answers,
    missing_answers,
    next_step,
    option,
    plan_steps,
    take_step,
)
from gate.trust.record import READ_ONLY_KINDS

_ID = pattern(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?")
_DATA = ("none", "internal", "pii", "phi", "secret")

_DESCRIPTION = (
    "Register an agent in five steps: identity and ephemeral credentials, models, sandbox with "
    "small limits, logging, observation. Each step leaves .gate/agents/ID.yml as a valid record, "
    "to be merged like any other change. The first open step is done, and those after it as far "
    "as the options go; at a terminal the rest is asked for. A later step before an earlier one "
    "is refused."
)

_EPILOG = """\
steps and what they need:
  1 identity     --kind --owner --backup --purpose --justification --system --data-class
                 --risk-tier --credential, and one of --login, --app-id, --email, --key,
                 --trailer, --agent
  2 models       --model
  3 sandbox      --sandbox-environment
  4 logging      --ledger
  5 observation  --observe
"""

_TEXTS = {
    "owner": ("LOGIN", "person who answers for it"),
    "backup": ("LOGIN", "another person"),
    "team": ("ORG/SLUG", "their team"),
    "purpose": ("TEXT", "what it does, at least 20 characters"),
    "justification": ("TEXT", "why it is worth it, at least 20 characters"),
    "max_files": ("N", "changed files of one pull request, at most 20"),
    "max_resources": ("N", "changed resources of one pull request, at most 10"),
}
_LISTS = {
    "system": ("NAME", "system it reaches"),
    "login": ("LOGIN", "account, bots with [bot]"),
    "app_id": ("N", "id of its GitHub App"),
    "email": ("ADDRESS", "commit address"),
    "key": ("KEY", "signing key: SHA256:..., or hex digits of an OpenPGP key"),
    "trailer": ("LINE", "whole trailer line it writes"),
    "branch": ("PREFIX", "branch prefix; tells nothing by itself"),
    "agent": ("ID", "known agent that it is one of, as claude-code"),
    "credential": ("REF", "where its credential is issued for each run, as oidc:aws/role/bot"),
    "model": ("NAME", "model it may use"),
    "sandbox_environment": ("NAME", "environment it is observed in"),
    "sandbox_path": ("GLOB", "paths it is observed in"),
    "grant": ("YAML", "grant, in the form that agents.outside_grants prints"),
}
_CHOICES = {
    "kind": (get_args(AgentKind), "what it is for"),
    "risk_tier": (get_args(RiskTier), "how much harm it could do"),
}


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `agents onboard`."""
    parser = actions.add_parser(
        "onboard",
        help="register an agent, step by step",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    parser.add_argument("id", metavar="ID", help="registry id: lower case, digits, hyphens")
    parser.add_argument("--step", choices=STEPS, help="do this step and no other")
    for name, (choices, text) in _CHOICES.items():
        parser.add_argument(option(name), choices=choices, default="", help=text)
    for name, (metavar, text) in _TEXTS.items():
        parser.add_argument(option(name), metavar=metavar, default="", help=text)
    for name, (metavar, text) in _LISTS.items():
        parser.add_argument(
            option(name), action="append", default=[], metavar=metavar, help=f"{text}; repeatable"
        )
    parser.add_argument(
        "--data-class", action="append", default=[], choices=_DATA, help="data it may see"
    )
    parser.add_argument("--observe", action="store_true", help="begin the observation now")
    parser.add_argument(
        "--by", default="", metavar="LOGIN", help="who does it (default: the owner)"
    )
    add_shared(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if not _ID.fullmatch(arguments.id):
        raise UsageError(
            f"{neutralise(arguments.id, 80)!a}: not an id",
            "An id has lower-case letters, digits and hyphens.",
        )
    office = Office(arguments, begin=True)
    record = next((one for one in office.records() if one.id == arguments.id), None)
    given = {name: getattr(arguments, name) or _empty(name) for name in _NAMES}
    answers = msgspec.convert(given, Answers)
    if sys.stdin.isatty() and sys.stdout.isatty():
        ask_for(record, answers, arguments.step or "", input)
    return walk(office, arguments, record, answers)


_NAMES = tuple(field.name for field in msgspec.structs.fields(Answers))
_IS_LIST = {field.name: field.type is not str for field in msgspec.structs.fields(Answers)}


def _empty(name: str) -> object:
    return False if name == "observe" else [] if _IS_LIST[name] else ""


def walk(
    office: Office, arguments: argparse.Namespace, record: AgentRecord | None, answers: Answers
) -> int:
    """Do the steps that can be done, one after the other, and say which is next."""
    name = arguments.id
    plan = plan_steps(record, answers, arguments.step or "")
    if record is not None and arguments.step and getattr(record.onboarding, arguments.step):
        done = getattr(record.onboarding, arguments.step)
        raise UsageError(f"step {arguments.step} was done on {done}", "Change the record by hand.")
    first = next_step(record)
    if not plan and first is not None:
        missing = ", ".join(option(part) for part in missing_answers(first, answers))
        raise UsageError(
            f"step {STEPS.index(first) + 1} ({first}) needs {missing}",
            "`gate agents onboard --help` tells what each step needs.",
        )
    text = office.text(name) if record is not None else ""
    told: list[dict[str, str]] = []
    for step in plan:
        text = take_step(step, text, record, name, answers, office.today)
        record = office.check(name, text)
        if step == "logging":
            _register(office, record, arguments, answers.ledger)
        path = office.write(name, text)
        told.append({"step": step, "file": path})
    _tell(arguments, told, record)
    return 0


def _register(
    office: Office, record: AgentRecord, arguments: argparse.Namespace, ledger: str
) -> None:
    """The first word on the agent in the ledger: what can be written there is on."""
    require_writer(ledger, config.environ(), arguments.now)
    by = require_person(office, arguments.by or record.owner.human)
    body = AgentEntry(
        agent=record.id, event="registered", by=by, reason=record.purpose, state=record.state
    )
    append_event(Streams(ledger).registry(), office.now, body)


def _tell(
    arguments: argparse.Namespace, told: list[dict[str, str]], record: AgentRecord | None
) -> None:
    following = next_step(record)
    if arguments.format == "json":
        answer = {"agent": arguments.id, "done": told, "next": following}
        emit(msgspec.json.encode(answer).decode() + "\n")
        return
    for item in told:
        number = STEPS.index(item["step"]) + 1
        emit(f"step {number} of 5, {TITLES[item['step']]}: wrote {neutralise(item['file'], 300)}\n")
    if following is None:
        state = record.state if record else ""
        emit(f"all five steps are done, and the agent is {state}; merge its record\n")
        if record is not None and not record.grants and record.kind not in READ_ONLY_KINDS:
            emit("it has no grant yet, so whatever it changes is refused: add grants, with a why\n")
        return
    missing = ", ".join(option(part) for part in missing_answers(following, Answers()))
    emit(f"next is step {STEPS.index(following) + 1}, {TITLES[following]}: {missing}\n")


def ask_for(
    record: AgentRecord | None, answers: Answers, only: str, ask: Callable[[str], str]
) -> None:
    """Ask for what the open steps still need, until an answer is empty.

    Args:
        record: the record so far.
        answers: what was said; gets the rest.
        only: the one step that is asked for; empty: all.
        ask: shows a question and gives the answer.
    """
    first = next_step(record)
    ahead = STEPS[STEPS.index(first) :] if first else ()
    for step in ahead:
        if only and step != only:
            continue
        missing = missing_answers(step, answers)
        if missing:
            sys.stdout.write(f"Step {STEPS.index(step) + 1}: {TITLES[step]}\n")
        for name in missing:
            answer = ask(f"  {_question(name)}: ").strip()
            if not answer:
                return
            _put(answers, name, answer)


def _question(name: str) -> str:
    if name == "observe":
        return "begin the observation now? yes or no"
    if name == "ledger":
        return f"the ledger's file, as {config.default_ledger()}"
    if name == "data_class":
        return f"data it may see ({', '.join(_DATA)})"
    if name in _CHOICES:
        choices, text = _CHOICES[name]
        return f"{text} ({', '.join(choices)})"
    return (_TEXTS.get(name) or _LISTS[name])[1]


def _put(answers: Answers, name: str, answer: str) -> None:
    if name == "observe":
        answers.observe = answer.lower() in ("y", "yes")
    elif _IS_LIST[name]:
        setattr(answers, name, [part.strip() for part in answer.split(",") if part.strip()])
    else:
        setattr(answers, name, answer)
