"""What the doctor says when GitHub does not answer: never yes, and why."""

from __future__ import annotations

from typing import Any

import pytest
from verify.healthy import ACTION, answer, client, healthy, serving
from verify.test_doctor import only_classic

from gate.cli.doctor import exit_code
from gate.errors import CollectError
from gate.refusal import ForgeReadError
from gate.schema.doctor import Examination
from gate.verify.doctor import examine

ROUTES: dict[str, tuple[str, tuple[str, ...], str]] = {
    "branch": (
        "/repos/acme/app/branches/main$",
        ("job.present", "job.pinned", "owners.valid", "owners.cover", "site.valid"),
        "contents=read",
    ),
    "rules": (
        "/rules/branches/main$",
        (
            "decision.required",
            "decision.source",
            "decision.bypass",
            "decision.up_to_date",
            "branch.pull_requests",
            "branch.history",
            "branch.stale_approvals",
            "branch.last_push",
            "owners.cover",
            "job.protected",
        ),
        "metadata=read",
    ),
    "ruleset": ("/rulesets/1$", ("decision.bypass",), "metadata=read"),
    "token": (
        "/actions/permissions/workflow$",
        ("actions.approve", "actions.token"),
        "administration=read",
    ),
    "workflows": ("/actions/workflows$", ("job.present",), "actions=read"),
    "owners": ("/codeowners/errors$", ("owners.valid",), "contents=read"),
    "collaborators": ("/collaborators$", ("people.enough",), "metadata=read"),
    "team": (
        "/teams/security/members$",
        ("people.teams", "people.team_members", "owners.people"),
        "members=read",
    ),
    "tree": (
        "/git/trees/b{40}$",
        ("job.present", "job.events", "owners.valid", "site.valid", "site.enforces"),
        "contents=read",
    ),
}
"""Route -> its pattern, the questions that hang on it, and what the token would need."""


def failing(pattern: str, status: int, token: str = "admin", **more: Any) -> Examination:
    with serving(healthy()) as server:
        server.fail("GET", pattern, status, times=99, **more)
        return examine(client(server, token, retries=1), action=ACTION)


HIDDEN = [
    (name, status)
    for name in ROUTES
    for status in (403, 404)
    # NOTE: of these two a 404 says that there is no such thing
    if (name, status) not in (("branch", 404), ("owners", 404))
]


@pytest.mark.parametrize(("name", "status"), HIDDEN)
def test_what_the_token_may_not_see_is_not_told(name: str, status: int) -> None:
    pattern, questions, permission = ROUTES[name]
    found = failing(pattern, status, message="Resource not accessible by integration")
    for id in questions:
        one = answer(found, id)
        assert one.answer == "cannot-tell", one
        assert permission in one.permission
        assert str(status) in one.found
    assert not found.failed
    assert exit_code(found) == 0


@pytest.mark.parametrize("name", ROUTES)
def test_permission_is_the_one_that_github_names(name: str) -> None:
    pattern, questions, _ = ROUTES[name]
    headers = {"X-Accepted-GitHub-Permissions": "custom_thing=read"}
    found = failing(pattern, 403, message="Forbidden", headers=headers)
    assert {answer(found, id).permission for id in questions} == {"custom_thing=read"}


@pytest.mark.parametrize("name", ROUTES)
@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 502},
        {"status": 200, "page": "<html><body>Sign in to your proxy</body></html>"},
        {"status": 200, "page": "{}"},
        {"status": 200, "page": "null"},
        {"status": 200, "page": '{"message": "ok"'},
    ],
    ids=["500", "502", "HTML", "empty object", "null", "cut off"],
)
def test_answer_that_is_none_is_not_taken_for_one(name: str, fault: dict[str, Any]) -> None:
    pattern, questions, _ = ROUTES[name]
    found = failing(pattern, **fault)
    for id in questions:
        one = answer(found, id)
        assert one.answer == "cannot-tell", one
        assert one.permission == ""
    assert found.failed
    assert exit_code(found) == (1 if found.no else 2)


