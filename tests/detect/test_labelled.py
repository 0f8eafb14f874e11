"""A labelled set of pull requests: how many agents are found, and how many people are taken for one.

`python -m pytest tests/detect/test_labelled.py -s` prints the figures.
"""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from gate.detect.agents import known_agents
from gate.detect.provenance import detect
from gate.detect.rows import AUTOMATION
from gate.schema.facts import PullFacts
from gate.schema.provenance import Provenance

FOLDER = Path(__file__).parents[2] / "fixtures" / "provenance"
TOOK_PART = ("agent", "co-authored")
SILENT = {"codex-cloud-silent", "claude-code-attribution-off"}
"""An agent wrote these and nothing says so; nobody can see it, so they count as missed."""

NOTHING_TO_SAY = {
    "blackbox-colleague",
    "copilot-docs-branch",
    "cursor-in-a-branch",
    "engine-cop",
    "escaped-trailer",
    "garbage-identity",
    "gemini-address",
    "google-noreply-other-name",
    "no-commits-at-all",
    "provider-as-subject",
    "replit-alias",
    "replit-deployment",
    "robot-emoji",
    "ticked-human-review",
    "verified-by-web-flow",
    "via-copilot-chat-words",
}
"""Whole words, whole addresses and whole trailers: nothing in these comes near a trace."""


class Label(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is so."""

    authorship: str
    agent: str | None = None
    also: tuple[str, ...] = ()
    """Other agents that really took part."""
    model: str | None = None
    version: str | None = None
    requesters: tuple[str, ...] | None = None
    """`None`: not labelled."""


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One labelled pull request."""

    case: str
    why: str
    label: Label
    facts: PullFacts
    theme: str

    @property
    def has_agent(self) -> bool:
        """An agent took part."""
        return self.label.authorship in TOOK_PART


@functools.cache
def cases() -> tuple[Case, ...]:
    """Every case, in the order of the files."""
    found: list[dict[str, Any]] = []
    for path in sorted(FOLDER.glob("*.yaml")):
        rows = yaml.load(path.read_text(), Loader=yaml.CSafeLoader)
        found += [{**row, "theme": path.stem} for row in rows]
    return tuple(msgspec.convert(row, Case) for row in found)


@functools.cache
def answer(name: str) -> Provenance:
    """What detection says of a case."""
    case = next(case for case in cases() if case.case == name)
    announced = case.facts.pull.commits
    complete = announced is None or announced == len(case.facts.commits)
    return detect(case.facts, commits_complete=complete)


each = pytest.mark.parametrize("case", cases(), ids=lambda case: case.case)
seen = pytest.mark.parametrize(
    "case",
    [case for case in cases() if case.case not in SILENT],
    ids=lambda case: case.case,
)


def test_set_is_large_and_covers_every_agent() -> None:
    positives = [case for case in cases() if case.has_agent]
    negatives = [case for case in cases() if case.label.authorship == "human"]
    assert len(cases()) == len({case.case for case in cases()}) >= 150
    assert len(positives) >= 100
    assert len(negatives) >= 50
    covered = {agent for case in positives for agent in (case.label.agent, *case.label.also)}
    writers = {row.id for row in known_agents().rows if row.kind not in AUTOMATION}
    # NOTE: logins that anybody could have registered stand for no known agent
    assert writers - covered == {"misc-placeholder-ids"}


@seen
def test_authorship_is_what_the_label_says(case: Case) -> None:
    found = answer(case.case)
    assert (found.authorship, found.agent) == (case.label.authorship, case.label.agent)


@seen
def test_model_and_version_are_what_the_label_says(case: Case) -> None:
    found = answer(case.case)
    assert (found.model, found.model_version) == (case.label.model, case.label.version)
    assert bool(found.model_unknown) == (found.agent is not None and found.model is None)


@seen
def test_requesters_are_whom_the_label_names(case: Case) -> None:
    if case.label.requesters is not None:
        found = answer(case.case)
        assert found.requesters == tuple(sorted(case.label.requesters))
        assert (found.requester is None) == (not case.label.requesters)


@each
def test_no_strong_signal_is_wrong(case: Case) -> None:
    strong = {s.agent for s in answer(case.case).signals if s.strength == "strong"}
    families = {known_agents().family_of(agent) for agent in strong}
    truth = {agent for agent in (case.label.agent, *case.label.also) if agent}
    assert families <= {known_agents().family_of(agent) for agent in truth}


@each
def test_every_text_is_neutral_and_short(case: Case) -> None:
    found = answer(case.case)
    assert len(found.notes) <= 20
    for text in (*found.notes, *found.conflicts, *(s.value for s in found.signals)):
        assert text.isprintable()
        assert len(text) <= 400


def test_what_looks_like_an_agent_is_explained() -> None:
    silent = {
        case.case
        for case in cases()
        if case.theme in ("people_with_agents_names", "agents_words_without_an_agent", "unclear")
        and not answer(case.case).notes
    }
    assert silent == NOTHING_TO_SAY


def figures() -> tuple[float, float, str]:
    """Precision, recall, and the table that shows how they come about."""
    hits = [c for c in cases() if c.has_agent and answer(c.case).authorship in TOOK_PART]
    missed = [c for c in cases() if c.has_agent and c not in hits]
    wrong = [c for c in cases() if not c.has_agent and answer(c.case).authorship in TOOK_PART]
    named = [c for c in hits if answer(c.case).agent == c.label.agent]
    strong = sum(
        s.strength == "strong" for c in cases() for s in answer(c.case).signals if c.has_agent
    )
    astray = sum(
        s.strength == "strong" for c in cases() for s in answer(c.case).signals if not c.has_agent
    )
    precision = len(hits) / (len(hits) + len(wrong))
    recall = len(hits) / (len(hits) + len(missed))
    labels = Counter(c.label.authorship for c in cases())
    lines = [
        f"{len(cases())} cases: "
        + ", ".join(f"{count} {label}" for label, count in sorted(labels.items())),
        f"an agent took part in {len(hits) + len(missed)}: found in {len(hits)}, "
        f"missed in {len(missed)} ({', '.join(c.case for c in missed) or 'none'})",
        f"people and programs taken for an agent: {len(wrong)}",
        f"precision {precision:.3f}, recall {recall:.3f}",
        f"the right agent named in {len(named)} of {len(hits)}",
        f"strong signals: {strong}, of which wrong: {astray}",
    ]
    return precision, recall, "\n".join(lines)


def test_precision_and_recall_are_high() -> None:
    precision, recall, table = figures()
    print(f"\n{table}")
    assert precision >= 0.99
    assert recall >= 0.97
