"""Read signals and co-authors off the trailers of a commit message or description."""

from __future__ import annotations

import collections
import functools
import itertools
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from gate.detect.accounts import make_signal
from gate.detect.agents import Agents, Marks, compiled
from gate.detect.disclosures import names_model, read_model
from gate.detect.rows import AUTOMATION, PERSON_KEYS, Agent
from gate.pattern import pattern
from gate.schema.provenance import Signal, Strength
from gate.trust.identity import plain_trailer

MAX_MESSAGE = 65_536
"""Characters of one message that are read: half from its head, half from its tail, where trailers
stand. GitHub's own descriptions end at the same number."""
MAX_VALUE = 500
"""Characters of one trailer's value that are read."""
MAX_TRAILERS = 200
"""Trailers of one message that are read, from the end."""
MAX_TRIES = 600
"""Places where a key stands that are looked at, from the end."""
MAX_INDENT = 12
"""Characters of indentation or quotation before a key."""
MAX_FENCES = 400
"""Lines of one message that open or close a fence; what stands after them is quoted by none."""
CREDITS = 25
"""Co-authors from which on a message credits a history, as a synchronised fork's squash does."""

Standing = Literal["block", "loose", "quoted"]
"""Where a trailer stands: in the last paragraph, in a paragraph of its own, or in prose, a fence, a
quotation or an indented line."""

