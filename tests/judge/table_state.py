"""B2 to B5: currency, reviews, commands, labels."""

from __future__ import annotations

from judge.scene import (
    HEAD,
    OLD,
    OLDER,
    Elsewhere,
    Label,
    OutOfReach,
    Scene,
    approves,
    at,
    comment,
    commit,
    dismissal,
    dismissed,
    event,
    facts,
    item,
    labeled,
    need,
    objects,
    said,
    unlabeled,
    votes_by_comment,
    who,
    with_label,
)

from gate.detect.accounts import is_agent
from gate.judge.approvals import Franchise

KNOWING = Franchise(is_agent=is_agent)
ONE = (need(1),)
PUSHED = [{"actor": who("mona"), "after": HEAD, "timestamp": at("12:30")}]

CURRENCY = (
    item(
        26,
        "a vote is on the head and after it arrived",
        Scene(facts(reviews=[approves("bob")], head_arrived_at=at("10:00")), counted=("bob",)),
        Scene(
            facts(reviews=[approves("bob")], head_arrived_at=at("12:30")),
            ignored={"bob": "before_head"},
        ),
        Scene(
            facts(reviews=[approves("bob", sha=OLD)], head_arrived_at=at("10:00")),
            ignored={"bob": "other_commit"},
        ),
        Scene(facts(reviews=[approves("bob")]), counted=("bob",)),
    ),
    item(
        27,
        "commit dates are no time of arrival",
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[commit(date="2020-01-01T00:00:00Z")],
                head_arrived_at=at("12:30"),
            ),
            ignored={"bob": "before_head"},
        ),
        Scene(
            facts(reviews=[approves("bob")], commits=[commit(date="2030-01-01T00:00:00Z")]),
            counted=("bob",),
        ),
    ),
    item(
        28,
        "a commit id that GitHub moved forward does not help an older vote",
        Scene(
            facts(reviews=[approves("bob", "12:00", sha=HEAD)], pushes=PUSHED),
            ignored={"bob": "before_head"},
        ),
    ),
    item(
        29,
        "the head arrived when it became this pull request's, not when it was first seen",
        Scene(
            facts(
                reviews=[approves("bob")],
                head_arrived_at=at("08:00"),
                events=[event("head_ref_force_pushed", "mona", "12:30")],
            ),
            ignored={"bob": "before_head"},
        ),
        Scene(
            facts(reviews=[approves("bob")], head_arrived_at=at("08:00"), pushes=PUSHED),
            ignored={"bob": "before_head"},
        ),
    ),
    item(
        30,
        "a force-push back to an approved commit asks for the approval again",
        Scene(
            facts(
                reviews=[approves("bob", "10:00", sha=HEAD)],
                events=[
                    event("head_ref_force_pushed", "mona", "10:30"),
                    event("head_ref_force_pushed", "mona", "11:00"),
                ],
                head_arrived_at=at("09:30"),
            ),
            ignored={"bob": "before_head"},
        ),
    ),
    item(
        31,
        "new commits make earlier approvals stale, and the reason names both",
        Scene(
            facts(
                reviews=[approves("bob", sha=OLD)], comments=[votes_by_comment("carol", sha=OLDER)]
            ),
            ignored={"bob": "other_commit", "carol": "other_commit"},
            says="is for commit bbbbbbb, the head is now aaaaaaa",
            missing=2,
        ),
    ),
    item(
        32,
        "Update branch makes approvals stale",
        Scene(
            facts(
                reviews=[approves("bob", sha=OLD)],
                commits=[
                    commit(sha=OLD),
                    commit(parents=[{"sha": OLD}, {"sha": "c" * 40}]),
                ],
            ),
            ignored={"bob": "other_commit"},
        ),
    ),
    item(
        33,
        "an approval of the same planned changes carries over",
        Scene(
            facts(reviews=[approves("bob", sha=OLD)], head_arrived_at=at("12:30")),
            counted=("bob",),
            covered=frozenset({OLD}),
            missing=1,
        ),
        Elsewhere("tests/record/test_scope.py", "test_same_changes_carry_over"),
    ),
    item(
        34,
        "what was not covered does not carry over, and nothing asked is nothing needed",
        Scene(
            facts(reviews=[approves("bob", sha=OLDER), approves("carol", sha=OLD)]),
            counted=("carol",),
            ignored={"bob": "other_commit"},
            covered=frozenset({OLD}),
        ),
        Scene(facts(reviews=[approves("bob", sha=OLD)]), required=(), missing=0),
        Elsewhere("tests/record/test_scope.py", "test_anything_else_does_not"),
    ),
    item(
        35,
        "an approval before the plan",
        OutOfReach(
            "No fact tells when a plan was made; an approval names the commit, and the same commit"
            " with another plan shows other findings, for which scope mode digests what is planned."
        ),
    ),
    item(
        36,
        "a changed base makes every approval stale",
        Scene(
            facts(
                reviews=[approves("bob"), approves("carol", "13:00")],
                events=[event("base_ref_changed", "mona", "12:30")],
            ),
            counted=("carol",),
            ignored={"bob": "before_retarget"},
        ),
        Scene(
            facts(
                reviews=[approves("bob", sha=OLD)],
                events=[event("automatic_base_change_succeeded", "mona", "12:30")],
            ),
            ignored={"bob": "before_retarget"},
            covered=frozenset({OLD}),
        ),
    ),
    item(
        37,
        "a base that merely advanced leaves approvals standing",
        Scene(
            facts(
                reviews=[approves("bob")],
                pull={"base": {"ref": "main", "sha": "e" * 40}},
            ),
            counted=("bob",),
        ),
    ),
    item(
        38,
        "an approval over its maximum age is stale",
        Scene(
            facts(reviews=[{**approves("bob"), "submitted_at": "2026-11-13T08:00:00Z"}]),
            ignored={"bob": "too_old"},
            required=(need(1, max_age_days=7),),
            missing=1,
            says="is older than 7 days",
        ),
        Scene(
            facts(reviews=[{**approves("bob"), "submitted_at": "2026-11-13T08:00:00Z"}]),
            counted=("bob",),
            required=(need(1, max_age_days=7), need(1, surface="network")),
            missing=1,
        ),
    ),
    item(
        39,
        "closing and opening again changes neither votes nor who has a stake",
        Scene(
            facts(
                reviews=[approves("bob"), approves("carol")],
                events=[event("closed", "mona", "12:10"), event("reopened", "mona", "12:20")],
            ),
            counted=("carol",),
            ignored={"bob": "requester"},
            franchise=Franchise(requesters=("bob",)),
        ),
    ),
    item(
        40,
        "votes are counted anew under every policy",
        Scene(facts(reviews=[approves("bob")]), counted=("bob",), required=ONE, missing=0),
        Scene(facts(reviews=[approves("bob")]), counted=("bob",), required=(need(2),), missing=1),
    ),
)

