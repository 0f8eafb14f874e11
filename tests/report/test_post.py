"""Posting: once, whatever GitHub does meanwhile, and nothing of anybody else's is touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from forge.reports import RULE, finding, held, report_of, unjudged
from forge.scenario import ALICE, HEAD, entry_of, make_state
from forge.server import Server, serve
from forge.state import BOT, Identity

from gate.decode.diff import decode_files
from gate.errors import CollectError, ReportError
from gate.forge import Forge
from gate.report.post import Posted, post
from gate.report.review import marker, render_review
from gate.schema.facts import PullFile
from gate.schema.forge import ForgeSettings
from gate.schema.report import Report
from gate.schema.votes import CountedVote

TEXTS = (b"a\nb\nc\n", b"a\nb\nnew\nc\n")
CHANGES = decode_files([PullFile(**entry_of("infra/main.tf", *TEXTS))])
NEXT = "c" * 40


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_state({"infra/main.tf": TEXTS})) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def naps() -> list[float]:
    return []


class Gate:
    """Posts reports and keeps what became of them."""

    def __init__(self, server: Server, naps: list[float]) -> None:
        self.server = server
        self.naps = naps

    def __call__(self, report: Report, token: str = "writer", login: str = BOT["login"]) -> Posted:
        settings = ForgeSettings(
            api_url=self.server.url, write_pause=0, backoff=0, retries=0, login=login
        )
        draft = render_review(report, CHANGES, [RULE])
        return post(Forge("acme/app", token, settings), 7, report, draft, self.naps.append)


@pytest.fixture
def gate(server: Server, naps: list[float]) -> Gate:
    return Gate(server, naps)


BLOCK = report_of("block", finding(1))
PASS = report_of("pass")


def standing(server: Server) -> list[str]:
    return [review["state"] for review in server.state.reviews]


def theirs(
    server: Server, user: dict[str, Any], body: str, state: str = "CHANGES_REQUESTED"
) -> None:
    server.state.reviews.append(
        {
            "id": 500 + len(server.state.reviews),
            "user": user,
            "state": state,
            "body": body,
            "commit_id": HEAD,
            "submitted_at": "2026-11-20T00:00:00Z",
        }
    )


def test_block_posts_one_review_with_its_comments(server: Server, gate: Gate) -> None:
    posted = gate(BLOCK)
    assert (posted.action, posted.notes, posted.annotation) == ("posted", (), "")
    assert standing(server) == ["CHANGES_REQUESTED"]
    assert [(one["path"], one["line"]) for one in server.state.review_comments] == [
        ("infra/main.tf", 3)
    ]
    assert server.state.reviews[0]["commit_id"] == HEAD
    assert server.count("POST") == 1


def test_same_decision_is_never_posted_twice(server: Server, gate: Gate) -> None:
    first = gate(BLOCK)
    second = gate(BLOCK)
    assert (second.action, second.review) == ("unchanged", first.review)
    assert (server.count("POST"), server.count("PUT")) == (1, 0)


def test_new_votes_are_edited_into_the_review(server: Server, gate: Gate) -> None:
    gate(held(2))
    posted = gate(held(1, counted=(CountedVote(login="bob", via="review", at="", sha=HEAD),)))
    assert posted.action == "edited"
    assert server.count("POST") == 1
    assert "Counted so far: `bob` (review)." in server.state.reviews[0]["body"]


def test_other_findings_on_the_same_commit_replace_the_review(server: Server, gate: Gate) -> None:
    first = gate(BLOCK)
    posted = gate(report_of("block", finding(1), finding(2)))
    assert posted.action == "posted"
    assert posted.cleared == (first.review,)
    assert standing(server) == ["DISMISSED", "CHANGES_REQUESTED"]


def test_pass_dismisses_the_older_block(server: Server, gate: Gate) -> None:
    first = gate(BLOCK)
    server.state.move_head(NEXT)
    posted = gate(report_of("pass", head=NEXT))
    assert (posted.action, posted.cleared) == ("none", (first.review,))
    assert standing(server) == ["DISMISSED"]
    assert server.count("POST") == 1


def test_pass_without_anything_to_clear_writes_nothing(server: Server, gate: Gate) -> None:
    assert gate(PASS) == Posted(action="none")
    assert (server.count("POST"), server.count("PUT")) == (0, 0)


def test_new_head_replaces_the_review(server: Server, gate: Gate) -> None:
    gate(BLOCK)
    server.state.move_head(NEXT)
    gate(report_of("block", finding(1), head=NEXT))
    assert standing(server) == ["DISMISSED", "CHANGES_REQUESTED"]


def test_block_that_somebody_dismissed_is_posted_again(server: Server, gate: Gate) -> None:
    gate(BLOCK)
    server.state.reviews[0]["state"] = "DISMISSED"
    assert gate(BLOCK).action == "posted"
    assert standing(server) == ["DISMISSED", "CHANGES_REQUESTED"]


def test_error_leaves_older_blocks_standing(server: Server, gate: Gate) -> None:
    gate(BLOCK)
    assert gate(unjudged()).action == "posted"
    assert standing(server) == ["CHANGES_REQUESTED", "COMMENTED"]
    assert gate(unjudged()).action == "unchanged"


def test_error_that_is_over_is_marked_as_superseded_once(server: Server, gate: Gate) -> None:
    gate(unjudged())
    posted = gate(PASS)
    assert len(posted.cleared) == 1
    assert server.state.reviews[0]["body"].startswith("Superseded: the gate judged")
    writes = server.count("PUT")
    assert gate(PASS).cleared == ()
    assert server.count("PUT") == writes


def test_dismissal_that_is_refused_marks_the_review(server: Server, gate: Gate) -> None:
    gate(BLOCK)
    server.state.dismissals_protected = True
    posted = gate(PASS)
    assert standing(server) == ["CHANGES_REQUESTED"]
    assert server.state.reviews[0]["body"].startswith("Superseded")
    assert "somebody who may must dismiss it" in posted.notes[0]
    assert posted.annotation.startswith("::warning title=gate review::")


@pytest.mark.parametrize(
    "user", [ALICE, {"login": "other[bot]", "id": 99, "type": "Bot"}], ids=["person", "bot"]
)
def test_marker_of_somebody_else_is_not_believed(
    server: Server, gate: Gate, user: dict[str, Any]
) -> None:
    gate(BLOCK)
    copied = server.state.reviews.pop()["body"]
    theirs(server, user, copied)
    assert gate(BLOCK).action == "posted"
    gate(PASS)
    assert standing(server) == ["CHANGES_REQUESTED", "DISMISSED"]
    assert server.state.reviews[0]["body"] == copied


def test_other_review_of_the_same_account_is_left_alone(server: Server, gate: Gate) -> None:
    text = "Lint failed.\n\n" + marker(HEAD, "0" * 16, "block") + "\n\nmore"
    theirs(server, dict(BOT), text)
    assert gate(PASS).cleared == ()
    assert standing(server) == ["CHANGES_REQUESTED"]


@pytest.mark.parametrize("status", [500, 502, 503])
def test_review_that_was_created_all_the_same_is_not_posted_again(
    server: Server, gate: Gate, naps: list[float], status: int
) -> None:
    server.fail("POST", "/reviews", status, happens=True)
    posted = gate(BLOCK)
    assert posted.action == "posted"
    assert server.count("POST") == 1
    assert standing(server) == ["CHANGES_REQUESTED"]
    assert naps == [3.0]


def test_review_that_was_lost_is_sent_again(server: Server, gate: Gate) -> None:
    server.fail("POST", "/reviews", 502, times=2)
    assert gate(BLOCK).action == "posted"
    assert server.count("POST") == 3
    assert standing(server) == ["CHANGES_REQUESTED"]


def test_github_that_stays_broken_is_an_error(server: Server, gate: Gate) -> None:
    server.fail("POST", "/reviews", 502, times=9)
    with pytest.raises(ReportError, match="could not post the review: 502"):
        gate(BLOCK)
    assert server.count("POST") == 3


def test_answer_that_never_comes_is_looked_after(server: Server, naps: list[float]) -> None:
    server.fail("POST", "/reviews", 502, happens=True, delay=1.5)
    settings = ForgeSettings(api_url=server.url, write_pause=0, timeout=1, retries=0)
    draft = render_review(BLOCK, CHANGES, [RULE])
    forge = Forge("acme/app", "writer", settings)
    posted = post(forge, 7, BLOCK, draft, naps.append)
    assert posted.action == "posted"
    assert standing(server) == ["CHANGES_REQUESTED"]


@pytest.mark.parametrize(
    ("status", "message", "headers", "nap"),
    [
        (403, "You have exceeded a secondary rate limit", {}, 60.0),
        (429, "Too many requests", {"Retry-After": "7"}, 7.0),
        (403, "Forbidden", {"Retry-After": "5000"}, 120.0),
        (422, "was submitted too quickly", {}, 60.0),
    ],
)
def test_limit_is_waited_for(
    server: Server,
    gate: Gate,
    naps: list[float],
    status: int,
    message: str,
    headers: dict[str, str],
    nap: float,
) -> None:
    server.fail("POST", "/reviews", status, message=message, headers=headers)
    posted = gate(BLOCK)
    assert (posted.action, naps) == ("posted", [nap])
    assert len(server.state.review_comments) == 1


def test_comments_that_keep_being_too_many_are_dropped(server: Server, gate: Gate) -> None:
    server.fail("POST", "/reviews", 422, message="was submitted too quickly", times=2)
    posted = gate(BLOCK)
    assert posted.action == "posted"
    assert server.state.review_comments == []
    assert "refused the comments on lines" in posted.notes[0]


def test_lines_that_github_refuses_are_told_in_the_body(server: Server, gate: Gate) -> None:
    server.state.files[0]["patch"] = "@@ -1 +1 @@\n-a\n+b"
    posted = gate(BLOCK)
    assert posted.action == "posted"
    assert server.state.review_comments == []
    assert "**What to do:**" in server.state.reviews[0]["body"]
    assert server.count("POST") == 2


def test_refusal_that_happened_all_the_same_is_not_posted_again(server: Server, gate: Gate) -> None:
    server.fail(
        "POST",
        "/reviews",
        422,
        message="Pull request review thread line must be part of the diff",
        happens=True,
    )
    assert gate(BLOCK).action == "posted"
    assert server.count("POST") == 1


def test_own_pull_request_gets_a_comment(server: Server, gate: Gate) -> None:
    server.state.pull["user"] = dict(BOT)
    posted = gate(BLOCK)
    assert posted.action == "posted"
    assert standing(server) == ["COMMENTED"]
    assert len(server.state.review_comments) == 1
    assert "can only comment" in posted.notes[0]
    assert gate(BLOCK).action == "unchanged"
    assert len(gate(PASS).cleared) == 1


def test_read_only_token_posts_nothing_and_says_so(server: Server, gate: Gate) -> None:
    posted = gate(BLOCK, token="reader")
    assert posted.action == "refused"
    assert "the decision stands" in posted.notes[0]
    assert posted.annotation.startswith("::warning title=gate review::no review could be posted")
    assert "\n" not in posted.annotation
    assert server.state.reviews == []
    assert server.count("POST") == 1


def test_read_only_token_clears_nothing_and_says_so(server: Server, gate: Gate) -> None:
    gate(BLOCK)
    posted = gate(PASS, token="reader")
    assert posted.cleared == ()
    assert posted.notes
    assert standing(server) == ["CHANGES_REQUESTED"]


def test_head_that_moved_is_left_to_its_own_run(server: Server, gate: Gate) -> None:
    server.state.move_head(NEXT)
    assert gate(BLOCK).action == "superseded"
    assert server.count("POST") == 0


def test_pull_request_that_was_not_read_is_not_spoken_of(server: Server, gate: Gate) -> None:
    assert gate(report_of("error", pull=None)) == Posted(action="none")
    assert server.calls == []


def test_account_that_posts_under_another_name_is_reported(server: Server, gate: Gate) -> None:
    server.state.tokens["app"] = Identity(user={"login": "acme-gate[bot]", "id": 5, "type": "Bot"})
    posted = gate(BLOCK, token="app")
    assert "set GATE_LOGIN" in posted.notes[0]
    assert gate(BLOCK, token="app", login="acme-gate[bot]").action == "unchanged"


def test_reviews_that_cannot_be_listed_are_an_error(server: Server, gate: Gate) -> None:
    server.fail("GET", "/reviews", 500)
    with pytest.raises(CollectError, match="the reviews"):
        gate(BLOCK)
    assert server.count("POST") == 0


def test_two_reviews_of_one_decision_leave_one(server: Server, gate: Gate) -> None:
    gate(BLOCK)
    server.state.reviews.append({**server.state.reviews[0], "id": 2000})
    posted = gate(BLOCK)
    assert posted.cleared == (1000,)
    assert standing(server) == ["DISMISSED", "CHANGES_REQUESTED"]


def test_calls_do_not_grow_with_findings(server: Server, gate: Gate) -> None:
    gate(report_of("block", *(finding(at) for at in range(500))))
    assert len(server.calls) == 4  # pull, who am I, reviews, the review
