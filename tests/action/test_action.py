"""The Action as a workflow sees it: run by act on this machine, against a GitHub that remembers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from forge.server import Server, serve
from forge.state import State, load

from gate.evaluate.opa import find_opa

pytestmark = pytest.mark.opa

ROOT = Path(__file__).parents[2]
SCENARIO = ROOT / "fixtures" / "pulls" / "agent-widens-ci-role"
PIN = "a" * 40
NEXT = "c" * 40
WORKFLOW = """
name: Gate
on: pull_request
permissions: {{}}
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - shell: bash
        run: mkdir gate && echo 'raise SystemExit("it ran")' | tee yaml.py gate/__init__.py
      - id: gate
        uses: acme/gate@{pin}
        with:
          plan: |
            {plan}
          ledger: {ledger}
          sarif-file: {sarif}
      - if: always()
        shell: bash
        env:
          OUTPUTS: ${{{{ toJSON(steps.gate.outputs) }}}}
        run: printf '%s' "$OUTPUTS" > {outputs}
"""
CARRIED = ("PIP_", "UV_", "SSL_CERT", "REQUESTS_CA", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""How packages are reached here; what is not set is not handed on."""


@dataclass
class Job:
    """What became of one job."""

    code: int
    log: str
    summary: str
    outputs: dict[str, str]


@dataclass
class Runner:
    """Runs the workflow of a repository on the event of a pull request."""

    folder: Path
    server: Server

    def __call__(self, token: str = "writer", *, with_uv: bool = True, **pull: Any) -> Job:
        state = self.server.state
        owner, _, name = state.repository.partition("/")
        event = {
            "action": "synchronize",
            "number": state.pull["number"],
            "pull_request": {**state.pull, **pull},
            "repository": {"full_name": state.repository, "name": name, "owner": {"login": owner}},
        }
        (self.folder / "event.json").write_text(json.dumps(event))
        (self.folder / "outputs.json").write_text("{}")
        done = subprocess.run(
            [*self._command(token)],
            cwd=self.folder / "repository",
            env=self._environment(with_uv),
            capture_output=True,
            text=True,
            timeout=300,
        )
        return self._read(done)

    def _command(self, token: str) -> Iterator[str]:
        opa = find_opa()
        assert opa is not None
        digest = hashlib.sha256(Path(opa.path).read_bytes()).hexdigest()
        act = Path(sys.executable).parent / "act"
        yield from (str(act), "pull_request", "--json", "-P", "ubuntu-latest=-self-hosted")
        yield from ("--local-repository", f"acme/gate@{PIN}={self.folder / 'action'}")
        yield from ("-e", str(self.folder / "event.json"), "-s", f"GITHUB_TOKEN={token}")
        values = {
            "GITHUB_API_URL": self.server.url,
            "GITHUB_REPOSITORY": self.server.state.repository,
            "GATE_OPA": opa.path,
            "GATE_OPA_SHA256": digest,
        }
        values |= {key: value for key, value in os.environ.items() if key.startswith(CARRIED)}
        for key, value in values.items():
            yield from ("--env", f"{key}={value}")

    def _environment(self, with_uv: bool) -> dict[str, str]:
        bare = {key: os.environ[key] for key in ("HOME", "PATH") if key in os.environ}
        tools = self.folder / "tools"
        uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{bare['PATH']}")
        if with_uv and uv is not None and not tools.exists():
            tools.mkdir()
            (tools / "uv").symlink_to(uv)
        folders = [str(tools)] if with_uv else []
        folders += [
            one
            for one in bare["PATH"].split(os.pathsep)
            if with_uv or not (Path(one) / "uv").exists()
        ]
        return {**bare, "PATH": os.pathsep.join(folders)}

    def _read(self, done: subprocess.CompletedProcess[str]) -> Job:
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        texts = [str(line.get("msg", "")) for line in lines]
        log = "\n".join(texts)
        summary = "".join(text.split("Summary - ", 1)[1] for text in texts if "Summary - " in text)
        outputs = json.loads((self.folder / "outputs.json").read_bytes())
        return Job(done.returncode, log + done.stderr, summary, outputs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("action")
    repository = folder / "repository"
    # act reads all of a local action into memory: a development tree with its .venv is 2 GB there.
    for part in ("gate", "rego", "locks"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, folder / "action" / part, ignore=skipped)
    shutil.copy(ROOT / "action.yml", folder / "action")
    workflow = repository / ".github" / "workflows" / "gate.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        WORKFLOW.format(
            pin=PIN,
            plan=folder / "plan.json",
            ledger=folder / "ledger.jsonl",
            sarif=folder / "gate.sarif",
            outputs=folder / "outputs.json",
        )
    )
    for words in (
        ("init", "-q", "-b", "main"),
        ("add", "-A"),
        ("-c", "user.name=t", "-c", "user.email=t@example.com", "commit", "-qm", "start"),
        ("remote", "add", "origin", "https://github.com/acme/infra.git"),
    ):
        subprocess.run(["git", *words], cwd=repository, check=True, capture_output=True)
    return folder


