"""Read the kill switch: what is stopped now, and which of it holds for a change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gate.errors import RecordError
from gate.pattern import pattern
from gate.schema.entry import Entry
from gate.schema.events import KillBody
from gate.schema.ledger import CheckpointBody
from gate.schema.question import Question
from gate.schema.usage import Killed, KillScope
from gate.store.body import read_body
from gate.store.checkpoint import Checkpoint, read_checkpoint
from gate.store.examine import examine
from gate.store.streams import CHECKPOINTS, KILL, Streams
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
    """What is stopped now.

    The whole stream is read, every link and hash of it checked, and what the latest checkpoint says
    of it: a kill that was cut off its end is no kill that was lifted.

    Raises:
        RecordError: the stream cannot be read, was tampered with, or holds what is no kill.
    """
    signed = _signed(streams)  # NOTE: first, since the stream may grow and be signed meanwhile
    entries = list(streams.store.read(KILL))
    found = examine(enumerate(entries, 1), [signed.size] if signed else ())
    if signed is not None:
        found.hold_against(signed, f"latest checkpoint of {KILL}")
    return fold(entries)


def _signed(streams: Streams) -> Checkpoint | None:
    """What the latest checkpoint says of the stream; its signer is not asked for: one that somebody
    made up stops the gate, and frees nobody.
    """
    head = streams.store.head(CHECKPOINTS) if streams.may_have(CHECKPOINTS) else None
    if head is None:
        return None
    for entry in streams.store.read(CHECKPOINTS, head.seq, head.seq):
        note = read_body(entry, CheckpointBody).notes.get(KILL)
        if note is not None:
            return read_checkpoint(note.encode(), (), KILL).checkpoint
    return None


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
    body = read_body(entry, KillBody)
    if body.event != "ready" and (body.scope == "org") == bool(body.target.strip()):
        raise RecordError(
            f"stream {KILL}, entry {entry.seq}: scope {body.scope} with the target "
            f"{neutralise(body.target, 80)!a}",
            "The scope org has no target, every other has one.",
        )
    return body