RETRACTED = [
    approves("bob", "12:00", id=1),
    dismissed("bob", "13:00", id=2),
]

REVIEWS = (
    item(
        41,
        "the latest decisive review wins, by time and then id",
        Scene(
            facts(
                reviews=[
                    approves("bob", "13:00", id=3),
                    objects("bob", "12:00", id=4),
                    said("bob", "COMMENTED", "14:00", id=5),
                    said("bob", "PENDING", "15:00", id=6),
                ]
            ),
            counted=("bob",),
        ),
        Scene(
            facts(reviews=[objects("bob", id=9), approves("bob", id=8)]),
            ignored={"bob": "objecting"},
            objections=("bob",),
        ),
        Scene(facts(reviews=[objects("bob", id=8), approves("bob", id=9)]), counted=("bob",)),
    ),
    item(
        42,
        "an objection after an approval voids it and holds",
        Scene(
            facts(reviews=[approves("bob", id=1), objects("bob", "13:00", id=2)]),
            ignored={"bob": "objecting"},
            objections=("bob",),
        ),
    ),
    item(
        43,
        "a dismissed objection does not bring the older approval back",
        Scene(
            facts(reviews=RETRACTED, events=[dismissal("carol", "14:00", 2, "changes_requested")]),
            ignored={"bob": "dismissed"},
            says="was dismissed by carol",
        ),
        Scene(
            facts(
                reviews=[*RETRACTED, approves("bob", "15:00", id=3)],
                events=[dismissal("carol", "14:00", 2, "changes_requested")],
            ),
            counted=("bob",),
        ),
    ),
    item(
        44,
        "a dismissed approval is none, and nobody with a stake dismisses an objection",
        Scene(
            facts(
                reviews=[dismissed("bob", id=1)],
                events=[dismissal("mona", "13:00", 1, "approved")],
            ),
            ignored={"bob": "dismissed"},
            says="was dismissed by mona",
        ),
        *(
            Scene(
                facts(
                    reviews=RETRACTED,
                    events=[dismissal(by, "14:00", 2, "changes_requested", **more)],
                ),
                ignored={"bob": "objecting", name: code},
                objections=("bob",),
                franchise=Franchise(is_agent=is_agent, requesters=("dave",)),
                says="dismissed the objection of bob, which stands",
            )
            for by, name, code, more in (
                ("mona", "mona", "author", {}),
                ("dave", "dave", "requester", {}),
                (who("claude[bot]", 209825114, "Bot"), "claude[bot]", "agent", {}),
                (who("ci[bot]", 50, "Bot"), "ci[bot]", "bot", {}),
                (None, "ghost", "ghost", {}),
                ("carol", "carol", "via_app", {"performed_via_github_app": {"id": 5}}),
            )
        ),
        Scene(
            facts(reviews=[dismissed("bob", id=1)], events=None),
            ignored={"bob": "dismissed"},
            gaps=("cannot tell whether bob objects",),
        ),
    ),
    item(
        45,
        "somebody else's approval does not lift an objection",
        Scene(
            facts(reviews=[objects("bob"), approves("carol", "13:00"), approves("dave", "13:00")]),
            counted=("carol", "dave"),
            objections=("bob",),
            missing=0,
        ),
    ),
    item(
        46,
        "reviewDecision is no input",
        Scene(facts(pull={"reviewDecision": "APPROVED", "review_decision": "APPROVED"}), missing=2),
    ),
    item(
        47,
        "an approval given again on the new head counts",
        Scene(
            facts(reviews=[approves("bob", sha=OLD, id=1), approves("bob", "13:00", id=2)]),
            counted=("bob",),
            ignored={"bob": "duplicate"},
        ),
    ),
)


