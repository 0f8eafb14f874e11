"""`gate check OWNER/REPO#N --post review`, whole, against a GitHub that remembers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from forge.server import Server, serve
from forge.state import BOT, Identity

from gate.cli import main

SCENARIO = Path(__file__).parents[2] / "fixtures" / "pulls" / "agent-widens-ci-role"
Run = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def server() -> Iterator[Server]:
    with serve(SCENARIO) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def run(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "GH_TOKEN", "GATE_LOGIN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", server.url)

    def check(*words: str, token: str = "writer") -> tuple[int, dict[str, Any]]:
        monkeypatch.setenv("GITHUB_TOKEN", token)
        report = tmp_path / "report.json"
        common = ("--format", "json", "--output", str(report), "--engine", "embedded")
        plan = str(SCENARIO / "plan.json")
        ledger = str(tmp_path / "ledger.jsonl")
        code = main(["check", "acme/infra#7", "--plan", plan, "--ledger", ledger, *common, *words])
        return code, json.loads(report.read_text())

    return check


def statuses(server: Server) -> list[tuple[str, str]]:
    return [(status["state"], status.get("description", "")) for status in server.state.statuses]


def test_dry_run_reads_and_posts_nothing(run: Run, server: Server) -> None:
    code, report = run()
    assert (code, report["decision"]) == (1, "block")
    assert report["pull"]["repo"] == "acme/infra"
    assert (server.count("POST"), server.count("PUT")) == (0, 0)


def test_review_is_posted_on_the_lines_of_the_plans_resource(run: Run, server: Server) -> None:
    code, report = run("--post", "review")
    assert (code, report["decision"]) == (1, "block")
    assert [review["state"] for review in server.state.reviews] == ["CHANGES_REQUESTED"]
    assert {comment["path"] for comment in server.state.review_comments} == {"infra/ci.tf"}
    run("--post", "review")
    assert len(server.state.reviews) == 1


def test_status_carries_the_decision_on_the_judged_commit(run: Run, server: Server) -> None:
    run("--post", "review")
    (status,) = server.state.statuses
    assert (status["context"], status["state"]) == ("gate/decision", "failure")
    assert status["sha"] == server.state.head()
    assert "blocking" in status["description"]


def test_status_can_be_switched_off(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GATE_STATUS", "false")
    run("--post", "review")
    assert (len(server.state.reviews), server.state.statuses) == (1, [])
    assert server.count("GET", "/statuses") == 0
    monkeypatch.setenv("GATE_STATUS", "maybe")
    code, report = run("--post", "review")
    assert (code, report["decision"]) == (2, "error")
    assert "neither true nor false" in report["reasons"][0]["text"]


def test_status_that_the_token_may_not_write_is_a_note(run: Run, server: Server) -> None:
    server.state.tokens["reviewer"] = Identity(lacks=frozenset({"statuses"}))
    code, report = run("--post", "review", token="reviewer")
    assert (code, report["decision"]) == (1, "block")
    assert any("no commit status could be written" in note for note in report["notes"])
    assert len(server.state.reviews) == 1


def test_announcing_costs_four_questions_more(run: Run, server: Server) -> None:
    run()
    dry = server.count("GET")
    run("--post", "review")
    # NOTE: the head again, the reviews, our login, the statuses before and after; the first look
    # at the pull request is the one that judging takes as well
    assert server.count("GET") - 2 * dry == 5


def test_success_is_withdrawn_when_the_gate_can_no_longer_judge(run: Run, server: Server) -> None:
    head = server.state.head()
    server.state.statuses = [
        {"sha": head, "context": "gate/decision", "state": "success", "creator": dict(BOT)}
    ]
    server.fail("GET", "/commits$", 403, times=9, message="Resource not accessible")
    code, report = run("--post", "review")
    assert (code, report["decision"]) == (2, "error")
    assert [state for state, _ in statuses(server)] == ["success", "pending", "error"]
    assert "could not judge" in statuses(server)[-1][1]


@pytest.mark.parametrize("broken", ["/pulls/7$", "/statuses"])
def test_github_that_does_not_show_the_status_does_not_stop_the_judging(
    run: Run, server: Server, broken: str
) -> None:
    server.fail("GET", broken, 403, times=1, message="Resource not accessible")
    code, report = run("--post", "review")
    assert (code, report["decision"]) == (1, "block")
    assert any("no commit status was" in note for note in report["notes"])


def test_review_that_cannot_be_posted_does_not_change_the_decision(
    run: Run, server: Server
) -> None:
    code, report = run("--post", "review", token="reader")
    assert (code, report["decision"]) == (1, "block")
    assert any("no review could be posted" in note for note in report["notes"])


def test_github_that_breaks_while_posting_does_not_change_the_decision(
    run: Run, server: Server
) -> None:
    server.fail("POST", "/reviews", 400, message="Bad Request", times=9)
    code, report = run("--post", "review")
    assert (code, report["decision"]) == (1, "block")
    assert any("no review was posted" in note for note in report["notes"])


def test_head_that_moves_once_is_judged_again(run: Run, server: Server) -> None:
    newer = "c" * 40
    server.state.heads = [server.state.head(), newer, newer]
    server.state.commits[0]["sha"] = newer
    code, report = run("--post", "review")
    assert (code, report["decision"]) == (1, "block")
    assert report["pull"]["head"] == newer
    assert server.state.reviews[0]["commit_id"] == newer


def test_head_that_keeps_moving_is_an_error_and_posts_no_review(run: Run, server: Server) -> None:
    server.state.heads = [f"{at:040x}" for at in range(20)]
    code, report = run("--post", "review")
    assert (code, report["decision"]) == (2, "error")
    assert "moved" in report["reasons"][0]["text"]
    assert server.count("POST", "/reviews") == 0
    assert [state for state, _ in statuses(server)] == ["error"]


@pytest.mark.parametrize("section", ["files", "commits", "reviews", "events"])
def test_answer_that_github_withholds_is_an_error(run: Run, server: Server, section: str) -> None:
    server.fail("GET", f"/{section}$", 403, times=9, message="Resource not accessible")
    code, report = run()
    assert (code, report["decision"]) == (2, "error")
    assert "403" in report["reasons"][0]["text"]
