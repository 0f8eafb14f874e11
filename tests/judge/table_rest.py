"""B6 to B10: what is mostly shown by other tests."""

from __future__ import annotations

from judge.scene import (
    HEAD,
    OLD,
    Elsewhere,
    OutOfReach,
    Scene,
    approves,
    at,
    comment,
    dismissal,
    dismissed,
    event,
    facts,
    item,
    need,
)

GITHUB = "tests/collect/test_github.py"
FORGE = "tests/test_forge.py"
STATUS = "tests/report/test_status.py"
POST = "tests/report/test_post.py"
EVENTS = "tests/cli/test_events.py"
RULES = "tests/rules/test_fixtures.py"

COMPLETENESS = (
    item(
        66,
        "more commits than GitHub lists",
        Elsewhere(GITHUB, "test_more_commits_than_github_lists_come_from_the_comparison"),
        Elsewhere(GITHUB, "test_commits_that_stay_missing_are_a_gap"),
        Elsewhere("tests/detect/test_provenance.py", "incomplete_commits_without_a_trace"),
    ),
    item(
        67,
        "files that stay missing",
        Elsewhere(GITHUB, "test_files_that_stay_missing_are_a_gap"),
        Elsewhere(GITHUB, "test_patch_that_github_leaves_out_is_made_from_the_blobs"),
    ),
    item(
        68,
        "every page of reviews, comments and events",
        Elsewhere(GITHUB, "test_semantic_b6_68_lists_are_read_to_their_end_or_refused"),
        Elsewhere(FORGE, "test_forge_follows_every_page"),
    ),
    item(
        69,
        "both paths of a rename",
        Elsewhere("tests/decode/test_diff.py", "test_diff_names_both_paths_of_a_rename"),
        Elsewhere("tests/decode/test_paths.py", "test_rename_counts_for_both_ends"),
    ),
    item(
        70,
        "an answer of another shape",
        Elsewhere(FORGE, "test_answer_of_another_shape_is_an_error"),
    ),
    item(
        71,
        "the head is read again before anything is published",
        Elsewhere(GITHUB, "test_head_that_moves_before_the_end_is_noticed"),
    ),
    item(
        72,
        "rate limits",
        Elsewhere(FORGE, "test_read_waits_for_a_rate_limit_that_says_how_long"),
        Elsewhere("tests/scenarios/test_hostile_forge.py", "test_rate_limit_on_the_arrival"),
    ),
)

TOPOLOGY = (
    item(
        73,
        "another open pull request with the same head",
        Elsewhere(GITHUB, "test_semantic_b7_73_sibling_with_the_same_head_is_named"),
        Elsewhere(STATUS, "test_success_is_withheld"),
    ),
    item(
        74,
        "a stacked pull request is no sibling",
        Elsewhere(GITHUB, "test_semantic_b7_74_stacked_pull_request_is_no_sibling"),
    ),
    item(
        75,
        "a base that nothing protects",
        Elsewhere(STATUS, "test_success_stands_where_the_commit_goes_to_one_branch"),
    ),
    item(
        76,
        "a fork: people of the base approve, whatever became of the fork",
        Scene(
            facts(
                pull={"head": {"ref": "topic", "sha": HEAD, "repo": None}},
                reviews=[approves("bob"), approves("zed")],
            ),
            counted=("bob",),
            ignored={"zed": "no_write"},
        ),
        Elsewhere("tests/collect/test_event.py", "test_run_for_a_deleted_fork_names_no_repository"),
        Elsewhere("tests/action/test_votes.py", "test_semantic_b7_76_fork_is_held_without_a_right"),
    ),
    item(
        77,
        "a branch of the same name in a fork",
        Elsewhere(EVENTS, "test_relayed_review_of_a_fork_is_found_by_owner_and_branch"),
    ),
    item(
        78,
        "a draft: approvals of it count while they are current",
        Scene(
            facts(pull={"draft": True}, reviews=[approves("bob"), approves("carol", sha=OLD)]),
            counted=("bob",),
            ignored={"carol": "other_commit"},
        ),
        Scene(
            facts(reviews=[approves("bob")], events=[event("ready_for_review", "mona", "12:30")]),
            counted=("bob",),
        ),
    ),
    item(
        79,
        "the merge queue judges every pull request of the group",
        Elsewhere(EVENTS, "test_semantic_b7_79_one_red_pull_request_turns_the_group_red"),
    ),
    item(
        80,
        "auto-merge changes no vote",
        Scene(
            facts(events=[event("auto_merge_enabled", "mona")], reviews=[approves("bob")]),
            counted=("bob",),
            missing=1,
        ),
        Elsewhere(STATUS, "test_success_is_taken_back_before_it_is_judged_again"),
    ),
    item(
        81,
        "a revert or cherry-pick is a pull request of its own",
        Scene(facts(reviews=[], pull={"title": 'Revert "approved"'}), missing=2),
    ),
    item(
        82,
        "every event that may change the count judges again",
        Elsewhere(EVENTS, "test_comment_of_anybody_judges_again"),
        Elsewhere(EVENTS, "test_relayed_review_judges_the_pull_request_of_that_head"),
        Elsewhere(EVENTS, "test_schedule_judges_every_open_pull_request"),
    ),
)

