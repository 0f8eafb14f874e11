"""The table of agents holds what detection needs of it."""

from __future__ import annotations

import re
import time

import pytest

from gate.detect.accounts import is_agent
from gate.detect.agents import known_agents
from gate.detect.provenance import detect
from gate.detect.rows import AUTOMATION, Agent
from gate.schema.facts import Actor, GitPerson

ROWS = known_agents().rows
WRITERS = [row for row in ROWS if row.kind not in AUTOMATION]


def test_known_agents_has_every_row_once() -> None:
    assert len(ROWS) == 99
    assert len(known_agents().by_id) == 99


def test_known_agents_ids_and_addresses_are_nobody_else_s() -> None:
    ids = [number for row in ROWS for number in row.user_ids]
    emails = [email.lower() for row in ROWS for email in (*row.emails, *row.named_emails)]
    assert len(ids) == len(set(ids))
    assert len(emails) == len(set(emails))


@pytest.mark.parametrize("row", WRITERS, ids=lambda row: row.id)
def test_detect_finds_every_account_of_every_agent(row: Agent, facts) -> None:
    for number in row.user_ids:
        found = detect(
            facts(user=Actor(login="renamed", id=number, type="Bot")), commits_complete=True
        )
        assert row.id in {signal.agent for signal in found.signals}
    for login in row.logins:
        found = detect(facts(user=Actor(login=login, type="Bot")), commits_complete=True)
        assert any(signal.kind == "account" for signal in found.signals)


@pytest.mark.parametrize("row", WRITERS, ids=lambda row: row.id)
def test_detect_finds_every_address_of_every_agent(row: Agent, facts, commit) -> None:
    for email in row.emails:
        author = detect(facts([commit(name="x", email=email, account=None)]), commits_complete=True)
        assert row.id in {signal.agent for signal in author.signals}, email
        trailer = detect(
            facts([commit(f"Fix\n\nCo-authored-by: X <{email}>")]), commits_complete=True
        )
        assert row.id in {signal.agent for signal in trailer.signals}, email
    for email, name in row.named_emails.items():
        named = detect(
            facts([commit(f"Fix\n\nCo-authored-by: {name} <{email}>")]), commits_complete=True
        )
        assert row.id in {signal.agent for signal in named.signals}
        person = detect(
            facts([commit(f"Fix\n\nCo-authored-by: Ann Smith <{email}>")]), commits_complete=True
        )
        assert person.signals == ()


@pytest.mark.parametrize("row", WRITERS, ids=lambda row: row.id)
def test_detect_has_a_signal_for_every_agent(row: Agent) -> None:
    traces = (
        row.user_ids,
        row.logins,
        row.emails,
        row.named_emails,
        row.trailer_regexes,
        row.body_regexes,
    )
    assert any(traces)


@pytest.mark.parametrize("row", [r for r in ROWS if r.kind in AUTOMATION], ids=lambda row: row.id)
def test_automation_is_no_agent(row: Agent) -> None:
    for number in row.user_ids:
        assert not is_agent(Actor(login="x", id=number))
    for login in row.logins:
        assert not is_agent(Actor(login=login))


def hostile_texts() -> list[str]:
    literals = {p.literal for row in ROWS for p in row.body_regexes}
    seeds = [
        "`",
        "```\n",
        "> ",
        "<!-- ",
        "[x] ",
        "- [x] ai ",
        "<!-- agentic-workflow: ",
        "(",
        "\n",
        "\t",
        " ",
        "Co-authored-by: ",
        "a: ",
        "assisted-by: a",
        "<",
        "~~~",
        "<!-- CURSOR_SUMMARY -->",
        "@",
        "on behalf of @",
        "requested by: ",
        "- [x] no ",
        *sorted(literals),
    ]
    return [(seed * 65_536)[:65_536] for seed in seeds]


def test_detect_is_quick_on_hostile_text(facts, commit) -> None:
    slowest = 0.0
    for text in hostile_texts():
        start = time.perf_counter()
        detect(
            facts([commit(text), commit("s\n\n" + text)], body=text, branch=text[:300]),
            commits_complete=True,
        )
        slowest = max(slowest, time.perf_counter() - start)
    assert slowest < 2.5


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.id)
def test_patterns_compile_and_their_literals_fit(row: Agent) -> None:
    for pattern in row.body_regexes:
        assert pattern.literal == pattern.literal.lower()
        re.compile(pattern.regex, re.IGNORECASE)
    for pattern in row.trailer_regexes:
        assert all(key == key.lower() for key in pattern.keys)
        re.compile(pattern.regex, re.IGNORECASE)
    for regex in (*row.branch_regexes, *row.author_name_regexes):
        re.compile(regex)


def test_detect_survives_garbage_identities(facts, commit) -> None:
    broken = '{"message":"Resource not accessible by integration"}'
    odd = commit(
        "",
        name=broken,
        email=broken,
        account=None,
        committer=GitPerson(name="\ud800\x1b[31m", email="@@<>"),
    )
    assert detect(facts([odd]), commits_complete=True).authorship == "human"
