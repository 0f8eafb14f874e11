"""The client of GitHub: what it asks, what it refuses to do, and what its errors say."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest
from forge.scenario import HEAD, commit_of, make_state
from forge.server import Server, serve
from forge.state import Identity

from gate.errors import CollectError, ReportError, UsageError
from gate.forge import Forge
from gate.refusal import ForgeReadError, ForgeWriteError
from gate.schema.facts import IssueComment, IssueEvent, Pull
from gate.schema.forge import ForgeSettings

FILES = {"infra/main.tf": (b"a\nb\nc\n", b"a\nb\nnew\nc\n")}


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(make_state(FILES)) as running:
        yield running
        assert running.violations == []


def client(server: Server, token: str = "writer", **settings: object) -> Forge:
    return Forge(
        "acme/app",
        token,
        ForgeSettings(
            **{"api_url": server.url, "write_pause": 0, "backoff": 0, **settings}  # type: ignore[arg-type]
        ),
    )


def test_forge_reads_typed_facts(server: Server) -> None:
    forge = client(server)
    assert forge.pull(7).head.sha == HEAD
    assert [file.filename for file in forge.files(7)] == ["infra/main.tf"]
    assert forge.commits(7)[0].author is not None
    assert (forge.reviews(7), forge.issue_comments(7), forge.events(7)) == ((), (), ())


def test_forge_follows_every_page(server: Server) -> None:
    server.state.comments = [
        {"id": at, "user": {"login": "bob", "id": 2}, "body": str(at)} for at in range(250)
    ]
    assert [one.body for one in client(server).issue_comments(7)] == [str(at) for at in range(250)]
    assert server.count("GET", "/comments") == 3


def test_forge_asks_for_the_pinned_api_version(server: Server) -> None:
    client(server).pull(7)
    assert server.seen["x-github-api-version"] == "2022-11-28"
    assert server.seen["user-agent"] == "agent-pr-gate"


@pytest.mark.parametrize("role", ["admin", "maintain", "write", "triage", "read"])
def test_permission_is_the_role_not_the_legacy_word(server: Server, role: str) -> None:
    server.state.permissions["bob"] = role
    assert client(server).permission("bob") == role


def test_permission_of_a_custom_role_is_the_one_it_is_built_on(server: Server) -> None:
    server.state.permissions["bob"] = "security-engineer"
    assert client(server).permission("bob") == "write"


def test_permission_of_a_stranger_is_none(server: Server) -> None:
    assert client(server).permission("github-actions[bot]") == "none"


def test_permission_that_is_refused_is_an_error_not_none(server: Server) -> None:
    server.fail(
        "GET",
        "/permission",
        403,
        message="Resource not accessible",
        headers={"X-Accepted-GitHub-Permissions": "metadata=read"},
    )
    with pytest.raises(ForgeReadError, match="permission of bob") as caught:
        client(server).permission("bob")
    assert caught.value.status == 403
    assert "metadata=read" in caught.value.hint


def test_team_the_token_cannot_see_is_not_an_empty_team(server: Server) -> None:
    server.state.teams["acme/security"] = ["bob"]
    assert client(server).team_members("acme/security") is None
    server.state.tokens["app"] = Identity(installation=False)
    assert client(server, "app").team_members("acme/security") == ("bob",)
    assert client(server, "app").team_members("acme/unknown") is None


def test_team_under_a_rate_limit_is_an_error_not_a_team_nobody_can_see(server: Server) -> None:
    server.state.tokens["app"] = Identity(installation=False)
    server.fail(
        "GET", "/teams/", 403, times=9, message="API rate limit exceeded",
        headers={"Retry-After": "1"},
    )  # fmt: skip
    with pytest.raises(ForgeReadError, match="rate limit") as caught:
        client(server, "app", retries=1).team_members("acme/security")
    assert not caught.value.is_denied


def test_question_of_ones_own_is_typed_and_paged(server: Server) -> None:
    forge = client(server)
    server.state.comments = [
        {"id": at, "user": {"login": "bob", "id": 2}, "body": str(at)} for at in range(150)
    ]
    assert forge.get(f"{forge.root}/pulls/7", "the pull request", Pull).number == 7
    assert len(forge.list(f"{forge.root}/issues/7/comments", "the comments", IssueComment)) == 150
    with pytest.raises(ForgeReadError, match="unexpected answer"):
        forge.get(f"{forge.root}/pulls/7", "the pull request", IssueEvent)
    with pytest.raises(ForgeReadError) as caught:
        forge.get(f"{forge.root}/pulls/8", "another", Pull)
    assert caught.value.is_denied


@pytest.mark.parametrize("is_protected", [True, False])
def test_protection_of_a_branch_is_shown_to_everybody(server: Server, is_protected: bool) -> None:
    server.state.settings.protected = is_protected
    assert client(server, "reader").is_protected("main") is is_protected
    assert client(server, "reader").is_protected("nowhere") is None


def test_statuses_come_newest_first_with_their_writer(server: Server) -> None:
    forge = client(server)
    forge.create_status(HEAD, "pending", "gate/decision", "one", "https://x/actions/runs/1")
    forge.create_status(HEAD, "success", "gate/decision", "two")
    found = forge.statuses(HEAD)
    assert [(one.state, one.target_url) for one in found] == [
        ("success", None),
        ("pending", "https://x/actions/runs/1"),
    ]
    assert found[0].creator is not None
    assert found[0].creator.login == "github-actions[bot]"


def test_open_pull_requests_are_asked_for_by_head(server: Server) -> None:
    forge = client(server)
    assert [one.number for one in forge.open_pulls()] == [7]
    assert [one.number for one in forge.open_pulls("acme:change")] == [7]
    assert forge.open_pulls("mallory:change") == ()
    assert server.calls[-1].query["head"] == "mallory:change"


def test_queue_lists_the_branches_of_one_base(server: Server) -> None:
    server.state.queue = {f"main/pr-7-{'b' * 40}": "d" * 40, f"main-2/pr-8-{'b' * 40}": "e" * 40}
    found = client(server).queue("main")
    assert [(one.ref, one.object.sha) for one in found] == [
        (f"refs/heads/gh-readonly-queue/main/pr-7-{'b' * 40}", "d" * 40)
    ]


def test_own_login_falls_back_where_an_installation_may_not_ask(server: Server) -> None:
    assert client(server).own_login() == "github-actions[bot]"
    assert client(server, login="my-app[bot]").own_login() == "my-app[bot]"


def test_own_login_is_asked_once(server: Server) -> None:
    server.state.tokens["person"] = Identity(
        user={"login": "carol", "id": 3, "type": "User"}, installation=False
    )
    forge = client(server, "person")
    assert (forge.own_login(), forge.own_login()) == ("carol", "carol")
    assert server.count("GET", "/user") == 1


def test_first_check_is_the_earliest(server: Server) -> None:
    server.state.checks[HEAD] = ["2026-11-20T12:00:00Z", "2026-11-20T11:00:00Z"]
    assert client(server).first_check(HEAD) == "2026-11-20T11:00:00Z"


def test_first_check_is_unknown_without_the_permission(server: Server) -> None:
    assert client(server).first_check(HEAD) is None


def test_tree_and_blob_give_the_bytes(server: Server) -> None:
    forge = client(server)
    tree = forge.tree(HEAD, recursive=True)
    entry = next(one for one in tree.tree if one.path == "infra/main.tf")
    assert forge.blob(entry.sha) == b"a\nb\nnew\nc\n"


@pytest.mark.parametrize("status", [500, 502, 429])
def test_read_is_asked_again_after_a_hiccup(server: Server, status: int) -> None:
    server.fail("GET", "/pulls/7$", status, times=2)
    assert client(server).pull(7).number == 7
    assert server.count("GET", "/pulls/7$") == 3


def test_read_that_keeps_failing_names_the_call_and_the_status(server: Server) -> None:
    server.fail("GET", "/pulls/7$", 502, times=99)
    with pytest.raises(CollectError, match="could not read the pull request: 502") as caught:
        client(server, retries=2).pull(7)
    assert "run again" in caught.value.hint
    assert server.count("GET", "/pulls/7$") == 3


def test_read_waits_for_a_rate_limit_that_says_how_long(server: Server) -> None:
    server.fail(
        "GET",
        "/pulls/7$",
        403,
        message="You have exceeded a secondary rate limit",
        headers={"Retry-After": "1"},
    )
    assert client(server).pull(7).number == 7


def test_answer_that_never_comes_is_an_error(server: Server) -> None:
    server.fail("GET", "/pulls/7$", 200, delay=1.5)
    with pytest.raises(ForgeReadError, match="no answer") as caught:
        client(server, timeout=1, retries=0).pull(7)
    assert caught.value.status == 0


def test_answer_of_another_shape_is_an_error(server: Server) -> None:
    forge = Forge("acme/app", "writer", ForgeSettings(api_url=server.url + "/user", retries=0))
    with pytest.raises(ForgeReadError):
        forge.pull(7)


@pytest.mark.parametrize(("status", "happens"), [(502, True), (502, False), (500, False)])
def test_write_is_never_sent_again_by_the_library(
    server: Server, status: int, happens: bool
) -> None:
    server.fail("POST", "/reviews", status, happens=happens, times=99)
    with pytest.raises(ForgeWriteError) as caught:
        client(server).create_review(7, HEAD, "COMMENT", "text")
    assert caught.value.may_have_happened
    assert server.count("POST") == 1
    assert len(server.state.reviews) == int(happens)


def test_write_without_permission_names_what_is_missing(server: Server) -> None:
    with pytest.raises(ReportError, match="could not post the review: 403") as caught:
        client(server, "reader").create_review(7, HEAD, "COMMENT", "text")
    assert "pull_requests=write" in caught.value.hint


def test_write_under_a_rate_limit_says_so(server: Server) -> None:
    server.fail(
        "POST",
        "/reviews",
        403,
        message="You have exceeded a secondary rate limit",
        headers={"Retry-After": "7"},
    )
    with pytest.raises(ForgeWriteError) as caught:
        client(server).create_review(7, HEAD, "COMMENT", "text")
    assert (caught.value.is_rate_limit, caught.value.retry_after) == (True, 7)


def test_forge_never_approves(server: Server) -> None:
    with pytest.raises(ValueError, match="APPROVE"):
        client(server).create_review(7, HEAD, "APPROVE", "text")
    assert server.count("POST") == 0


def test_status_is_set_with_a_description_that_fits(server: Server) -> None:
    client(server).create_status(HEAD, "failure", "gate", "x" * 500)
    assert server.state.statuses[0]["description"] == "x" * 140


def test_next_page_on_another_host_is_refused(server: Server) -> None:
    server.state.commits = [commit_of(f"{at:040x}") for at in range(120)]
    server.lie = "http://127.0.0.2:1"
    with pytest.raises(ForgeReadError, match="another host"):
        client(server).commits(7)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.github.com",
        "http://127.0.0.1.evil.example",
        "https://user@evil.example",
        "ftp://127.0.0.1",
        "https://api.github.com?x=1",
        "",
    ],
)
def test_token_is_not_sent_to_an_address_like(url: str) -> None:
    with pytest.raises(UsageError):
        Forge("acme/app", "t", ForgeSettings(api_url=url))


@pytest.mark.parametrize(
    "name", ["acme", "acme/app/x", "../..", "acme/..", "acme/app\n", "a b/c", ""]
)
def test_repository_must_be_a_name(name: str) -> None:
    with pytest.raises(UsageError):
        Forge(name, "t")


def test_token_is_never_in_messages_or_logs(
    server: Server, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    secret = "ghs_verysecretverysecretverysecret1234"
    caplog.set_level(logging.DEBUG)
    forge = client(server, secret)
    with pytest.raises(CollectError) as caught:
        forge.pull(7)
    out, err = capfd.readouterr()
    everything = caught.value.diagnostics() + repr(forge) + caplog.text + out + err
    assert "401" in caught.value.message
    assert secret not in everything
