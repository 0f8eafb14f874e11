"""Votes against requirements: age, scope, switches, order."""

from __future__ import annotations

import msgspec
import pytest
from judge.scene import (
    HEAD,
    NOW,
    OLD,
    OLDER,
    Scene,
    approves,
    at,
    comment,
    event,
    facts,
    need,
    objects,
    votes_by_comment,
    who,
)

from gate.judge.approvals import Franchise, StaleVote, count_votes, tally, vote_gaps
from gate.schema.site import VotingSettings

NOBODY = Franchise()
BOTH = frozenset({OLD, OLDER})


def test_covered_vote_is_carried_and_says_so() -> None:
    scene = Scene(facts(reviews=[approves("bob", sha=OLD)]), covered=frozenset({OLD}))
    ballot, votes = scene.count()
    assert [(vote.login, vote.carried, vote.sha) for vote in votes.counted] == [("bob", True, OLD)]
    assert not votes.ignored
    assert ballot.stale == (
        StaleVote(login="bob", id=12, permission="write", sha=OLD, at=at("12:00")),
    )


@pytest.mark.parametrize(
    ("name", "scene"),
    [
        (
            "counts already",
            Scene(
                facts(
                    reviews=[approves("bob", sha=OLD)], comments=[votes_by_comment("bob", "13:00")]
                ),
                counted=("bob",),
                ignored={"bob": "other_commit"},
                covered=BOTH,
                missing=1,
            ),
        ),
        (
            "two older heads",
            Scene(
                facts(
                    reviews=[approves("bob", sha=OLD)],
                    comments=[votes_by_comment("bob", sha=OLDER)],
                ),
                counted=("bob",),
                covered=BOTH,
                missing=1,
            ),
        ),
        (
            "objects by now",
            Scene(
                facts(reviews=[approves("bob", sha=OLD), objects("bob", "13:00")]),
                ignored={"bob": "objecting"},
                objections=("bob",),
                covered=BOTH,
            ),
        ),
        (
            "took it back",
            Scene(
                facts(
                    reviews=[approves("bob", sha=OLD)],
                    comments=[comment("bob", "/gate revoke", "13:00")],
                ),
                ignored={"bob": "revoked"},
                covered=BOTH,
            ),
        ),
        (
            "base changed",
            Scene(
                facts(
                    reviews=[approves("bob", sha=OLD)], events=[event("base_ref_changed", "mona")]
                ),
                ignored={"bob": "before_retarget"},
                covered=BOTH,
            ),
        ),
        (
            "has a stake",
            Scene(
                facts(reviews=[approves("bob", sha=OLD)]),
                ignored={"bob": "requester"},
                covered=BOTH,
                franchise=Franchise(requesters=("bob",)),
            ),
        ),
        (
            "permission unknown",
            Scene(
                facts(reviews=[approves(who("newcomer", 70), sha=OLD)]),
                ignored={"newcomer": "other_commit"},
                covered=BOTH,
            ),
        ),
        (
            "edited",
            Scene(
                facts(comments=[votes_by_comment("bob", sha=OLD, edited="13:00")]),
                ignored={"bob": "edited"},
                covered=BOTH,
            ),
        ),
    ],
)
def test_what_does_not_carry_over_stays_ignored(name: str, scene: Scene) -> None:
    assert name
    scene.check()


def test_carried_vote_may_be_too_old_all_the_same() -> None:
    old = {**approves("bob", sha=OLD), "submitted_at": "2026-11-01T12:00:00Z"}
    scene = Scene(
        facts(reviews=[old]),
        ignored={"bob": "too_old"},
        covered=BOTH,
        required=(need(1, max_age_days=7),),
        missing=1,
    )
    scene.check()


def test_latest_of_several_votes_is_the_one_whose_age_counts() -> None:
    old = {**approves("bob"), "submitted_at": "2026-11-01T12:00:00Z"}
    Scene(
        facts(reviews=[old], comments=[votes_by_comment("bob")]),
        counted=("bob",),
        required=(need(1, max_age_days=7),),
        missing=0,
    ).check()


