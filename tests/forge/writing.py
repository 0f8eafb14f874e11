"""What the test server does when told something, with the rules GitHub does not write down."""

from __future__ import annotations

import re
from typing import Any

from forge.reading import PULL, REPO

MAX_BODY = 65_536
"""Characters of a body; `body is too long (maximum is 65536 characters)`."""
NOW = "2026-11-24T12:00:00Z"


def create_review(request: Any) -> dict[str, Any]:
    """A review with its inline comments: all of it, or nothing."""
    given = request.document("ReposOwnerRepoPullsPullNumberReviewsPostBody")
    request.need_write("pull_requests")
    state, user = request.state, request.identity.user
    event, comments = given.get("event"), given.get("comments") or []
    _check_event(request, event, given.get("body") or "")
    known = {state.head(), *(commit["sha"] for commit in state.commits)}
    if given.get("commit_id", state.head()) not in known:
        raise request.refuse(
            422, "Unprocessable Entity", errors=["commit_id is not part of the pull request"]
        )
    for comment in comments:
        _check_comment(request, comment)
    if len(comments) > 32 and state.comment_limit != "502":
        raise request.refuse(
            422, "Validation Failed", errors=[{"message": "was submitted too quickly"}]
        )
    review = {
        "id": 1000 + len(state.reviews),
        "user": dict(user),
        "body": given.get("body", ""),
        "state": {
            "APPROVE": "APPROVED",
            "REQUEST_CHANGES": "CHANGES_REQUESTED",
            "COMMENT": "COMMENTED",
        }.get(event, "PENDING"),
        "commit_id": given.get("commit_id", state.head()),
        "submitted_at": NOW,
    }
    state.reviews.append(review)
    for comment in comments:
        state.review_comments.append(
            {
                "id": 5000 + len(state.review_comments),
                "pull_request_review_id": review["id"],
                "user": dict(user),
                "commit_id": review["commit_id"],
                "diff_hunk": "@@",
                **comment,
            }
        )
    if len(comments) > 30:
        raise request.refuse(502, "Server Error")
    return review


def _check_event(request: Any, event: str | None, body: str) -> None:
    state, login = request.state, request.identity.user["login"]
    if event is None and any(
        one["state"] == "PENDING" and one["user"]["login"] == login for one in state.reviews
    ):
        raise request.refuse(
            422,
            "Unprocessable Entity",
            errors=["User can only have one pending review per pull request"],
        )
    if len(body) > MAX_BODY:
        raise request.refuse(
            422,
            "Validation Failed",
            errors=[{"message": f"body is too long (maximum is {MAX_BODY} characters)"}],
        )
    if event in ("COMMENT", "REQUEST_CHANGES") and not body:
        raise request.refuse(422, "Unprocessable Entity", errors=["Body can't be blank"])
    if event == "APPROVE" and request.identity.installation:
        raise request.refuse(
            422,
            "Unprocessable Entity",
            errors=["GitHub Actions is not permitted to approve pull requests."],
        )
    author = (state.pull.get("user") or {}).get("login")
    if login == author and event in ("APPROVE", "REQUEST_CHANGES"):
        words = "approve" if event == "APPROVE" else "request changes on"
        raise request.refuse(
            422, "Unprocessable Entity", errors=[f"Review Can not {words} your own pull request"]
        )


def _check_comment(request: Any, comment: dict[str, Any]) -> None:
    entry = next((one for one in request.state.files if one["filename"] == comment["path"]), None)
    if entry is None:
        raise request.refuse(422, "Unprocessable Entity", errors=["Path is invalid"])
    if not comment.get("body") or len(comment["body"]) > MAX_BODY:
        raise request.refuse(422, "Validation Failed", errors=["Body is invalid"])
    if not entry.get("patch"):
        raise request.refuse(422, "Unprocessable Entity", errors=["Diff hunk can't be blank"])
    hunks = lines_of(entry["patch"])
    line, side = comment.get("line"), comment.get("side", "RIGHT")
    at = next((number for number, hunk in enumerate(hunks) if (side, line) in hunk), None)
    if at is None:
        raise request.refuse(
            422,
            "Unprocessable Entity",
            errors=["Pull request review thread line must be part of the diff"],
        )
    if "start_line" in comment:
        start = (comment.get("start_side", side), comment["start_line"])
        if start not in hunks[at] or comment["start_line"] >= line:
            raise request.refuse(
                422,
                "Unprocessable Entity",
                errors=[
                    "Pull request review thread start line must be part of the same hunk as"
                    " the line."
                ],
            )


