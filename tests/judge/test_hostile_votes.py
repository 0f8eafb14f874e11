"""Whatever stands in the facts, counting neither raises nor takes long, and nothing acts."""

from __future__ import annotations

import sys
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from judge.scene import HEAD, NOW, OLD, at, comment, commit, event, facts, labeled, need, said, who

from gate.judge.approvals import (
    Franchise,
    count_votes,
    eligible_people,
    label_gaps,
    label_notes,
    tally,
    vote_gaps,
)
from gate.schema.facts import PullFacts

FRANCHISE = Franchise(requesters=("", "dave"), agent_owners=("",))
REQUIRED = (need(2), need(1, teams=("acme/security",), max_age_days=1, code_owners=True))


def count_everything(given_: PullFacts) -> Any:
    ballot = count_votes(given_, FRANCHISE)
    votes = tally(
        ballot, REQUIRED, given_, covered=frozenset({OLD}), now=NOW, touched=("a", "b/c", "")
    )
    vote_gaps(ballot, votes, "github")
    label_gaps(ballot.labels)
    label_notes(ballot.labels, ["iam-approved"])
    eligible_people(given_.permissions, given_, FRANCHISE, ballot, votes.required)
    return ballot, votes


TEXT = st.one_of(
    st.sampled_from(
        ["", "bob", "BOB", "ghost", "web-flow", "\u200bbob", "bob[bot]", "x" * 300, "\ud800", "#12"]
    ),
    st.text(max_size=12),
)
TIME = st.one_of(
    st.none(),
    st.sampled_from(
        [
            "",
            at("12:00"),
            "0001-01-01T00:00:00+23:59",
            "9999-12-31T23:59:59-23:59",
            "2026-02-30T00:00:00Z",
            "2026-11-20T25:00:00Z",
            "2026-11-20T12:00:60Z",
            "2026-11-20T12:00:00.123456789Z",
            "\u0662026-11-20T12:00:00Z",
            "yesterday",
        ]
    ),
    st.text(max_size=8),
)
ACTOR = st.one_of(
    st.none(),
    st.builds(
        lambda login, number, kind: {"login": login, "id": number, "type": kind},
        TEXT,
        st.sampled_from([0, 1, 12, -5, 2**62]),
        st.sampled_from(["User", "Bot", "", "Alien"]),
    ),
)
APP = st.sampled_from([None, {"id": 1}, {}])
SHA = st.sampled_from([None, "", HEAD, OLD, "zz", HEAD.upper(), "a" * 4000])
REVIEW = st.builds(
    lambda user, state, sha, time_, number: {
        "id": number,
        "user": user,
        "state": state,
        "commit_id": sha,
        "submitted_at": time_,
    },
    ACTOR,
    st.sampled_from(["APPROVED", "approved", "CHANGES_REQUESTED", "DISMISSED", "", "X"]),
    SHA,
    TIME,
    st.sampled_from([0, 1, 2, -1, 2**60]),
)
BODY = st.one_of(
    st.none(),
    st.sampled_from(
        [
            f"/gate approve {HEAD}",
            f"/gate approve {OLD}",
            "/gate revoke",
            "/gate revoke @bob",
            "/gate revoke @nobody",
            f"/gate break-glass {HEAD} ten letters at least",
            "/gate \ud800",
            "/gate" + "\u0300" * 400,
        ]
    ),
    st.text(max_size=40),
)
COMMENT = st.builds(
    lambda user, body, made, changed, app: {
        "user": user,
        "body": body,
        "created_at": made,
        "updated_at": changed,
        "performed_via_github_app": app,
    },
    ACTOR,
    BODY,
    TIME,
    TIME,
    APP,
)
EVENT = st.builds(
    lambda kind, actor, label, made, state, number, app: {
        "event": kind,
        "actor": actor,
        "label": label,
        "created_at": made,
        "dismissed_review": {"state": state, "review_id": number},
        "performed_via_github_app": app,
    },
    st.sampled_from(
        [
            "labeled",
            "unlabeled",
            "head_ref_force_pushed",
            "review_dismissed",
            "base_ref_changed",
            "",
        ]
    ),
    ACTOR,
    st.one_of(st.none(), st.builds(lambda name: {"name": name}, TEXT)),
    TIME,
    st.sampled_from(["", "approved", "changes_requested", "?"]),
    st.sampled_from([0, 1, 2]),
    APP,
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_hostile_facts_never_raise(data: st.DataObject) -> None:
    some = lambda one: data.draw(st.one_of(st.none(), st.lists(one, max_size=6)))  # noqa: E731
    given_ = facts(
        pull={
            "user": data.draw(ACTOR),
            "labels": [{"name": name} for name in data.draw(st.lists(TEXT, max_size=4))],
            "head": {"ref": "x", "sha": data.draw(st.sampled_from([HEAD, "", "\ud800"]))},
            "created_at": data.draw(TIME),
        },
        commits=[
            commit(
                data.draw(ACTOR),
                data.draw(ACTOR),
                author_email=data.draw(TEXT),
                message=data.draw(TEXT),
                date=data.draw(TIME),
            )
        ],
        reviews=some(REVIEW),
        comments=some(COMMENT),
        events=some(EVENT),
        permissions=data.draw(st.one_of(st.none(), st.dictionaries(TEXT, TEXT, max_size=5))),
        teams=data.draw(st.one_of(st.none(), st.dictionaries(TEXT, st.lists(TEXT, max_size=3)))),
        codeowners=data.draw(st.one_of(st.none(), st.text(max_size=60))),
        pushes=some(
            st.builds(lambda a, t: {"actor": a, "after": HEAD, "timestamp": t}, ACTOR, TIME)
        ),
        head_arrived_at=data.draw(TIME),
    )
    ballot, votes = count_everything(given_)
    assert len(votes.counted) <= len({vote.login.lower() for vote in votes.counted})
    assert votes.missing >= 0
    for vote in votes.ignored:
        assert vote.reason.isprintable()
        assert vote.login.isprintable()
        assert vote.reason
    assert all(line.isprintable() for line in (*ballot.unknown, *ballot.undecided))


def crowd(number: int, *, alike: bool) -> PullFacts:
    """Everything that can be many, by as many people or all by one."""
    names = ["bob" if alike else f"p{index}" for index in range(number)]
    return facts(
        pull={"labels": [{"name": f"l{index % 100}"} for index in range(number)]},
        reviews=[
            said(who(name, 0), ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")[index % 3], id=index)
            for index, name in enumerate(names)
        ],
        comments=[
            comment(who(name, 0), body)
            for index, name in enumerate(names)
            for body in (
                (f"/gate approve {HEAD}", "/gate revoke @p1", "/gate break-glass", "talk")[
                    index % 4
                ],
            )
        ],
        events=[labeled(who(name, 0), name=f"l{index % 100}") for index, name in enumerate(names)]
        + [event("base_ref_changed", when="09:00") for _ in names],
        permissions=dict.fromkeys(names, "maintain"),
    )


def calls(given_: PullFacts) -> int:
    """How many calls counting takes; a clock would measure the machine as well."""
    seen = 0

    def note(*_: Any) -> None:
        nonlocal seen
        seen += 1

    sys.setprofile(note)
    try:
        count_everything(given_)
    finally:
        sys.setprofile(None)
    return seen


@pytest.mark.parametrize("alike", [True, False], ids=["one person", "many people"])
def test_votes_are_counted_in_linear_time(alike: bool) -> None:
    calls(crowd(300, alike=alike))
    few, many = calls(crowd(500, alike=alike)), calls(crowd(5_000, alike=alike))
    assert many < 11 * few


def test_one_person_repeating_a_vote_is_listed_once() -> None:
    comments = [comment("rita", f"/gate approve {HEAD}") for _ in range(10_000)]
    ballot = count_votes(facts(comments=comments), FRANCHISE)
    assert len(ballot.ignored) == 1


def test_nothing_a_stranger_wrote_acts_in_a_reason() -> None:
    name = "\u202ebob\n::error::x"
    given_ = facts(
        reviews=[said(who(name, 40), "APPROVED"), said(who("eve", 41), "APPROVED")],
        permissions={name: "write", "eve": "\u202eread\n"},
    )
    ballot, votes = count_everything(given_)
    told = msgspec.json.encode([ballot.counted, votes, ballot.ignored]).decode()
    assert "\u202e" not in told
    assert "\\n" not in told
