"""`gate agents discover`: agents in the history and in workflows that nobody registered."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

import msgspec

from gate.cli.agents_folder import Office, add_shared, show_table
from gate.collect.git import parse_range
from gate.collect.git_commit import decode_commit
from gate.collect.git_objects import Objects, find_repository, open_objects, resolve
from gate.detect.discover import Survey, Workshop, find_workshops, survey
from gate.errors import UsageError
from gate.moment import read_day
from gate.report.console import emit
from gate.schema.agents import AgentRecord
from gate.text import neutralise

MAX_WORKFLOW = 1_000_000
"""Bytes of a workflow that is looked at."""
_WORKFLOWS = b".github/workflows"


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `agents discover`."""
    parser = actions.add_parser(
        "discover",
        help="agents in the history that nobody registered",
        description="Look through the history of the repository here for agents that no record "
        "names, for registered agents that were not seen, and for workflows that run an agent. "
        "Exit 1 when anything unregistered is found.",
    )
    parser.add_argument(
        "range", nargs="?", metavar="RANGE", help="BASE...HEAD or a branch (default: all of HEAD)"
    )
    parser.add_argument("--since", default="", metavar="DATE", help="only commits from that day on")
    add_shared(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.since and read_day(arguments.since) is None:
        raise UsageError("--since: not a day", "Write YYYY-MM-DD.")
    records = _records(arguments)
    place = find_repository(".")
    base, head = _ends(arguments.range)
    wanted = []
    for mark, name in (("", head or "HEAD"), ("^", base)):
        if name is None:
            continue
        sha = resolve(place, name)
        if sha is None:
            raise UsageError(f"{neutralise(name, 120)!a}: no such commit or branch")
        wanted.append(f"{mark}{sha}")
    with open_objects(place) as objects:
        history = objects.history(wanted, since=arguments.since)
        found = survey((decode_commit(sha, raw) for sha, raw in history), records)
        workshops = tuple(find_workshops(_read_workflows(objects, wanted[0]), records))
    _tell(arguments, found, workshops, records)
    return 1 if found.unregistered or workshops else 0


def _records(arguments: argparse.Namespace) -> tuple[AgentRecord, ...]:
    """The registry; a repository without one has nobody registered."""
    import os

    if arguments.config == ".gate" and not os.path.isdir(arguments.config):
        return ()
    return Office(arguments).records()


def _ends(words: str | None) -> tuple[str | None, str | None]:
    if words is None:
        return None, None
    return parse_range(words) if ".." in words else (None, words)


def _read_workflows(objects: Objects, commit: str) -> Mapping[str, bytes]:
    listed = objects.entries(commit, [_WORKFLOWS], inside=True)
    entries = [
        entry
        for entry in listed
        if entry.path.endswith((b".yml", b".yaml")) and (entry.size or 0) <= MAX_WORKFLOW
    ]
    blobs = objects.blobs(entries)
    return {
        entry.path.decode("utf-8", "replace"): blobs[entry.oid]
        for entry in entries
        if entry.oid in blobs
    }


def _words(evidence: str) -> str:
    """A trace with its kind in words, `author email: ...`."""
    kind, colon, value = evidence.partition(":")
    return f"{kind.replace('_', ' ')}{colon}{value}"


def _tell(
    arguments: argparse.Namespace,
    found: Survey,
    workshops: tuple[Workshop, ...],
    records: tuple[AgentRecord, ...],
) -> None:
    idle = [
        record.id
        for record in records
        if record.id not in found.seen and record.state in ("observing", "active")
    ]
    if arguments.format == "json":
        answer = {**msgspec.to_builtins(found), "idle": idle}
        answer["workflows"] = msgspec.to_builtins(workshops)
        emit(msgspec.json.encode(answer).decode() + "\n")
        return
    rows = [
        (item.agent, item.first, item.last, str(item.commits), _words(item.evidence), item.sha)
        for item in found.unregistered
    ]
    show_table(
        ("agent", "first seen", "last seen", "commits", "evidence", "latest"),
        rows,
        f"no unregistered agent in {found.commits} commits",
    )
    for shop in workshops:
        emit(f"{shop.path} runs {shop.agent} by {shop.action}\n")
    for name in idle:
        emit(f"{name} is registered and was not seen\n")
    if rows or workshops:
        emit("Register each of them with `gate agents onboard ID --agent AGENT`.\n")
