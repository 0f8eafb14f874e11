"""B1: who counts."""

from __future__ import annotations

import msgspec
from judge.scene import (
    HEAD,
    Scene,
    approves,
    at,
    comment,
    commit,
    event,
    facts,
    item,
    need,
    objects,
    votes_by_comment,
    who,
)

from gate.detect.accounts import is_agent
from gate.judge.approvals import Franchise
from gate.schema.site import VotingSettings

COPILOT = who("copilot-pull-request-reviewer[bot]", 175728472, "Bot")
KNOWING = Franchise(is_agent=is_agent)
MACHINES = Franchise(settings=VotingSettings(machine_accounts=("ci-runner", "Relay")))
TEAM = need(1, teams=("acme/security",))

WHO_COUNTS = (
    item(
        1,
        "one person twice is one vote",
        Scene(
            facts(reviews=[approves("bob", id=1), approves("bob", "13:00", id=2)]),
            counted=("bob",),
            ignored={"bob": "duplicate"},
            missing=1,
        ),
        Scene(
            facts(reviews=[approves("bob")], comments=[votes_by_comment("bob", "13:00")]),
            counted=("bob",),
            ignored={"bob": "duplicate"},
            missing=1,
        ),
        Scene(
            facts(reviews=[approves("bob")], comments=[votes_by_comment(who("BOB", 0), "11:00")]),
            counted=("bob",),
            missing=1,
        ),
    ),
    item(
        2,
        "bots never count",
        Scene(
            facts(
                reviews=[
                    approves(who("ci", 50, "Bot")),
                    approves(who("deploy[bot]", 51)),
                    approves(who("acme", 52, "Organization")),
                    approves(who("import", 53, "Mannequin")),
                ],
                may={"ci": "admin", "deploy[bot]": "admin", "acme": "admin", "import": "admin"},
            ),
            ignored=dict.fromkeys(("ci", "deploy[bot]", "acme", "import"), "bot"),
        ),
    ),
    item(
        3,
        "machine accounts never count",
        Scene(
            facts(
                reviews=[approves(who("CI-Runner", 60)), approves(who("relay", 61))],
                may={"ci-runner": "write", "relay": "write"},
            ),
            ignored={"CI-Runner": "machine_account", "relay": "machine_account"},
            franchise=MACHINES,
        ),
    ),
    item(
        4,
        "agents never count and their approval is on record",
        Scene(
            facts(
                reviews=[
                    approves(COPILOT),
                    approves(who("github-actions[bot]", 41898282, "Bot")),
                    approves(who("devin-ai-integration[bot]", 158243242, "Bot")),
                ],
            ),
            ignored={
                "copilot-pull-request-reviewer[bot]": "agent",
                "github-actions[bot]": "bot",
                "devin-ai-integration[bot]": "agent",
            },
            franchise=KNOWING,
        ),
    ),
    item(
        5,
        "a login with and without its suffix is one",
        Scene(
            facts(reviews=[approves(who("copilot-pull-request-reviewer", 0, "Bot"))]),
            ignored={"copilot-pull-request-reviewer": "agent"},
            franchise=KNOWING,
        ),
        Scene(
            facts(reviews=[approves(who("ci-runner", 60)), approves(who("relay", 61))]),
            ignored={"ci-runner": "machine_account", "relay": "machine_account"},
            franchise=Franchise(
                settings=VotingSettings(machine_accounts=("ci-runner[bot]", "@relay"))
            ),
        ),
    ),
    item(
        6,
        "the author's own comment is no approval",
        Scene(facts(comments=[votes_by_comment("mona")]), ignored={"mona": "author"}),
        Scene(facts(reviews=[approves(who("renamed", 1))]), ignored={"renamed": "author"}),
    ),
    item(
        7,
        "whoever wrote or committed a commit has a stake",
        Scene(
            facts(reviews=[approves("bob")], commits=[commit("bob", "mona")]),
            ignored={"bob": "author"},
        ),
        Scene(
            facts(reviews=[approves("bob")], commits=[commit("mona", "bob")]),
            ignored={"bob": "committer"},
        ),
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[commit(None, "mona", author_email="12+old@users.noreply.github.com")],
            ),
            ignored={"bob": "author"},
            extra=1,
        ),
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[
                    commit("bob", author_email="bob@acme.test", sha="1" * 40),
                    commit("mona", committer_email="BOB@acme.test"),
                ],
            ),
            ignored={"bob": "author"},
        ),
    ),
    item(
        8,
        "co-authors have a stake, those of an accepted suggestion too",
        Scene(
            facts(
                reviews=[approves("bob"), approves("carol")],
                commits=[
                    commit(
                        "mona",
                        who("web-flow", 19864447),
                        message="Apply suggestion\n\n"
                        "Co-authored-by: bob <12+bob@users.noreply.github.com>",
                    )
                ],
            ),
            counted=("carol",),
            ignored={"bob": "co_author"},
        ),
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[
                    commit("mona", message="x\n\nco-authored-by: B <bob@acme.test>"),
                    commit("mona", "bob", committer_email="bob@acme.test", sha="1" * 40),
                ],
            ),
            ignored={"bob": "committer"},
        ),
    ),
    item(
        9,
        "whoever asked the agent has a stake, and its owner",
        Scene(
            facts(reviews=[approves("bob"), approves("carol"), approves("erin")]),
            counted=("erin",),
            ignored={"bob": "requester", "carol": "agent_owner"},
            franchise=Franchise(requesters=("dave", "BOB"), agent_owners=("Carol",)),
        ),
    ),
    item(
        10,
        "the last pusher has a stake",
        Scene(
            facts(
                reviews=[approves("bob"), approves("carol")],
                pushes=[
                    {"actor": who("bob"), "after": HEAD, "timestamp": at("08:40")},
                    {"actor": who("carol"), "after": "b" * 40, "timestamp": at("08:30")},
                ],
            ),
            counted=("carol",),
            ignored={"bob": "last_pusher"},
        ),
        Scene(
            facts(
                reviews=[approves("bob"), approves("carol")],
                events=[event("head_ref_force_pushed", "bob", "10:00")],
            ),
            counted=("carol",),
            ignored={"bob": "last_pusher"},
        ),
    ),
    item(
        11,
        "whoever pressed Update branch wrote its merge commit",
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[
                    commit(sha="1" * 40),
                    commit(
                        "bob",
                        who("web-flow", 19864447),
                        parents=[{"sha": "1" * 40}, {"sha": "c" * 40}],
                    ),
                ],
            ),
            ignored={"bob": "author"},
        ),
    ),
    item(
        12,
        "a commit that maps to no account adds one approval",
        Scene(
            facts(reviews=[approves("bob")], commits=[commit(None, "mona"), commit(None, None)]),
            counted=("bob",),
            required=(need(1),),
            missing=1,
            extra=1,
        ),
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[commit("mona", None, committer_email="noreply@github.com", verified=True)],
            ),
            counted=("bob",),
            required=(need(1),),
            missing=0,
        ),
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[commit("mona", None, committer_email="noreply@github.com")],
            ),
            counted=("bob",),
            required=(need(1),),
            missing=1,
            extra=1,
        ),
    ),
    item(
        13,
        "commits of a second parent are commits of the pull request",
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[
                    commit(sha="1" * 40, parents=[{"sha": "c" * 40}]),
                    commit("bob", sha="2" * 40, parents=[{"sha": "c" * 40}]),
                    commit(parents=[{"sha": "1" * 40}, {"sha": "2" * 40}]),
                ],
            ),
            ignored={"bob": "author"},
        ),
    ),
    item(
        14,
        "write access or more, as of now",
        Scene(
            facts(reviews=[approves(n) for n in ("bob", "carol", "erin", "rita", "tim", "zed")]),
            counted=("bob", "carol", "erin"),
            ignored=dict.fromkeys(("rita", "tim", "zed"), "no_write"),
            missing=0,
            says="has triage access, write is needed",
        ),
    ),
    item(
        15,
        "author_association says nothing",
        Scene(
            facts(
                reviews=[
                    approves("bob", author_association="NONE"),
                    approves("rita", author_association="OWNER"),
                ]
            ),
            counted=("bob",),
            ignored={"rita": "no_write"},
        ),
    ),
    item(
        16,
        "a permission that nobody could read is unknown, not none",
        Scene(
            facts(reviews=[approves(who("newcomer", 70))]),
            ignored={"newcomer": "permission_unknown"},
            gaps=("cannot tell whether newcomer may approve",),
        ),
        Scene(
            facts(reviews=[approves(who("newcomer", 70)), approves("bob"), approves("carol")]),
            counted=("bob", "carol"),
            ignored={"newcomer": "permission_unknown"},
            missing=0,
        ),
        Scene(
            facts(reviews=[objects(who("newcomer", 70))]),
            required=(),
            gaps=("cannot tell whether newcomer may object",),
        ),
        Scene(facts(reviews=None), gaps=("reviews or permissions are missing",)),
        Scene(facts(permissions=None), gaps=("reviews or permissions are missing",)),
    ),
    item(
        17,
        "who left the organisation or the team no longer counts",
        Scene(facts(reviews=[approves("bob")], may={"bob": "none"}), ignored={"bob": "no_write"}),
        Scene(
            facts(reviews=[approves("bob")], teams={"acme/security": ["carol"]}),
            ignored={"bob": "not_in_team"},
            required=(TEAM,),
            missing=1,
        ),
    ),
    item(
        18,
        "only active members of a team",
        Scene(
            facts(
                reviews=[approves("bob"), approves("carol")],
                teams={"acme/security": ["Carol"]},
            ),
            counted=("carol",),
            ignored={"bob": "not_in_team"},
            required=(TEAM,),
            missing=0,
        ),
    ),
    item(
        19,
        "a team nobody can see into is unknown, not empty",
        Scene(
            facts(reviews=[approves("bob")]),
            ignored={"bob": "team_unknown"},
            required=(TEAM,),
            gaps=("cannot tell who is in team acme/security: the token needs Members: read",),
        ),
        Scene(
            facts(reviews=[approves("bob")], teams={"acme/platform": ["bob"]}),
            counted=("bob",),
            required=(need(1, teams=("acme/security", "acme/platform")),),
            missing=0,
        ),
    ),
    item(
        20,
        "a renamed login keeps its votes, a login taken over inherits none",
        Scene(
            facts(
                reviews=[approves("bob", id=1), approves(who("robert", 12), "13:00", id=2)],
                may={"robert": "write"},
            ),
            counted=("robert",),
            missing=1,
        ),
        Scene(
            facts(reviews=[approves(None), approves(who("bob", 77), "13:00")]),
            counted=("bob",),
            ignored={"ghost": "ghost"},
        ),
        Scene(
            facts(reviews=[approves("bob", id=1), approves(who("bob", 77), "13:00", id=2)]),
            counted=("bob",),
            missing=1,
        ),
    ),
    item(
        21,
        "one person serves every rule, each of them once",
        Scene(
            facts(
                reviews=[approves("bob")],
                teams={"acme/security": ["bob"], "acme/platform": ["bob"]},
            ),
            counted=("bob",),
            required=(TEAM, need(2, surface="network", teams=("acme/platform",))),
            missing=1,
        ),
    ),
    item(
        22,
        "a deleted account does not count",
        Scene(facts(reviews=[approves(None)]), ignored={"ghost": "ghost"}),
        Scene(
            facts(comments=[votes_by_comment(who("ghost", 10137))], may={"ghost": "write"}),
            ignored={"ghost": "ghost"},
        ),
    ),
    item(
        23,
        "an account without access any more does not count",
        Scene(
            facts(reviews=[approves("carol")], may={"carol": "none"}), ignored={"carol": "no_write"}
        ),
    ),
    item(
        24,
        "admin is no membership and no second vote",
        Scene(
            facts(reviews=[approves("carol")], teams={"acme/security": ["bob"]}),
            ignored={"carol": "not_in_team"},
            required=(TEAM,),
            missing=1,
        ),
        Scene(facts(reviews=[approves("carol")]), counted=("carol",), missing=1),
    ),
    item(
        25,
        "agents approving each other are zero votes",
        Scene(
            facts(
                pull={"user": who("copilot-swe-agent[bot]", 198982749, "Bot")},
                reviews=[approves(COPILOT), approves("carol")],
                comments=[comment(who("claude[bot]", 209825114, "Bot"), f"/gate approve {HEAD}")],
            ),
            ignored={
                "copilot-pull-request-reviewer[bot]": "agent",
                "claude[bot]": "agent",
                "carol": "agent_owner",
            },
            franchise=msgspec.structs.replace(KNOWING, agent_owners=("carol",)),
            missing=2,
        ),
    ),
)
