"""`gate kill`: stop agents at once, and let them go on."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from typing import get_args

import msgspec

from gate import config
from gate.audit.incidents.hooks import run_hooks
from gate.audit.reading import Told
from gate.cli.agents_folder import read_now, require_shared, show_table
from gate.cli.help import HelpFormatter
from gate.enquire.killed import KIND, Kills, read_kills, same_target
from gate.errors import GateError, UsageError
from gate.moment import read_time
from gate.pattern import pattern
from gate.report.console import emit
from gate.schema.entry import Entry
from gate.schema.events import HookBody, KillBody
from gate.schema.usage import KillScope
from gate.store.open import SPECS
from gate.store.streams import INCIDENTS, KILL, Streams
from gate.text import neutralise

MAX_TARGET = 200
"""Characters of a target."""
MAX_REASON = 300
"""Characters of a reason."""

_PERSON = pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}\Z")
_REPO = pattern(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}\Z")
_TARGETS: dict[KillScope, str] = {
    "repo": "OWNER/NAME",
    "agent": "ID",
    "model": "NAME",
}
_WHAT: dict[KillScope, str] = {
    "org": "every agent, in every repository",
    "repo": "every agent in one repository",
    "agent": "one agent, by its registry id or any agent id it is known by",
    "model": "every agent that discloses a model: NAME, and NAME@ anything",
}

_EPILOG = """\
examples:
  gate kill init --by alice --ledger git:../governance
  gate kill agent tf-bot --by alice --reason "deletes databases" --ledger git:../governance
  gate kill list --ledger git:../governance
  gate kill lift agent tf-bot --by alice --reason "fixed in its 1.4" --ledger git:../governance

exit codes: 0 it is in the ledger; 1 it is, and a hook failed; 2 bad usage, or nothing was written
"""


def add(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `kill` and its actions."""
    kill = subparsers.add_parser(
        "kill",
        help="stop agents at once, and let them go on",
        description="The kill switch. It is read before anything else; people's changes go on.",
        epilog=_EPILOG,
        formatter_class=HelpFormatter,
    )
    actions = kill.add_subparsers(metavar="ACTION", required=True)
    _add_scopes(actions, "killed")
    lift = actions.add_parser(
        "lift", help="let what was stopped go on", description="Let what was stopped go on."
    )
    _add_scopes(lift.add_subparsers(metavar="SCOPE", required=True), "lifted")
    listing = actions.add_parser(
        "list", help="what is stopped now", description="What is stopped now, oldest first."
    )
    _add_shared(listing)
    listing.set_defaults(run=_list)
    ready = actions.add_parser(
        "init",
        help="set the switch up",
        description="Write the first entry of the switch, so that runs can tell it from a ledger "
        "without one.",
    )
    ready.add_argument("--by", required=True, metavar="LOGIN", help="who sets it up")
    _add_shared(ready)
    ready.set_defaults(run=_init)


def _add_scopes(actions: argparse._SubParsersAction[argparse.ArgumentParser], event: str) -> None:
    for scope in get_args(KillScope):
        verb = "stop" if event == "killed" else "let go on"
        text = f"{verb} {_WHAT[scope]}"
        parser = actions.add_parser(scope, help=text, description=f"{text[:1].upper() + text[1:]}.")
        if scope in _TARGETS:
            parser.add_argument("target", metavar=_TARGETS[scope], help="which")
        parser.add_argument("--by", required=True, metavar="LOGIN", help="who decides")
        parser.add_argument("--reason", required=True, metavar="TEXT", help="why")
        if event == "killed":
            parser.add_argument("--alert", metavar="ID", help="event id of the alert behind it")
            parser.add_argument(
                "--config", metavar="DIR", help="the .gate folder whose hooks are run"
            )
        _add_shared(parser)
        parser.set_defaults(
            run=_kill if event == "killed" else _lift, scope=scope, target="", alert=None
        )


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ledger", metavar="SPEC", help=f"{SPECS} (default: $GATE_LEDGER)")
    parser.add_argument("--now", metavar="TIME", help="day or RFC 3339 time, UTC; sets the clock")
    parser.add_argument("--format", choices=("console", "json"), default="console")


def _open(arguments: argparse.Namespace) -> tuple[Streams, str]:
    now, spec = read_now(arguments.now), arguments.ledger or config.shared_ledger()
    if not spec:
        raise UsageError(
            "which ledger? A kill in another than the runs read stops nothing",
            "Give --ledger SPEC, or GATE_LEDGER in the environment.",
        )
    require_shared(spec, "the kill switch", arguments.now)
    return Streams(spec), now


def _init(arguments: argparse.Namespace) -> int:
    streams, now = _open(arguments)
    if read_kills(streams).present:
        raise UsageError("the kill switch is set up already", "`gate kill list` shows it.")
    body = KillBody(event="ready", by=_person(arguments.by), reason="set up")
    entry = _append(streams, now, body)
    _tell(arguments, body, entry, "the kill switch is set up")
    return 0


