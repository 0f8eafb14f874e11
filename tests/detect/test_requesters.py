"""Everybody who asked for a change or steered it, and nobody else."""

from __future__ import annotations

import pytest

from gate.detect.provenance import detect
from gate.schema.facts import Actor, IssueComment, IssueEvent, Label

DEVIN = Actor(login="devin-ai-integration[bot]", id=158243242, type="Bot")
COPILOT = Actor(login="Copilot", id=198982749, type="Bot")
BOB = Actor(login="bob", id=12)
EVE = Actor(login="eve", id=13)
RUN = "https://claude.ai/code/session_1"
WRITTEN = {
    "name": "Devin",
    "email": "158243242+devin-ai-integration[bot]@users.noreply.github.com",
    "account": DEVIN,
}


def started(actor: Actor) -> IssueEvent:
    return IssueEvent(event="copilot_work_started", actor=actor)


def said(user: Actor | None, body: str) -> IssueComment:
    return IssueComment(user=user, body=body)


def test_all_sources_together_make_one_set(facts, commit) -> None:
    pull = facts(
        [
            commit("Fix\n\nCo-authored-by: Dora <7+dora@users.noreply.github.com>", **WRITTEN),
            commit("Fix\n\nCo-authored-by: No <nobody@x.test>"),
        ],
        body=f"Requested by: @carl\n\nPR by X on behalf of @BOB\n\n{RUN}",
        events=[started(BOB), started(EVE), started(COPILOT)],
        comments=[said(Actor(login="frank", id=9), "@claude please rename it")],
    )
    found = detect(pull, commits_complete=True)
    assert found.requesters == ("alice", "bob", "carl", "dora", "eve", "frank")
    assert found.requester == "bob"


@pytest.mark.parametrize(
    ("comment", "counts"),
    [
        ("@claude fix the test", True),
        ("Hey @claude, fix the test", True),
        ("I agree.\n@Claude fix it", True),
        ("@claude review", False),
        ("@claude reviewed this well", False),
        ("> @claude fix the test", False),
        ("I think @claude is wrong", False),
        ("@claudette look", False),
        ("@coderabbitai fix the test", False),
        ("@cursor fix the test", False),
        ("", False),
    ],
)
def test_who_tells_the_agent_to_work_steers_it(comment, counts, facts) -> None:
    found = detect(facts(body=RUN, comments=[said(BOB, comment)]), commits_complete=True)
    assert ("bob" in found.requesters) is counts


def test_a_comment_without_a_writer_or_by_a_bot_is_nobody_s(facts) -> None:
    bot = Actor(login="x[bot]", type="Bot")
    comments = [said(None, "@claude fix"), said(bot, "@claude fix"), said(COPILOT, "@claude fix")]
    found = detect(facts(body=RUN, comments=comments), commits_complete=True)
    assert found.requesters == ("alice",)


def test_nobody_asked_for_a_person_s_own_change(facts) -> None:
    found = detect(facts(body="Requested by: @bob", events=[]), commits_complete=True)
    assert (found.requester, found.requesters) == (None, ())


def test_who_asked_is_known_where_the_author_is_not(facts, commit) -> None:
    actions = Actor(login="github-actions[bot]", id=41898282, type="Bot")
    pull = facts([commit()], user=actions, body="Run on behalf of @bob")
    found = detect(pull, commits_complete=True)
    assert (found.authorship, found.requesters) == ("unknown", ("bob",))


@pytest.mark.parametrize(
    ("body", "requesters"),
    [
        ("Requested by: Bob (bob@acme.test)", ("bob",)),
        ("Requested by: Bob <bob@acme.test>", ("bob",)),
        ("Requested by: Bob (bob@elsewhere.test)", ()),
        ("Requested by: @claude\nRequested by: @cursoragent", ()),
        ("Requested by: @copilot-swe-agent[bot]", ()),
        ("started by @bob and started by @eve", ("bob", "eve")),
    ],
)
def test_the_description_names_people(body, requesters, facts, commit) -> None:
    mine = commit(name="Bob", email="bob@acme.test", account=BOB)
    found = detect(facts([mine], user=DEVIN, body=body), commits_complete=True)
    assert found.requesters == requesters


@pytest.mark.parametrize(
    "address",
    [
        "7+x y@users.noreply.github.com",
        "7+a.b@users.noreply.github.com",
        "198982749+whoever@users.noreply.github.com",
        f"{'a' * 60}@users.noreply.github.com",
        "apk@cognition.ai",
    ],
)
def test_an_address_that_is_no_login_is_nobody_s(address, facts, commit) -> None:
    pull = facts([commit(f"Fix\n\nCo-authored-by: X <{address}>", **WRITTEN)], user=DEVIN)
    assert detect(pull, commits_complete=True).requesters == ()


@pytest.mark.parametrize(
    ("opener", "counts"), [("amazon-q-developer[bot]", True), ("alice", False)]
)
def test_who_sets_the_label_that_starts_an_agent_asks_it(opener, counts, facts) -> None:
    label = Label(name="Amazon Q development agent")
    pull = facts(
        user=Actor(login=opener, type="Bot" if counts else "User"),
        body="https://app.kiro.dev/session/1" if not counts else "",
        labels=[label.name],
        events=[IssueEvent(event="labeled", actor=BOB, label=label)],
    )
    assert ("bob" in detect(pull, commits_complete=True).requesters) is counts


def test_a_flood_of_names_is_cut(facts) -> None:
    body = "\n".join(f"on behalf of @user{n}" for n in range(500))
    found = detect(facts(user=DEVIN, body=body), commits_complete=True)
    assert len(found.requesters) == 50
