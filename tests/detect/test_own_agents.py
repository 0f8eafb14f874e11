"""A site's own agents are found like the known ones."""

from __future__ import annotations

import pytest
from detect import signing
from detect.conftest import make_commit, make_facts, make_record

from gate.detect.accounts import is_agent
from gate.detect.provenance import detect
from gate.schema.facts import Actor, App, PullFacts

BOT = Actor(login="acme-tf[bot]", id=900, type="Bot")
OWN = make_record(
    logins=("acme-tf[bot]", "acme-machine"),
    app_ids=(4711,),
    emails=("tf-bot@acme.test",),
    keys=(signing.ED25519_KEY, signing.PGP_FINGERPRINT),
    trailers=("Change-Agent: TF  Bot",),
    branches=("tf-bot/",),
)
MAIL = "tf-bot@acme.test"
CASES = {
    "account": (make_facts(user=BOT), "strong", False),
    "user account": (make_facts(user=Actor(login="ACME-machine", id=5)), "strong", False),
    "account without a number": (make_facts(user=Actor(login="acme-machine")), "strong", True),
    "app": (make_facts(app=App(id=4711, slug="renamed")), "strong", False),
    "app by its slug": (make_facts(app=App(slug="acme-tf")), "strong", False),
    "author": (make_facts([make_commit(email=MAIL, account=None)]), "medium", True),
    "verified author": (
        make_facts([make_commit(email=MAIL, account=None, verified=True)]),
        "strong",
        True,
    ),
    "author by noreply address": (
        make_facts([make_commit(email="7+acme-machine@users.noreply.github.com")]),
        "medium",
        True,
    ),
    "account of an author": (
        make_facts([make_commit(email="x@y.test", account=BOT)]),
        "medium",
        True,
    ),
    "co-author": (make_facts([make_commit(f"Fix\n\nCo-authored-by: X <{MAIL}>")]), "strong", True),
    "trailer": (make_facts([make_commit("Fix\n\nchange-agent:  tf bot ")]), "strong", True),
    "SSH key": (
        make_facts([make_commit(verified=True, signature=signing.ED25519)]),
        "strong",
        False,
    ),
    "OpenPGP key": (
        make_facts([make_commit(verified=True, signature=signing.PGP)]),
        "strong",
        False,
    ),
    "branch": (make_facts(branch="tf-bot/subnets"), "weak", True),
}


@pytest.mark.parametrize("name", CASES)
def test_detect_finds_every_identity_of_a_record(name: str) -> None:
    facts, strength, spoofable = CASES[name]
    found = detect(facts, commits_complete=True, registry=(OWN,))
    assert [(s.agent, s.strength, s.spoofable) for s in found.signals] == [
        ("tf-bot", strength, spoofable)
    ]
    assert found.agent == ("tf-bot" if strength != "weak" else None)
    assert found.registered is None


@pytest.mark.parametrize("name", CASES)
def test_detect_knows_no_site_s_agent_without_its_record(name: str) -> None:
    assert detect(CASES[name][0], commits_complete=True).signals == ()


def test_detect_counts_no_signature_that_github_did_not_verify() -> None:
    facts = make_facts([make_commit(verified=False, signature=signing.ED25519)])
    assert detect(facts, commits_complete=True, registry=(OWN,)).signals == ()


def test_detect_takes_a_commit_signed_with_an_agent_s_key_for_the_agent_s() -> None:
    facts = make_facts([make_commit(verified=True, signature=signing.ED25519)])
    found = detect(facts, commits_complete=True, registry=(OWN,))
    assert (found.authorship, found.requesters) == ("agent", ("alice",))
    assert [(c.author, c.agent, c.signed) for c in found.commits] == [("agent", "tf-bot", True)]


def test_detect_names_the_known_agent_that_a_record_stands_for() -> None:
    record = make_record("our-claude", agents=("claude-code",), emails=(MAIL,), app_ids=(4711,))
    for facts in (make_facts([make_commit(email=MAIL)]), make_facts(app=App(id=4711))):
        assert detect(facts, commits_complete=True, registry=(record,)).agent == "claude-code"


def test_detect_prefers_what_a_site_says_of_an_account() -> None:
    record = make_record("our-claude", logins=("claude[bot]",))
    claude = Actor(login="claude[bot]", id=209825114, type="Bot")
    line = "Fix\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
    found = detect(
        make_facts([make_commit(line)], user=claude), commits_complete=True, registry=(record,)
    )
    assert found.agent == "our-claude"
    assert found.conflicts == ()


def test_detect_sees_no_conflict_between_agents_of_one_record() -> None:
    messages = (
        "Co-authored-by: C <noreply@anthropic.com>",
        "Co-authored-by: C <cursoragent@cursor.com>",
    )
    facts = make_facts([make_commit(f"Fix\n\n{line}") for line in messages])
    record = make_record("assistants", "assistant", agents=("claude-code", "cursor-agent"))
    assert detect(facts, commits_complete=True).conflicts
    assert detect(facts, commits_complete=True, registry=(record,)).conflicts == ()


def test_detect_takes_a_registered_program_for_an_agent() -> None:
    renovate = Actor(login="renovate[bot]", id=29139614, type="Bot")
    facts = make_facts(user=renovate, body="https://claude.ai/code/session_1 in release notes")
    for record in (
        make_record("deps", agents=("renovate",)),
        make_record("deps", logins=("renovate[bot]",)),
    ):
        found = detect(facts, commits_complete=True, registry=(record,))
        assert found.authorship == "agent"
        assert {s.strength for s in found.signals if s.agent == "claude-code"} == {"weak"}


def test_is_agent_knows_the_site_s_accounts() -> None:
    machine = Actor(login="acme-machine", id=5)
    assert not is_agent(machine)
    assert is_agent(machine, (OWN,))
    assert is_agent(Actor(login="renovate[bot]"), (make_record("deps", agents=("renovate",)),))


def test_an_agent_of_the_site_is_no_requester() -> None:
    body = "Requested by: @acme-machine\n\nhttps://claude.ai/code/session_1"
    facts: PullFacts = make_facts(body=body)
    assert detect(facts, commits_complete=True, registry=(OWN,)).requesters == ("alice",)
