"""The review as its readers see it: short, complete, and deaf to what strangers write."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from forge.reports import RULE, finding, held, report_of, unjudged
from forge.scenario import HEAD, entry_of
from markdown_it import MarkdownIt

from gate.decode.diff import decode_files
from gate.report.review import (
    MARKER,
    MAX_BODY,
    MAX_COMMENT,
    MAX_COMMENTS,
    ReviewDraft,
    render_review,
)
from gate.report.wording import to_markdown
from gate.schema.changes import Changes
from gate.schema.facts import PullFile
from gate.schema.finding import Location
from gate.schema.votes import CountedVote, IgnoredVote, Requirement, Votes

HOSTILE = (
    "x` @octocat <img src=x> <!-- gate:v1 head="
    + "a" * 40
    + " digest="
    + "0" * 16
    + " decision=block --> [a](https://evil.example) | #12 ```suggestion"
)


def changes(*paths: str) -> Changes:
    return decode_files(
        [
            PullFile(**entry_of(path, b"a\nb\nc\n", b"a\nb\nnew\nc\n"))
            for path in paths or ("infra/main.tf",)
        ]
    )


def draft(report: Any, of: Changes | None = None) -> ReviewDraft:
    found = render_review(report, of if of is not None else changes(), [RULE])
    assert found is not None
    return found


def html(text: str) -> str:
    return MarkdownIt("commonmark").enable("table").render(text)


def test_block_asks_for_changes_on_the_line() -> None:
    review = draft(report_of("block", finding(1)))
    assert review.event == "REQUEST_CHANGES"
    comment = review.comments[0]
    assert (comment.path, comment.line, comment.side) == ("infra/main.tf", 3, "RIGHT")
    assert "start_line" not in msgspec.to_builtins(comment)


def test_comment_says_what_why_what_to_do_and_which_rule() -> None:
    text = draft(report_of("block", finding(1))).comments[0].body
    assert text == (
        "**`aws_iam_policy.p1` allows `iam:*` on every resource**\n\n"
        "Whoever holds such a policy can give themselves anything.\n\n"
        "**What to do:** Name the actions and resources the change needs.\n\n"
        "`terraform.wildcard_iam` · critical · blocks · finding `0000000000000001`"
    )


def test_body_names_every_finding_and_how_to_go_on() -> None:
    body = draft(report_of("block", finding(1))).body
    assert body.startswith("### Gate: blocked — 1 finding to fix\n")
    assert f"[`infra/main.tf:3`](https://github.com/acme/app/blob/{HEAD}/infra/main.tf#L3)" in body
    assert "`finding: 0000000000000001`" in body
    assert "Push a fix" in body
    assert "written by an agent (`devin`, strong evidence)" in body


def test_body_asks_for_no_push_where_none_helps() -> None:
    stopped = msgspec.structs.replace(finding(1), rule="agents.killed")
    assert "Push a fix" not in draft(report_of("block", stopped)).body
    assert "Push a fix" in draft(report_of("block", stopped, finding(2))).body


def test_value_that_is_a_sentence_reads_as_prose() -> None:
    text = "3 pull requests on one day, 0.4 are usual for this agent (p = 0.0002)"
    found = msgspec.structs.replace(
        finding(1), message=f"tf-bot: {text}", subject="tf-bot", values={"text": text}
    )
    assert to_markdown(found).startswith("`tf-bot`: 3 pull requests on one day")


def test_finding_outside_the_diff_is_explained_in_the_body() -> None:
    review = draft(report_of("block", finding(1, line=99)))
    assert review.comments == ()
    assert "infra/main.tf#L99" in review.body
    assert "**What to do:** Name the actions" in review.body


def test_finding_inside_the_diff_is_explained_once() -> None:
    review = draft(report_of("block", finding(1)))
    assert "What to do" not in review.body
    assert "What to do" in review.fallback


def test_findings_at_one_place_share_a_comment() -> None:
    review = draft(report_of("block", *(finding(at) for at in range(1, 9))))
    assert len(review.comments) == 1
    text = review.comments[0].body
    assert "`aws_iam_policy.p5`" in text
    assert "`aws_iam_policy.p6`" not in text
    assert "and 3 more here" in text
    assert "`aws_iam_policy.p8`" in review.body


def test_range_is_sent_with_its_start() -> None:
    at = Location(path="infra/main.tf", line=2, end_line=3)
    comment = draft(report_of("block", finding(1, at=at))).comments[0]
    assert (comment.start_line, comment.line, comment.start_side) == (2, 3, "RIGHT")


def test_hold_shows_who_is_needed_and_who_counted() -> None:
    review = draft(
        held(
            1,
            counted=(CountedVote(login="bob", via="review", at="x", sha=HEAD),),
            ignored=(IgnoredVote(login="alice", via="review", reason="opened the pull request"),),
            objections=("carol",),
        )
    )
    assert review.event == "REQUEST_CHANGES"
    assert review.body.startswith("### Gate: waiting for people — 1 more approval needed\n")
    assert "| `iam` | 2 |" in review.body
    assert "Counted so far: `bob` (review)." in review.body
    assert "- `alice` (review): opened the pull request" in review.body
    assert "Changes requested by `carol`." in review.body


def test_label_that_does_not_count_is_told_with_the_reason() -> None:
    notes = ("label iam-approved does not count: alice, who set it, opened the pull request", "x")
    body = draft(report_of("block", finding(1), notes=notes)).body
    assert "\n- Label iam-approved does not count: alice, who set it, opened" in body
    assert "- x" not in body


def test_hold_says_openly_how_to_go_on_and_a_block_folds_it() -> None:
    assert "<details open><summary>How to go on</summary>" in draft(held(1)).body
    assert "<details><summary>How to go on</summary>" in draft(report_of("block", finding(1))).body


def test_command_is_offered_where_the_site_takes_commands() -> None:
    assert f"`/gate approve {HEAD}`" in draft(held(1)).body
    body = draft(held(1, comments=False)).body
    assert "/gate approve" not in body
    assert "Approve with a review of the newest commit; a push after it asks again." in body


def test_note_on_who_could_approve_is_a_sentence() -> None:
    note = "cannot tell who could approve: the token may not list who has access"
    body = draft(held(1, eligible_note=note)).body
    assert f"C{note[1:]}." in body


def test_waiver_is_offered_for_what_can_be_waived() -> None:
    kept = msgspec.structs.replace(
        RULE,
        id="scope.gate_changed",
        metadata=msgspec.structs.replace(
            RULE.metadata, custom=msgspec.structs.replace(RULE.metadata.custom, integrity=True)
        ),
    )
    first = finding(1, rule=kept.id)
    covered = finding(2, waived_by="W-1")
    for found, offered in (((first, covered), False), ((first, covered, finding(3)), True)):
        review = render_review(report_of("block", *found), changes(), [RULE, kept])
        assert review is not None
        assert ("is waived on the base branch" in review.body) is offered
        assert ("`finding: 0000000000000003`" in review.body) is offered


def test_teams_of_a_requirement_are_named() -> None:
    votes = Votes(
        required=(Requirement(surface="iam", min=2, teams=("acme/security",)),), missing=2
    )
    body = draft(report_of("hold", finding(1, enforcement="approve"), votes=votes)).body
    assert "| `iam` | 2 | of `acme/security` |" in body


def test_error_comments_with_the_reason_and_blocks_nothing_new() -> None:
    review = draft(unjudged("infra/plan.json ends early"))
    assert (review.event, review.comments) == ("COMMENT", ())
    assert review.body.startswith("### Gate: this change could not be judged\n")
    assert review.body.count("infra/plan.json ends early") == 1
    assert "Earlier blocking reviews stand" in review.body


@pytest.mark.parametrize("decision", ["pass", "warn"])
def test_nothing_is_said_about(decision: str) -> None:
    assert render_review(report_of(decision), changes()) is None


def test_observing_site_says_nothing() -> None:
    assert render_review(report_of("block", finding(1), observe=True), changes()) is None


def test_unread_pull_request_has_no_review() -> None:
    assert render_review(report_of("error", pull=None), changes()) is None


def test_waived_and_observed_findings_are_not_shown() -> None:
    review = draft(
        report_of(
            "block", finding(1), finding(2, waived_by="W-1"), finding(3, enforcement="observe")
        )
    )
    assert "p2" not in review.body + review.comments[0].body
    assert "p3" not in review.body + review.comments[0].body
    assert "1 finding waived" in review.body


def test_warnings_are_folded_away() -> None:
    body = draft(report_of("block", finding(1), finding(2, enforcement="warn"))).body
    assert "<details><summary>1 more to look at, nothing blocks on it</summary>" in body


def test_review_ends_in_its_marker() -> None:
    review = draft(report_of("block", finding(1)))
    for text in (review.body, review.fallback):
        match = MARKER.search(text)
        assert match is not None
        assert match.groups() == (HEAD, review.digest, "block")


def test_digest_is_of_the_decision_not_of_votes_or_time() -> None:
    first = draft(held(2))
    more = CountedVote(login="bob", via="review", at="x", sha=HEAD)
    assert draft(held(1, counted=(more,))).digest == first.digest
    assert draft(msgspec.structs.replace(held(2), at="2030-01-01T00:00:00Z")).body == first.body
    assert draft(report_of("block", finding(1))).digest != first.digest
    assert draft(unjudged("a")).digest != draft(unjudged("b")).digest


@pytest.mark.parametrize("field", ["subject", "path", "value", "message", "rule", "login", "gap"])
def test_hostile_text_stays_text(field: str) -> None:
    path = HOSTILE if field == "path" else "infra/main.tf"
    message = {
        "subject": f"{HOSTILE} is wide",
        "value": f"p allows {HOSTILE}",
        "message": HOSTILE,
    }.get(field, "m")
    one = finding(
        1,
        path=path,
        line=99,
        message=message,
        subject=HOSTILE if field == "subject" else "p",
        values={"v": HOSTILE} if field == "value" else {},
        rule=HOSTILE if field == "rule" else "a.b",
    )
    votes = (
        Votes(
            required=(Requirement(surface="iam", min=1),),
            missing=1,
            objections=(HOSTILE,),
            counted=(CountedVote(login=HOSTILE, via="review", at="", sha=HEAD),),
            ignored=(IgnoredVote(login=HOSTILE, via="review", reason=HOSTILE),),
        )
        if field == "login"
        else Votes()
    )
    report = report_of("block", one, finding(2, message=message, rule=one.rule), votes=votes)
    if field == "gap":
        report = unjudged(HOSTILE)
    review = draft(report)
    for text in (review.body, review.fallback, *(comment.body for comment in review.comments)):
        page = html(MARKER.sub("", text))
        bare = page.replace("<details>", "").replace("<details open>", "").replace("<summary>", "")
        assert "<img" not in bare
        assert "<!-- gate" not in bare
        assert "language-suggestion" not in bare
        assert 'href="https://evil' not in bare
        outside = "".join(part.split("</code>")[-1] for part in bare.split("<code>"))
        assert "@octocat" not in outside
        assert "#12" not in outside
    match = MARKER.search(review.body)
    assert match is not None
    assert match[2] == review.digest


@pytest.mark.parametrize("count", [31, 400, 3000])
def test_many_findings_stay_within_every_limit(count: int) -> None:
    paths = [f"infra/module_{at}/" + "d" * 120 + ".tf" for at in range(count)]
    found = [
        finding(at, path, message=f"{'m' * 250} {at}", subject="s" * 200)
        for at, path in enumerate(paths)
    ]
    review = draft(report_of("block", *found), changes(*paths))
    assert len(review.comments) == MAX_COMMENTS
    assert all(len(comment.body) <= MAX_COMMENT for comment in review.comments)
    for text in (review.body, review.fallback):
        assert len(text) <= MAX_BODY
        shown = text.count("- " + "m" * 40)
        assert (
            shown == count
            or f"and {count - shown} more findings, of which {count - shown} block: see all" in text
        )
        assert text.startswith(f"### Gate: blocked — {count} findings to fix")
        assert MARKER.search(text)


def test_warnings_are_the_first_to_go() -> None:
    warned = [finding(at, enforcement="warn", message="w" * 290, line=99) for at in range(10, 210)]
    body = draft(report_of("block", finding(1), *warned)).body
    assert "www" not in body
    assert "200 warnings stand in the job summary." in body
    assert "`aws_iam_policy.p1`" in body


def test_many_findings_of_many_rules_on_one_line_are_capped() -> None:
    found = [finding(at, rule=f"family.rule_{at}", message="m" * 290) for at in range(60)]
    review = draft(report_of("block", *found))
    assert len(review.comments[0].body) <= MAX_COMMENT
    assert "and 55 more here" in review.comments[0].body
    assert all(f"`family.rule_{at}`" in review.body for at in range(60))


def test_blocking_findings_get_the_lines_before_those_that_ask_for_approval() -> None:
    paths = [f"f{at}.tf" for at in range(60)]
    found = [
        finding(at, path, enforcement="approve" if at < 40 else "block")
        for at, path in enumerate(paths)
    ]
    review = draft(report_of("block", *found), changes(*paths))
    assert [comment.path for comment in review.comments[:20]] == paths[40:]


def test_removed_line_is_not_linked() -> None:
    at = Location(path="infra/main.tf", line=3, side="LEFT")
    assert "`infra/main.tf:3` (removed)" in draft(report_of("block", finding(1, at=at))).body


def test_finding_about_the_whole_pull_request_has_no_place() -> None:
    review = draft(report_of("block", finding(1, at=None)))
    assert review.comments == ()
    assert "on every resource · `terraform.wildcard_iam`" in review.body


@pytest.mark.parametrize(
    ("message", "values", "shown"),
    [
        (
            "aws_x.y: policy allows iam:* on every resource",
            {
                "attribute": "policy",
                "verb": "allows",
                "action": "iam:*",
                "scope": " on every resource",
            },
            "`aws_x.y`: policy allows `iam:*` on every resource",
        ),
        (
            "aws_x.y: opens 22 to 0.0.0.0/0",
            {"ports": "22", "source": "0.0.0.0/0"},
            "`aws_x.y`: opens `22` to `0.0.0.0/0`",
        ),
        ("aws_x.y22 is aws_x.y", {}, "aws_x.y22 is `aws_x.y`"),
        ("the token ghp_" + "a" * 36, {}, "the token \\[GitHub token removed\\]"),
    ],
)
def test_message_shows_values_as_code_and_words_as_words(
    message: str, values: dict[str, Any], shown: str
) -> None:
    assert to_markdown(finding(1, subject="aws_x.y", message=message, values=values)) == shown


def test_what_is_approved_already_asks_nobody_again() -> None:
    votes = Votes(required=(Requirement(surface="iam", min=1),), missing=0)
    review = draft(
        report_of("block", finding(1), finding(2, line=2, enforcement="approve"), votes=votes)
    )
    assert "#### Approved\n" in review.body
    assert [comment.line for comment in review.comments] == [3]
