"""Whose approval counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from judge.scene import need

from gate.judge.approvals import (
    Franchise,
    count_labels,
    count_votes,
    label_notes,
    tally,
    vote_gaps,
)
from gate.schema.facts import Actor, PullFacts

Make = Callable[..., PullFacts]
HEAD, OLD = "a" * 40, "b" * 40


def person(login: str, number: int, kind: str = "User") -> dict[str, Any]:
    return {"login": login, "id": number, "type": kind}


def review(login: str, number: int, state: str = "APPROVED", **more: Any) -> dict[str, Any]:
    base = {
        "id": number,
        "user": person(login, number),
        "state": state,
        "commit_id": HEAD,
        "submitted_at": "2026-11-20T12:00:00Z",
    }
    return {**base, **more}


def is_agent(actor: Actor) -> bool:
    return actor.login == "helperbot"


FRANCHISE = Franchise(is_agent=is_agent)


def counted(facts: PullFacts, franchise: Franchise = FRANCHISE) -> list[str]:
    return [vote.login for vote in count_votes(facts, franchise).counted]


def test_count_votes_takes_a_fresh_approval_of_a_writer(make_facts: Make) -> None:
    assert counted(make_facts(reviews=[review("bob", 12)])) == ["bob"]


@pytest.mark.parametrize(
    ("name", "vote", "reason"),
    [
        ("author", review("mona", 1), "opened"),
        ("author renamed", review("mona-new", 1), "opened"),
        ("reader", review("rita", 15), "read access"),
        ("stranger", review("zed", 99), "nobody could tell"),
        (
            "old commit",
            review("bob", 12, commit_id=OLD),
            "is for commit bbbbbbb, the head is now aaaaaaa",
        ),
        ("no commit", review("bob", 12, commit_id=None), "is for no commit"),
        ("ghost", {**review("bob", 12), "user": None}, "gone"),
        ("bot", {**review("ci[bot]", 12), "user": person("ci[bot]", 12, "Bot")}, "not a person"),
        ("bot in disguise", review("ci[bot]", 12), "not a person"),
        ("agent", review("helperbot", 12), "an agent"),
    ],
)
def test_count_votes_explains_why_a_vote_does_not_count(
    make_facts: Make, name: str, vote: dict[str, Any], reason: str
) -> None:
    ballot = count_votes(make_facts(reviews=[vote]), FRANCHISE)
    assert not ballot.counted, name
    assert reason in ballot.ignored[0].reason


def test_count_votes_counts_one_person_once(make_facts: Make) -> None:
    votes = [review("bob", 12, id=1), review("BOB", 12, id=2, submitted_at="2026-11-20T13:00:00Z")]
    assert len(counted(make_facts(reviews=votes))) == 1


@pytest.mark.parametrize("later", ["CHANGES_REQUESTED", "DISMISSED"])
def test_count_votes_takes_the_latest_decisive_review(make_facts: Make, later: str) -> None:
    votes = [review("bob", 12), review("bob", 12, later, submitted_at="2026-11-20T13:00:00Z")]
    ballot = count_votes(make_facts(reviews=votes), FRANCHISE)
    assert not ballot.counted
    assert ballot.objections == (("bob",) if later == "CHANGES_REQUESTED" else ())


def test_count_votes_lets_a_comment_leave_an_approval_standing(make_facts: Make) -> None:
    votes = [review("bob", 12), review("bob", 12, "COMMENTED", submitted_at="2026-11-20T13:00:00Z")]
    assert counted(make_facts(reviews=votes)) == ["bob"]


def test_count_votes_does_not_hold_for_the_objection_of_a_stranger(make_facts: Make) -> None:
    facts = make_facts(reviews=[review("zed", 99, "CHANGES_REQUESTED")])
    assert count_votes(facts, FRANCHISE).objections == ()


def test_count_votes_excludes_committers_co_authors_and_requester(make_facts: Make) -> None:
    commit = {
        "sha": HEAD,
        "commit": {
            "author": {"name": "M", "email": "mona@acme.test"},
            "committer": {"name": "B", "email": "bob@acme.test"},
            "message": "x\n\nCo-authored-by: Carol <13+carol@users.noreply.github.com>",
        },
        "author": person("mona", 1),
        "committer": person("bob", 12),
    }
    asked = Franchise(requesters=("dave",))
    facts = make_facts(
        commits=[commit],
        reviews=[review("bob", 12), review("carol", 13), review("dave", 14), review("erin", 16)],
        permissions={"bob": "write", "carol": "admin", "dave": "write", "erin": "maintain"},
    )
    assert counted(facts, asked) == ["erin"]


def test_count_votes_ignores_an_approval_from_before_the_head_arrived(make_facts: Make) -> None:
    facts = make_facts(reviews=[review("bob", 12)], head_arrived_at="2026-11-20T12:30:00Z")
    assert counted(facts) == []
    push = {"event": "head_ref_force_pushed", "created_at": "2026-11-20T12:30:00Z"}
    assert counted(make_facts(reviews=[review("bob", 12)], events=[push])) == []


def test_count_votes_adds_one_for_a_commit_without_an_account(make_facts: Make) -> None:
    commit = {"sha": HEAD, "commit": {"message": "x"}, "author": None, "committer": None}
    facts = make_facts(commits=[commit], reviews=[review("bob", 12)])
    ballot = count_votes(facts, FRANCHISE)
    votes = tally(ballot, (need(1),), facts)
    assert (ballot.extra, votes.missing) == (1, 1)


def test_tally_needs_the_maximum_over_surfaces(make_facts: Make) -> None:
    facts = make_facts(reviews=[review("bob", 12)])
    ballot = count_votes(facts, FRANCHISE)
    required = (need(2), need(1, surface="network"))
    assert tally(ballot, required, facts).missing == 1


def test_tally_takes_only_members_of_the_team(make_facts: Make) -> None:
    facts = make_facts(reviews=[review("bob", 12)], teams={"acme/security": ["carol"]})
    ballot = count_votes(facts, FRANCHISE)
    required = (need(1, teams=("acme/security",)),)
    assert tally(ballot, required, facts).missing == 1
    unknown = make_facts(reviews=[review("bob", 12)])
    gaps = vote_gaps(ballot, tally(ballot, required, unknown), "github")
    assert "cannot tell who is in team acme/security" in gaps[0].reason


def test_vote_gaps_name_missing_reviews_but_not_on_a_local_range(make_facts: Make) -> None:
    facts = make_facts(reviews=None)
    ballot = count_votes(facts, FRANCHISE)
    required = (need(2),)
    votes = tally(ballot, required, facts)
    assert vote_gaps(ballot, votes, "folder")
    assert not vote_gaps(ballot, votes, "git")


def labeled(by: str, number: int, at: str, event: str = "labeled") -> dict[str, Any]:
    return {
        "event": event,
        "actor": person(by, number),
        "label": {"name": "iam-approved"},
        "created_at": at,
    }


@pytest.mark.parametrize(
    ("name", "events", "more", "counts"),
    [
        ("writer", [labeled("bob", 12, "2026-11-20T12:00:00Z")], {}, True),
        ("author", [labeled("mona", 1, "2026-11-20T12:00:00Z")], {}, False),
        ("reader", [labeled("rita", 15, "2026-11-20T12:00:00Z")], {}, False),
        ("before the commit", [labeled("bob", 12, "2026-11-20T09:45:00Z")], {}, False),
        (
            "before the head arrived",
            [labeled("bob", 12, "2026-11-20T12:00:00Z")],
            {"head_arrived_at": "2026-11-20T12:30:00Z"},
            False,
        ),
        (
            "set again by the author",
            [
                labeled("bob", 12, "2026-11-20T12:00:00Z"),
                labeled("bob", 12, "2026-11-20T12:01:00Z", "unlabeled"),
                labeled("mona", 1, "2026-11-20T12:02:00Z"),
            ],
            {},
            False,
        ),
        ("nobody", [], {}, False),
    ],
)
def test_count_labels_takes_only_labels_of_who_may_approve(
    make_facts: Make, name: str, events: list[dict[str, Any]], more: dict[str, Any], counts: bool
) -> None:
    facts = make_facts(pull={"labels": [{"name": "iam-approved"}]}, events=events, **more)
    (event,) = count_labels(facts, FRANCHISE)
    assert event.counts is counts, name
    assert counts or event.reason


@pytest.mark.parametrize(
    ("name", "votes"),
    [
        ("id missing once", [review("bob", 12), review("Bob", 0, id=2)]),
        ("renamed", [review("bob", 12), review("robert", 12, id=2)]),
        ("login taken over", [review("bob", 12), review("BOB", 17, id=2)]),
        ("bridged", [review("bob", 12), review("zoe", 17, id=2), review("bob", 17, id=3)]),
    ],
)
def test_count_votes_counts_one_person_once_by_id_or_login(
    make_facts: Make, name: str, votes: list[dict[str, Any]]
) -> None:
    permissions = {"bob": "write", "robert": "write", "zoe": "write"}
    assert len(counted(make_facts(reviews=votes, permissions=permissions))) == 1, name


@pytest.mark.parametrize(
    "address",
    [
        "13+carol@users.noreply.github.com",
        "13+old-name@users.noreply.github.com",
        "CAROL@Users.NoReply.GitHub.com",
        "carol@users.noreply.ghe.acme.test",
    ],
)
@pytest.mark.parametrize("place", ["trailer", "author", "committer"])
def test_count_votes_excludes_the_owner_of_a_noreply_address(
    make_facts: Make, address: str, place: str
) -> None:
    other = {"name": "M", "email": "mona@acme.test"}
    commit = {
        "sha": HEAD,
        "commit": {
            "author": {"name": "C", "email": address} if place == "author" else other,
            "committer": {"name": "C", "email": address} if place == "committer" else other,
            "message": f"x\n\n  co-authored-by : C <{address}>" if place == "trailer" else "x",
        },
        "author": person("mona", 1),
        "committer": person("mona", 1),
    }
    facts = make_facts(commits=[commit], reviews=[review("carol", 13)])
    assert counted(facts) == []


def test_count_votes_reads_states_in_the_case_of_webhooks(make_facts: Make) -> None:
    facts = make_facts(reviews=[review("bob", 12, "changes_requested")])
    assert count_votes(facts, FRANCHISE).objections == ("bob",)


def test_count_votes_takes_no_time_that_is_none_for_a_late_one(make_facts: Make) -> None:
    facts = make_facts(
        reviews=[review("bob", 12, submitted_at="tomorrow")], head_arrived_at="2026-11-20T12:30:00Z"
    )
    assert counted(facts) == []


def test_count_labels_does_not_count_a_label_of_nobody(make_facts: Make) -> None:
    event = {**labeled("bob", 12, "2026-11-20T12:00:00Z"), "actor": None}
    for events in ([event], [{**event, "created_at": None}], [{**event, "created_at": "zzz"}]):
        facts = make_facts(pull={"labels": [{"name": "iam-approved"}]}, events=events)
        assert [found.counts for found in count_labels(facts, FRANCHISE)] == [False]


def test_label_notes_say_who_set_a_label_that_does_not_count(make_facts: Make) -> None:
    events = [labeled("mona", 1, "2026-11-20T12:00:00Z")]
    facts = make_facts(pull={"labels": [{"name": "iam-approved"}, {"name": "b"}]}, events=events)
    assert label_notes(count_votes(facts, FRANCHISE).labels) == (
        "label b does not count: nobody is known to have set it",
        "label iam-approved does not count: mona, who set it, opened the pull request",
    )


def test_tally_says_the_number_that_a_commit_without_an_account_raises(make_facts: Make) -> None:
    commit = {"sha": HEAD, "commit": {"message": "x"}, "author": None, "committer": None}
    facts = make_facts(commits=[commit], reviews=[review("bob", 12)])
    ballot = count_votes(facts, FRANCHISE)
    votes = tally(ballot, (need(1),), facts)
    assert [need.min for need in votes.required] == [2]


def test_count_votes_asks_nobody_for_more_where_nobody_can_vote(make_facts: Make) -> None:
    commit = {"sha": HEAD, "commit": {"message": "x"}, "author": None, "committer": None}
    assert count_votes(make_facts(commits=[commit], reviews=None), FRANCHISE).extra == 0


@pytest.mark.parametrize(
    ("more", "requesters"),
    [
        (
            {"commits": [{"message": "x\n\nCo-authored-by: B <12+bob@users.noreply.github.com>"}]},
            (),
        ),
        ({"commits": [{"author": {"email": "12+bob@users.noreply.github.com"}}]}, ()),
        ({}, ("bob",)),
    ],
    ids=["co-author", "author", "requester"],
)
def test_stake_that_anybody_can_write_silences_no_objection(
    make_facts: Make, more: dict[str, Any], requesters: tuple[str, ...]
) -> None:
    commits = [
        {"sha": HEAD, "commit": commit, "author": person("mona", 1), "committer": person("mona", 1)}
        for commit in more.get("commits", [])
    ]
    sections = {"commits": commits} if commits else {}
    facts = make_facts(reviews=[review("bob", 12, "CHANGES_REQUESTED")], **sections)
    ballot = count_votes(facts, Franchise(requesters=requesters))
    assert ballot.objections == ("bob",)
    approving = make_facts(reviews=[review("bob", 12)], **sections)
    assert count_votes(approving, Franchise(requesters=requesters)).counted == ()


@pytest.mark.parametrize("order", [1, -1], ids=["newest first", "oldest first"])
def test_everybody_who_pushed_the_head_has_a_stake_and_the_latest_push_tells_when(
    make_facts: Make, order: int
) -> None:
    pushes = [
        {"actor": person("mona", 1), "after": HEAD, "timestamp": "2026-11-20T12:30:00Z"},
        {"actor": person("bob", 12), "after": HEAD, "timestamp": "2026-11-20T10:00:00Z"},
    ][::order]
    later = {"submitted_at": "2026-11-20T13:00:00Z"}
    facts = make_facts(reviews=[review("bob", 12, **later)], pushes=pushes)
    assert [vote.code for vote in count_votes(facts, FRANCHISE).ignored] == ["last_pusher"]
    facts = make_facts(reviews=[review("carol", 13)], pushes=pushes)
    assert [vote.code for vote in count_votes(facts, FRANCHISE).ignored] == ["before_head"]