def test_vote_without_a_known_time_or_clock_is_not_fresh() -> None:
    given = facts(reviews=[approves("bob")])
    required = (need(1, max_age_days=7),)
    assert tally(count_votes(given, NOBODY), required, given).missing == 1
    undated = facts(reviews=[{**approves("bob"), "submitted_at": None}])
    assert tally(count_votes(undated, NOBODY), required, undated, now=NOW).missing == 1


def test_requirement_says_how_many_votes_serve_it() -> None:
    scene = Scene(
        facts(reviews=[approves("bob"), approves("carol")], teams={"acme/security": ["bob"]}),
        required=(need(2, teams=("acme/security",)), need(2, surface="network")),
    )
    assert [requirement.have for requirement in scene.count()[1].required] == [1, 2]


def test_nothing_required_leaves_every_vote_counted() -> None:
    scene = Scene(facts(reviews=[approves("bob")]), counted=("bob",), required=(), missing=0)
    scene.check()
    Scene(facts(), required=(need(0),), missing=0).check()


def test_site_may_take_no_comments() -> None:
    Scene(
        facts(comments=[votes_by_comment("bob")]),
        ignored={"bob": "switched_off"},
        franchise=Franchise(settings=VotingSettings(comments=False)),
    ).check()


def test_site_without_comments_still_hears_a_revoke() -> None:
    Scene(
        facts(reviews=[approves("bob")], comments=[comment("bob", "/gate revoke", "13:00")]),
        ignored={"bob": "revoked"},
        franchise=Franchise(settings=VotingSettings(comments=False)),
    ).check()


def test_objection_without_a_vote_says_why_it_does_not_hold() -> None:
    Scene(
        facts(reviews=[objects("rita"), objects(who("ci[bot]", 50, "Bot"))]),
        ignored={"rita": "no_write", "ci[bot]": "bot"},
        says="requested changes, but has read access",
    ).check()


def test_undated_objection_is_not_outvoted_by_a_dated_approval() -> None:
    undated = {**objects("bob"), "submitted_at": None}
    Scene(facts(reviews=[undated, approves("bob")]), objections=("bob",)).check()


def test_local_range_has_no_gaps() -> None:
    given = facts(reviews=None)
    ballot = count_votes(given, NOBODY)
    assert not vote_gaps(ballot, tally(ballot, (need(1),), given), "git")


def test_votes_come_in_the_same_order_whatever_order_they_are_read_in() -> None:
    reviews = [
        approves("bob", "12:00", id=1),
        approves("carol", "11:00", id=2),
        objects("dave", "11:30", id=3),
        approves("rita", "10:00", id=4),
        approves("bob", "13:00", id=5),
    ]
    comments = [votes_by_comment("erin"), votes_by_comment("mona"), votes_by_comment("bob")]
    one = count_votes(facts(reviews=reviews, comments=comments), NOBODY)
    two = count_votes(facts(reviews=reviews[::-1], comments=comments[::-1]), NOBODY)
    assert msgspec.structs.asdict(one) == msgspec.structs.asdict(two)


def test_times_with_offsets_and_fractions_are_compared_as_moments() -> None:
    late = {**approves("bob"), "submitted_at": "2026-11-20T13:30:00.250+01:00"}
    Scene(
        facts(reviews=[late], head_arrived_at="2026-11-20T12:30:00Z"),
        counted=("bob",),
    ).check()
    early = {**approves("bob"), "submitted_at": "2026-11-20T13:30:00+01:00"}
    Scene(
        facts(reviews=[early], head_arrived_at="2026-11-20T12:30:00.5Z"),
        ignored={"bob": "before_head"},
    ).check()


def test_counted_vote_says_who_with_which_access_on_what() -> None:
    (vote,) = count_votes(facts(reviews=[approves("carol")]), NOBODY).counted
    assert (vote.login, vote.id, vote.permission, vote.sha) == ("carol", 13, "admin", HEAD)
