"""Read signals, models and co-authors off the trailers of a commit message or description."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from gate.detect.accounts import make_signal
from gate.detect.agents import AUTOMATION, Agent, TrailerPattern, compiled, known_agents
from gate.detect.models import known_model
from gate.pattern import pattern
from gate.schema.provenance import Signal, Strength

MAX_MESSAGE = 65_536
"""Characters of one message that are read: half from its head, half from its tail, where trailers
stand. GitHub's own descriptions end at the same number."""
MAX_LINE = 500
"""Characters of one line that are read."""
MAX_TRAILERS = 200
"""Trailers of one message that are read, from the end."""

Standing = Literal["block", "loose", "quoted"]
"""Where a trailer stands: in the last paragraph, in a paragraph of its own, or in prose, a fence, a
quotation or an indented line."""

_TRAILER = pattern("([A-Za-z][A-Za-z0-9-]{1,40})[ \t]{0,4}[:\uff1a][ \t]{0,8}(\\S.*)")
_PERSON = pattern(r"([^<>]{0,200})<([^<>\s]{1,320})>")
_FENCE = pattern(r" {0,3}(`{3,}|~{3,})")
_BARE_NAMES = frozenset({"opencode", "opencode-agent", "claude", "claude code", "sisyphus"})
_PERSON_KEYS = frozenset(
    {"co-authored-by", "assisted-by", "generated-by", "signed-off-by", "drafted-by"}
)
_PARENTHESES = pattern(r"\(([^()]{2,80})\)")
_CLAUDE = pattern(r"\bclaude (?:[a-z]{3,12} \d[\d.]*|\d[\d.]* [a-z]{3,12})", re.IGNORECASE)
_GPT = pattern(r"\bgpt[- ]?\d[\w.-]*(?: codex)?", re.IGNORECASE)
_HANDS = pattern(r"openhands-(\S{2,60})", re.IGNORECASE)
_VIA = pattern(r"([^<]{2,80}?) via \w", re.IGNORECASE)
_SHARE = pattern(r"\((?:[\w-]{1,20}/)?([\w.-]{2,60})=\d")
_COLON = pattern(r"[\w. +-]{1,60}:([\w./+-]{2,80})")


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


def read_trailers(message: str) -> tuple[Trailer, ...]:
    """The trailers of a message, in its order.

    Indented lines, quotations and fences are quoted text: a commit that teaches a trailer does not
    carry it.
    """
    if ":" not in message and "\uff1a" not in message:
        return ()
    lines = _clip(message).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    while lines and not lines[-1].strip():
        lines.pop()
    found: list[Trailer] = []
    for first, last, quoted in _paragraphs(lines):
        rows = [
            (line, _TRAILER.match(line[:MAX_LINE].replace("\u200b", "")))
            for line in lines[first:last]
        ]
        alone = all(match or line[:1] in " \t" for line, match in rows)
        standing: Standing = "quoted"
        if not quoted:
            standing = "block" if last == len(lines) else "loose" if alone else "quoted"
        found.extend(
            Trailer(match[1].lower(), match[2].strip(), standing) for _, match in rows if match
        )
    return tuple(found[-MAX_TRAILERS:])


def _clip(message: str) -> str:
    if len(message) <= MAX_MESSAGE:
        return message
    half = MAX_MESSAGE // 2
    return message[:half] + "\n\n" + message[-half:]


def _paragraphs(lines: list[str]) -> Iterator[tuple[int, int, bool]]:
    """Paragraphs as (first line, one past the last, inside a fence)."""
    start: int | None = None
    fence = ""
    for number, line in enumerate(lines):
        mark = _FENCE.match(line)
        if mark is not None and (not fence or mark[1].startswith(fence)):
            if start is not None:
                yield start, number, bool(fence)
            start = None
            fence = "" if fence else mark[1]
        elif not line.strip():
            if start is not None:
                yield start, number, bool(fence)
            start = None
        elif start is None:
            start = number
    if start is not None:
        yield start, len(lines), bool(fence)


def weaken(strength: Strength, standing: Standing) -> Strength:
    """What a trailer proves where it stands."""
    if standing == "block":
        return strength
    return "weak" if standing == "quoted" or strength == "weak" else "medium"


