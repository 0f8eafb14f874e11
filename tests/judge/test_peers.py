"""What other tools get wrong with approvals, as found in their code, is right here."""

from __future__ import annotations

import pytest
from judge.scene import (
    HEAD,
    OLD,
    Label,
    Scene,
    approves,
    at,
    comment,
    commit,
    dismissal,
    dismissed,
    event,
    facts,
    labeled,
    need,
    objects,
    said,
    votes_by_comment,
    who,
    with_label,
)

from gate.detect.accounts import is_agent
from gate.judge.approvals import Franchise

KNOWING = Franchise(is_agent=is_agent)
RETRACTED = [approves("bob", id=1), dismissed("bob", "13:00", id=2)]
BY_CAROL = [dismissal("carol", "14:00", 2, "changes_requested")]

PEERS: tuple[tuple[str, Scene | Label], ...] = (
    (
        "policy-bot: an approval survives the same person's objection",
        Scene(
            facts(reviews=[approves("bob"), objects("bob", "13:00")]),
            ignored={"bob": "objecting"},
            objections=("bob",),
        ),
    ),
    (
        "policy-bot: an older approval comes back once the newer review is dismissed",
        Scene(facts(reviews=RETRACTED, events=BY_CAROL), ignored={"bob": "dismissed"}),
    ),
    (
        "policy-bot: an approval survives a push unless somebody asks otherwise",
        Scene(facts(reviews=[approves("bob", sha=OLD)]), ignored={"bob": "other_commit"}),
    ),
    (
        "policy-bot: a thumb anywhere in a comment approves",
        Scene(facts(comments=[comment("bob", "not :+1: at all")]), ignored={}),
    ),
    (
        "policy-bot: an author reachable only by a second parent is no contributor",
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[
                    commit(sha="1" * 40),
                    commit("bob", sha="2" * 40),
                    commit(parents=[{"sha": "1" * 40}, {"sha": "2" * 40}]),
                ],
            ),
            ignored={"bob": "author"},
        ),
    ),
    (
        "policy-bot: logins are compared with case",
        Scene(
            facts(reviews=[approves(who("MONA", 0)), approves(who("Bob", 0))]),
            counted=("Bob",),
            ignored={"MONA": "author"},
        ),
    ),
    (
        "policy-bot: anybody allowed to approve lifts an objection, the author too",
        Scene(
            facts(
                reviews=[dismissed("bob", id=1), approves("carol", "15:00")],
                events=[dismissal("mona", "14:00", 1, "changes_requested")],
            ),
            counted=("carol",),
            objections=("bob",),
        ),
    ),
    (
        "policy-bot: a commit that maps to nobody is ignored",
        Scene(
            facts(reviews=[approves("bob")], commits=[commit(None, None)]),
            counted=("bob",),
            required=(need(1),),
            missing=1,
            extra=1,
        ),
    ),
    ("policy-bot: a label counts whoever set it", Label(with_label(labeled("mona")), "author")),
    (
        "policy-bot: a label counts whenever it was set",
        Label(with_label(labeled("bob"), head_arrived_at=at("12:30")), "before_head"),
    ),
    (
        "approval-check: an approval of an old commit counts",
        Scene(facts(reviews=[approves("bob", sha=OLD)]), ignored={"bob": "other_commit"}),
    ),
    (
        "approval-check: an approval counts again when the objection after it is dismissed",
        Scene(facts(reviews=RETRACTED, events=BY_CAROL), ignored={"bob": "dismissed"}),
    ),
    (
        "approval-check: a writer whose membership is private does not count",
        Scene(
            facts(reviews=[approves("bob", author_association="NONE")]),
            counted=("bob",),
        ),
    ),
    (
        "approval-check: a bot that is on no list counts",
        Scene(
            facts(
                reviews=[approves(who("anything[bot]", 90, "Bot"))], may={"anything[bot]": "write"}
            ),
            ignored={"anything[bot]": "bot"},
        ),
    ),
    (
        "approval-check: twelve digits of a commit are enough",
        Scene(
            facts(comments=[comment("bob", f"/gate approve {HEAD[:12]}")]),
            ignored={"bob": "malformed_command"},
        ),
    ),
    (
        "approval-check: somebody who objects still counts by an older comment",
        Scene(
            facts(comments=[votes_by_comment("bob", "11:00")], reviews=[objects("bob")]),
            ignored={"bob": "objecting"},
            objections=("bob",),
        ),
    ),
    (
        "approval-check: an edited comment counts",
        Scene(facts(comments=[votes_by_comment("bob", edited="13:00")]), ignored={"bob": "edited"}),
    ),
    (
        "approval-check: a base changed later changes nothing",
        Scene(
            facts(reviews=[approves("bob")], events=[event("base_ref_changed", when="13:00")]),
            ignored={"bob": "before_retarget"},
        ),
    ),
    (
        "Atlantis: one owner approves as often as it takes",
        Scene(
            facts(
                comments=[votes_by_comment("bob", f"12:{n:02}") for n in range(5)],
                reviews=[approves("bob")],
            ),
            counted=("bob",),
            ignored={"bob": "duplicate"},
            missing=1,
        ),
    ),
    (
        "Atlantis: the author approves",
        Scene(facts(comments=[votes_by_comment("mona")]), ignored={"mona": "author"}),
    ),
    (
        "Atlantis: the first approval ever is enough, by any reader",
        Scene(facts(reviews=[approves("rita")]), ignored={"rita": "no_write"}),
    ),
    (
        "Atlantis: an approval stands after it was withdrawn",
        Scene(
            facts(reviews=[approves("bob"), objects("bob", "13:00")]),
            ignored={"bob": "objecting"},
            objections=("bob",),
        ),
    ),
    (
        "Atlantis: an administrator of the organisation passes for an owner",
        Scene(
            facts(reviews=[approves("carol")], teams={"acme/security": ["bob"]}),
            ignored={"carol": "not_in_team"},
            required=(need(1, teams=("acme/security",)),),
            missing=1,
        ),
    ),
    (
        "Atlantis: an approval cannot be taken back",
        Scene(
            facts(reviews=[approves("bob")], comments=[comment("bob", "/gate revoke", "13:00")]),
            ignored={"bob": "revoked"},
        ),
    ),
    (
        "Atlantis: nothing to cover is covered, so an old approval is enough for something new",
        Scene(
            facts(reviews=[approves("bob", sha=OLD)]),
            ignored={"bob": "other_commit"},
            covered=frozenset(),
            missing=2,
        ),
    ),
    (
        "Digger: a team that cannot be read is an empty one",
        Scene(
            facts(reviews=[approves("bob")], teams=None),
            ignored={"bob": "team_unknown"},
            required=(need(1, teams=("acme/security",)),),
            gaps=("cannot tell who is in team acme/security",),
        ),
    ),
    (
        "GitHub: a workflow's own review counts",
        Scene(
            facts(reviews=[approves(who("github-actions[bot]", 41898282, "Bot"))]),
            ignored={"github-actions[bot]": "bot"},
        ),
    ),
    (
        "GitHub: whoever asked Copilot counts under another rule than everybody else",
        Scene(
            facts(reviews=[approves("bob")]),
            ignored={"bob": "requester"},
            franchise=Franchise(requesters=("bob",)),
        ),
    ),
    (
        "GitHub: Copilot's approval may count",
        Scene(
            facts(reviews=[approves(who("Copilot", 175728472, "Bot"))]),
            ignored={"Copilot": "agent"},
            franchise=KNOWING,
        ),
    ),
    (
        "Agent-Gate and others: nobody is asked for an approval at all",
        Scene(facts(), missing=2),
    ),
    (
        "policy-verify-action: reviews are counted by their number",
        Scene(
            facts(reviews=[said("bob", "COMMENTED"), said("carol", "COMMENTED"), approves("zed")]),
            ignored={"zed": "no_write"},
            missing=2,
        ),
    ),
    (
        "HAI gate: the author writes the approval into the description",
        Scene(facts(pull={"body": f"/gate approve {HEAD}\n\nOwner approval: bob"}), missing=2),
    ),
    (
        "env0: approving a branch approves whatever comes later",
        Scene(
            facts(comments=[comment("bob", "/gate approve topic")]),
            ignored={"bob": "malformed_command"},
        ),
    ),
)


@pytest.mark.parametrize("scene", [scene for _, scene in PEERS], ids=[name for name, _ in PEERS])
def test_peer_bug(scene: Scene | Label) -> None:
    scene.check()
