"""Run the Action as a workflow does: by act on this machine, against a GitHub that remembers."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from forge.server import Server

from gate.evaluate.opa import find_opa

ROOT = Path(__file__).parents[2]
PIN = "a" * 40
EVENTS = (
    "pull_request", "pull_request_target", "pull_request_review", "issue_comment", "workflow_run",
    "merge_group", "schedule", "workflow_dispatch",
)  # fmt: skip
WORKFLOW = """
name: Gate
on: [{events}]
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
          plan: ${{{{ env.HANDED_IN }}}}
          ledger: ${{{{ env.LEDGER }}}}
          sarif-file: {sarif}
      - if: always()
        shell: bash
        env:
          OUTPUTS: ${{{{ toJSON(steps.gate.outputs) }}}}
        run: printf '%s' "$OUTPUTS" > {outputs}
"""
CARRIED = ("PIP_", "UV_", "SSL_CERT", "REQUESTS_CA", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
"""How packages are reached here; what is not set is not handed on."""
MAKES_HOME = 'home="$(mktemp -d "$RUNNER_TEMP/gate.XXXXXX")"'


@dataclass
class Job:
    """What became of one job."""

    code: int
    log: str
    summary: str
    outputs: dict[str, str]


@dataclass
class Runner:
    """Runs the workflow of a repository on an event."""

    folder: Path
    server: Server
    plan: str = ""
    """What the workflow hands in as `plan`."""
    ledger: str | None = None
    """What it hands in as `ledger`; by default a file of the test's own."""
    runs: list[int] = field(default_factory=lambda: [1000])

    def __call__(self, token: str = "writer", *, with_uv: bool = True, **pull: Any) -> Job:
        """The event of a push to the pull request."""
        state = self.server.state
        return self.on(
            "pull_request",
            token,
            with_uv=with_uv,
            action="synchronize",
            number=state.pull["number"],
            pull_request={**state.pull, **pull},
        )

    def on(self, name: str, token: str = "writer", *, with_uv: bool = True, **event: Any) -> Job:
        """Any event, with its payload."""
        repository = self.server.state.repository
        owner, _, short = repository.partition("/")
        event["repository"] = {"full_name": repository, "name": short, "owner": {"login": owner}}
        (self.folder / "event.json").write_text(json.dumps(event))
        (self.folder / "outputs.json").write_text("{}")
        self.runs.append(self.runs[-1] + 1)
        done = subprocess.run(
            [*self._command(name, token)],
            cwd=self.folder / "repository",
            env=self._environment(with_uv),
            capture_output=True,
            text=True,
            timeout=300,
        )
        return self._read(done)

    def _command(self, name: str, token: str) -> Iterator[str]:
        opa = find_opa()
        assert opa is not None
        digest = hashlib.sha256(Path(opa.path).read_bytes()).hexdigest()
        act = Path(sys.executable).parent / "act"
        yield from (str(act), name, "--json", "-P", "ubuntu-latest=-self-hosted")
        yield from ("--local-repository", f"acme/gate@{PIN}={self.folder / 'action'}")
        yield from ("-e", str(self.folder / "event.json"), "-s", f"GITHUB_TOKEN={token}")
        values = {
            "GITHUB_API_URL": self.server.url,
            "GITHUB_REPOSITORY": self.server.state.repository,
            "GITHUB_RUN_ID": str(self.runs[-1]),
            "HANDED_IN": self.plan,
            "LEDGER": str(self.folder / "ledger.jsonl") if self.ledger is None else self.ledger,
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


def make_folder(folder: Path, *, install_once: bool = False) -> Path:
    """A repository with the workflow, and a copy of the Action.

    Args:
        folder: where.
        install_once: every run but the first takes the environment that the first one installed;
            the other steps are the Action's own.
    """
    # act reads all of a local action into memory: a development tree with its .venv is 2 GB there.
    for part in ("gate", "rego", "locks"):
        skipped = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / part, folder / "action" / part, ignore=skipped)
    definition = (ROOT / "action.yml").read_text()
    if install_once:
        assert definition.count(MAKES_HOME) == 1
        kept = folder / "installed"
        again = f'if [ -d "{kept}" ]; then echo "home={kept}" >> "$GITHUB_OUTPUT"; exit 0; fi'
        definition = definition.replace(
            MAKES_HOME, f'{again}\n        home="{kept}"; mkdir "$home"'
        )
    (folder / "action" / "action.yml").write_text(definition)
    repository = folder / "repository"
    workflow = repository / ".github" / "workflows" / "gate.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text(
        WORKFLOW.format(
            events=", ".join(EVENTS),
            pin=PIN,
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
