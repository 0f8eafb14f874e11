"""Ways in which an author, most of all a program, may try to get past the gate."""

from __future__ import annotations

from judge.scene import (
    HEAD,
    OLD,
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
    votes_by_comment,
    who,
    with_label,
)

from gate.detect.accounts import is_agent
from gate.judge.approvals import Franchise

KNOWING = Franchise(is_agent=is_agent)
COPILOT = who("copilot-pull-request-reviewer[bot]", 175728472, "Bot")
ACTIONS = who("github-actions[bot]", 41898282, "Bot")
GITHUB = "tests/collect/test_github.py"
STATUS = "tests/report/test_status.py"
DETECT = "tests/detect/test_provenance.py"
FIXTURES = "fixtures/rules/terraform/"

EVASIONS = (
    item(
        1,
        "strip every trace of the agent",
        Elsewhere(DETECT, "test_detect_commits_of_both_are_co_authored"),
        OutOfReach(
            "A change without any trace is taken for a person's; the rules about risk hold for"
            " everybody, and the person who opened it has a stake in it."
        ),
    ),
    item(
        2,
        "pose as another agent",
        Elsewhere(DETECT, "test_detect_two_agents_is_read_strictly_and_reported"),
    ),
    item(
        3,
        "put somebody's address into a commit: it bars that person and lets nobody in",
        Scene(
            facts(
                reviews=[approves("bob"), approves("zed")],
                commits=[
                    commit("mona", author_email="12+bob@users.noreply.github.com"),
                    commit("mona", author_email="zed@acme.test", sha="1" * 40),
                ],
            ),
            ignored={"bob": "author", "zed": "no_write"},
        ),
    ),
    item(
        4,
        "hide commits beyond what GitHub lists",
        Elsewhere(GITHUB, "test_commits_that_stay_missing_are_a_gap"),
    ),
    item(
        5,
        "close and open again to start afresh",
        Scene(
            facts(
                reviews=[approves("bob")],
                events=[event("closed"), event("reopened", when="12:31")],
            ),
            ignored={"bob": "requester"},
            franchise=Franchise(requesters=("bob",)),
        ),
    ),
    item(
        6,
        "approve with a person's own token",
        Scene(
            facts(comments=[votes_by_comment("bob", performed_via_github_app={"id": 7})]),
            ignored={"bob": "via_app"},
        ),
        Label(with_label(labeled("bob", performed_via_github_app={"id": 7})), "via_app"),
        OutOfReach(
            "GitHub does not tell a review that a program wrote with a person's own token from one"
            " that the person wrote; only a second person helps, and docs/approvals.md says so."
        ),
    ),
    item(
        7,
        "have a second program approve",
        Scene(
            facts(reviews=[approves(ACTIONS), approves(who("helper[bot]", 77, "Bot"))]),
            ignored={"github-actions[bot]": "bot", "helper[bot]": "bot"},
            missing=2,
        ),
    ),
    item(
        8,
        "have Copilot's review count",
        Scene(
            facts(reviews=[approves(COPILOT)]),
            ignored={"copilot-pull-request-reviewer[bot]": "agent"},
            franchise=KNOWING,
            missing=2,
        ),
    ),
    item(
        9,
        "talk a person into a thumb or a word",
        *(
            Scene(facts(comments=[comment("bob", body)]), ignored={}, missing=2)
            for body in ("\U0001f44d", ":+1:", "approve", "LGTM", "/approve", f"approve {HEAD}")
        ),
    ),
    item(
        10,
        "hide a command in a quotation, a fence, a comment or an e-mail",
        *(
            Scene(facts(comments=[comment("bob", body)]), ignored={}, missing=2)
            for body in (
                f"> /gate approve {HEAD}",
                f"```\n/gate approve {HEAD}\n```",
                f"~~~\n/gate approve {HEAD}\n~~~",
                f"<!-- /gate approve {HEAD} -->",
                f"<!--\n/gate approve {HEAD}\n-->",
                f"`/gate approve {HEAD}`",
                f"- /gate approve {HEAD}",
                f"Thanks!\n\n/gate approve {HEAD}",
                f"On Fri, 20 Nov 2026 mona wrote:\n\n> /gate approve {HEAD}\n",
                f"-------- Forwarded --------\n/gate approve {HEAD}",
            )
        ),
    ),
    item(
        11,
        "edit an old comment of somebody into an approval",
        Scene(
            facts(comments=[votes_by_comment("bob", "11:00", edited="12:00")]),
            ignored={"bob": "edited"},
        ),
    ),
    item(
        12,
        "set the label while opening, or by a workflow",
        Label(with_label(labeled("mona", "09:00")), "author"),
        Label(with_label(labeled(ACTIONS)), "bot"),
        Label(with_label(labeled("bob", "09:00")), "before_head"),
    ),
    item(
        13,
        "get a harmless head approved, then push",
        Scene(facts(reviews=[approves("bob", sha=OLD)]), ignored={"bob": "other_commit"}),
        Scene(facts(comments=[votes_by_comment("bob", sha=OLD)]), ignored={"bob": "other_commit"}),
    ),
    item(
        14,
        "have GitHub move an approval forward to the new head",
        Scene(
            facts(reviews=[approves("bob")], head_arrived_at=at("12:00")),
            ignored={"bob": "before_head"},
        ),
    ),
    item(
        15,
        "date commits back",
        Scene(
            facts(
                reviews=[approves("bob")],
                commits=[commit(date="2001-01-01T00:00:00Z")],
                events=[event("head_ref_force_pushed", "mona", "12:30")],
            ),
            ignored={"bob": "before_head"},
        ),
        Label(
            with_label(
                labeled("bob"),
                commits=[commit(date="2001-01-01T00:00:00Z")],
                head_arrived_at=at("12:30"),
            ),
            "before_head",
        ),
    ),
    item(
        16,
        "make a commit whose first digits are those of an approved one",
        Scene(
            facts(comments=[comment("bob", f"/gate approve {HEAD[:12]}")]),
            ignored={"bob": "malformed_command"},
            says="names 12 digits of a commit, all 40 are needed",
        ),
        Scene(
            facts(comments=[votes_by_comment("bob", sha=HEAD[:39] + "b")]),
            ignored={"bob": "other_commit"},
        ),
    ),
    item(
        17,
        "smuggle an edit into the merge of an update",
        Scene(
            facts(
                reviews=[approves("bob", sha=OLD), approves("carol")],
                commits=[
                    commit(sha=OLD),
                    commit("carol", parents=[{"sha": OLD}, {"sha": "c" * 40}]),
                ],
            ),
            ignored={"bob": "other_commit", "carol": "author"},
        ),
    ),
    item(
        18,
        "get it approved for a harmless base, then change the base",
        Scene(
            facts(reviews=[approves("bob")], events=[event("base_ref_changed", "mona", "12:30")]),
            ignored={"bob": "before_retarget"},
        ),
        Label(with_label(labeled("bob"), event("base_ref_changed")), "before_retarget"),
    ),
    item(
        19,
        "open a second pull request with the same head and a harmless base",
        Elsewhere(STATUS, "test_success_is_withheld"),
    ),
    item(
        20,
        "forge the status",
        Elsewhere(STATUS, "test_status_that_somebody_else_wrote_is_replaced_and_named"),
    ),
    item(
        21,
        "change the gate's workflow or settings in the pull request",
        Elsewhere(GITHUB, "test_site_of_the_head_is_never_read"),
        Elsewhere("fixtures/rules/scope/gate_changed.yaml", "bad"),
    ),
    item(
        22,
        "have the job skipped",
        Elsewhere("tests/action/test_definition.py", "test_example_is_safe_to_copy"),
        Elsewhere(STATUS, "test_success_is_taken_back_before_it_is_judged_again"),
    ),
    item(
        23,
        "crash the gate or keep it busy",
        Elsewhere("tests/judge/test_hostile_votes.py", "test_hostile_facts_never_raise"),
        Elsewhere("tests/judge/test_hostile_votes.py", "test_votes_are_counted_in_linear_time"),
        Elsewhere("tests/scenarios/test_hostile.py", "test_broken_input_is_an_error"),
    ),
    item(
        24,
        "flood the conversation",
        Scene(
            facts(
                comments=[comment("zed", f"/gate approve {n:012x}") for n in range(500)],
                reviews=[approves("bob")],
            ),
            counted=("bob",),
            ignored={"zed": "no_write"},
        ),
        Elsewhere(GITHUB, "test_crowd_of_voters_is_a_gap_not_a_thousand_calls"),
    ),
    item(
        25,
        "write the gate's own marker",
        Elsewhere("tests/report/test_post.py", "test_marker_of_somebody_else_is_not_believed"),
    ),
    item(
        26,
        "inject a script by a title or a branch",
        Elsewhere("tests/action/test_definition.py", "test_action_expands_no_expression"),
    ),
    item(
        27,
        "talk to a model that decides",
        OutOfReach(
            "No model takes part in the decision; the stages that decide know neither a network"
            " nor chance, which tests/architecture/test_boundaries.py holds them to."
        ),
    ),
    item(
        28,
        "rename, link or spell a path so that no rule sees it",
        Elsewhere("tests/decode/test_paths.py", "test_path_trick_does_not_hide"),
        Elsewhere("tests/decode/test_paths.py", "test_rename_counts_for_both_ends"),
    ),
    item(
        29,
        "change what instructs the agents",
        Elsewhere("fixtures/rules/scope/agent_instructions_changed.yaml", "bad"),
    ),
    item(
        30,
        "cut a change into many small ones",
        OutOfReach(
            "One run sees one pull request; limits over time are questions to the ledger, which"
            " no vote can answer."
        ),
    ),
    item(
        31,
        "tire the reviewers with many pull requests",
        OutOfReach(
            "One run sees one pull request; how many an agent may have open is a limit over time"
            " and not a property of votes."
        ),
    ),
    item(
        32,
        "reach the same by a module, a program or generated files",
        Elsewhere(f"{FIXTURES}execution_added.yaml", "bad"),
    ),
    item(
        33,
        "forge a plan, or leave a root out",
        Elsewhere(f"{FIXTURES}plan_incomplete.yaml", "bad"),
        Elsewhere(f"{FIXTURES}root_without_plan.yaml", "bad"),
    ),
    item(
        34,
        "grant access by a resource that is not called IAM",
        Elsewhere(f"{FIXTURES}trust_anyone.yaml", "bad"),
        Elsewhere(f"{FIXTURES}iam_changed.yaml", "bad"),
    ),
    item(
        35,
        "hide access in what is unknown until apply",
        Elsewhere(f"{FIXTURES}unknown_until_apply.yaml", "bad"),
    ),
    item(
        36,
        "replay an approval of another pull request",
        Scene(
            facts(comments=[votes_by_comment("bob", sha="f" * 40)]),
            ignored={"bob": "other_commit"},
            says="is for commit fffffff",
        ),
    ),
    item(
        37,
        "steal the token from the job",
        Elsewhere("tests/action/test_definition.py", "test_action_gives_the_token_to_one_step"),
        Elsewhere("tests/test_process.py", "test_environment_is_scrubbed"),
    ),
    item(
        38,
        "rewrite the record",
        Elsewhere("tests/store/test_file.py", "test_verify_notices_a_rewritten_entry"),
    ),
    item(
        39,
        "dismiss the review that objects",
        Scene(
            facts(
                reviews=[dismissed("bob", id=1), approves("carol", "15:00", id=2)],
                events=[dismissal("mona", "14:00", 1, "changes_requested")],
            ),
            counted=("carol",),
            ignored={"mona": "author"},
            objections=("bob",),
        ),
    ),
    item(
        40,
        "merge as an administrator",
        OutOfReach(
            "Whoever may bypass the rules of a branch needs no vote; `gate doctor` names who may,"
            " and only the record afterwards shows it."
        ),
    ),
    item(
        41,
        "merge first and call it approved",
        Scene(facts(pull={"state": "closed", "merged": True}), missing=2),
    ),
    item(
        42,
        "merge between the approval and the next run",
        Elsewhere(GITHUB, "test_head_that_moves_before_the_end_is_noticed"),
        Elsewhere(STATUS, "test_success_is_taken_back_before_it_is_judged_again"),
    ),
    item(
        43,
        "make an accomplice a code owner or a member of the team",
        Elsewhere(GITHUB, "test_code_owners_are_those_of_the_base"),
        Elsewhere("fixtures/rules/scope/gate_changed.yaml", "CODEOWNERS"),
    ),
    item(
        44,
        "approve with a second account",
        Scene(
            facts(reviews=[approves(who("bob-alt", 120))], may={"bob-alt": "none"}),
            ignored={"bob-alt": "no_write"},
        ),
        OutOfReach(
            "GitHub does not tell whether two accounts are one person; who gets write access is"
            " the organisation's to decide, so a stranger's second account never counts."
        ),
    ),
    item(
        45,
        "let a missing key pass for a yes",
        Elsewhere("tests/evaluate/test_evaluation.py", "test_undefined_result_is_an_error"),
        Elsewhere("tests/evaluate/test_evaluation.py", "test_answer_of_another_shape_is_an_error"),
        Scene(facts(reviews=None), required=(need(1),), gaps=("reviews or permissions",)),
    ),
)
