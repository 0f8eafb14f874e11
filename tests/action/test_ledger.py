"""The ledger that all runs share, end to end: who may write to it, and what it leads to."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from action.running import ROOT, Job, Runner, make_folder
from action.world import ALICE, CAROL, DOCS, LABELLED, World, by_devin, registry, report_of
from forge.scenario import HEAD, make_state
from forge.server import serve
from forge.state import State
from store.conformance.engines import Git, Postgres
from store.signing import KEY, SIGNER

from gate.cli import main
from gate.evaluate.opa import find_opa
from gate.schema.entry import Entry
from gate.store.streams import INCIDENTS, LIMITS, SCHEDULE, Streams

pytestmark = pytest.mark.opa

NEXT = "c" * 40
STREAM = "repo/acme/app"
LIMITED = b"""version: 1
limits:
  - {name: pulls-a-day, count: pulls, max: 1}
"""
SWITCHED = b"version: 1\nledger: {kill: true}\n"
PLAN = b"""version: 1
contacts:
  - {name: ticket, via: issue, repository: acme/app}
escalation:
  high:
    - {after_minutes: 0, tell: [ticket]}
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever commands the gate has another machine than its jobs, and so a cache of its own."""
    opa = find_opa()
    assert opa is not None
    monkeypatch.setenv("GATE_OPA", opa.path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def ledger(tmp_path: Path) -> Git:
    return Git(tmp_path)


def entries(spec: str, stream: str) -> list[Entry]:
    return list(Streams(spec).store.read(stream))


def bodies(spec: str, stream: str, kind: str) -> list[dict[str, Any]]:
    return [one.body for one in entries(spec, stream) if one.kind == kind]


def rules_of(job: Job) -> set[str]:
    return {finding["rule"] for finding in report_of(job)["findings"]}


def gate(*words: str) -> int:
    return int(main(list(words)))


def test_limit_holds_over_two_pull_requests_of_one_agent(world: Any, ledger: Git) -> None:
    here: World = world(by_devin(DOCS, {**registry(), "gate.yml": LIMITED}))
    here.run.ledger = ledger.spec
    first = here.opened()
    assert (first.code, first.outputs["decision"]) == (0, "pass"), first.log
    report = report_of(first)
    assert (report["recorded"], report["entry"]["stream"]) == ("shared", STREAM)
    assert "recorded: shared" in first.summary
    decision, outcome = entries(ledger.spec, STREAM)
    assert (decision.kind, decision.hash) == ("decision", report["entry"]["hash"])
    assert (outcome.kind, outcome.body["outcome"]) == ("outcome", "opened")

    other = make_second(here.state)
    second = here.run.on("pull_request_target", action="opened", number=8, pull_request=other.pull)
    assert (second.code, second.outputs["decision"]) == (1, "block"), second.log
    assert rules_of(second) == {"limits.exceeded"}
    (review,) = other.reviews
    assert "1 used within `1d` and 1 wanted" in review["body"]
    assert "`acme/app#7`" in review["body"]
    kinds = [one.kind for one in entries(ledger.spec, LIMITS)]
    assert kinds.count("reserve") == kinds.count("commit") == 1
    assert [one["source"] for one in bodies(ledger.spec, INCIDENTS, "alert")] == ["limit"]


def make_second(first: State) -> State:
    """A second pull request of the same agent, on a commit of its own."""
    head = {**first.pull["head"], "ref": "other", "sha": NEXT}
    site = {path.removeprefix(".gate/"): data for path, (_, data) in first.tip.items()}
    other = by_devin(DOCS, site, number=8, head=head)
    for commit in other.commits:
        commit["sha"] = NEXT
    other.checks = {NEXT: ["2026-11-20T11:00:00Z"]}
    first.others.append(other)
    return other


def test_postgres_ledger_is_reached_with_what_the_action_installs(tmp_path: Path) -> None:
    database = Postgres(tmp_path)
    with serve(by_devin(DOCS)) as server:
        run = Runner(make_folder(tmp_path / "action"), server)
        run.ledger = database.spec.replace("ledger_writer@", "ledger_writer:hunter2@")
        here = World(run, server.state)
        job = here.opened()
        assert (job.code, job.outputs["decision"]) == (0, "warn"), job.log
        assert "recorded: shared" in job.summary
        assert "hunter2" not in job.log + job.summary
        assert [one.kind for one in entries(database.spec, STREAM)] == ["decision", "outcome"]
        assert server.violations == []
    database.close()


def test_run_that_a_pull_request_may_have_changed_is_refused_the_shared_ledger(
    world: Any, ledger: Git
) -> None:
    here: World = world(by_devin(DOCS, registry()))
    here.run.ledger = ledger.spec
    refused = here.run()
    assert (refused.code, refused.outputs["decision"]) == (1, "error"), refused.log
    assert "the shared ledger was given to a pull_request run" in refused.summary
    assert "pull_request_target" in refused.summary
    assert "exit status 2" in refused.log
    assert Streams(ledger.spec).store.streams() == ()
    assert (here.state.reviews, here.state.statuses) == ([], [])

    here.run.ledger = ""
    job = here.run()
    report = report_of(job)
    assert (job.code, report["recorded"], report["entry"]["stream"]) == (0, "local", "main")
    assert "recorded: local" in job.summary


def test_limits_without_a_shared_ledger_are_a_mistake_of_the_site(world: Any) -> None:
    here: World = world(by_devin(DOCS, {**registry(), "gate.yml": LIMITED}))
    job = here.opened()
    assert (job.code, job.outputs["decision"]) == (1, "error"), job.log
    assert ".gate/gate.yml:2: key limits: needs a ledger that all runs share" in job.summary
    assert "exit status 2" in job.log


def test_kill_switch_stops_the_agent_and_nobody_else(world: Any, ledger: Git) -> None:
    here: World = world(by_devin(DOCS, {**registry(), "gate.yml": SWITCHED}))
    here.run.ledger = ledger.spec
    assert gate("kill", "init", "--by", "dave", "--ledger", ledger.spec) == 0
    clear = here.opened()
    assert (clear.code, report_of(clear)["usage"]["kill"]) == (0, "clear"), clear.log

    order = ("kill", "agent", "infra-coder", "--by", "dave", "--reason", "deletes databases")
    assert gate(*order, "--ledger", ledger.spec) == 0
    stopped = here.opened(action="synchronize")
    assert (stopped.code, stopped.outputs["decision"]) == (1, "block"), stopped.log
    assert "agents.killed" in rules_of(stopped)
    (review,) = here.state.reviews
    assert "deletes databases" in review["body"]

    person: World = world(make_state(DOCS, {**registry(), "gate.yml": SWITCHED}))
    person.run.ledger = ledger.spec
    went_on = person.opened()
    assert (went_on.code, report_of(went_on)["usage"]["kill"]) == (0, "clear"), went_on.log

    ledger.remote.rename(ledger.folder / "gone.git")
    unreadable = here.opened(action="synchronize")
    assert (unreadable.code, unreadable.outputs["decision"]) == (1, "error"), unreadable.log
    assert len(here.state.reviews) == 1
    assert here.status[0] == "error"


def test_what_became_of_a_pull_request_is_recorded(world: Any, ledger: Git) -> None:
    site = {"policies/teams/iam.rego": LABELLED}
    here: World = world(make_state(DOCS, site))
    here.state.permissions |= {"carol": "maintain"}
    here.run.ledger = ledger.spec
    assert here.opened().outputs["decision"] == "block"
    outcomes: list[str] = []

    def told() -> list[str]:
        found = [one["outcome"] for one in bodies(ledger.spec, STREAM, "outcome")]
        new, outcomes[:] = found[len(outcomes) :], found
        return new

    assert told() == ["opened"]
    words = "/gate false-block only the readme is touched"
    by_author = commented(here, ALICE, words)
    assert told() == []
    assert "somebody else has to call the block false" in by_author.summary
    commented(here, CAROL, words)
    assert told() == ["false_block"]
    false_block = bodies(ledger.spec, STREAM, "outcome")[-1]
    assert (false_block["by"], false_block["reason"]) == ("carol", "only the readme is touched")
    assert false_block["pull"]["head"] == HEAD

    here.state.pull |= {
        "state": "closed", "merged": True, "merged_at": here.now(), "closed_at": here.now(),
        "merge_commit_sha": NEXT,
    }  # fmt: skip
    here.opened(action="closed", sender=dict(CAROL))
    assert told() == ["merged"]
    merged = bodies(ledger.spec, STREAM, "outcome")[-1]
    assert (merged["by"], merged["merge"]) == ("carol", NEXT)


def commented(here: World, user: dict[str, Any], body: str) -> Job:
    """Somebody comments, and the event says whose pull request it is."""
    comment = here.comment(user, body)
    author = here.state.pull["user"]
    issue = {"number": here.state.pull["number"], "pull_request": {"url": "x"}, "user": author}
    return here.run.on("issue_comment", action="created", issue=issue, comment=comment)


def test_schedule_does_what_is_due_over_the_shared_ledger(
    world: Any, ledger: Git, folder: Path, tmp_path: Path
) -> None:
    clone = Clone(tmp_path / "clone", {**registry(), "response.yml": PLAN})
    here: World = world(clone.state())
    here.run.ledger = ledger.spec
    judged = here.opened()
    assert judged.outputs["decision"] == "pass", judged.log
    merge, strange = clone.merge(), clone.push()
    at = report_of(judged)["at"]
    here.state.pull |= {
        "state": "closed", "merged_at": at, "closed_at": at, "updated_at": at,
        "merge_commit_sha": merge,
    }  # fmt: skip

    home = tmp_path / "runner"
    home.mkdir()
    (home / "venv").symlink_to(folder / "installed" / "venv")
    (clone.folder / ".gate-home").symlink_to(folder / "action")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "RUNNER_TEMP": str(home),
        "GITHUB_ACTIONS": "true",
        "GITHUB_EVENT_NAME": "schedule",
        "GITHUB_REPOSITORY": "acme/app",
        "GITHUB_API_URL": here.run.server.url,
        "GITHUB_TOKEN": "writer",
        "GATE_LEDGER_KEY": SIGNER.secret(),
        "PYTHONPATH": ".gate-home",
    }
    step = scheduled_step().replace("git:https://github.com/acme/governance", ledger.spec)
    lines = run_step(f"{step} --metrics {tmp_path / 'gate.prom'}", clone.folder, environment)
    assert {line.split()[0]: line.split()[1] for line in lines} == {
        "outcomes": "done", "reviews": "done", "rotations": "done", "reconciliation": "done",
        "checkpoints": "done", "metrics": "done", "notify": "done",
    }  # fmt: skip
    assert [one["outcome"] for one in bodies(ledger.spec, STREAM, "outcome")][-1] == "merged"
    (walked,) = bodies(ledger.spec, STREAM, "reconciliation")
    bare = {row["commit"] for row in walked["uncovered"]}
    assert (walked["commits"], bare) == (3, {clone.base, strange})
    (issue,) = here.state.issues
    assert "2 commits of acme/app main without a decision" in issue["title"] + issue["body"]
    assert "gate_" in (tmp_path / "gate.prom").read_text()

    again = run_step(step, clone.folder, environment)
    assert [line.split()[0] for line in again] == ["notify"]
    assert len(here.state.issues) == 1
    kinds = [one.kind for one in entries(ledger.spec, SCHEDULE)]
    assert kinds == ["scheduled"] * 8
    public = tmp_path / "gate.pub"
    public.write_text(f"{KEY}\n")
    words = ("ledger", "verify", "--all", "--key", str(public), "--ledger", ledger.spec)
    assert gate(*words) == 0


def scheduled_step() -> str:
    """What the workflow in the documentation runs."""
    path = ROOT / "docs" / "examples" / "workflows" / "scheduled.yml"
    steps = yaml.safe_load(path.read_text())["jobs"]["scheduled"]["steps"]
    (step,) = (one for one in steps if one["name"] == "Do what is due")
    return str(step["run"]).strip()


def run_step(step: str, folder: Path, environment: dict[str, str]) -> list[str]:
    """The lines that a step said, as the runner runs it."""
    words = ["bash", "-e", "-o", "pipefail", "-c", step]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


class Clone:
    """A clone of the repository whose pull request is on the server, with real commits."""

    def __init__(self, folder: Path, site: dict[str, bytes]) -> None:
        self.folder = folder
        self.site = site
        folder.mkdir()
        self._git("init", "--quiet", "--initial-branch=main")
        for path, content in site.items():
            target = folder / ".gate" / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        self.base = self._commit(DOCS["README.md"][0])
        self._git("checkout", "--quiet", "-b", "change")
        self.head = self._commit(DOCS["README.md"][1])
        self._git("checkout", "--quiet", "main")

    def state(self) -> State:
        """The pull request from `change` into `main`."""
        repo = {"full_name": "acme/app", "id": 1}
        state = by_devin(
            DOCS,
            self.site,
            head={"ref": "change", "sha": self.head, "repo": repo},
            base={"ref": "main", "sha": self.base, "repo": repo},
        )
        state.commits[0] |= {"sha": self.head, "parents": [{"sha": self.base}]}
        return state

    def merge(self) -> str:
        """Merge the pull request."""
        self._git("merge", "--quiet", "--no-ff", "--no-edit", "change")
        return self._git("rev-parse", "HEAD")

    def push(self) -> str:
        """Push something past the gate."""
        return self._commit(b"read nothing\n")

    def _commit(self, content: bytes) -> str:
        (self.folder / "README.md").write_bytes(content)
        self._git("add", "-A")
        self._git("commit", "--quiet", "-m", "Change it")
        return self._git("rev-parse", "HEAD")

    def _git(self, *words: str) -> str:
        who = ("-c", "user.name=alice", "-c", "user.email=alice@example.com")
        done = subprocess.run(
            ["git", *who, *words], cwd=self.folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()
