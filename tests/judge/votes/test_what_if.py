"""Pretending that somebody voted."""

from __future__ import annotations

import pytest
from judge.scene import HEAD, OLD, Scene, approves, at, facts, objects, who

from gate.errors import UsageError
from gate.judge.approvals import apply_what_if, count_labels
from gate.judge.votes.electorate import Franchise
from gate.judge.votes.what_if import SIMULATED
from gate.schema.facts import PullFacts

NOBODY = Franchise()


def what_if(given: PullFacts, *words: str) -> Scene:
    return Scene(apply_what_if(given, words))


def logins(scene: Scene) -> list[str]:
    return [vote.login for vote in scene.count()[1].counted]


def test_pretended_approvals_count() -> None:
    scene = what_if(facts(), "approve=bob", "approve=carol")
    assert logins(scene) == ["bob", "carol"]
    assert scene.count()[1].missing == 0
    assert {review.body for review in scene.facts.reviews or ()} == {SIMULATED}
    assert all(review.id < 0 for review in scene.facts.reviews or ())


def test_wishes_may_be_joined_by_commas() -> None:
    given = apply_what_if(facts(), ["approve=bob,label=a,b@carol,approve=dave"])
    assert [review.user and review.user.login for review in given.reviews or ()] == ["bob", "dave"]
    assert [label.name for label in given.pull.labels] == ["a,b"]


def test_pretended_vote_is_held_to_the_rules() -> None:
    assert logins(what_if(facts(), "approve=rita", "approve=mona", "approve=ci[bot]")) == []


def test_permission_may_be_pretended_too() -> None:
    assert logins(what_if(facts(), "approve=rita:write")) == ["rita"]
    assert logins(what_if(facts(), "approve=carol:read")) == []
    assert logins(what_if(facts(), "approve=newcomer")) == ["newcomer"]


def test_pretended_vote_is_the_known_accounts() -> None:
    scene = what_if(facts(reviews=[objects("bob")]), "approve=BOB")
    assert logins(scene) == ["bob"]
    assert scene.count()[1].objections == ()


def test_objection_holds() -> None:
    scene = what_if(facts(reviews=[approves("bob")]), "object=bob")
    assert (logins(scene), scene.count()[1].objections) == ([], ("bob",))


def test_push_makes_what_came_before_stale_and_what_comes_after_count() -> None:
    scene = what_if(facts(reviews=[approves("bob")]), "push", "approve=carol")
    assert logins(scene) == ["carol"]
    assert scene.facts.pull.head.sha != HEAD
    assert len(scene.facts.pull.head.sha) == 40


@pytest.mark.parametrize(("by", "counts"), [("bob", True), ("mona", False), ("rita", False)])
def test_label_is_judged_like_any_other(by: str, counts: bool) -> None:
    given = apply_what_if(facts(head_arrived_at=at("10:00")), [f"label=iam-approved@{by}"])
    (label,) = count_labels(given, NOBODY)
    assert (label.label, label.counts) == ("iam-approved", counts)


def test_what_is_pretended_comes_after_all_that_happened() -> None:
    given = facts(reviews=[approves("bob", "18:00")], head_arrived_at=at("20:00"))
    assert logins(what_if(given, "approve=carol")) == ["carol"]
    later = apply_what_if(given, ["approve=carol"], now="2026-11-24T10:00:00Z")
    assert (later.reviews or ())[-1].submitted_at == "2026-11-24T10:00:01Z"


def test_facts_without_votes_can_be_pretended_upon() -> None:
    scene = what_if(facts(reviews=None, permissions=None, events=None), "approve=bob")
    assert logins(scene) == ["bob"]


def test_nothing_pretended_changes_nothing() -> None:
    given = facts(reviews=[approves("bob", sha=OLD)], pull={"user": who("mona")})
    assert apply_what_if(given, []) == given


@pytest.mark.parametrize(
    "word",
    [
        "",
        "approve",
        "approve=",
        "approve= bob",
        "approve=bob:owner",
        "approve=bob:",
        "approve=-bob",
        "approve=bob,",
        "Approve=bob",
        "approve=a/b",
        "label=x",
        "label=@bob",
        "object=bob@x",
        "push=bob",
        "merge",
        "approve=bob\n",
        "approve=" + "b" * 200,
        "label=" + "x" * 200 + "@bob",
    ],
)
def test_wish_that_is_none_is_bad_usage(word: str) -> None:
    with pytest.raises(UsageError) as caught:
        apply_what_if(facts(), [word])
    assert caught.value.hint.startswith("Write approve=LOGIN")
    assert caught.value.message.isprintable()


def test_too_many_wishes_are_bad_usage() -> None:
    with pytest.raises(UsageError):
        apply_what_if(facts(), ["push"] * 51)
