"""Accounts, and the names and addresses that git wrote."""

from __future__ import annotations

import pytest

from gate.detect import accounts, commits
from gate.detect.accounts import is_agent
from gate.detect.agents import known_agents
from gate.schema.facts import Actor, GitPerson, PullCommit, PullFacts
from gate.schema.provenance import Signal


def read_opener(facts: PullFacts) -> list[Signal]:
    return list(accounts.read_opener(facts, known_agents()))


def read_commit(commit: PullCommit) -> commits.CommitReading:
    return commits.read_commit(commit, known_agents())


def is_unclear_bot(actor: Actor) -> bool:
    return accounts.is_unclear_bot(actor, known_agents())


@pytest.mark.parametrize(
    ("login", "number", "kind", "agent"),
    [
        ("Copilot", 198982749, "Bot", "copilot-agent"),
        ("copilot-swe-agent[bot]", 0, "Bot", "copilot-agent"),
        ("app/copilot-swe-agent", 0, "Bot", "copilot-agent"),
        ("devin-ai-integration[bot]", 158243242, "Bot", "devin"),
        ("google-labs-jules[bot]", 161369871, "Bot", "jules"),
        ("Claude", 242468646, "Bot", "claude-on-github"),
        ("Claude", 0, "Bot", "claude-on-github"),
        ("claude", 81847, "User", "claude-code"),
        ("claude[bot]", 209825114, "Bot", "claude-github-app"),
        ("Codex", 242516109, "Bot", "codex-on-github"),
        ("cursoragent", 199161495, "User", "cursor-agent"),
        ("cursor[bot]", 206951365, "Bot", "cursor-agent"),
        ("sentry-autofix[bot]", 157164994, "Bot", "seer"),
        ("kilo-code-bot[bot]", 240665456, "Bot", "kilo"),
        ("coderabbitai[bot]", 136622811, "Bot", "coderabbit"),
        ("amazon-q-developer[bot]", 0, "Bot", "amazon-q"),
        ("roomote[bot]", 219738659, "Bot", "roo"),
        ("sweep-ai[bot]", 128439645, "Bot", "sweep"),
    ],
)
def test_read_opener_names_the_agent(login, number, kind, agent, facts) -> None:
    user = Actor(login=login, id=number, type=kind)
    assert [s.agent for s in read_opener(facts(user=user))] == [agent]
    assert is_agent(user)


@pytest.mark.parametrize(
    ("login", "number"),
    [
        ("claudex", 1),
        ("devin-codes", 2),
        ("kirobotdev", 205849173),
        ("jules", 3),
        ("codex2", 4),
        ("Claude", 77),
        ("claude", 78),
        ("COPILOTXI", 5),
        ("octocat-droid", 6),
        ("cursor", 7),
        ("dependabot[bot]", 49699333),
        ("renovate[bot]", 29139614),
    ],
)
def test_read_opener_takes_nobody_else_for_an_agent(login, number, facts) -> None:
    user = Actor(login=login, id=number)
    assert list(read_opener(facts(user=user))) == []
    assert not is_agent(user)


def test_read_opener_is_silent_without_an_account(facts) -> None:
    assert list(read_opener(facts(user=None))) == []


@pytest.mark.parametrize(
    ("login", "kind", "unclear"),
    [
        ("github-actions[bot]", "Bot", True),
        ("gemini-cli-robot", "User", True),
        ("acme-release[bot]", "Bot", True),
        ("dependabot[bot]", "Bot", False),
        ("pre-commit-ci[bot]", "Bot", False),
        ("alice", "User", False),
        ("Copilot", "Bot", False),
    ],
)
def test_is_unclear_bot_is_for_bots_nobody_can_vouch_for(login, kind, unclear) -> None:
    assert is_unclear_bot(Actor(login=login, type=kind)) is unclear


def test_read_commit_by_an_agent_is_medium_until_github_verified_it(commit) -> None:
    email = "198982749+Copilot@users.noreply.github.com"
    claimed = read_commit(commit(name="Copilot", email=email, account=None))
    proven = read_commit(commit(name="Copilot", email=email, account=None, verified=True))
    assert [s.strength for s in claimed.signals] == ["medium"]
    assert [s.strength for s in proven.signals] == ["strong"]
    assert claimed.written
    assert proven.written


def test_read_commit_finds_the_account_that_github_maps(commit) -> None:
    account = Actor(login="devin-ai-integration[bot]", id=158243242, type="Bot")
    reading = read_commit(commit(name="D", email="d@corp.test", account=account))
    assert [s.agent for s in reading.signals] == ["devin"]
    assert reading.written


def test_read_commit_reads_both_halves_of_a_noreply_address(commit) -> None:
    actions_id = "41898282+claude[bot]@users.noreply.github.com"
    reading = read_commit(commit(name="claude[bot]", email=actions_id, account=None))
    assert [s.agent for s in reading.signals] == ["claude-github-app"]
    renamed = read_commit(commit(email="158243242+x@users.noreply.github.com", account=None))
    assert [s.agent for s in renamed.signals] == ["devin"]


def test_read_commit_finds_an_agent_behind_a_person(commit) -> None:
    agent = GitPerson(name="Cursor", email="cursoragent@cursor.com")
    reading = read_commit(commit(committer=agent))
    assert [(s.kind, s.strength) for s in reading.signals] == [("committer_email", "medium")]
    assert not reading.written


def test_read_commit_takes_githubs_own_committer_for_nobody(commit) -> None:
    web = GitPerson(name="GitHub", email="noreply@github.com")
    assert read_commit(commit(committer=web)).signals == ()


def test_read_commit_knows_an_author_s_suffix(commit) -> None:
    reading = read_commit(commit(name="Alice (aider)"))
    assert [(s.kind, s.agent, s.strength) for s in reading.signals] == [
        ("author_name", "aider", "strong")
    ]


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Xavier Claude", "xavier@example.test"),
        ("Claude Dupont", "claude@gmail.com"),
        ("Devin Lai", "devin@example.test"),
        ("Jules", "jules@cognition.example"),
        ("Ann", "ann@anthropic.com"),
        ("Bob", "bob@openai.com"),
        ("Cody Rose", "cody@sourcegraph.com"),
        ("X", "noreply@anthropic.co"),
        ("ruv", "ruv@ruv.net"),
        ("Google", "noreply@google.com"),
        ("Paul", "paul@aider.chat"),
    ],
)
def test_read_commit_takes_no_person_for_an_agent(name, email, commit) -> None:
    reading = read_commit(commit(name=name, email=email, account=None))
    assert reading.signals == ()
    assert not reading.unclear


def test_read_commit_by_an_unknown_bot_is_unclear(commit) -> None:
    email = "999+acme-fixer[bot]@users.noreply.github.com"
    assert read_commit(commit(name="acme-fixer[bot]", email=email, account=None)).unclear


def test_read_commit_neutralises_what_it_quotes(commit) -> None:
    reading = read_commit(commit(name="\x1b[31mCl\u202eaude", email="noreply@anthropic.com"))
    assert reading.signals[0].value.isprintable()


def test_read_commit_shows_the_known_address_and_no_name_of_the_author(commit) -> None:
    found = read_commit(commit(name="word42", email="NoReply@anthropic.com", account=None))
    assert {signal.value for signal in found.signals} == {"noreply@anthropic.com"}