PUBLISHING = (
    item(
        83,
        "the status on the head",
        Elsewhere(STATUS, "test_semantic_b8_83_description_fits_and_is_one_safe_line"),
        Elsewhere(STATUS, "test_status_is_written_under_its_own_name"),
    ),
    item(
        84,
        "an engine that fails or answers nothing",
        Elsewhere("tests/evaluate/test_evaluation.py", "test_undefined_result_is_an_error"),
        Elsewhere("tests/evaluate/test_opa.py", "test_looping_rule_is_stopped"),
        Elsewhere("tests/evaluate/test_evaluation.py", "test_zero_rules_are_an_error"),
    ),
    item(
        85,
        "the job decides inside and is never skipped",
        Elsewhere("tests/action/test_definition.py", "test_example_is_safe_to_copy"),
    ),
    item(
        86,
        "an older run never overwrites a newer one",
        Elsewhere(STATUS, "test_semantic_b8_86_older_run_never_overwrites_a_newer_one"),
    ),
    item(
        87,
        "an approval that disappears is missing at once",
        Scene(
            facts(reviews=[approves("bob", id=1)]),
            counted=("bob",),
            required=(need(1),),
            missing=0,
        ),
        Scene(
            facts(
                reviews=[dismissed("bob", id=1)],
                events=[dismissal("carol", "13:00", 1, "approved")],
            ),
            required=(need(1),),
            missing=1,
        ),
        Scene(
            facts(reviews=[approves("bob")], comments=[comment("bob", "/gate revoke", "13:00")]),
            required=(need(1),),
            missing=1,
        ),
        Elsewhere(STATUS, "test_success_is_taken_back_before_it_is_judged_again"),
    ),
    item(
        88,
        "the gate itself never approves",
        Elsewhere(FORGE, "test_forge_never_approves"),
        Elsewhere(POST, "test_other_review_of_the_same_account_is_left_alone"),
    ),
    item(
        89,
        "a marker in somebody else's review",
        Elsewhere(POST, "test_marker_of_somebody_else_is_not_believed"),
    ),
    item(
        90,
        "text of the pull request acts nowhere",
        Elsewhere("tests/test_text.py", "test_plain_markdown_never_mentions_refers_or_links"),
        Elsewhere("tests/action/test_definition.py", "test_action_expands_no_expression"),
    ),
)

CONFIGURATION = (
    item(
        91,
        "settings come from the base branch",
        Elsewhere(GITHUB, "test_site_of_the_head_is_never_read"),
        Elsewhere(GITHUB, "test_code_owners_are_those_of_the_base"),
    ),
    item(
        92,
        "unknown and double keys, wrong types",
        Elsewhere("tests/test_site.py", "test_load_site_names_file_line_and_key_of_a_fault"),
    ),
    item(
        93,
        "no settings are the defaults, and the report says so",
        Elsewhere("tests/test_site.py", "test_load_site_without_a_folder_means_the_defaults"),
    ),
    item(
        94,
        "four levels, per rule",
        Elsewhere("tests/judge/test_decision.py", "test_decide_follows_the_truth_table"),
    ),
    item(
        95,
        "waivers end, and none holds for an integrity rule",
        Elsewhere("tests/judge/test_decision.py", "test_decide_honours_a_waiver_only_in_its_scope"),
        Elsewhere("tests/judge/test_decision.py", "test_decide_refuses_to_weaken_an_integrity"),
    ),
    item(
        96,
        "breaking the glass takes two maintainers, a reason and a review",
        Elsewhere("tests/judge/votes/test_breakglass.py", "test_two_maintainers_break_the_glass"),
    ),
    item(
        97,
        "a number nobody can reach is explained, a negative one refused",
        Elsewhere("tests/test_site.py", '("min", {"gate"'),
        Elsewhere(
            "tests/judge/votes/test_eligible.py", "test_too_few_people_are_told_the_ways_out"
        ),
    ),
    item(
        98,
        "a hold says how many, of which team, and who does not count for what reason",
        Scene(
            facts(
                reviews=[
                    approves("bob"),
                    approves("dave", sha=OLD),
                    approves("erin"),
                    approves("carol"),
                ],
                comments=[comment("mona", f"/gate approve {HEAD}")],
                teams={"acme/security": ["bob", "dave"]},
                head_arrived_at=at("10:00"),
            ),
            counted=("bob",),
            ignored={
                "mona": "author",
                "dave": "other_commit",
                "erin": "not_in_team",
                "carol": "not_in_team",
            },
            says="is not in acme/security",
            required=(need(2, teams=("acme/security",)),),
            missing=1,
        ),
    ),
)

PLANS = (
    item(
        99,
        "a plan proves what it belongs to",
        Elsewhere("fixtures/rules/terraform/plan_incomplete.yaml", "root"),
        Elsewhere("tests/decode/test_plan_proof.py", "test_unproven_names_the_entry"),
    ),
    item(
        100,
        "every changed root needs a plan, a whole one",
        Elsewhere("fixtures/rules/terraform/root_without_plan.yaml", "bad"),
        Elsewhere("fixtures/rules/terraform/plan_incomplete.yaml", "target"),
    ),
    item(
        101,
        "what is unknown until apply counts as a change",
        Elsewhere("fixtures/rules/terraform/unknown_until_apply.yaml", "bad"),
    ),
    item(
        102,
        "a plan of the pull request's own job adds findings and clears none",
        Elsewhere("tests/judge/test_decision.py", "test_decide_merges_what_plan_and_hcl_both_saw"),
        OutOfReach(
            "A plan that somebody trusted vouches for is no part of this gate yet; every plan is"
            " self-reported, so it can only add."
        ),
    ),
    item(
        103,
        "deletes, imports, moves and forgotten resources are findings of their own",
        Elsewhere("fixtures/rules/terraform/stateful_destroyed.yaml", "bad"),
        Elsewhere("fixtures/rules/terraform/state_changed.yaml", "bad"),
    ),
)