def _kill(arguments: argparse.Namespace) -> int:
    """Write first, ask afterwards: only what cannot mean anything is refused before."""
    streams, now = _open(arguments)
    alert = _alert(streams, arguments.alert)
    body = KillBody(
        event="killed",
        scope=arguments.scope,
        target=_target(arguments),
        by=_person(arguments.by),
        reason=_reason(arguments.reason),
        alert=arguments.alert or "",
    )
    entry = _append(streams, now, body)
    seconds = _contained(alert, entry)
    if arguments.format == "console":
        _tell(arguments, body, entry, f"{_named(body)} is stopped")
        if seconds is not None:
            emit(f"  time to contain: {seconds} s from the alert\n")
    hooks = _hooks(arguments, streams, entry)
    if arguments.format == "json":
        more = {"seconds_to_contain": seconds, "hooks": msgspec.to_builtins(hooks)}
        _tell(arguments, body, entry, "", more)
        return _code(hooks)
    for hook in hooks:
        said = f": {hook.text}" if hook.text else ""
        emit(neutralise(f"  hook {hook.name}: {hook.result}{said}", 400) + "\n")
    return _code(hooks)


def _code(hooks: Sequence[HookBody]) -> int:
    return int(any(hook.result != "ok" for hook in hooks))


def _lift(arguments: argparse.Namespace) -> int:
    streams, now = _open(arguments)
    body = KillBody(
        event="lifted",
        scope=arguments.scope,
        target=_target(arguments),
        by=_person(arguments.by),
        reason=_reason(arguments.reason),
    )
    if not _stands(read_kills(streams), body):
        raise UsageError(f"{_named(body)} is not stopped", "`gate kill list` shows what is.")
    _tell(arguments, body, _append(streams, now, body), f"{_named(body)} may go on")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    kills = read_kills(_open(arguments)[0])
    if arguments.format == "json":
        answer = {"present": kills.present, "killed": msgspec.to_builtins(kills.standing)}
        emit(msgspec.json.encode(answer).decode() + "\n")
        return 0
    rows = [(one.scope, one.target or "-", one.at, one.by, one.reason) for one in kills.standing]
    absent = "there is no kill switch: `gate kill init` sets it up"
    show_table(
        ("scope", "target", "since", "by", "reason"),
        rows,
        "nothing is stopped" if kills.present else absent,
    )
    return 0


def _append(streams: Streams, now: str, body: KillBody) -> Entry:
    kept = {key: value for key, value in msgspec.to_builtins(body).items() if value}
    return streams.ledger(KILL).append(KIND, now, kept)


def _tell(
    arguments: argparse.Namespace,
    body: KillBody,
    entry: Entry,
    line: str,
    more: Mapping[str, object] | None = None,
) -> None:
    if arguments.format == "json":
        answer = {**msgspec.to_builtins(body), "at": entry.at, "entry": entry.seq, **(more or {})}
        emit(msgspec.json.encode(answer).decode() + "\n")
        return
    emit(neutralise(f"{line}: entry {entry.seq} of {KILL}, {entry.at}", 400) + "\n")


def _hooks(arguments: argparse.Namespace, streams: Streams, entry: Entry) -> tuple[HookBody, ...]:
    """What came of the hooks; a plan that cannot be read fails them, and the kill stands."""
    if arguments.config is None:
        return ()
    from gate.cli.incident_notify import read_site  # NOTE: first the kill, then what costs time

    told = Told(KILL, entry)
    try:
        plan = read_site(arguments.config).response
        if plan is None:
            return ()
        ledger = streams.ledger(INCIDENTS)
        return run_hooks(
            plan, "kill", told, ledger, lambda: read_now(arguments.now), config.environ()
        )
    except GateError as error:
        text = neutralise(error.message, 300)
        return (HookBody(of=told.name, name="response plan", result="failed", text=text),)


def _alert(streams: Streams, name: str | None) -> Entry | None:
    if name is None:
        return None
    for entry in streams.store.read(INCIDENTS):
        if entry.kind == "alert" and entry.id == name:
            return entry
    raise UsageError(
        f"--alert {neutralise(name, 60)}: there is no such alert; nothing was stopped",
        "Leave --alert out, or take its event id from `gate incident show`.",
    )


def _contained(alert: Entry | None, entry: Entry) -> int | None:
    raised = read_time(alert.at) if alert is not None else None
    stopped = read_time(entry.at)
    if raised is None or stopped is None:
        return None
    return max(0, round((stopped - raised).total_seconds()))


def _person(login: str) -> str:
    if not _PERSON.match(login):
        raise UsageError(f"--by {neutralise(login, 60)}: not a person's login")
    return login


def _reason(text: str) -> str:
    """A reason as it is kept; without one the entry would be none, and no run could read on."""
    if not text.strip():
        raise UsageError("--reason is empty", "Say why: it is what people will read.")
    return neutralise(text, MAX_REASON)


def _target(arguments: argparse.Namespace) -> str:
    target = str(arguments.target).strip()
    if arguments.scope == "org":
        return ""
    if arguments.scope == "repo" and not _REPO.match(target):
        raise UsageError(f"{neutralise(target, 80)}: not a repository", "Write owner/name.")
    is_plain = target.isascii() and target.isprintable()
    if not target or len(target) > MAX_TARGET or not is_plain:
        raise UsageError(
            f"{neutralise(target, 80)!a}: names no {arguments.scope}",
            "Ids and models are plain ASCII; a letter that only looks alike stops nothing.",
        )
    return target


def _stands(kills: Kills, body: KillBody) -> bool:
    wanted = same_target(body.scope, body.target)
    return any(
        one.scope == body.scope and same_target(one.scope, one.target) == wanted
        for one in kills.standing
    )


def _named(body: KillBody) -> str:
    return f"{body.scope} {body.target}".strip()
