"""Say what was seen and does not count, and why: quotations, people with agents' names, programs.

A note holds none of its author's words: the known name or address, the place, the reason.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from gate.account import read_noreply
from gate.detect.accounts import is_person, is_unclear_bot
from gate.detect.agents import Agents
from gate.detect.commits import EDITOR_ADDRESS, EDITOR_WINDOW, CommitView
from gate.detect.markers import BodyReading
from gate.detect.rows import AUTOMATION
from gate.detect.trailers import Trailer, credits_history, match_agent, read_person
from gate.pattern import pattern
from gate.schema.facts import PullFacts
from gate.schema.provenance import Signal
from gate.text import neutralise

MAX_NOTES = 20
"""Notes that are listed."""
MAX_NOTE = 240
"""Characters of one note."""
_SHOWN_PLACES = 3

_NAMES = pattern(
    r"(?<![a-z])(claude|codex|copilot|cursor|devin|jules|gemini|kiro|cody|charlie|goose|junie|sweep"
    r"|aider|grok|roomote|cline|mentat|ellipsis|codegen|droid|openhands|windsurf|lovable|replit)"
    r"(?![a-z])",
    re.IGNORECASE,
)
_SHARED_DOMAINS = frozenset(
    {
        "github.com",
        "google.com",
        "bytedance.com",
        "block.xyz",
        "vercel.com",
        "users.noreply.github.com",
    }
)
"""Domains of the table on which so many people are that a note on each would say nothing."""
_SQUASH = "\n---------\n"
_SIGN_OFF = "signed-off-by"


class Seen(NamedTuple):
    """What detection has read."""

    facts: PullFacts
    """The facts."""
    views: Sequence[CommitView]
    """The commits."""
    body: BodyReading
    """The description."""
    signals: Sequence[Signal]
    """All signals."""
    shown: frozenset[str]
    """Families of agents that a signal shows that is not weak."""
    quoting: bool
    """The opener is a program that quotes release notes."""
    started_alone: bool
    """GitHub's event of started work stands alone."""
    complete: bool
    """Every announced commit is there."""


def take_notes(seen: Seen, agents: Agents) -> tuple[str, ...]:
    """What was seen and does not count, each one line; what is said of the whole comes first."""
    places: dict[str, list[str]] = {}
    for text, place in (
        *_of_pull(seen, agents),
        *(note for view in seen.views for note in _of_commit(view, seen, agents)),
    ):
        places.setdefault(text, [])
        if place not in places[text]:
            places[text].append(place)
    notes = [
        neutralise(f"{_name_places(where)}: {text}", MAX_NOTE) for text, where in places.items()
    ]
    if len(notes) > MAX_NOTES:
        notes[MAX_NOTES - 1 :] = [f"{len(notes) - MAX_NOTES + 1} more notes of this kind"]
    return tuple(notes)


def _name_places(places: Sequence[str]) -> str:
    shown = ", ".join(places[:_SHOWN_PLACES])
    rest = len(places) - _SHOWN_PLACES
    return f"{shown} and {rest} more" if rest > 0 else shown


def _of_pull(seen: Seen, agents: Agents) -> Iterator[tuple[str, str]]:
    user = seen.facts.pull.user
    if not seen.complete:
        yield "commits are missing, so that no trace found does not mean a person's work", "commits"
    if user is not None and is_unclear_bot(user, agents):
        yield (
            f"{_login(user.login)} is a program behind which an agent may or may not stand",
            "account",
        )
    if user is not None and is_person(user, agents) and _NAMES.search(user.login):
        yield f"{_login(user.login)} is called like an agent and is no agent's account", "account"
    yield from _of_weak(seen, agents)
    yield from _of_boxes(seen)
    if seen.started_alone:
        yield (
            "copilot_work_started is written for a review too, and nothing else shows the agent",
            "events",
        )
    yield from _of_reviews(seen, agents)


def _of_weak(seen: Seen, agents: Agents) -> Iterator[tuple[str, str]]:
    weak = [
        signal
        for signal in seen.signals
        if signal.strength == "weak" and agents.family_of(signal.agent) not in seen.shown
    ]
    users = ", ".join(signal.agent for signal in weak if signal.kind == "branch")
    if users:
        yield f"a name as used by {users}, but whoever makes a branch chooses its name", "branch"
    for signal in weak:
        if signal.kind == "label":
            yield (
                f"the label of {signal.agent} was not set by the opener on opening, so it may mean "
                "anything",
                "labels",
            )
        elif signal.kind == "body":
            why = (
                "release notes that a program quotes" if seen.quoting else "a quotation or a fence"
            )
            yield f"a mark of {signal.agent} stands in {why}", "description"