def no_vote(body: str) -> Scene:
    return Scene(facts(comments=[comment("bob", body)]), ignored={}, missing=2)


def malformed(body: str) -> Scene:
    return Scene(facts(comments=[comment("bob", body)]), ignored={"bob": "malformed_command"})


COMMANDS = (
    item(
        48,
        "a command is the whole first line and nothing else is one",
        Scene(facts(comments=[votes_by_comment("bob")]), counted=("bob",)),
        Scene(
            facts(comments=[comment("bob", f"/gate approve {HEAD} \t\r\n\r\nLooks fine.")]),
            counted=("bob",),
        ),
        no_vote(f"> /gate approve {HEAD}"),
        no_vote(f"```\n/gate approve {HEAD}\n```"),
        no_vote(f"<!-- \n/gate approve {HEAD}\n-->"),
        no_vote(f"On Friday mona wrote:\n> /gate approve {HEAD}"),
        no_vote(f"Please write /gate approve {HEAD}"),
        no_vote(f"\n/gate approve {HEAD}"),
        malformed(f"    /gate approve {HEAD}"),
        malformed(f"/gate approve {HEAD} please"),
    ),
    item(
        49,
        "a command names the whole head",
        malformed(f"/gate approve {HEAD[:12]}"),
        malformed(f"/gate approve {HEAD.upper()}"),
        malformed("/gate approve"),
        Scene(
            facts(comments=[votes_by_comment("bob", sha=HEAD[:12] + "f" * 28)]),
            ignored={"bob": "other_commit"},
        ),
    ),
    item(
        50,
        "an edited comment is void, whoever edited it",
        Scene(facts(comments=[votes_by_comment("bob", edited="12:01")]), ignored={"bob": "edited"}),
        Scene(
            facts(comments=[{**votes_by_comment("bob"), "updated_at": "soon"}]),
            ignored={"bob": "edited"},
        ),
    ),
    item(
        51,
        "a deleted comment is gone, and a minimised one cannot be told",
        Scene(facts(comments=[]), missing=2),
        OutOfReach(
            "Only GraphQL tells that a comment was minimised; docs/approvals.md says so, and an"
            " edit or a deletion judges the pull request again."
        ),
    ),
    item(
        52,
        "a comment written through an app is void",
        Scene(
            facts(
                comments=[
                    votes_by_comment("bob", performed_via_github_app={"id": 9, "slug": "helper"})
                ]
            ),
            ignored={"bob": "via_app"},
        ),
    ),
    item(
        53,
        "the same rules for comments as for reviews",
        Scene(
            facts(
                comments=[
                    votes_by_comment(who("ci[bot]", 50, "Bot")),
                    votes_by_comment("mona"),
                    votes_by_comment("dave"),
                    votes_by_comment("bob"),
                ],
                reviews=[approves("bob", "11:00")],
            ),
            counted=("bob",),
            ignored={"ci[bot]": "bot", "mona": "author", "dave": "requester", "bob": "duplicate"},
            franchise=Franchise(requesters=("dave",)),
            missing=1,
        ),
    ),
    item(
        54,
        "a command of somebody who requests changes is void",
        *(
            Scene(
                facts(reviews=[objects("bob", "12:00")], comments=[votes_by_comment("bob", when)]),
                ignored={"bob": "objecting"},
                objections=("bob",),
            )
            for when in ("11:00", "13:00")
        ),
        Scene(
            facts(
                reviews=[dismissed("bob", "12:00", id=2)],
                comments=[votes_by_comment("bob", "13:00")],
                events=[dismissal("carol", "14:00", 2, "changes_requested")],
            ),
            ignored={"bob": "dismissed"},
        ),
        Scene(
            facts(
                reviews=[dismissed("bob", "12:00", id=2)],
                comments=[votes_by_comment("bob", "15:00")],
                events=[dismissal("carol", "14:00", 2, "changes_requested")],
            ),
            counted=("bob",),
        ),
    ),
    item(
        55,
        "commands need write access, and whoever has not is told once",
        Scene(
            facts(comments=[votes_by_comment("rita", f"12:0{n}") for n in range(9)]),
            ignored={"rita": "no_write"},
        ),
        Elsewhere("tests/collect/test_event.py", "test_comment_on_an_issue_is_not_about"),
    ),
    item(
        56,
        "the approver or a maintainer takes an approval back",
        Scene(
            facts(
                reviews=[approves("bob")],
                comments=[
                    votes_by_comment("bob", "12:30"),
                    comment("bob", "/gate revoke", "13:00"),
                ],
            ),
            ignored={"bob": "revoked"},
            says="was taken back by bob",
        ),
        *(
            Scene(
                facts(
                    reviews=[approves("bob")],
                    comments=[comment(by, "/gate revoke @Bob", "13:00")],
                ),
                ignored={"bob": "revoked"},
                says=f"was taken back by {by}",
            )
            for by in ("erin", "carol")
        ),
        Scene(
            facts(
                reviews=[approves("bob")],
                comments=[comment("dave", "/gate revoke @bob", "13:00")],
            ),
            counted=("bob",),
            ignored={"dave": "no_maintain"},
        ),
        Scene(
            facts(
                reviews=[approves("bob", "14:00")],
                comments=[comment("bob", "/gate revoke", "13:00")],
            ),
            counted=("bob",),
        ),
        Scene(
            facts(
                reviews=[approves("bob")],
                comments=[comment(who("newcomer", 70), "/gate revoke @bob", "13:00")],
            ),
            counted=("bob",),
            ignored={"newcomer": "permission_unknown"},
            gaps=("cannot tell whether newcomer may take back",),
        ),
    ),
)