_PERSON = pattern(r"([^<>]{0,200})<([^<>\s]{1,320})>")
_INDENT = pattern(r"[ \t>|*+-]*")
_VALUE = pattern(rf"[ \t]{{0,4}}[:\uff1a][ \t]{{0,8}}(\S[^\n]{{0,{MAX_VALUE}}})")
_FENCE = pattern(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_BLANK = pattern(r"\n[ \t]*\n")
_PROSE = pattern(r"^(?![A-Za-z][A-Za-z0-9-]{1,40}[ \t]{0,4}[:\uff1a]|[ \t]|-{9}$|$)", re.MULTILINE)
_HIDDEN = pattern("[\u200b-\u200d\u2060\ufeff]")


class Trailer(NamedTuple):
    """One trailer."""

    key: str
    """Key, lower case."""
    value: str
    """Value, stripped."""
    standing: Standing
    """Where it stands."""


class Trace(NamedTuple):
    """What one trailer says of an agent."""

    signal: Signal
    """The signal."""
    model: str | None
    """The model it discloses."""
    unread: bool
    """It names a model that is not known."""


def read_trailers(message: str, agents: Agents) -> tuple[Trailer, ...]:
    """The trailers of a message that may name an agent or a person, in its order, each once.

    Indented lines, quotations and fences are quoted text: a commit that teaches a trailer does not
    carry it.

    Args:
        message: the message.
        agents: whose keys to look for.
    """
    if ":" not in message and "\uff1a" not in message:
        return ()
    text = _clip(message).replace("\r\n", "\n").replace("\r", "\n")
    if not text.isascii():
        # NOTE: the one letter whose lower case is longer, so that places would shift
        text = _HIDDEN.sub("", text).replace("\u0130", "I")
    found = _find_lines(text, agents.trailer_keys)
    standing = _Standings(text) if found else None
    return tuple(
        dict.fromkeys(
            Trailer(key, value, "quoted" if quoted or standing is None else standing.at(start))
            for start, quoted, key, value in found
        )
    )


def _find_lines(text: str, keys: frozenset[str]) -> list[tuple[int, bool, str, str]]:
    """The last trailers, in their order: start of the line, whether quoted, key, value.

    Keys are looked for as literals, from the end: most messages hold none, and a flood of lines
    costs nothing.
    """
    lowered = text.lower()
    places: list[tuple[int, str]] = []
    for key in keys & PERSON_KEYS if "-by" in lowered else ():
        places.extend(_last_places(lowered, key))
    for key in keys - PERSON_KEYS:
        places.extend(_last_places(lowered, key))
    found: list[tuple[int, bool, str, str]] = []
    for place, key in sorted(places, reverse=True)[:MAX_TRIES]:
        start = lowered.rfind("\n", max(0, place - MAX_INDENT - 1), place) + 1
        if place - start > MAX_INDENT or _INDENT.fullmatch(text, start, place) is None:
            continue
        value = _VALUE.match(text, place + len(key))
        if value is not None:
            found.append((start, place > start, key, value[1].strip()))
            if len(found) == MAX_TRAILERS:
                break
    return found[::-1]


def _last_places(lowered: str, key: str) -> Iterator[tuple[int, str]]:
    place = len(lowered)
    for _ in range(MAX_TRIES):
        place = lowered.rfind(key, 0, place)
        if place < 0:
            return
        yield place, key


def _clip(message: str) -> str:
    if len(message) <= MAX_MESSAGE:
        return message
    half = MAX_MESSAGE // 2
    return message[:half] + "\n\n" + message[-half:]


class _Standings:
    """Where places of a message stand, asked for from front to back; each line is read once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._end = len(text.rstrip())
        self._fences = collections.deque(_find_fences(text))
        self._paragraph = (0, -1)
        self._standing: Standing = "loose"

    def at(self, place: int) -> Standing:
        """Where a line that begins at `place` stands."""
        while self._fences and self._fences[0][1] <= place:
            self._fences.popleft()
        if self._fences and self._fences[0][0] <= place:
            return "quoted"
        if place >= self._paragraph[1]:
            self._find(place)
        return self._standing

    def _find(self, place: int) -> None:
        start = max(self._paragraph[1], 0)
        for blank in _BLANK.finditer(self._text, start, place):
            start = blank.end()
        after = _BLANK.search(self._text, place)
        end = after.start() if after is not None else len(self._text)
        self._paragraph = (start, max(end, place + 1))
        if end >= self._end:
            self._standing = "block"
        else:
            prose = _PROSE.search(self._text, start, end)
            self._standing = "quoted" if prose is not None else "loose"


def _find_fences(text: str) -> Iterator[tuple[int, int]]:
    """Where fences stand; one that nothing closes quotes nothing, lest it hide all that follows."""
    if "```" not in text and "~~~" not in text:
        return
    opened: re.Match[str] | None = None
    for mark in itertools.islice(_FENCE.finditer(text), MAX_FENCES):
        if opened is None:
            opened = mark
        elif mark[1].startswith(opened[1]):
            yield opened.start(), mark.end()
            opened = None


def weaken(strength: Strength, standing: Standing) -> Strength:
    """What a trailer proves where it stands."""
    if standing == "block":
        return strength
    return "weak" if standing == "quoted" or strength == "weak" else "medium"


def read_traces(
    trailers: tuple[Trailer, ...],
    where: str,
    kind: str,
    agents: Agents,
    cap: Strength = "strong",
) -> Iterator[Trace]:
    """Signals of the trailers that name an agent.

    Args:
        trailers: the trailers.
        where: `pull`, or `commit <12 hex>`.
        kind: `trailer`, or `body` for a description's.
        agents: the agents to look for.
        cap: the most that any of them proves.
    """
    for trailer in trailers:
        found = match_agent(trailer.key, trailer.value, agents)
        if found is None:
            continue
        agent, strength = found
        weighed = weaken(strength, trailer.standing)
        if cap == "weak" or (cap == "medium" and weighed == "strong"):
            weighed = cap
        signal = make_signal(kind, agent, weighed, where, _show(trailer, agent, agents))
        counts = weighed != "weak"
        model = read_model(trailer.key, trailer.value, agent.id) if counts else None
        unread = counts and model is None and names_model(trailer.key, trailer.value)
        yield Trace(signal, model, unread)


def _show(trailer: Trailer, agent: Agent, agents: Agents) -> str:
    """A trailer without its author's words: its key, and the known address or the agent."""
    person = _PERSON.search(trailer.value)
    address = agents.show_email(person[2]) if person is not None else ""
    return f"{trailer.key}: {address or agent.id}"


@functools.lru_cache(maxsize=8192)
def match_agent(key: str, value: str, agents: Agents) -> tuple[Agent, Strength] | None:
    """The agent that a trailer names, and what that proves in a trailer block."""
    own = agents.whole_trailers
    if own:
        row = own.get(plain_trailer(key, value))
        if row is not None:
            return row, "strong"
    return (
        _match_marks(agents.trailer_marks.get(key), value)
        or _match_person(key, value, agents)
        or _match_marks(agents.generic_marks.get(key), value)
    )


def _match_marks(marks: Marks | None, value: str) -> tuple[Agent, Strength] | None:
    if marks is None or compiled(marks.any_of).match(value) is None:
        return None
    for agent, mark in marks.each:
        if compiled(mark.regex).match(value):
            return agent, mark.strength
    return None


def _match_person(key: str, value: str, agents: Agents) -> tuple[Agent, Strength] | None:
    if key not in PERSON_KEYS:
        return None
    person = _PERSON.search(value)
    if person is None:
        return None
    agent = agents.find_email(person[2], person[1])
    if agent is None or agent.kind in AUTOMATION:
        return None
    return agent, agent.strengths.trailer


def read_people(trailers: tuple[Trailer, ...], agents: Agents) -> Iterator[tuple[str, str]]:
    """Co-authors that are no known agent or bot, as (name, address)."""
    for trailer in trailers:
        if trailer.key != "co-authored-by" or trailer.standing == "quoted":
            continue
        person = read_person(trailer)
        if person is None or "[bot]" in person[1]:
            continue
        known = agents.find_email(person[1], person[0])
        if known is None and match_agent(trailer.key, trailer.value, agents) is None:
            yield person


def read_person(trailer: Trailer) -> tuple[str, str] | None:
    """Name and address in a trailer, or `None`."""
    person = _PERSON.search(trailer.value)
    return (person[1].strip(), person[2]) if person is not None else None


def credits_history(trailers: tuple[Trailer, ...]) -> int:
    """How many co-authors a message names, if it names a whole history's; else 0."""
    count = sum(trailer.key == "co-authored-by" for trailer in trailers)
    return count if count >= CREDITS else 0