def _of_boxes(seen: Seen) -> Iterator[tuple[str, str]]:
    if seen.body.unticked:
        yield "a box about AI that is not ticked says nothing", "description"
    if seen.body.denied and not seen.shown:
        yield (
            "a ticked box says that no AI was used, which is its author's own word",
            "description",
        )


def _of_reviews(seen: Seen, agents: Agents) -> Iterator[tuple[str, str]]:
    for review in seen.facts.reviews or ():
        if review.user is None:
            continue
        found = agents.find_account(review.user.login, review.user.id)
        if found is not None and found.agent.kind not in AUTOMATION:
            yield f"{found.agent.id} reviewed; who reviews has not written", "reviews"


def _of_commit(view: CommitView, seen: Seen, agents: Agents) -> Iterator[tuple[str, str]]:
    for text in (
        *_of_traces(view, seen, agents),
        *_of_trailers(view, agents),
        *_of_author(view, agents),
    ):
        yield text, view.where


def _of_traces(view: CommitView, seen: Seen, agents: Agents) -> Iterator[str]:
    program = view.reading.program
    for signal in view.traced:
        if signal.strength != "weak":
            continue
        row = agents.by_id[signal.agent]
        if view.faulty and EDITOR_ADDRESS in signal.value:
            first, last = EDITOR_WINDOW
            yield f"{EDITOR_ADDRESS}: an editor added it from {first} to {last} with AI off too"
        elif row.kind in ("review-bot", "security-autofix"):
            yield f"a suggestion of {row.id} was taken over, which is no authorship"
        elif agents.family_of(row.id) in seen.shown:
            continue
        elif program is not None and program.kind == "dependency-bot":
            yield f"{row.id} stands in what {program.id} quotes"
        elif row.kind == "convention":
            yield f"a trailer `{signal.value.partition(':')[0]}` names nobody that is known"
        else:
            yield f"a trailer of {row.id} stands in prose, a quotation or a fence"


def _of_trailers(view: CommitView, agents: Agents) -> Iterator[str]:
    count = credits_history(view.trailers)
    if count:
        yield f"it credits {count} co-authors, as the squash of a synchronised fork does"
    elif _SQUASH in view.commit.commit.message.replace("\r", ""):
        yield "several commits squashed into one, so what is said of one is said of it"
    for trailer in view.trailers:
        if trailer.standing != "quoted" and not (count and trailer.key == "co-authored-by"):
            yield from _of_trailer(trailer, agents)


def _of_trailer(trailer: Trailer, agents: Agents) -> Iterator[str]:
    found = match_agent(trailer.key, trailer.value, agents)
    if trailer.key == _SIGN_OFF and found is not None:
        yield f"{found[0].id} signed off, which only a person can: a trace, and no sign-off"
    elif trailer.key == "reported-by" and _NAMES.search(trailer.value):
        yield "who reported something has not written it"
    elif found is None and trailer.key in ("assisted-by", "generated-by", "drafted-by"):
        yield f"`{trailer.key}` names a person, or a tool that is not known"
    elif found is None and trailer.key == "co-authored-by":
        person = read_person(trailer)
        if person is not None:
            yield from _of_person(*person, agents, "a co-author")


def _of_author(view: CommitView, agents: Agents) -> Iterator[str]:
    program, verification = view.reading.program, view.commit.commit.verification
    if program is not None and verification is not None and not verification.verified:
        yield f"it is in the name of {program.id}, and GitHub verified no signature"
    if view.reading.unclear:
        yield "its author is a program behind which an agent may or may not stand"
    author = view.commit.commit.author
    known = any(signal.kind != "committer_email" for signal in view.reading.signals)
    if author is not None and program is None and not known and not view.reading.unclear:
        yield from _of_person(author.name[:200], author.email[:320], agents, "its author")


def _of_person(name: str, email: str, agents: Agents, who: str) -> Iterable[str]:
    if agents.find_email(email, name) is not None or "[bot]" in email:
        return
    noreply = read_noreply(email)
    called = _NAMES.search(f"{name} {noreply[1] if noreply else ''}")
    domain = email.rpartition("@")[2].lower()
    if domain in _vendor_domains(agents):
        yield f"{who} has an address at {domain} that is no agent's: people work there too"
    elif called is not None:
        yield f"{who} is called {called[0].capitalize()}, and no address of an agent stands there"


def _vendor_domains(agents: Agents) -> frozenset[str]:
    return agents.mail_domains - _SHARED_DOMAINS


def _login(login: str) -> str:
    return neutralise(login, 40)
