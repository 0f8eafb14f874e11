"""Reading a pull request from GitHub: what is asked, how often, and what is admitted as missing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from forge.scenario import ALICE, BASE, BOB, HEAD, commit_of, make_state
from forge.server import Server, serve
from forge.state import Identity, State

from gate.collect.github import GithubSource
from gate.decode.diff import decode_files
from gate.errors import CollectError, HeadMovedError
from gate.forge import Forge
from gate.schema.agents import AgentRecord
from gate.schema.forge import ForgeSettings
from gate.schema.section import Absent, Unreadable
from gate.schema.site import Site

FILES = {
    "infra/main.tf": (b"a\nb\nc\n", b"a\nb\nnew\nc\n"),
    "infra/old.tf": (b"gone\n", None),
    "infra/same.tf": (b"same\n", b"same\n"),
    "README.md": (b"read\n", b"read me\n"),
}
SITE = {"gate.yml": b"version: 1\n", "policies/acme/rule.rego": b"package site.rules.a.b\n"}
CALLS = 15
"""Pull three times (twice in collect, once to confirm), commits, files, reviews, comments, events,
the base's tip, its root tree, the `.gate` tree, check suites, the issue, the pushes to the head
branch, the pull requests of the head."""


@pytest.fixture
def state() -> State:
    return make_state(FILES, SITE)


@pytest.fixture
def server(state: State) -> Iterator[Server]:
    with serve(state) as running:
        yield running
        assert running.violations == []


def source_of(server: Server, **more: Any) -> GithubSource:
    settings = ForgeSettings(api_url=server.url, write_pause=0, backoff=0, retries=1)
    return GithubSource(Forge("acme/app", "writer", settings), 7, **more)


def review(user: dict[str, Any], state: str, **more: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "user": user,
        "state": state,
        "commit_id": HEAD,
        "body": "",
        "submitted_at": "2026-11-21T00:00:00Z",
        **more,
    }


def test_collect_reads_the_facts(server: Server) -> None:
    server.state.checks[HEAD] = ["2026-11-20T11:00:00Z"]
    collected = source_of(server).collect()
    assert collected.origin == "github"
    assert collected.facts.pull.number == 7
    assert collected.facts.head_arrived_at == "2026-11-20T11:00:00Z"
    assert [file.filename for file in collected.facts.files or ()] == [
        "README.md",
        "infra/main.tf",
        "infra/old.tf",
    ]
    assert collected.diff is None
    assert collected.gaps == ()


def test_collect_makes_a_constant_number_of_calls(server: Server) -> None:
    source = source_of(server)
    source.collect()
    source.confirm()
    assert len(server.calls) == CALLS + len(SITE)


@pytest.mark.parametrize("changes", [1, 40, 80])
def test_calls_do_not_grow_with_the_change(changes: int) -> None:
    files = {f"f{at}.tf": (b"a\n", b"b\n") for at in range(changes)}
    with serve(make_state(files)) as server:
        source = source_of(server)
        source.collect()
        source.confirm()
        assert len(server.calls) == CALLS - 1  # no `.gate` folder, so no tree of it


def test_reading_costs_two_trees_a_comparison_and_one_blob_per_content(server: Server) -> None:
    source = source_of(server)
    source.collect()
    before = len(server.calls)
    paths = ("README.md", "infra/main.tf", "infra/same.tf")
    source.read(paths, "after")
    source.read(paths, "before")
    source.read(paths, "after")
    # NOTE: infra/same.tf is one blob on both sides
    assert len(server.calls) - before == 2 + 1 + 5


def test_collect_reads_the_site_from_the_tip_of_the_base(state: State) -> None:
    tip = {**state.tip, ".gate/gate.yml": ("100644", b"version: 1\nobserve: false\n")}
    state.tip, state.tip_sha = tip, "d" * 40
    state.index()
    with serve(state) as server:
        site = source_of(server).collect().site
    assert site is not None
    assert site.ref == "d" * 40
    assert site.files["gate.yml"] == b"version: 1\nobserve: false\n"
    assert set(site.files) == set(SITE)


def test_site_of_the_head_is_never_read(state: State) -> None:
    state.after[".gate/gate.yml"] = ("100644", b"observe: true\n")
    state.index()
    with serve(state) as server:
        site = source_of(server).collect().site
    assert site is not None
    assert site.files["gate.yml"] == SITE["gate.yml"]


@pytest.mark.parametrize(
    ("token", "teams"),
    [("app", {"acme/security": ("bob",)}), ("writer", {})],
    ids=["members readable", "cannot tell"],
)
def test_teams_are_those_the_site_names(token: str, teams: dict[str, Any]) -> None:
    config = b"version: 1\napprovals:\n  iam: {min: 2, teams: [acme/security, acme/gone]}\n"
    state = make_state(FILES, {"gate.yml": config})
    state.teams = {"acme/security": ["bob"], "acme/other": ["alice"]}
    state.tokens["app"] = Identity(installation=False)
    with serve(state) as server:
        settings = ForgeSettings(api_url=server.url, write_pause=0, backoff=0, retries=1)
        found = GithubSource(Forge("acme/app", token, settings), 7).collect().facts.teams
        assert server.count("GET", "/teams/") == 2
    assert found == teams


def test_broken_site_is_left_to_whoever_judges() -> None:
    with serve(make_state(FILES, {"gate.yml": b"version: [\n"})) as server:
        collected = source_of(server).collect()
    assert collected.facts.teams == {}
    assert collected.site is not None


def test_no_site_folder_is_none() -> None:
    with serve(make_state(FILES)) as server:
        assert source_of(server).collect().site is None


def test_link_in_the_site_folder_is_an_error(state: State) -> None:
    state.tip[".gate/waivers.yml"] = ("120000", b"../elsewhere.yml")
    state.index()
    with serve(state) as server, pytest.raises(CollectError, match="link or submodule"):
        source_of(server).collect()


def test_site_that_is_a_file_is_an_error(state: State) -> None:
    state.tip = {".gate": ("100644", b"x")}
    state.index()
    with serve(state) as server, pytest.raises(CollectError, match="not a folder"):
        source_of(server).collect()


def test_head_of_an_old_event_is_superseded(server: Server) -> None:
    with pytest.raises(HeadMovedError, match="was started for"):
        source_of(server, event_head="e" * 40).collect()
    assert len(server.calls) == 1


def test_head_that_moves_while_it_is_read_is_noticed(server: Server) -> None:
    server.state.heads = [HEAD, "c" * 40]
    with pytest.raises(HeadMovedError, match="moved while it was read"):
        source_of(server).collect()


def test_head_that_moves_before_the_end_is_noticed(server: Server) -> None:
    source = source_of(server)
    source.collect()
    source.confirm()
    server.state.move_head("c" * 40)
    with pytest.raises(HeadMovedError):
        source.confirm()


def test_base_that_changes_meanwhile_is_noticed(server: Server) -> None:
    source = source_of(server)
    source.collect()
    server.state.pull["base"]["ref"] = "release"
    with pytest.raises(HeadMovedError):
        source.confirm()


def test_source_can_be_collected_again_after_a_move(server: Server) -> None:
    server.state.heads = [HEAD, "c" * 40]
    source = source_of(server)
    with pytest.raises(HeadMovedError):
        source.collect()
    assert source.collect().facts.pull.head.sha == "c" * 40


def test_read_gives_each_side(server: Server) -> None:
    source = source_of(server)
    source.collect()
    assert source.read(["infra/main.tf"], "before") == {"infra/main.tf": b"a\nb\nc\n"}
    assert source.read(["infra/main.tf"], "after") == {"infra/main.tf": b"a\nb\nnew\nc\n"}
    assert isinstance(source.read(["infra/old.tf"], "after")["infra/old.tf"], Absent)
    assert isinstance(source.read(["nowhere"], "before")["nowhere"], Absent)


@pytest.mark.parametrize(("mode", "words"), [("120000", "symbolic link"), ("160000", "submodule")])
def test_read_follows_nothing(state: State, mode: str, words: str) -> None:
    state.after["infra/main.tf"] = (mode, b"../secret")
    state.index()
    with serve(state) as server:
        source = source_of(server)
        source.collect()
        content = source.read(["infra/main.tf"], "after")["infra/main.tf"]
    assert isinstance(content, Unreadable)
    assert words in content.reason


def test_read_stops_at_the_budget(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gate.collect.github.MAX_BLOBS", 1)
    source = source_of(server)
    source.collect()
    found = source.read(["README.md", "infra/main.tf"], "after")
    assert found["README.md"] == b"read me\n"
    assert isinstance(found["infra/main.tf"], Unreadable)


def test_read_that_fails_is_unreadable_not_absent(server: Server) -> None:
    source = source_of(server)
    source.collect()
    server.fail("GET", "/git/blobs/", 500, times=9)
    content = source.read(["README.md"], "after")["README.md"]
    assert isinstance(content, Unreadable)
    assert "500" in content.reason


def test_list_directory_names_files_only(server: Server) -> None:
    source = source_of(server)
    source.collect()
    assert source.list_directory("infra", "before") == ("main.tf", "old.tf", "same.tf")
    assert source.list_directory("infra", "after") == ("main.tf", "same.tf")
    assert source.list_directory("", "after") == ("README.md",)
    assert source.list_directory("nowhere", "after") == ()


def test_tree_that_github_cuts_is_walked(server: Server) -> None:
    source = source_of(server)
    source.collect()
    server.state.truncate_trees = True
    assert source.read(["infra/main.tf"], "after") == {"infra/main.tf": b"a\nb\nnew\nc\n"}
    assert source.list_directory("infra", "after") == ("main.tf", "same.tf")
    assert isinstance(source.read(["infra/x/y.tf"], "after")["infra/x/y.tf"], Absent)


def test_permissions_are_asked_once_per_voter(server: Server) -> None:
    robot = {"login": "review[bot]", "id": 9, "type": "Bot"}
    server.state.reviews = [
        review(BOB, "APPROVED", id=1),
        review(BOB, "CHANGES_REQUESTED", id=2),
        review(ALICE, "COMMENTED", id=3),
        review(robot, "APPROVED", id=4),
    ]
    server.state.permissions["bob"] = "maintain"
    facts = source_of(server).collect().facts
    assert facts.permissions == {"bob": "maintain"}
    assert server.count("GET", "/permission") == 1


def test_permission_of_who_set_a_label_that_is_there_is_asked(server: Server) -> None:
    server.state.pull["labels"] = [{"name": "iam-approved"}]
    server.state.events = [
        {"event": "labeled", "actor": BOB, "label": {"name": "iam-approved"}},
        {"event": "labeled", "actor": ALICE, "label": {"name": "gone"}},
    ]
    facts = source_of(server).collect().facts
    assert facts.permissions == {"bob": "none"}


def test_permission_of_who_gave_a_command_or_dismissed_is_asked(server: Server) -> None:
    carol, dave = ({"login": name, "id": at, "type": "User"} for at, name in ((3, "c"), (4, "d")))
    server.state.comments = [
        {"id": 1, "user": BOB, "body": f"/gate approve {HEAD}"},
        {"id": 2, "user": ALICE, "body": "looks fine, `/gate approve` it"},
        {"id": 3, "user": {"login": "x[bot]", "id": 9, "type": "Bot"}, "body": "/gate revoke"},
        {"id": 4, "user": carol, "body": "/gatekeeper"},
    ]
    server.state.events = [
        {
            "event": "review_dismissed",
            "actor": dave,
            "dismissed_review": {"state": "approved", "review_id": 1, "dismissal_message": "x"},
        }
    ]
    facts = source_of(server).collect().facts
    assert facts.permissions == {"bob": "none", "d": "none"}
    assert facts.events is not None
    assert facts.events[0].dismissed_review is not None
    assert facts.events[0].dismissed_review.review_id == 1


def test_one_person_is_asked_for_once_whatever_the_letters(server: Server) -> None:
    server.state.reviews = [review(BOB, "APPROVED"), review({**BOB, "login": "Bob"}, "APPROVED")]
    source_of(server).collect()
    assert server.count("GET", "/permission") == 1


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, "Resource not accessible by integration"),
        (500, "Server Error"),
        (403, "You have exceeded a secondary rate limit"),
    ],
    ids=["denied", "broken", "rate limit"],
)
def test_semantic_b1_16_permission_that_cannot_be_told_is_never_none(
    server: Server, status: int, message: str
) -> None:
    server.state.reviews = [review(BOB, "APPROVED")]
    server.state.permissions["bob"] = "admin"
    server.fail(
        "GET", "/permission", status, times=99, message=message, headers={"Retry-After": "1"}
    )
    collected = source_of(server).collect()
    assert collected.facts.permissions is None
    assert [gap.section for gap in collected.gaps] == ["votes"]


def registered(*owners: tuple[str, str]) -> Any:
    """A site whose registry holds one agent per pair of owner and backup."""
    records = [
        {
            "version": 1,
            "id": f"agent-{at}",
            "kind": "coder",
            "owner": {"human": human, "backup": backup},
            "purpose": "keeps the examples of the documentation up to date",
            "systems": [],
            "data_classes": ["none"],
            "justification": "the examples were stale in every release",
            "identities": {"logins": [f"agent-{at}[bot]"]},
            "risk_tier": "low",
            "state": "active",
            "review_due": "2027-01-01",
        }
        for at, (human, backup) in enumerate(owners)
    ]
    return Site(present=True, agents=msgspec.convert(records, tuple[AgentRecord, ...]))


def test_permissions_of_those_who_answer_for_agents_are_asked(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = registered(("bob", "carol"), ("Bob", "dave"))
    monkeypatch.setattr("gate.collect.github.site_of", lambda folder: site)
    server.state.reviews = [review(BOB, "APPROVED")]
    server.state.permissions |= {"bob": "write", "carol": "read"}
    assert source_of(server).collect().facts.permissions == {
        "bob": "write",
        "carol": "read",
        "dave": "none",
    }


def test_owner_that_cannot_be_told_is_left_out_and_no_gap(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = registered(("bob", "carol"))
    monkeypatch.setattr("gate.collect.github.site_of", lambda folder: site)
    server.state.permissions["bob"] = "write"
    server.fail("GET", "/collaborators/carol/", 403, times=9, message="Resource not accessible")
    collected = source_of(server).collect()
    assert (collected.facts.permissions, collected.gaps) == ({"bob": "write"}, ())


def test_owners_are_asked_for_within_the_limit_of_voters(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = registered(*((f"u{at}", f"v{at}") for at in range(80)))
    monkeypatch.setattr("gate.collect.github.site_of", lambda folder: site)
    server.state.reviews = [review(BOB, "APPROVED")]
    permissions = source_of(server).collect().facts.permissions
    assert permissions is not None
    assert len(permissions) == 100
    assert "bob" in permissions


def test_comment_says_when_it_was_edited_and_by_which_app(server: Server) -> None:
    server.state.comments = [
        {
            "id": 1,
            "user": BOB,
            "body": "x",
            "created_at": "2026-11-21T00:00:00Z",
            "updated_at": "2026-11-22T00:00:00Z",
            "performed_via_github_app": {"id": 5, "slug": "helper"},
        }
    ]
    comments = source_of(server).collect().facts.comments
    assert comments is not None
    assert comments[0].updated_at == "2026-11-22T00:00:00Z"
    assert comments[0].performed_via_github_app is not None
    assert comments[0].performed_via_github_app.id == 5


def test_app_that_opened_the_pull_request_is_known(server: Server) -> None:
    server.state.app = {"id": 12, "slug": "devin-ai-integration"}
    app = source_of(server).collect().facts.app
    assert app is not None
    assert (app.id, app.slug) == (12, "devin-ai-integration")


def test_pushes_say_who_pushed_the_head_and_when(server: Server) -> None:
    server.state.activity = [
        {"actor": BOB, "after": HEAD, "timestamp": "2026-11-21T10:00:00Z"},
        {"actor": ALICE, "after": "0" * 40, "timestamp": "2026-11-21T09:00:00Z"},
        {"actor": None, "after": "e" * 40, "timestamp": "2026-11-21T08:00:00Z"},
    ]
    pushes = source_of(server).collect().facts.pushes
    assert pushes is not None
    assert [(one.actor.login if one.actor else "", one.after) for one in pushes] == [
        ("bob", HEAD),
        ("", "e" * 40),
    ]
    asked = next(call for call in server.calls if call.path.endswith("/activity"))
    assert asked.query["ref"] == "refs/heads/change"


def test_pushes_are_read_where_the_head_lies() -> None:
    fork = {"ref": "main", "sha": HEAD, "repo": {"full_name": "mallory/app", "id": 9}}
    with serve(make_state(FILES, head=fork)) as server:
        server.state.activity = [{"actor": BOB, "after": HEAD, "timestamp": "2026-11-21T10:00:00Z"}]
        assert source_of(server).collect().facts.pushes
        assert server.count("GET", "/repos/mallory/app/activity") == 1


@pytest.mark.parametrize("status", [403, 404])
def test_pushes_that_the_token_may_not_see_cannot_be_told(server: Server, status: int) -> None:
    server.fail("GET", "/activity", status, message="Not Found")
    collected = source_of(server).collect()
    assert collected.facts.pushes is None
    assert collected.gaps == ()


def test_pushes_of_a_deleted_fork_cannot_be_told() -> None:
    gone = {"ref": "change", "sha": HEAD, "repo": None}
    with serve(make_state(FILES, head=gone)) as server:
        facts = source_of(server).collect().facts
    assert (facts.pushes, facts.siblings) == (None, None)


def twin(first: State, number: int, base: str, **more: Any) -> State:
    """Another pull request of the same repository with the same head."""
    ends = {"base": {**first.pull["base"], "ref": base}, "head": dict(first.pull["head"])}
    other = make_state(FILES, SITE, number=number, **{**ends, **more})
    first.others.append(other)
    return other


def test_semantic_b7_73_sibling_with_the_same_head_is_named(server: Server) -> None:
    twin(server.state, 8, "release")
    twin(server.state, 9, "old", state="closed")
    siblings = source_of(server).collect().facts.siblings
    assert siblings is not None
    assert [(one.number, one.base) for one in siblings] == [(8, "release")]


def test_semantic_b7_74_stacked_pull_request_is_no_sibling(server: Server) -> None:
    stacked = twin(server.state, 8, "release")
    stacked.move_head("d" * 40)
    stacked.commits = [commit_of(HEAD), commit_of("d" * 40, HEAD)]
    assert source_of(server).collect().facts.siblings == ()


def test_siblings_of_a_fork_are_found_by_its_branch() -> None:
    fork = {"ref": "fix", "sha": HEAD, "repo": {"full_name": "mallory/app", "id": 9}}
    with serve(make_state(FILES, head=fork)) as server:
        twin(server.state, 8, "release")
        siblings = source_of(server).collect().facts.siblings
        assert siblings is not None
        assert [one.number for one in siblings] == [8]
        assert len(server.calls) == CALLS - 2 + 1  # no `.gate` tree, no confirm; one listing more


@pytest.mark.parametrize(
    ("status", "found"), [(403, None), (404, ()), (422, ())], ids=["denied", "404", "422"]
)
def test_siblings_that_cannot_be_told_are_not_none_at_all(
    server: Server, status: int, found: Any
) -> None:
    server.fail("GET", "/commits/[0-9a-f]+/pulls", status, message="No")
    assert source_of(server).collect().facts.siblings == found


def test_semantic_b6_72_rate_limit_while_looking_for_siblings_ends_the_run(
    server: Server,
) -> None:
    server.fail(
        "GET", "/pulls$", 403, times=99, message="API rate limit exceeded",
        headers={"Retry-After": "1"},
    )  # fmt: skip
    with pytest.raises(CollectError, match="rate limit"):
        source_of(server).collect()


OWNING = b"version: 1\nmatrix:\n  - {min: 1, code_owners: true}\n"


@pytest.mark.parametrize(
    "path", [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"], ids=["github", "root", "docs"]
)
def test_code_owners_are_those_of_the_base(path: str) -> None:
    state = make_state(FILES, {"gate.yml": OWNING})
    state.tip[path] = ("100644", b"* @bob\n")
    state.after[path] = ("100644", b"* @mallory\n")
    state.index()
    with serve(state) as server:
        assert source_of(server).collect().facts.codeowners == "* @bob\n"


def test_code_owners_are_looked_for_in_githubs_order() -> None:
    state = make_state(FILES, {"gate.yml": OWNING})
    for path in ("docs/CODEOWNERS", "CODEOWNERS", ".github/CODEOWNERS"):
        state.tip[path] = ("100644", path.encode())
        state.index()
        state.objects[state.tip_sha] = ("commit", state._tree(state.tip))
        with serve(state) as server:
            assert source_of(server).collect().facts.codeowners == path


def test_no_code_owners_file_is_empty_not_unknown() -> None:
    with serve(make_state(FILES, {"gate.yml": OWNING})) as server:
        collected = source_of(server).collect()
    assert (collected.facts.codeowners, collected.gaps) == ("", ())


@pytest.mark.parametrize(
    ("mode", "size", "words"),
    [("100644", 3_000_001, "over 3000000"), ("120000", 10, "not a file")],
    ids=["over 3 MB", "link"],
)
def test_code_owners_that_github_ignores_are_a_gap(mode: str, size: int, words: str) -> None:
    state = make_state(FILES, {"gate.yml": OWNING})
    state.tip["CODEOWNERS"] = (mode, b"#" * size)
    state.index()
    with serve(state) as server:
        collected = source_of(server).collect()
    assert collected.facts.codeowners is None
    assert [gap.section for gap in collected.gaps] == ["votes"]
    assert words in collected.gaps[0].reason


def test_code_owners_are_not_read_where_nobody_asks(server: Server) -> None:
    server.state.tip["CODEOWNERS"] = ("100644", b"* @bob\n")
    server.state.index()
    assert source_of(server).collect().facts.codeowners is None


def test_code_owners_are_read_where_a_change_touches_them() -> None:
    state = make_state({**FILES, "docs/CODEOWNERS": (b"* @bob\n", b"* @mallory\n")})
    with serve(state) as server:
        assert source_of(server).collect().facts.codeowners == "* @bob\n"


def test_teams_of_the_matrix_and_of_the_code_owners_are_read() -> None:
    site = b"version: 1\nmatrix:\n  - {min: 1, teams: [acme/security], code_owners: true}\n"
    state = make_state(FILES, {"gate.yml": site})
    state.tip["CODEOWNERS"] = (
        "100644",
        b"* @acme/platform @bob # not @acme/comment\n/x me@acme/nobody\ninfra/ @acme/gone\n",
    )
    state.teams = {"acme/security": ["bob"], "acme/platform": ["carol"]}
    state.tokens["app"] = Identity(installation=False)
    state.index()
    with serve(state) as server:
        settings = ForgeSettings(api_url=server.url, write_pause=0, backoff=0, retries=1)
        teams = GithubSource(Forge("acme/app", "app", settings), 7).collect().facts.teams
        assert server.count("GET", "/teams/") == 3
    assert teams == {"acme/security": ("bob",), "acme/platform": ("carol",)}


def test_people_are_those_who_may_push(server: Server) -> None:
    server.state.collaborators = [
        {"login": f"u{at}", "id": at, "role_name": "read" if at == 5 else "write"}
        for at in range(150)
    ]
    people = source_of(server).people()
    assert people is not None
    assert len(people) == 149
    assert server.count("GET", "/collaborators$") == 2


def test_people_are_asked_for_at_most_a_thousand(server: Server) -> None:
    server.state.collaborators = [{"login": f"u{at}", "id": at} for at in range(1500)]
    people = source_of(server).people()
    assert people is not None
    assert len(people) == 1000
    assert server.count("GET", "/collaborators$") == 10


def test_people_cannot_be_told_without_the_right(server: Server) -> None:
    source = source_of(server)
    assert source.people() is None
    source.collect()
    assert server.count("GET", "/collaborators$") == 1  # collecting never asks for them


@pytest.mark.parametrize("section", ["reviews", "issues/7/comments", "issues/7/events"])
def test_semantic_b6_68_lists_are_read_to_their_end_or_refused(
    server: Server, section: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = [
        {"id": at, "user": BOB, "actor": BOB, "event": "mentioned", "state": "COMMENTED"}
        for at in range(350)
    ]
    server.state.reviews = server.state.comments = server.state.events = entries
    source_of(server).collect()
    assert server.count("GET", f"{section}$") == 4
    monkeypatch.setattr("gate.forge_client.MAX_PAGES", 3)
    with pytest.raises(CollectError, match="more than 3 pages"):
        source_of(server).collect()


def test_first_answer_of_a_peek_is_used_again(server: Server) -> None:
    source = source_of(server)
    assert source.peek().head.sha == HEAD
    source.collect()
    source.confirm()
    assert len(server.calls) == CALLS + len(SITE)


def test_permission_that_github_withholds_is_a_gap(server: Server) -> None:
    server.state.reviews = [review(BOB, "APPROVED")]
    server.fail("GET", "/permission", 403, times=9, message="Resource not accessible")
    collected = source_of(server).collect()
    assert collected.facts.permissions is None
    assert [gap.section for gap in collected.gaps] == ["votes"]


def test_crowd_of_voters_is_a_gap_not_a_thousand_calls(server: Server) -> None:
    server.state.reviews = [
        review({"login": f"u{at}", "id": at, "type": "User"}, "APPROVED", id=at)
        for at in range(1, 150)
    ]
    collected = source_of(server).collect()
    assert [gap.section for gap in collected.gaps] == ["votes"]
    assert server.count("GET", "/permission") == 0


def test_more_commits_than_github_lists_come_from_the_comparison(server: Server) -> None:
    server.state.commits = [commit_of(f"{at:040x}") for at in range(320)]
    server.state.pull["commits"] = 320
    collected = source_of(server).collect()
    assert len(collected.facts.commits) == 320
    assert collected.gaps == ()


def test_commits_that_stay_missing_are_a_gap(server: Server) -> None:
    server.state.pull["commits"] = 3
    collected = source_of(server).collect()
    assert [gap.section for gap in collected.gaps] == ["provenance"]
    assert "announces 3 commits and shows 1" in collected.gaps[0].reason


def test_files_that_stay_missing_are_a_gap(server: Server) -> None:
    server.state.pull["changed_files"] = 3500
    collected = source_of(server).collect()
    assert [gap.section for gap in collected.gaps] == ["changes"]
    assert "3500" in collected.gaps[0].reason


def test_patch_that_github_leaves_out_is_made_from_the_blobs(server: Server) -> None:
    entry = next(one for one in server.state.files if one["filename"] == "infra/main.tf")
    shown = entry.pop("patch")
    files = source_of(server).collect().facts.files
    assert files is not None
    file = next(one for one in files if one.filename == "infra/main.tf")
    assert file.patch == shown
    assert decode_files(files).find("infra/main.tf").truncated == ""  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("before", "after", "status"),
    [
        (None, b"\x00\x01", "added"),
        (b"\x00\x01", b"\x00\x02", "modified"),
        (b"\x00\x01", None, "removed"),
    ],
)
def test_binary_file_is_known_as_such(before: Any, after: Any, status: str) -> None:
    state = make_state({})
    state.before = {} if before is None else {"logo.weird": ("100644", before)}
    state.tip = state.before
    state.after = {} if after is None else {"logo.weird": ("100644", after)}
    state.files = [{"filename": "logo.weird", "status": status, "additions": 0, "deletions": 0}]
    state.pull["changed_files"] = 1
    state.index()
    with serve(state) as server:
        files = source_of(server).collect().facts.files
    assert files is not None
    change = decode_files(files).files[0]
    assert (change.binary, change.truncated) == (True, "")


def test_text_that_attributes_hide_comes_to_light() -> None:
    state = make_state({"x.tf": (b"a\n", b"a\nhidden\n")})
    state.files[0] = {"filename": "x.tf", "status": "modified", "additions": 0, "deletions": 0}
    with serve(state) as server:
        files = source_of(server).collect().facts.files
    assert files is not None
    assert [text for _, text in decode_files(files).files[0].added_lines()] == [b"hidden"]


def test_change_of_mode_alone_hides_nothing() -> None:
    state = make_state({"run.sh": (b"a\n", b"a\n")})
    state.files = [{"filename": "run.sh", "status": "modified", "additions": 0, "deletions": 0}]
    state.pull["changed_files"] = 1
    with serve(state) as server:
        files = source_of(server).collect().facts.files
    assert files is not None
    change = decode_files(files).files[0]
    assert (change.status, change.truncated) == ("mode", "")


def test_file_that_cannot_be_read_keeps_its_missing_patch(server: Server) -> None:
    entry = next(one for one in server.state.files if one["filename"] == "infra/main.tf")
    del entry["patch"]
    server.fail("GET", "/compare/", 500, times=9)
    files = source_of(server).collect().facts.files
    assert files is not None
    assert decode_files(files).find("infra/main.tf").truncated  # type: ignore[union-attr]


def test_plans_are_read_from_the_files_named(server: Server, tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_bytes(b"{}")
    plans = source_of(server, plans={"infra": str(plan)}).collect().plans
    assert [(one.root, one.name, one.data) for one in plans] == [("infra", "plan.json", b"{}")]


def test_refused_token_ends_the_run_with_the_call(server: Server) -> None:
    server.fail("GET", "/pulls/7/files", 403, times=9, message="Resource not accessible")
    with pytest.raises(CollectError, match="the changed files: 403"):
        source_of(server).collect()


@pytest.fixture
def clone(tmp_path: Path) -> tuple[Path, str, str]:
    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words],
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    git("init", "-q", "-b", "main")
    (tmp_path / "x.tf").write_text("a\n")
    git("add", "x.tf")
    git("commit", "-qm", "base")
    base = git("rev-parse", "HEAD")
    (tmp_path / "x.tf").write_text("a\nb\n")
    git("commit", "-qam", "head")
    return tmp_path, base, git("rev-parse", "HEAD")


def test_clone_gives_the_diff_where_the_list_is_short(clone: tuple[Path, str, str]) -> None:
    folder, base, head = clone
    state = make_state({"x.tf": (b"a\n", b"a\nb\n")})
    state.pull["base"]["sha"], state.pull["head"]["sha"] = base, head
    state.pull["changed_files"] = 4000
    state.commits = [commit_of(head, base)]
    state.merge_base = state.tip_sha = ""
    state.index()
    with serve(state) as server:
        collected = source_of(server, clone=str(folder)).collect()
    assert collected.diff is not None
    assert b"+b" in collected.diff
    assert collected.gaps == ()
    assert base != BASE
