"""The test server is as strict as GitHub: what it refuses, caps, pages and remembers."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from forge.scenario import ALICE, BASE, HEAD, commit_of, entry_of, make_state
from forge.server import Server, serve
from forge.state import Identity, files_of, load, reverse

PULL = "/repos/acme/app/pulls/7"
FIXTURES = Path(__file__).parents[2] / "fixtures" / "pulls"
FILES = {
    "infra/main.tf": (b"a\nb\nc\n", b"a\nb\nnew\nc\n"),
    "old.tf": (b"gone\n", None),
    "far.tf": (b"1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n", b"x\n2\n3\n4\n5\n6\n7\n8\n9\ny\n"),
}


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_state(FILES)) as running:
        yield running


def ask(
    server: Server, method: str, path: str, document: Any = None, token: str = "writer"
) -> tuple[int, Any, dict[str, str]]:
    request = urllib.request.Request(
        server.url + path,
        method=method,
        data=None if document is None else json.dumps(document).encode(),
        headers={"Authorization": f"Bearer {token}", "User-Agent": "test"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error), dict(error.headers)


def review(**more: Any) -> dict[str, Any]:
    return {"commit_id": HEAD, "event": "REQUEST_CHANGES", "body": "text", **more}


def on(path: str, line: int, **more: Any) -> dict[str, Any]:
    return {"path": path, "line": line, "side": "RIGHT", "body": "x", **more}


def test_server_answers_by_githubs_own_description(server: Server) -> None:
    for path in (
        PULL,
        PULL + "/files",
        PULL + "/commits",
        PULL + "/reviews",
        "/repos/acme/app/issues/7/comments",
        "/repos/acme/app/issues/7/events",
        "/repos/acme/app/git/ref/heads/main",
        f"/repos/acme/app/git/trees/{HEAD}",
        f"/repos/acme/app/compare/{BASE}...{HEAD}",
    ):
        assert ask(server, "GET", path)[0] == 200, path
    assert server.violations == []


def test_server_notices_an_answer_that_breaks_the_description(server: Server) -> None:
    server.state.reviews = [{"id": "not a number", "state": "APPROVED", "user": ALICE}]
    assert ask(server, "GET", PULL + "/reviews")[0] == 500
    assert "PullRequestReview" in server.violations[0]


@pytest.mark.parametrize(
    "document",
    [
        review(subject="x"),
        review(comments=[on("infra/main.tf", 3, subject_type="line")]),
        review(event="REJECT"),
        review(comments=[{"line": 3, "body": "x"}]),
    ],
)
def test_server_refuses_a_request_that_github_does_not_describe(
    server: Server, document: dict[str, Any]
) -> None:
    assert ask(server, "POST", PULL + "/reviews", document)[0] == 422
    assert server.violations
    assert server.state.reviews == []


@pytest.mark.parametrize(
    ("comment", "words"),
    [
        (on("infra/main.tf", 99), "part of the diff"),
        (on("old.tf", 1), "part of the diff"),
        (on("other.tf", 1), "Path is invalid"),
        (on("infra/main.tf", 3, start_line=3), "same hunk"),
        (on("far.tf", 10, start_line=1, start_side="RIGHT"), "same hunk"),
    ],
)
def test_server_takes_all_comments_or_nothing(
    server: Server, comment: dict[str, Any], words: str
) -> None:
    document = review(comments=[on("infra/main.tf", 3), comment])
    if words == "same hunk" and comment["path"] == "far.tf":
        server.state.files[0] = entry_of("far.tf", *FILES["far.tf"])
        server.state.files[0]["patch"] = "@@ -1 +1 @@\n-1\n+x\n@@ -10 +10 @@\n-10\n+y"
    status, answer, _ = ask(server, "POST", PULL + "/reviews", document)
    assert status == 422
    assert words in str(answer)
    assert (server.state.reviews, server.state.review_comments) == ([], [])


def test_server_takes_comments_on_both_sides(server: Server) -> None:
    comments = [
        on("infra/main.tf", 3),
        on("infra/main.tf", 4, start_line=3, start_side="RIGHT"),
        on("old.tf", 1, side="LEFT"),
    ]
    status, answer, _ = ask(server, "POST", PULL + "/reviews", review(comments=comments))
    assert (status, answer["state"]) == (200, "CHANGES_REQUESTED")
    assert len(server.state.review_comments) == 3


def test_server_refuses_a_body_that_is_too_long(server: Server) -> None:
    status, answer, _ = ask(server, "POST", PULL + "/reviews", review(body="x" * 65_537))
    assert status == 422
    assert "too long" in str(answer)


@pytest.mark.parametrize("event", ["REQUEST_CHANGES", "APPROVE"])
def test_server_refuses_a_verdict_on_ones_own_pull(server: Server, event: str) -> None:
    server.state.tokens["alice"] = Identity(user=dict(ALICE), installation=False)
    status, answer, _ = ask(server, "POST", PULL + "/reviews", review(event=event), "alice")
    assert status == 422
    assert "your own pull request" in str(answer)


def test_server_lets_actions_approve_nothing(server: Server) -> None:
    status, answer, _ = ask(server, "POST", PULL + "/reviews", review(event="APPROVE"))
    assert status == 422
    assert "not permitted to approve" in str(answer)


def test_server_keeps_one_pending_review(server: Server) -> None:
    pending = {"commit_id": HEAD, "body": "later"}
    assert ask(server, "POST", PULL + "/reviews", pending)[1]["state"] == "PENDING"
    status, answer, _ = ask(server, "POST", PULL + "/reviews", pending)
    assert status == 422
    assert "one pending review" in str(answer)


@pytest.mark.parametrize(
    ("state", "status"),
    [("APPROVED", 200), ("CHANGES_REQUESTED", 200), ("COMMENTED", 422), ("DISMISSED", 422)],
)
def test_server_dismisses_only_verdicts(server: Server, state: str, status: int) -> None:
    server.state.reviews = [{"id": 5, "user": ALICE, "state": state, "body": ""}]
    document = {"message": "m", "event": "DISMISS"}
    assert ask(server, "PUT", PULL + "/reviews/5/dismissals", document)[0] == status


def test_server_lets_nobody_edit_anothers_review(server: Server) -> None:
    server.state.reviews = [{"id": 5, "user": ALICE, "state": "COMMENTED", "body": "mine"}]
    assert ask(server, "PUT", PULL + "/reviews/5", {"body": "yours"})[0] == 403
    assert server.state.reviews[0]["body"] == "mine"


def test_server_refuses_writes_of_a_read_only_token(server: Server) -> None:
    status, _, headers = ask(server, "POST", PULL + "/reviews", review(), "reader")
    assert (status, headers["X-Accepted-GitHub-Permissions"]) == (403, "pull_requests=write")


@pytest.mark.parametrize("token", ["", "unknown"])
def test_server_refuses_a_token_it_does_not_know(server: Server, token: str) -> None:
    assert ask(server, "GET", PULL, token=token)[0] == 401


def test_server_pages_by_thirty_and_at_most_a_hundred(server: Server) -> None:
    server.state.commits = [commit_of(f"{at:040x}") for at in range(240)]
    _, first, headers = ask(server, "GET", PULL + "/commits")
    assert len(first) == 30
    assert 'rel="next"' in headers["Link"]
    assert len(ask(server, "GET", PULL + "/commits?per_page=500")[1]) == 100
    _, last, headers = ask(server, "GET", PULL + "/commits?per_page=100&page=3")
    assert len(last) == 40
    assert 'rel="next"' not in headers["Link"]


def test_server_lists_3000_files_and_250_commits(server: Server) -> None:
    server.state.commits = [commit_of(f"{at:040x}") for at in range(300)]
    server.state.files = [
        {"filename": f"f{at}", "status": "modified", "additions": 1, "deletions": 0, "patch": "x"}
        for at in range(3001)
    ]
    assert ask(server, "GET", PULL + "/commits?per_page=100&page=4")[1] == []
    assert len(ask(server, "GET", PULL + "/commits?per_page=100&page=3")[1]) == 50
    assert ask(server, "GET", PULL + "/files?per_page=100&page=31")[1] == []


@pytest.mark.parametrize(
    ("role", "legacy"),
    [
        ("admin", "admin"),
        ("maintain", "write"),
        ("write", "write"),
        ("triage", "read"),
        ("read", "read"),
    ],
)
def test_server_says_roles_in_two_words(server: Server, role: str, legacy: str) -> None:
    server.state.permissions["bob"] = role
    answer = ask(server, "GET", "/repos/acme/app/collaborators/bob/permission")[1]
    assert (answer["permission"], answer["role_name"]) == (legacy, role)


def test_server_creates_and_answers_502_when_told_to(server: Server) -> None:
    server.fail("POST", "/reviews", 502, happens=True)
    assert ask(server, "POST", PULL + "/reviews", review())[0] == 502
    assert len(server.state.reviews) == 1


@pytest.mark.parametrize(
    ("count", "limit", "status", "kept"),
    [(30, "", 200, 1), (32, "", 502, 1), (33, "too quickly", 422, 0), (33, "502", 502, 1)],
)
def test_server_has_a_limit_of_comments(
    server: Server, count: int, limit: str, status: int, kept: int
) -> None:
    server.state.comment_limit = limit
    document = review(comments=[on("infra/main.tf", 3) for _ in range(count)])
    assert ask(server, "POST", PULL + "/reviews", document)[0] == status
    assert len(server.state.reviews) == kept


def test_server_moves_the_head_between_calls(server: Server) -> None:
    server.state.heads = [HEAD, "c" * 40]
    shown = [ask(server, "GET", PULL)[1]["head"]["sha"] for _ in range(3)]
    assert shown == [HEAD, "c" * 40, "c" * 40]


def test_server_answers_304_to_a_known_etag(server: Server) -> None:
    _, _, headers = ask(server, "GET", PULL)
    request = urllib.request.Request(
        server.url + PULL,
        headers={
            "Authorization": "Bearer writer",
            "User-Agent": "t",
            "If-None-Match": headers["ETag"],
        },
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 304


def test_server_shows_statuses_newest_first_and_who_wrote_them(server: Server) -> None:
    for state in ("pending", "success"):
        document = {"state": state, "context": "c"}
        assert ask(server, "POST", f"/repos/acme/app/statuses/{HEAD}", document)[0] == 201
    _, found, _ = ask(server, "GET", f"/repos/acme/app/commits/{HEAD}/statuses")
    assert [(one["state"], one["creator"]["login"]) for one in found] == [
        ("success", "github-actions[bot]"),
        ("pending", "github-actions[bot]"),
    ]


def test_server_connects_no_commit_of_a_fork_with_a_pull_request(server: Server) -> None:
    path = f"/repos/acme/app/commits/{HEAD}/pulls"
    assert [one["number"] for one in ask(server, "GET", path)[1]] == [7]
    server.state.pull["head"]["repo"] = {"full_name": "mallory/app", "id": 9}
    assert ask(server, "GET", path)[1] == []


def test_server_tells_pull_requests_apart_by_number(server: Server) -> None:
    server.state.others.append(make_state({"x": (b"a", b"b")}, number=8, title="Another"))
    assert ask(server, "GET", "/repos/acme/app/pulls/8")[1]["title"] == "Another"
    assert [one["number"] for one in ask(server, "GET", "/repos/acme/app/pulls")[1]] == [7, 8]
    assert ask(server, "GET", "/repos/acme/app/pulls/9")[0] == 404


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/actions/permissions/workflow", "administration"),
        ("/branches/main/protection", "administration"),
        ("/actions/workflows", "actions"),
    ],
)
def test_server_asks_for_the_permission_that_github_asks_for(
    server: Server, path: str, permission: str
) -> None:
    server.state.tokens["bare"] = Identity(lacks=frozenset({permission}))
    status, _, headers = ask(server, "GET", f"/repos/acme/app{path}", token="bare")
    assert (status, headers["X-Accepted-GitHub-Permissions"]) == (403, f"{permission}=read")


def test_server_shows_settings_by_githubs_own_description(server: Server) -> None:
    settings = server.state.settings
    settings.rules = [{"type": "pull_request"}, {"type": "required_status_checks"}]
    settings.rulesets = {3: {"name": "main", "bypass_actors": [{"actor_type": "Team"}]}}
    settings.protection = {}
    settings.owners_errors = []
    server.state.tokens["admin"] = Identity(lacks=frozenset())
    for path in (
        "", "/branches/main", "/branches/main/protection", "/rules/branches/main", "/rulesets/3",
        "/actions/permissions/workflow", "/actions/workflows", "/codeowners/errors",
    ):  # fmt: skip
        assert ask(server, "GET", f"/repos/acme/app{path}", token="admin")[0] == 200, path
    assert server.violations == []
    assert ask(server, "GET", "/repos/acme/app/rulesets/3")[1].get("bypass_actors") is None


def test_dismissal_leaves_an_event(server: Server) -> None:
    server.state.reviews = [{"id": 5, "user": ALICE, "state": "APPROVED", "body": ""}]
    document = {"message": "m", "event": "DISMISS"}
    ask(server, "PUT", PULL + "/reviews/5/dismissals", document)
    _, events, _ = ask(server, "GET", "/repos/acme/app/issues/7/events")
    assert [(one["event"], one["dismissed_review"]["state"]) for one in events] == [
        ("review_dismissed", "approved")
    ]


def test_server_counts_its_calls(server: Server) -> None:
    ask(server, "GET", PULL)
    ask(server, "GET", PULL + "/files")
    assert (server.count("GET"), server.count("GET", "/files")) == (2, 1)


def test_files_of_a_diff_are_those_of_the_files_api() -> None:
    diff = (
        b"diff --git a/x.tf b/y.tf\nsimilarity index 90%\nrename from x.tf\nrename to y.tf\n"
        b"--- a/x.tf\n+++ b/y.tf\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        b'diff --git "a/\\303\\251.tf" "b/\\303\\251.tf"\nnew file mode 100644\n--- /dev/null\n'
        b'+++ "b/\\303\\251.tf"\n@@ -0,0 +1 @@\n+n\n'
        b"diff --git a/gone b/gone\ndeleted file mode 100644\n--- a/gone\n+++ /dev/null\n"
        b"@@ -1 +0,0 @@\n-g\n"
        b"diff --git a/run.sh b/run.sh\nold mode 100644\nnew mode 100755\n"
    )
    shown = [
        (one["filename"], one["status"], one.get("previous_filename"), one["additions"])
        for one in files_of(diff)
    ]
    assert shown == [
        ("y.tf", "renamed", "x.tf", 1),
        ("é.tf", "added", None, 1),
        ("gone", "removed", None, 0),
        ("run.sh", "modified", None, 0),
    ]


def test_reverse_undoes_a_patch() -> None:
    old, new = FILES["far.tf"]
    assert old is not None
    assert new is not None
    assert reverse(new, entry_of("far.tf", old, new)["patch"]) == old


@pytest.mark.parametrize("name", sorted(one.parent.name for one in FIXTURES.glob("*/facts.json")))
def test_every_scenario_can_be_served(name: str) -> None:
    state = load(FIXTURES / name)
    number, repository = state.pull["number"], state.repository
    with serve(state) as running:
        for path in ("", "/files", "/commits", "/reviews"):
            assert ask(running, "GET", f"/repos/{repository}/pulls/{number}{path}")[0] == 200
        assert running.violations == []
