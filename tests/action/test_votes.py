"""Votes end to end: what people do on GitHub, the event it makes, and the status that follows."""

from __future__ import annotations

from typing import Any

import pytest
from action.world import (
    ALICE,
    BOB,
    CAROL,
    COPILOT,
    CURSOR,
    DAVE,
    DEVIN,
    DOCS,
    IAM,
    LABELLED,
    by_devin,
    codes,
    counted,
    registry,
    report_of,
)
from forge.scenario import HEAD, commit_of

pytestmark = pytest.mark.opa

NEXT = "c" * 40
GROUP = "d" * 40


def test_semantic_b8_87_red_turns_green_by_itself_and_back(world: Any) -> None:
    here = world(by_devin(IAM))
    first = here.opened()
    assert (first.code, first.outputs["decision"]) == (1, "hold"), first.log
    assert here.status[0] == "pending"
    assert here.status[1].startswith("2 approvals missing")
    assert here.verdicts == ["CHANGES_REQUESTED"]

    here.review(BOB)
    approval = here.review(CAROL)
    approved = here.relayed()
    assert (approved.code, counted(approved)) == (0, ["bob", "carol"]), approved.log
    assert here.status[0] == "success"
    assert here.verdicts == ["DISMISSED"]

    here.dismiss(approval, DAVE)
    dismissed = here.relayed()
    assert dismissed.code == 1, dismissed.log
    assert here.statuses == ["pending", "success", "pending", "pending"]
    assert here.status[1].startswith("1 approval missing, 1 counted")
    assert codes(dismissed)["carol"] == ["dismissed"]

    comment = here.comment(CAROL, f"/gate approve {HEAD}")
    commanded = here.commented(comment)
    assert (commanded.code, here.status[0]) == (0, "success"), commanded.log

    comment["updated_at"] = here.now()
    edited = here.commented(comment, "edited")
    assert (edited.code, here.status[0]) == (1, "pending"), edited.log
    assert "edited" in codes(edited)["carol"]


def test_semantic_b2_36_new_base_turns_it_back(world: Any) -> None:
    here = world(by_devin(IAM))
    here.review(BOB)
    here.review(CAROL)
    assert here.opened().code == 0
    assert here.statuses == ["success"]
    here.state.pull["base"]["ref"] = "release"
    here.event("base_ref_changed", ALICE)
    job = here.opened(action="edited", changes={"base": {"ref": {"from": "main"}}})
    assert job.code == 1, job.log
    assert here.statuses == ["success", "pending", "pending"]
    assert codes(job) == {"bob": ["before_retarget"], "carol": ["before_retarget"]}


def test_label_counts_by_who_set_it_and_only_while_it_is_there(world: Any) -> None:
    here = world(by_devin(DOCS, {"policies/teams/iam.rego": LABELLED}))
    here.label(DEVIN, "iam-approved")
    own = here.opened()
    assert (own.code, own.outputs["decision"]) == (1, "block"), own.log
    assert here.status[0] == "failure"

    here.event("unlabeled", DEVIN, label={"name": "iam-approved"})
    here.label(BOB, "iam-approved")
    labelled = here.opened(action="labeled")
    assert labelled.code == 0, labelled.log
    assert here.status[0] == "success"

    here.state.pull["labels"] = []
    here.event("unlabeled", BOB, label={"name": "iam-approved"})
    assert here.opened(action="unlabeled").code == 1
    assert here.status[0] == "failure"


def test_semantic_b1_01_one_person_is_one_vote(world: Any) -> None:
    here = world(by_devin(IAM))
    here.review(BOB)
    here.review({**BOB, "login": "Bob"})
    here.comment(BOB, f"/gate approve {HEAD}")
    job = here.relayed()
    assert job.code == 1, job.log
    assert [login.lower() for login in counted(job)] == ["bob"]
    assert here.status[1].startswith("1 approval missing, 1 counted")


def test_semantic_b2_31_push_after_the_approvals_voids_them(world: Any) -> None:
    here = world(by_devin(IAM))
    here.review(BOB)
    here.review(CAROL)
    assert here.opened().code == 0
    here.state.commits.append({**here.state.commits[0], "sha": NEXT, "parents": [{"sha": HEAD}]})
    here.state.pull["commits"] = 2
    here.state.move_head(NEXT)
    job = here.opened(action="synchronize")
    assert job.code == 1, job.log
    assert codes(job) == {"bob": ["other_commit"], "carol": ["other_commit"]}
    # NOTE: the older commit keeps its success; it is not what would be merged
    assert here.statuses == ["pending"]