def read_traces(
    trailers: tuple[Trailer, ...], where: str, kind: str, cap: Strength = "strong"
) -> Iterator[Trace]:
    """Signals of the trailers that name an agent.

    Args:
        trailers: the trailers.
        where: `pull`, or `commit <12 hex>`.
        kind: `trailer`, or `body` for a description's.
        cap: the most that any of them proves.
    """
    for trailer in trailers:
        found = _match(trailer)
        if found is None:
            continue
        agent, strength = found
        weighed = weaken(strength, trailer.standing)
        if cap == "medium" and weighed == "strong":
            weighed = "medium"
        signal = make_signal(kind, agent, weighed, where, _show(trailer, agent))
        yield Trace(signal, read_model(trailer, agent) if weighed != "weak" else None)


def _show(trailer: Trailer, agent: Agent) -> str:
    """A trailer without its author's words: its key, and the known address or the agent."""
    person = _PERSON.search(trailer.value)
    address = known_agents().show_email(person[2]) if person is not None else ""
    return f"{trailer.key}: {address or agent.id}"


def _match(trailer: Trailer) -> tuple[Agent, Strength] | None:
    for agent, mark in _patterns().get(trailer.key, ()):
        if compiled(mark.regex).match(trailer.value):
            return agent, mark.strength
    found = _match_person(trailer)
    if found is not None:
        return found
    for agent, mark in _generic().get(trailer.key, ()):
        if compiled(mark.regex).match(trailer.value):
            return agent, mark.strength
    return None


def _match_person(trailer: Trailer) -> tuple[Agent, Strength] | None:
    if trailer.key not in _PERSON_KEYS:
        return None
    person = _PERSON.search(trailer.value)
    if person is None:
        return None
    agent = known_agents().find_email(person[2], person[1])
    if agent is None or agent.kind in AUTOMATION:
        return None
    return agent, agent.strengths.trailer


def _index(generic: bool) -> dict[str, list[tuple[Agent, TrailerPattern]]]:
    index: dict[str, list[tuple[Agent, TrailerPattern]]] = {}
    for agent in known_agents().rows:
        if (agent.kind == "convention") == generic:
            for mark in agent.trailer_regexes:
                for key in mark.keys:
                    index.setdefault(key, []).append((agent, mark))
    return index


@functools.cache
def _patterns() -> dict[str, list[tuple[Agent, TrailerPattern]]]:
    return _index(generic=False)


@functools.cache
def _generic() -> dict[str, list[tuple[Agent, TrailerPattern]]]:
    return _index(generic=True)


def read_people(trailers: tuple[Trailer, ...]) -> Iterator[tuple[str, str]]:
    """Co-authors that are no known agent or bot, as (name, address)."""
    for trailer in trailers:
        if trailer.key != "co-authored-by" or trailer.standing == "quoted":
            continue
        person = _PERSON.search(trailer.value)
        if person is None or "[bot]" in person[2]:
            continue
        if known_agents().find_email(person[2], person[1]) is None and _match(trailer) is None:
            yield person[1].strip(), person[2]


def read_model(trailer: Trailer, agent: Agent) -> str | None:
    """The model that a trailer discloses, or `None`.

    Display names drift; the shapes are those seen: `Claude Opus 4.8 (1M context)`,
    `aider (openai/gpt-5)`, `Cursor (GPT-5.6 Sol)`, `GPT-5 Codex`, `Crush:<model>`,
    `<model> via Crush`, `OpenHands-<model>`, `AI-Model: <model>`.
    """
    value = trailer.value
    if trailer.key in ("ai-model", "model", "opencode-model"):
        return known_model(value)
    if trailer.key == "claude-generated-by":
        share = _SHARE.search(value)
        return known_model(share[1]) if share else None
    if trailer.key == "agent-signature":
        return known_model(value.partition(" on behalf of ")[0])
    if trailer.key not in _PERSON_KEYS:
        return None
    person = _PERSON.search(value)
    name = (person[1] if person else value).strip()
    if agent.id == "opencode" and name.lower() not in _BARE_NAMES:
        return known_model(name)
    for shape in (_VIA, _HANDS):
        match = shape.match(name)
        if match is not None:
            return known_model(match[1])
    if trailer.key != "co-authored-by":
        match = _COLON.match(name)
        if match is not None:
            return known_model(match[1])
    return _read_name(name)


def _read_name(name: str) -> str | None:
    for inside in _PARENTHESES.findall(name):
        if "context" not in inside.lower() and any(char.isdigit() for char in inside):
            return known_model(inside)
    for shape in (_CLAUDE, _GPT):
        match = shape.search(name)
        if match is not None:
            return known_model(match[0])
    return None
