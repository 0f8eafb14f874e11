"""What a run of Actions judges for each event, whole, against a GitHub that remembers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forge.scenario import BASE, HEAD, make_state
from forge.server import Server, serve
from forge.state import BOT, State

from gate.cli import main

DOCS = {"README.md": (b"read\n", b"read me\n")}
LEAK = {"infra/main.tf": (None, b'resource "aws_iam_user" "ci" {\n  name = "ci"\n}\n')}
OTHER = "c" * 40
GROUP = "d" * 40
ROBOT = {"login": "devin-ai-integration[bot]", "id": 99, "type": "Bot"}

Run = Callable[..., tuple[int, dict[str, Any], dict[str, str]]]


@pytest.fixture
def state() -> State:
    return make_state(DOCS)


@pytest.fixture
def server(state: State) -> Iterator[Server]:
    with serve(state) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def run(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet_surroundings: Path
) -> Run:
    """`gate check --post review` in a run of Actions; code, report and outputs."""
    number = iter(range(100, 200))

    def start(*words: str, **event: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
        payload = {"repository": {"full_name": "acme/app", "id": 1}, **event}
        (tmp_path / "event.json").write_text(json.dumps(payload))
        report = tmp_path / "report.json"
        report.unlink(missing_ok=True)
        (tmp_path / "output").unlink(missing_ok=True)
        for name, value in {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_REPOSITORY": "Acme/app",
            "GITHUB_API_URL": server.url,
            "GITHUB_TOKEN": "writer",
            "GITHUB_OUTPUT": str(tmp_path / "output"),
            "GITHUB_RUN_ID": str(next(number)),
            "RUNNER_TEMP": str(tmp_path),
        }.items():
            monkeypatch.setenv(name, value)
        common = ("--engine", "embedded", "--report", f"json={report}", "--post", "review")
        code = main(["check", *common, *words])
        lines = (tmp_path / "output").read_text().splitlines()
        outputs = {
            line.partition("<<")[0]: lines[at + 1]
            for at, line in enumerate(lines)
            if "<<gate-" in line
        }
        return code, json.loads(report.read_text()) if report.exists() else {}, outputs

    return start


def pull_of(state: State) -> dict[str, Any]:
    return {key: state.pull[key] for key in ("number", "head", "base")}


def written(server: Server) -> list[tuple[str, str]]:
    return [(status["sha"], status["state"]) for status in server.state.statuses]


def second(server: Server, number: int, files: Any, sha: str = OTHER, **more: Any) -> State:
    """Another open pull request of the repository."""
    head = {"ref": f"topic-{number}", "sha": sha, "repo": {"full_name": "acme/app", "id": 1}}
    other = make_state(files, number=number, head=head, **more)
    other.commits[0]["sha"] = sha
    server.state.others.append(other)
    return other


def test_pull_request_of_the_event_is_judged(run: Run, server: Server, state: State) -> None:
    code, report, outputs = run(action="synchronize", pull_request=pull_of(state))
    assert (code, outputs["decision"], report["pull"]["number"]) == (0, "pass", 7)
    assert written(server) == [(HEAD, "success")]
    (status,) = server.state.statuses
    assert status["target_url"] == "https://github.com/acme/app/actions/runs/100"


def test_event_about_another_repository_is_refused(run: Run, server: Server, state: State) -> None:
    code, report, outputs = run(
        repository={"full_name": "acme/other", "id": 2}, pull_request=pull_of(state)
    )
    assert (code, outputs["decision"]) == (2, "error")
    assert "another repository" in report["reasons"][0]["text"]
    assert written(server) == []


def test_superseded_event_writes_nothing(run: Run, server: Server, state: State) -> None:
    old = {**pull_of(state), "head": {**state.pull["head"], "sha": "e" * 40}}
    code, report, _ = run(pull_request=old)
    assert (code, report["decision"]) == (2, "error")
    assert (server.count("POST"), server.count("PUT")) == (0, 0)


@pytest.mark.parametrize("action", ["created", "edited", "deleted"])
def test_comment_of_anybody_judges_again(run: Run, server: Server, action: str) -> None:
    person = {"login": "bob", "id": 12, "type": "User"}
    code, report, _ = run(
        action=action,
        issue={"number": 7, "pull_request": {"url": "x"}},
        comment={"id": 1, "user": person, "body": "hm"},
    )
    assert (code, report["pull"]["number"]) == (0, 7)
    assert written(server) == [(HEAD, "success")]


def test_comment_of_the_gate_itself_is_no_work(
    run: Run, server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report, outputs = run(
        issue={"number": 7, "pull_request": {"url": "x"}}, comment={"id": 1, "user": dict(BOT)}
    )
    assert (code, report, outputs) == (0, {}, {"decision": "none"})
    assert "nothing to judge" in capsys.readouterr().err
    assert [call.path for call in server.calls] == ["/user"]


def test_comment_of_another_robot_judges_again(run: Run, server: Server) -> None:
    _, report, _ = run(
        issue={"number": 7, "pull_request": {"url": "x"}}, comment={"id": 1, "user": ROBOT}
    )
    assert report["pull"]["number"] == 7


def relay(source: str = "acme/app", branch: str = "change", head: str = HEAD) -> dict[str, Any]:
    return {
        "workflow_run": {
            "id": 1,
            "head_sha": head,
            "head_branch": branch,
            "head_repository": {"full_name": source, "id": 1} if source else None,
            "pull_requests": [{"number": 4711}],
        },
        "workflow": {"id": 1},
    }


def test_relayed_review_judges_the_pull_request_of_that_head(run: Run, server: Server) -> None:
    code, report, _ = run(**relay())
    assert (code, report["pull"]["number"]) == (0, 7)
    assert written(server) == [(HEAD, "success")]


def test_relayed_review_of_a_fork_is_found_by_owner_and_branch(run: Run, server: Server) -> None:
    server.state.pull["head"]["repo"] = {"full_name": "mallory/app", "id": 9}
    _, report, _ = run(**relay("mallory/app"))
    assert report["pull"]["number"] == 7


@pytest.mark.parametrize(
    "event",
    [relay(head="e" * 40), relay("mallory/app"), relay(branch="other"), relay("")],
    ids=["head moved on", "B7-77 same branch of another repository", "another branch", "no fork"],
)
def test_relay_that_fits_no_open_pull_request_is_no_work(
    run: Run, server: Server, event: dict[str, Any]
) -> None:
    code, report, outputs = run(**event)
    assert (code, report, outputs["decision"]) == (0, {}, "none")
    assert written(server) == []


def test_relay_judges_both_pull_requests_of_one_branch(run: Run, server: Server) -> None:
    base = {**server.state.pull["base"], "ref": "release"}
    other = make_state(DOCS, number=8, base=base, head=dict(server.state.pull["head"]))
    server.state.others.append(other)
    code, report, _ = run(**relay())
    assert code == 0
    assert any("#7 pass, #8 pass" in note for note in report["notes"])
    # NOTE: B7-73: one commit that is open for two branches is good for neither of them
    assert {state for _, state in written(server)} == {"pending"}


def test_start_by_hand_judges_the_number_given(run: Run, server: Server) -> None:
    second(server, 8, DOCS)
    _, report, _ = run(inputs={"pull": "8"})
    assert report["pull"]["number"] == 8
    assert written(server) == [(OTHER, "success")]


def test_schedule_judges_every_open_pull_request(run: Run, server: Server) -> None:
    second(server, 8, LEAK, user=dict(ROBOT))
    second(server, 9, DOCS, "f" * 40, state="closed")
    code, report, _ = run(schedule="0 5 * * *")
    assert (code, report["pull"]["number"]) == (1, 8)
    assert any("judged together: #7 pass, #8 hold" in note for note in report["notes"])
    assert written(server) == [(HEAD, "success"), (OTHER, "pending")]


def test_schedule_says_how_many_it_left_out(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.cli.events.MAX_SWEPT", 1)
    second(server, 8, DOCS)
    _, report, _ = run(schedule="0 5 * * *")
    assert any(note.startswith("1 more open pull requests") for note in report["notes"])


def queue(server: Server, *members: State, extra: str = "") -> dict[str, Any]:
    """A merge group of pull requests, stacked on the base as GitHub does; returns the event."""
    state = server.state
    parent = state.tip_sha
    for member in members:
        files = dict(state.objects_of(parent))
        for path in set(member.before) - set(member.after):
            files.pop(path, None)
        files |= member.after
        last = member is members[-1]
        if last and extra:
            files[extra] = ("100644", b"nobody judged this\n")
        sha = GROUP if last else f"{member.pull['number']:040x}"
        state.keep(sha, files)
        state.queue[f"main/pr-{member.pull['number']}-{parent}"] = sha
        name = f"pr-{member.pull['number']}-{parent}"
        parent = sha
    return {
        "action": "checks_requested",
        "merge_group": {
            "head_sha": GROUP,
            "head_ref": f"refs/heads/gh-readonly-queue/main/{name}",
            "base_sha": state.tip_sha,
            "base_ref": "refs/heads/main",
            "head_commit": {"id": GROUP},
        },
    }


def test_semantic_b7_79_group_of_good_pull_requests_is_green(run: Run, server: Server) -> None:
    other = second(server, 8, {"docs/a.md": (b"a\n", b"b\n")})
    server.state.tip["docs/a.md"] = ("100644", b"a\n")
    server.state.index()
    event = queue(server, server.state, other)
    code, report, _ = run(**event)
    assert (code, report["decision"]) == (0, "pass"), report["reasons"]
    assert any("#7 pass, #8 pass" in note for note in report["notes"])
    assert written(server) == [(GROUP, "success")]
    assert server.state.reviews == []


def test_group_of_one_asks_for_no_queue(run: Run, server: Server) -> None:
    code, _, _ = run(**queue(server, server.state))
    assert code == 0
    assert server.count("GET", "/matching-refs/") == 0


def test_semantic_b7_79_one_red_pull_request_turns_the_group_red(run: Run, server: Server) -> None:
    other = second(server, 8, LEAK, user=dict(ROBOT))
    code, report, _ = run(**queue(server, other, server.state))
    assert (code, report["decision"], report["pull"]["number"]) == (1, "hold", 8)
    assert written(server) == [(GROUP, "pending")]
    assert server.state.statuses[0]["description"].startswith("#8: ")


def test_semantic_b7_79_file_that_no_pull_request_changes_is_an_error(
    run: Run, server: Server
) -> None:
    code, report, _ = run(**queue(server, server.state, extra="infra/extra.tf"))
    assert (code, report["decision"]) == (2, "error")
    assert "infra/extra.tf, which none of its pull requests does" in report["reasons"][0]["text"]
    assert written(server) == [(GROUP, "error")]


def test_group_whose_names_do_not_lead_back_is_an_error(run: Run, server: Server) -> None:
    other = second(server, 8, DOCS)
    event = queue(server, server.state, other)
    server.state.queue = {name: sha for name, sha in server.state.queue.items() if "pr-8" in name}
    code, report, _ = run(**event)
    assert (code, report["decision"]) == (2, "error")
    assert "cannot tell which pull requests" in report["reasons"][0]["text"]
    assert written(server) == [(GROUP, "error")]


def test_group_whose_tree_github_cuts_is_an_error(run: Run, server: Server) -> None:
    event = queue(server, server.state)
    server.state.truncate_trees = True
    code, report, _ = run(**event)
    assert (code, report["decision"]) == (2, "error")
    assert "larger than GitHub lists" in report["reasons"][0]["text"]


def test_group_posts_nothing_without_post(run: Run, server: Server) -> None:
    code, _, _ = run("--post", "none", **queue(server, server.state))
    assert code == 0
    assert server.count("POST") == 0


def test_base_that_nothing_protects_gets_no_success(run: Run, server: Server) -> None:
    server.state.settings.protected = False
    code, report, _ = run(pull_request=pull_of(server.state))
    assert (code, report["decision"]) == (0, "pass")
    assert written(server) == []
    assert any("nothing protects main" in note for note in report["notes"])


@pytest.mark.parametrize(
    ("change", "words"),
    [({"draft": True}, "a draft"), ({"state": "closed"}, "not open")],
    ids=["B7-78 draft", "closed"],
)
def test_pull_request_that_cannot_be_merged_now_is_pending(
    run: Run, server: Server, change: dict[str, Any], words: str
) -> None:
    server.state.pull |= change
    code, _, _ = run(pull_request=pull_of(server.state))
    assert code == 0
    (status,) = server.state.statuses
    assert status["state"] == "pending"
    assert words in status["description"]


def test_base_is_shown_to_be_that_of_the_scenario() -> None:
    assert make_state(DOCS).tip_sha == BASE