@pytest.mark.parametrize("name", ROUTES)
def test_other_questions_are_answered_all_the_same(name: str) -> None:
    found = failing(ROUTES[name][0], 500)
    assert found.yes >= 10
    assert found.no == 0


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 403, "message": "API rate limit exceeded for installation"},
        {"status": 429, "message": "Too many requests"},
        {"status": 403, "message": "You have exceeded a secondary rate limit"},
    ],
    ids=["primary", "429", "secondary"],
)
def test_after_a_rate_limit_nothing_more_is_asked(fault: dict[str, Any]) -> None:
    with serving(healthy()) as server:
        server.fail("GET", "/rules/branches/main$", times=99, **fault)
        found = examine(client(server, retries=0), action=ACTION)
        asked = server.count("GET")
        first = next(at for at, call in enumerate(server.calls) if call.status in (403, 429))
        assert {call.path for call in server.calls[first:]} == {server.calls[first].path}
    assert asked < 16
    assert answer(found, "people.enough").answer == "cannot-tell"
    assert answer(found, "people.enough").permission == ""
    assert found.failed
    assert exit_code(found) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 401, "message": "Bad credentials"},
        {"status": 403, "message": "Resource not accessible"},
        {"status": 404, "message": "Not Found"},
        {"status": 500},
        {"status": 403, "message": "API rate limit exceeded"},
        {"status": 200, "page": "<html></html>"},
    ],
    ids=["401", "403", "404", "500", "rate limit", "HTML"],
)
def test_without_the_repository_nothing_can_be_said(fault: dict[str, Any]) -> None:
    with serving(healthy()) as server:
        server.fail("GET", "/repos/acme/app$", times=99, **fault)
        with pytest.raises(CollectError, match="the repository"):
            examine(client(server, retries=0))


def test_silence_is_an_error() -> None:
    with serving(healthy()) as server:
        server.fail("GET", "/repos/acme/app$", 200, delay=1.5)
        with pytest.raises(ForgeReadError, match="no answer"):
            examine(client(server, timeout=1, retries=0))


@pytest.mark.parametrize("seen", [True, False], ids=["required", "not required"])
def test_classic_protection_shows_its_checks_without_administration(seen: bool) -> None:
    state = only_classic()
    if not seen:
        summary = state.settings.branch["protection"]["required_status_checks"]
        summary["contexts"], summary["checks"] = [], []
    with serving(state) as server:
        found = examine(client(server, "writer"), action=ACTION)
    assert answer(found, "decision.required").answer == ("yes" if seen else "no")
    assert answer(found, "branch.stale_approvals").answer == "cannot-tell"
    assert answer(found, "branch.stale_approvals").permission == "administration=read"
    assert answer(found, "decision.bypass").answer == ("yes" if seen else "no")


def test_classic_protection_behind_a_plain_404_is_not_taken_for_none() -> None:
    """An account without administration gets the 404 that a missing page gets."""
    with serving(only_classic()) as server:
        server.fail("GET", "/branches/main/protection$", 404, message="Not Found", times=9)
        found = examine(client(server), action=ACTION)
    assert answer(found, "branch.pull_requests").answer == "cannot-tell"


def test_unprotected_branch_is_not_asked_for_protection() -> None:
    with serving(healthy()) as server:
        examine(client(server), action=ACTION)
        assert server.count("GET", "/branches/main/protection") == 0


def test_bypass_list_that_is_not_shown_is_not_taken_for_empty() -> None:
    with serving(healthy()) as server:
        found = examine(client(server, "writer"), action=ACTION)
    one = answer(found, "decision.bypass")
    assert (one.answer, one.permission) == ("cannot-tell", "administration=write")


def test_workflow_that_is_a_link_is_not_followed() -> None:
    state = healthy()
    state.tip[".github/workflows/gate.yml"] = ("120000", b"../../evil.yml")
    state.index()
    with serving(state) as server:
        found = examine(client(server), action=ACTION)
    assert "a symbolic link" in answer(found, "job.present").found
    assert answer(found, "job.present").answer == "no"


def test_too_many_workflows_are_not_half_read() -> None:
    files = {f".github/workflows/w{at:03}.yml": b"on: push\n" for at in range(101)}
    with serving(healthy(**files)) as server:
        found = examine(client(server), action=ACTION)
        assert server.count("GET", "/git/blobs/") <= 2
    assert answer(found, "job.present").answer == "cannot-tell"
    assert "more than 100 workflow files" in answer(found, "job.present").found


def test_broken_site_does_not_silence_the_rest() -> None:
    state = healthy(**{".gate/gate.yml": b"version: 1\nversion: 1\n"})
    with serving(state) as server:
        found = examine(client(server), action=ACTION)
    assert answer(found, "site.valid").answer == "no"
    assert answer(found, "people.teams").answer == "cannot-tell"
    assert answer(found, "decision.required").answer == "yes"