def lines_of(patch: str) -> list[set[tuple[str, int]]]:
    """Hunk by hunk, the (side, line) pairs that can carry a comment."""
    hunks: list[set[tuple[str, int]]] = []
    old = new = 0
    for line in patch.split("\n"):
        match = re.match(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@", line)
        if match:
            old, new = int(match[1]), int(match[2])
            hunks.append(set())
        elif line[:1] == "-":
            hunks[-1].add(("LEFT", old))
            old += 1
        elif line[:1] == "+":
            hunks[-1].add(("RIGHT", new))
            new += 1
        elif line[:1] == " ":
            hunks[-1].add(("RIGHT", new))
            old, new = old + 1, new + 1
    return hunks


def _own_review(request: Any) -> dict[str, Any]:
    for review in request.state.reviews:
        if review["id"] == int(request.found["review"]):
            return review
    raise request.refuse(404, "Not Found")


def edit_review(request: Any) -> dict[str, Any]:
    """Another text for one's own review."""
    given = request.document("ReposOwnerRepoPullsPullNumberReviewsReviewIdPutBody")
    request.need_write("pull_requests")
    review = _own_review(request)
    if review["user"]["login"] != request.identity.user["login"]:
        raise request.refuse(403, "Must have admin rights to Repository.")
    if not given["body"] or len(given["body"]) > MAX_BODY:
        raise request.refuse(422, "Validation Failed", errors=["body is too long"])
    review["body"] = given["body"]
    return review


def dismiss_review(request: Any) -> dict[str, Any]:
    """The end of a review that approved or requested changes."""
    given = request.document("ReposOwnerRepoPullsPullNumberReviewsReviewIdDismissalsPutBody")
    request.need_write("pull_requests")
    review = _own_review(request)
    if request.state.dismissals_protected:
        raise request.refuse(403, "Branch protections do not permit dismissing this review")
    if review["state"] not in ("APPROVED", "CHANGES_REQUESTED") or not given["message"]:
        raise request.refuse(
            422,
            "Unprocessable Entity",
            errors=[f"Can not dismiss a {review['state'].lower()} pull request review"],
        )
    before = review["state"].lower()
    review["state"] = "DISMISSED"
    state = request.state
    state.events.append(
        {
            "id": 9000 + len(state.events),
            "event": "review_dismissed",
            "actor": dict(request.identity.user),
            "created_at": NOW,
            "dismissed_review": {
                "state": before,
                "review_id": review["id"],
                "dismissal_message": given["message"],
            },
        }
    )
    return review


def create_status(request: Any) -> dict[str, Any]:
    """A status on a commit."""
    given = request.document("ReposOwnerRepoStatusesShaPostBody")
    request.need_write("statuses")
    if len(given.get("description") or "") > 140:
        raise request.refuse(422, "Validation Failed", errors=["description is too long"])
    known = request.repository.statuses
    same = [
        one
        for one in known
        if (one["sha"], one["context"]) == (request.found["sha"], given.get("context", "default"))
    ]
    if len(same) >= 1000:
        raise request.refuse(
            422, "This SHA and context has reached the maximum number of statuses."
        )
    status = {"context": "default", **given, "creator": dict(request.identity.user)}
    known.append({"sha": request.found["sha"], "created_at": NOW, **status})
    return {"id": len(known), "target_url": None, **status}


def create_issue(request: Any) -> dict[str, Any]:
    """An issue."""
    given = request.document("ReposOwnerRepoIssuesPostBody")
    request.need_write("issues")
    if not given["title"] or len(given["title"]) > 256 or len(given.get("body") or "") > MAX_BODY:
        raise request.refuse(422, "Validation Failed", errors=["title or body is too long"])
    issue = {
        "number": 100 + len(request.repository.issues),
        "state": "open",
        "user": dict(request.identity.user),
        **given,
    }
    request.repository.issues.append(issue)
    return issue


WRITES = (
    ("POST", REPO + "/issues", create_issue, "Issue"),
    ("POST", PULL + "/reviews", create_review, "PullRequestReview"),
    ("PUT", PULL + r"/reviews/(?P<review>\d+)", edit_review, "PullRequestReview"),
    ("PUT", PULL + r"/reviews/(?P<review>\d+)/dismissals", dismiss_review, "PullRequestReview"),
    ("POST", REPO + "/statuses/(?P<sha>[0-9a-f]{40})", create_status, "Status"),
)
"""Routes that change something."""
