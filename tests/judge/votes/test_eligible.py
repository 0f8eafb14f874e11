"""Who could approve and has not."""

from __future__ import annotations

from typing import Any

import pytest
from judge.scene import Scene, approves, facts, need

from gate.detect.accounts import is_agent
from gate.judge.approvals import Franchise, eligible_people
from gate.schema.site import VotingSettings

PEOPLE = {
    "mona": "write",
    "Bob": "write",
    "carol": "admin",
    "dave": "write",
    "rita": "read",
    "ci[bot]": "write",
    "claude[bot]": "write",
    "relay": "write",
}
FRANCHISE = Franchise(
    is_agent=is_agent,
    requesters=("dave",),
    settings=VotingSettings(machine_accounts=("relay",)),
)


def ask(people: dict[str, str] | None = PEOPLE, number: int = 2, **more: Any) -> Any:
    teams = more.pop("asked", ())
    scene = Scene(facts(**more), franchise=FRANCHISE, required=(need(number, teams=teams),))
    ballot, votes = scene.count()
    return eligible_people(people, scene.facts, FRANCHISE, ballot, votes.required)


def test_eligible_are_people_without_a_stake_who_have_not_voted() -> None:
    assert ask() == (("Bob", "carol"), "")
    assert ask(reviews=[approves("bob")])[0] == ("carol",)


def test_team_that_is_asked_for_narrows_the_list() -> None:
    asked = {"asked": ("acme/security",), "number": 1}
    assert ask(teams={"acme/security": ["carol", "mona"]}, **asked)[0] == ("carol",)
    people, note = ask(**asked)
    assert people is None
    assert "nobody can see into team acme/security" in note


def test_nobody_can_tell_without_a_list() -> None:
    people, note = ask(None)
    assert people is None
    assert "may not list who has access" in note


@pytest.mark.parametrize(
    ("people", "number", "says"),
    [
        ({"mona": "admin"}, 1, "nobody may approve this, and 1 must"),
        ({"mona": "admin", "bob": "write"}, 2, "1 person may approve this, and 2 must"),
        ({"mona": "admin", "bob": "write", "carol": "write"}, 3, "2 people may approve this"),
        ({}, 1, "nobody may approve this"),
    ],
)
def test_too_few_people_are_told_the_ways_out(
    people: dict[str, str], number: int, says: str
) -> None:
    _, note = ask(people, number)
    assert note.startswith(says)
    assert "give somebody else write access, lower `min` in .gate/gate.yml, or waive" in note


def test_too_small_team_is_the_one_to_add_somebody_to() -> None:
    asked = {"asked": ("acme/security",), "number": 2}
    _, note = ask(teams={"acme/security": ["carol"]}, **asked)
    assert note.startswith("1 person may approve this, and 2 must: add somebody to acme/security, ")


def test_only_person_left_is_named_once() -> None:
    assert ask({"bob": "write"}, 1) == (("bob",), "")


def test_nothing_missing_needs_no_note() -> None:
    assert ask(number=1, reviews=[approves("bob")]) == (("carol",), "")


def test_long_list_is_cut() -> None:
    people, note = ask({f"p{number:03}": "write" for number in range(80)})
    assert len(people) == 50
    assert note == "80 people may still approve this"
