"""Breaking the glass."""

from __future__ import annotations

from typing import Any

import pytest
from judge.scene import HEAD, OLD, Scene, comment, dismissal, dismissed, facts, objects, who

from gate.detect.accounts import is_agent
from gate.judge.approvals import Franchise
from gate.schema.site import VotingSettings

WORDS = f"/gate break-glass {HEAD} production is down"
NOBODY = Franchise()


def calls(*comments: dict[str, Any], franchise: Franchise = NOBODY, **sections: Any) -> Any:
    scene = Scene(facts(comments=list(comments), **sections), franchise=franchise)
    return scene.count()[1]


def test_two_maintainers_break_the_glass() -> None:
    votes = calls(comment("erin", WORDS, "13:00"), comment("carol", f"{WORDS}, I agree", "12:00"))
    glass = votes.break_glass
    assert (glass.by, glass.in_force) == (("carol", "erin"), True)
    assert glass.reason == "production is down, I agree"
    assert (glass.at, glass.review_by) == ("2026-11-20T13:00:00Z", "2026-11-21T13:00:00Z")
    assert not votes.counted


def test_nobody_asks_nothing_is_broken() -> None:
    assert calls().break_glass is None


def test_one_maintainer_alone_breaks_nothing() -> None:
    glass = calls(comment("carol", WORDS), comment("carol", WORDS, "13:00")).break_glass
    assert (glass.by, glass.in_force, glass.review_by) == (("carol",), False, "")


@pytest.mark.parametrize(
    ("name", "second", "code"),
    [
        ("writer", comment("bob", WORDS), "no_maintain"),
        ("reader", comment("rita", WORDS), "no_maintain"),
        ("author", comment("mona", WORDS), "author"),
        ("bot", comment(who("ci[bot]", 50, "Bot"), WORDS), "bot"),
        ("agent", comment(who("claude[bot]", 209825114, "Bot"), WORDS), "agent"),
        ("owner of the agent", comment(who("olga", 40), WORDS), "agent_owner"),
        ("edited", comment("erin", WORDS, edited="12:05"), "edited"),
        ("by an app", comment("erin", WORDS, performed_via_github_app={"id": 3}), "via_app"),
        ("older head", comment("erin", WORDS.replace(HEAD, OLD)), "other_commit"),
        ("no reason", comment("erin", f"/gate break-glass {HEAD}"), "malformed_command"),
        ("short reason", comment("erin", f"/gate break-glass {HEAD} urgent"), "malformed_command"),
        (
            "hidden reason",
            comment("erin", f"/gate break-glass {HEAD} go{chr(0x3164) * 12}"),
            "malformed_command",
        ),
        ("half a commit", comment("erin", WORDS.replace(HEAD, HEAD[:12])), "malformed_command"),
        (
            "no time",
            {**comment("erin", WORDS), "created_at": None, "updated_at": None},
            "before_head",
        ),
        ("stranger", comment(who("newcomer", 70), WORDS), "permission_unknown"),
    ],
)
def test_second_call_must_hold(name: str, second: dict[str, Any], code: str) -> None:
    franchise = Franchise(is_agent=is_agent, agent_owners=("olga",))
    votes = calls(comment("carol", WORDS), second, franchise=franchise, may={"olga": "admin"})
    assert not votes.break_glass.in_force, name
    assert [vote.code for vote in votes.ignored] == [code]


def test_call_is_taken_back() -> None:
    both = (comment("carol", WORDS), comment("erin", WORDS))
    assert not calls(*both, comment("erin", "/gate revoke", "13:00")).break_glass.in_force
    assert not calls(*both, comment("carol", "/gate revoke @erin", "13:00")).break_glass.in_force


def test_call_of_somebody_who_objects_is_void() -> None:
    both = (comment("carol", WORDS), comment("erin", WORDS))
    assert not calls(*both, reviews=[objects("erin")]).break_glass.in_force
    gone = [dismissed("erin", id=2)]
    by = [dismissal("carol", "11:00", 2, "changes_requested")]
    assert calls(*both, reviews=gone, events=by).break_glass.in_force


def test_site_may_have_no_glass() -> None:
    franchise = Franchise(settings=VotingSettings(break_glass=False))
    votes = calls(comment("carol", WORDS), comment("erin", WORDS), franchise=franchise)
    assert votes.break_glass is None
    assert {vote.code for vote in votes.ignored} == {"switched_off"}


def test_head_that_arrived_later_voids_a_call() -> None:
    votes = calls(
        comment("carol", WORDS), comment("erin", WORDS), head_arrived_at="2026-11-20T12:00:00Z"
    )
    assert votes.break_glass is None