def test_semantic_b1_09_whoever_asked_the_agent_does_not_approve(world: Any) -> None:
    here = world(by_devin(IAM, body="Requested by: Bob (@bob)"))
    here.review(BOB)
    here.review(CAROL)
    job = here.relayed()
    assert job.code == 1, job.log
    assert (counted(job), codes(job)) == (["carol"], {"bob": ["requester"]})


def test_semantic_b1_25_agents_approve_each_other_in_vain(world: Any) -> None:
    here = world(by_devin(IAM))
    head = {"ref": "cursor/x", "sha": NEXT, "repo": {"full_name": "acme/app", "id": 1}}
    other = by_devin(IAM, number=8, head=head)
    other.commits = [commit_of(NEXT)]
    other.pull["user"] = dict(CURSOR)
    here.state.others.append(other)
    here.review(CURSOR)
    here.review(COPILOT)
    other.reviews.append({**here.state.reviews[0], "user": DEVIN, "commit_id": NEXT})
    job = here.run.on("schedule", schedule="17 5 * * *")
    assert job.code == 1, job.log
    assert {one["state"] for one in here.state.statuses} == {"pending"}
    assert len(here.state.statuses) == 2
    assert counted(job) == []


@pytest.mark.parametrize(
    ("site", "decision", "rule"),
    [
        (registry(state="suspended"), "block", "agents.suspended"),
        (registry(identities={"logins": ["cursor[bot]"]}), "hold", "agents.unregistered"),
    ],
    ids=["suspended", "unregistered"],
)
def test_agent_that_may_not_work_is_stopped(
    world: Any, site: dict[str, bytes], decision: str, rule: str
) -> None:
    here = world(by_devin(DOCS, site))
    job = here.opened()
    assert (job.code, job.outputs["decision"]) == (1, decision), job.log
    assert rule in {finding["rule"] for finding in report_of(job)["findings"]}
    assert here.status[0] == {"block": "failure", "hold": "pending"}[decision]


def test_owner_of_the_agent_does_not_approve_and_the_backup_does(world: Any) -> None:
    here = world(by_devin(IAM, registry()))
    here.review(DAVE)
    here.review(CAROL)
    job = here.relayed()
    assert job.code == 1, job.log
    assert (counted(job), codes(job)) == (["carol"], {"dave": ["agent_owner"]})


def test_semantic_b7_76_fork_is_held_without_a_right_and_judged_with_one(world: Any) -> None:
    fork = {"ref": "fix", "sha": HEAD, "repo": {"full_name": "mallory/app", "id": 9}}
    here = world(by_devin(IAM, head=fork))
    held = here.run("reader")
    assert (held.code, held.outputs["decision"]) == (1, "hold"), held.log
    assert (here.state.statuses, here.state.reviews) == ([], [])
    here.review(BOB)
    here.review(CAROL)
    assert here.relayed().code == 0
    assert here.status[0] == "success"


def test_semantic_b7_79_merge_queue_counts_again(world: Any) -> None:
    here = world(by_devin(IAM))
    approval = here.review(BOB)
    here.review(CAROL)
    parent = here.state.tip_sha
    here.state.keep(GROUP, here.state.after)
    group = {
        "head_sha": GROUP,
        "head_ref": f"refs/heads/gh-readonly-queue/main/pr-7-{parent}",
        "base_sha": parent,
        "base_ref": "refs/heads/main",
        "head_commit": {"id": GROUP},
    }
    good = here.run.on("merge_group", action="checks_requested", merge_group=group)
    assert good.code == 0, good.log
    here.dismiss(approval, DAVE)
    bad = here.run.on("merge_group", action="checks_requested", merge_group=group)
    assert bad.code == 1, bad.log
    written = [(one["sha"], one["state"]) for one in here.state.statuses]
    assert written == [(GROUP, "success"), (GROUP, "pending")], bad.log
    assert here.verdicts == []
