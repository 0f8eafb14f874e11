"""GitHub that fails at any moment: decision `error`, exit 2, a valid report, nothing announced."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from forge.server import serve
from scenarios.running import NOW, PULLS

from gate.collect.github import GithubSource
from gate.forge import Forge
from gate.options import Options
from gate.outcome import Outcome
from gate.pipeline import check
from gate.report.json import render
from gate.schema.forge import ForgeSettings
from gate.schema.report import Report
from gate.store.streams import Streams

SCENARIO = PULLS / "agent-widens-ci-role"
ROUTES = {
    "pull request": r"/pulls/7$",
    "branch": r"/git/ref/heads/main$",
    "commits": r"/pulls/7/commits$",
    "reviews": r"/pulls/7/reviews$",
    "events": r"/issues/7/events$",
    "files": r"/pulls/7/files$",
    "comments": r"/issues/7/comments$",
    "tree": r"/git/trees/",
    "blob": r"/git/blobs/",
}
FAILURES: dict[str, tuple[int, dict[str, Any]]] = {
    "401": (401, {}),
    "403": (403, {}),
    "404": (404, {}),
    "429": (429, {}),
    "500": (500, {}),
    "502": (502, {}),
    "rate limit": (403, {"message": "You have exceeded a secondary rate limit"}),
    # NOTE: a client that is itself held up may still see the answer, which must not be a good one
    "time-out": (502, {"delay": 1.4}),
}


def judge(url: str, folder: Path) -> Outcome:
    settings = ForgeSettings(api_url=url, timeout=1, retries=0, backoff=0, write_pause=0)
    source = GithubSource(
        Forge("acme/infra", "writer", settings), 7, {None: str(SCENARIO / "plan.json")}
    )
    ledger = Streams(str(folder / "ledger.jsonl"))
    return check(source, Options(now=NOW, engine="embedded"), ledger)


def expect_error(outcome: Outcome) -> str:
    report = msgspec.json.decode(render(outcome.report), type=Report)
    assert outcome.exit_code == 2
    assert report.decision == "error"
    assert not report.completeness.ok
    assert report.completeness.gaps
    assert report.entry is not None
    return " ".join(reason.text for reason in report.reasons)


@pytest.mark.parametrize("failure", sorted(FAILURES))
@pytest.mark.parametrize("route", sorted(ROUTES))
def test_route_that_fails_is_an_error(tmp_path: Path, route: str, failure: str) -> None:
    status, more = FAILURES[failure]
    with serve(SCENARIO) as server:
        server.fail("GET", ROUTES[route], status, times=99, **more)
        text = expect_error(judge(server.url, tmp_path))
    assert "GitHub" in text
    assert re.search(r"\b40[134]\b|\b429\b|\b50[02]\b|no answer", text)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_confirmation_that_fails_in_the_end_is_an_error(
    tmp_path: Path, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve(SCENARIO) as server:
        look = GithubSource.read

        def fail_after_reading(source: GithubSource, *words: Any) -> Any:
            server.fail("GET", ROUTES["pull request"], status, times=99)
            return look(source, *words)

        monkeypatch.setattr(GithubSource, "read", fail_after_reading)
        text = expect_error(judge(server.url, tmp_path))
    assert f"could not read the pull request: {status}" in text


def test_rate_limit_on_the_arrival_of_the_head_is_no_missing_check(tmp_path: Path) -> None:
    with serve(SCENARIO) as server:
        server.fail("GET", "/check-suites$", 403, times=99, message="secondary rate limit")
        assert "rate limit" in expect_error(judge(server.url, tmp_path))
