"""Read the kill switch: what is stopped now, and which of it holds for a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from gate.errors import RecordError
from gate.pattern import pattern
from gate.schema.entry import Entry
from gate.schema.happenings import KillBody
from gate.schema.question import Question
from gate.schema.usage import Killed, KillScope
from gate.store.ledger import walk
from gate.store.streams import KILL, Streams
from gate.text import neutralise

KIND = "kill"
"""Kind of the entries; others in the stream stop nothing."""

_APART = pattern(r"[\s._:/-]+")
"""What stands between the words of a model's name."""


@dataclass(frozen=True, slots=True)
class Kills:
    """What the kill switch says at one moment."""

    present: bool
    """Whether there is a switch: `gate kill init`, or a kill, was written to the ledger."""
    standing: tuple[Killed, ...] = ()
    """The kills that were not lifted, oldest first."""

    def holding(self, question: Question) -> tuple[Killed, ...]:
        """The kills that stop a change, oldest first; a person's change goes on."""
        if not question.is_ai:
            return ()
        return tuple(kill for kill in self.standing if _holds(kill, question))


def read_kills(streams: Streams) -> Kills:
    """What is stopped now. The whole stream is read, and every link and hash of it checked.

    Raises:
        RecordError: the stream cannot be read, was tampered with, or holds what is no kill.
    """
    return fold(entry for entry, _ in walk(enumerate(streams.store.read(KILL), 1)))


def fold(entries: Iterable[Entry]) -> Kills:
    """What entries of the stream lead to; a second kill of one target changes nothing.

    Raises:
        RecordError: an entry of kind `kill` is malformed; names its number.
    """
    standing: dict[tuple[str, str], Killed] = {}
    present = False
    for entry in entries:
        present = True
        if entry.kind != KIND:
            continue
        body = _read_body(entry)
        place = (body.scope, same_target(body.scope, body.target))
        if body.event == "killed":
            standing.setdefault(place, _killed(body, entry))
        elif body.event == "lifted":
            standing.pop(place, None)
    return Kills(present, tuple(standing.values()))


def same_target(scope: KillScope, target: str) -> str:
    """The form in which targets are compared: a kill that stops nothing for a capital letter, or
    for `Claude X 4.5` where it says `claude-x-4-5`, would be found out too late."""
    name = target.strip().casefold()
    if scope == "model":
        return _APART.sub("-", name)
    return "" if scope == "org" else name


def _holds(kill: Killed, question: Question) -> bool:
    if kill.scope == "org":
        return True
    target = same_target(kill.scope, kill.target)
    if kill.scope == "repo":
        return same_target("repo", question.pull.repo) == target
    if kill.scope == "agent":
        known = (question.registered, question.agent, *question.names)
        return target in {same_target("agent", name) for name in known}
    model = same_target("model", question.model)
    return model == target or model.startswith(f"{target}@")


def _killed(body: KillBody, entry: Entry) -> Killed:
    return Killed(
        scope=body.scope,
        target=neutralise(body.target, 200),
        reason=neutralise(body.reason, 300),
        by=neutralise(body.by, 80),
        at=entry.at,
        seq=entry.seq,
    )


def _read_body(entry: Entry) -> KillBody:
    try:
        body = msgspec.convert(entry.body, KillBody, strict=True)
    except msgspec.ValidationError as error:
        raise RecordError(
            f"stream {KILL}, entry {entry.seq}: not what is written of a kill: "
            f"{neutralise(str(error), 200)}",
            "It was written by another version of the gate, or by something else.",
        ) from error
    if body.event != "ready" and (body.scope == "org") == bool(body.target.strip()):
        raise RecordError(
            f"stream {KILL}, entry {entry.seq}: scope {body.scope} with the target "
            f"{neutralise(body.target, 80)!a}",
            "The scope org has no target, every other has one.",
        )
    return body