LABELS = (
    item(
        57,
        "a label is no vote",
        Scene(with_label(labeled("bob")), missing=2),
        Label(with_label(labeled("bob"))),
    ),
    item(
        58,
        "the latest event says who set it, and they need write access",
        Label(with_label(labeled("carol"))),
        Label(with_label(labeled("tim")), "no_write"),
        Label(
            with_label(labeled("bob"), unlabeled("bob", "12:10"), labeled("mona", "12:20")),
            "author",
        ),
    ),
    item(
        59,
        "set by the author, an agent, the requester or a bot it is void",
        Label(with_label(labeled("mona")), "author"),
        Label(with_label(labeled("dave")), "requester", Franchise(requesters=("dave",))),
        Label(with_label(labeled(who("github-actions[bot]", 41898282, "Bot"))), "bot"),
        Label(with_label(labeled(who("claude[bot]", 209825114, "Bot"))), "agent", KNOWING),
        Label(with_label(labeled("bob", performed_via_github_app={"id": 5})), "via_app"),
    ),
    item(
        60,
        "set as the pull request was opened it is void",
        Label(with_label(labeled("bob", "09:00"), head_arrived_at=at("08:00")), "before_head"),
        Label(with_label(labeled("bob", "09:00")), "before_head"),
    ),
    item(
        61,
        "set before the head arrived it is stale",
        Label(with_label(labeled("bob"), head_arrived_at=at("12:30")), "before_head"),
        Label(with_label(labeled("bob"), event("head_ref_force_pushed")), "before_head"),
        Label(
            with_label(labeled("bob"), commits=[commit(date=at("12:30"))]),
            "before_head",
        ),
        Label(with_label(labeled("bob"), event("base_ref_changed")), "before_retarget"),
    ),
    item(
        62,
        "set again, only the last time counts; renamed, its events are another label's",
        Label(with_label(labeled("mona", "11:00"), unlabeled("mona", "11:30"), labeled("bob"))),
        Label(with_label(labeled("bob", name="iam-ok")), "label_unknown"),
    ),
    item(
        63,
        "too many labels or no events: nobody can tell",
        Label(
            facts(pull={"labels": [{"name": "iam-approved"}]}, events=None),
            "label_unknown",
            says="cannot be told",
        ),
        Elsewhere("tests/judge/votes/test_labels.py", "test_hundred_and_one_labels_are_unknown"),
    ),
    item(
        64,
        "a label that only looks like it is another label, and is named",
        Label(with_label(labeled("bob"), name="IAM-approved"), "label_unknown"),
        Elsewhere("tests/judge/votes/test_labels.py", "test_near_miss_is_named"),
    ),
    item(
        65,
        "the events decide where the list of labels lags behind",
        Label(with_label(labeled("bob"), unlabeled("bob", "12:10")), "label_removed"),
    ),
)
