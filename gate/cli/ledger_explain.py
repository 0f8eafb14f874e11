"""`gate ledger explain`: why a decision is what it is, derived again and compared."""

from __future__ import annotations

import argparse

import msgspec

from gate import config
from gate.audit.explain import Explanation, explain
from gate.audit.reading import Told
from gate.errors import UsageError
from gate.pattern import pattern
from gate.report.console import emit
from gate.store.open import SPECS
from gate.store.streams import Streams
from gate.text import neutralise

_PLACE = pattern(r"(?:([a-z0-9][a-z0-9._/-]{0,159}):)?(\d{1,15})\Z")
_HASH = pattern(r"[0-9a-f]{8,64}\Z")


def add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the action."""
    parser = actions.add_parser(
        "explain",
        help="derive a decision again, and compare",
        description="Judge what a decision judged once more, with the ledger as it was then, and "
        "say what comes out otherwise. Needs `ledger: {keep: all}` in the site's gate.yml at the "
        "time. Exit 0: the same; 1: something differs; 2: it cannot be derived again.",
    )
    parser.add_argument(
        "entry", metavar="ENTRY", help="[STREAM:]NUMBER, or the first 8 or more digits of its hash"
    )
    parser.add_argument("--ledger", metavar="SPEC", help=f"{SPECS} (default: the user's)")
    parser.add_argument("--format", choices=("console", "json"), default="console")
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    streams = Streams(arguments.ledger or config.default_ledger())
    answer = explain(streams, find_entry(streams, arguments.entry))
    if arguments.format == "json":
        emit(msgspec.json.encode(answer, order="sorted").decode() + "\n")
    else:
        emit("".join(f"{line}\n" for line in _lines(answer)))
    if answer.same is None:
        return 2
    return 0 if answer.same else 1


def find_entry(streams: Streams, name: str) -> Told:
    """The entry that somebody names.

    Args:
        streams: the ledger.
        name: `[STREAM:]NUMBER`, where a store with one stream of decisions needs no name, or the
            beginning of a hash.

    Raises:
        UsageError: it names none, or several.
        RecordError: the ledger cannot be read.
    """
    place = _PLACE.match(name)
    if place is not None and (place[1] or not _HASH.match(name)):
        stream = place[1] or _only_stream(streams)
        for entry in streams.store.read(stream, int(place[2]), int(place[2])):
            return Told(stream, entry)
        raise UsageError(f"stream {stream} has no entry {place[2]}")
    if not _HASH.match(name):
        raise UsageError(
            f"{name[:80]!a}: names no entry", "Write it as STREAM:NUMBER, or give its hash."
        )
    found = [
        Told(stream, entry)
        for stream in streams.store.streams()
        for entry in streams.store.read(stream)
        if entry.hash.startswith(name)
    ]
    if len(found) != 1:
        raise UsageError(f"{name}: {len(found)} entries have a hash that begins so")
    return found[0]


def _only_stream(streams: Streams) -> str:
    names = streams.decision_names()
    if len(names) != 1:
        shown = ", ".join(names[:5]) or "none"
        raise UsageError(
            f"the ledger has {len(names)} streams of decisions: {shown}",
            "Name one of them: STREAM:NUMBER.",
        )
    return names[0]


def _lines(answer: Explanation) -> list[str]:
    lines = [f"{answer.stream}:{answer.seq} decided {answer.decision}"]
    if answer.same is None:
        return [*lines, f"It cannot be derived again: {neutralise(answer.why_not, 300)}."]
    tool = answer.tool
    lines.append(
        f"by gate {tool.get('version', '?')} with {tool.get('engine', '?')} "
        f"{tool.get('engine_version', '')}".rstrip()
    )
    lines += [f"  {one['code']}: {neutralise(one['text'], 300)}" for one in answer.reasons]
    lines += [
        f"  {one['enforcement']:<8} {one['rule']}: {neutralise(one['message'], 300)}"
        for one in answer.findings
    ]
    if answer.same:
        return [*lines, "Derived again from what was kept: the same."]
    lines.append("Derived again from what was kept, it differs:")
    for one in answer.differences:
        lines.append(f"  {one.what}")
        lines.append(f"    recorded {neutralise(one.recorded, 400)}")
        lines.append(f"    derived  {neutralise(one.derived, 400)}")
    return lines