@pytest.fixture
def state() -> State:
    return load(SCENARIO)


@pytest.fixture
def run(folder: Path, state: State) -> Iterator[Runner]:
    shutil.copy(SCENARIO / "plan.json", folder / "plan.json")
    with serve(state) as server:
        yield Runner(folder, server)
        assert server.violations == []


def test_action_blocks_once_and_clears_away_after_the_fix(
    run: Runner, state: State, folder: Path
) -> None:
    blocked = run()
    assert blocked.code == 1, blocked.log
    assert blocked.outputs["decision"] == "block"
    assert int(blocked.outputs["findings"]) >= 1
    assert len(blocked.outputs["policy-digest"]) == 64
    assert "terraform.wildcard_iam" in blocked.summary
    assert [review["state"] for review in state.reviews] == ["CHANGES_REQUESTED"]
    assert {comment["path"] for comment in state.review_comments} == {"infra/ci.tf"}
    sarif = json.loads((folder / "gate.sarif").read_text())
    assert sarif["version"] == "2.1.0"

    again = run()
    assert again.code == 1
    assert len(state.reviews) == 1
    assert run.server.count("POST") == 1
    ledger = (folder / "ledger.jsonl").read_text().splitlines()
    assert [json.loads(line)["seq"] for line in ledger] == [0, 1]

    fix(state, folder)
    passed = run()
    assert passed.outputs["decision"] in ("pass", "warn"), passed.log
    assert passed.code == 0
    assert [review["state"] for review in state.reviews] == ["DISMISSED"]
    assert run.server.count("POST") == 1


def fix(state: State, folder: Path) -> None:
    """A push that leaves only a text file changed, with a plan that changes nothing."""
    plan = json.loads((SCENARIO / "plan.json").read_text())
    (folder / "plan.json").write_text(json.dumps({**plan, "resource_changes": []}))
    state.after = {"README.md": ("100644", b"text\n")}
    state.files = [
        {
            "filename": "README.md",
            "status": "added",
            "additions": 1,
            "deletions": 0,
            "patch": "@@ -0,0 +1 @@\n+text",
        }
    ]
    state.commits[0]["sha"] = NEXT
    state.move_head(NEXT)


def test_action_with_a_read_only_token_still_blocks(run: Runner, state: State) -> None:
    job = run("reader")
    assert job.code == 1, job.log
    assert job.outputs["decision"] == "block"
    assert "it ran" not in job.log.replace('SystemExit("it ran")', "")
    assert "terraform.wildcard_iam" in job.summary
    assert "no review could be posted" in job.log
    assert state.reviews == []


def test_action_installs_with_pip_where_there_is_no_uv(run: Runner) -> None:
    job = run("nobody", with_uv=False)
    assert job.code == 1, job.log
    assert job.outputs["decision"] == "error"
    assert "401" in job.log
    assert "nobody" not in job.log


def test_action_of_an_older_event_is_superseded(run: Runner, state: State) -> None:
    job = run(head={**state.pull["head"], "sha": "e" * 40})
    assert job.code == 1
    assert job.outputs["decision"] == "error"
    assert "was started for" in job.log
    assert state.reviews == []
