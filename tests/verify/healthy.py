"""A repository on which the gate is fully enforced; tests take one thing away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from forge.scenario import make_state
from forge.server import Server, serve
from forge.state import Identity, State

from gate.forge import Forge
from gate.schema.doctor import Examination, Examined
from gate.schema.forge import ForgeSettings
from gate.verify.doctor import examine

ACTIONS = 15368
"""The app of Actions."""
ACTION = "acme/agent-pr-gate"
"""How the gate is called here."""
PATH = ".github/workflows/gate.yml"

WORKFLOW = b"""\
name: Gate
on:
  pull_request:
    types:
      [opened, reopened, synchronize, edited, labeled, unlabeled, ready_for_review, converted_to_draft]
  pull_request_review:
    types: [submitted, edited, dismissed]
  issue_comment:
    types: [created, edited, deleted]
  merge_group:
    types: [checks_requested]
  schedule:
    - cron: "17 * * * *"
permissions: {}
jobs:
  gate:
    runs-on: ubuntu-latest
    permissions:
      contents: read
      pull-requests: write
      statuses: write
      checks: read
    steps:
      - id: gate
        uses: acme/agent-pr-gate@0123456789012345678901234567890123456789
      - if: always()
        uses: actions/upload-artifact@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a
        with:
          name: gate-ledger
          path: ${{ runner.temp }}/gate/ledger.jsonl
"""
OWNERS = b"* @alice\n/.gate/ @acme/security\n/.github/ @acme/security\n"
SITE = b"version: 1\napprovals:\n  iam: {min: 2, teams: [acme/security]}\n"


def rule(type: str, ruleset: int = 1, **parameters: Any) -> dict[str, Any]:
    """One rule as it applies to the branch."""
    whole: dict[str, Any] = {
        "type": type,
        "ruleset_source_type": "Repository",
        "ruleset_source": "acme/app",
        "ruleset_id": ruleset,
    }
    return {**whole, "parameters": parameters} if parameters else whole


def reviews(**different: Any) -> dict[str, Any]:
    """The rule that requires pull requests."""
    whole = {
        "dismiss_stale_reviews_on_push": True,
        "require_code_owner_review": True,
        "require_last_push_approval": True,
        "required_approving_review_count": 1,
        "required_review_thread_resolution": False,
    }
    return rule("pull_request", **{**whole, **different})


def checks(
    context: str = "gate/decision", app: int | None = ACTIONS, **more: Any
) -> dict[str, Any]:
    """The rule that requires status checks."""
    one: dict[str, Any] = {"context": context}
    if app is not None:
        one["integration_id"] = app
    whole = {"required_status_checks": [one], "strict_required_status_checks_policy": True}
    return rule("required_status_checks", **{**whole, **more})


def queue() -> dict[str, Any]:
    """The rule that turns a merge queue on."""
    return rule(
        "merge_queue",
        check_response_timeout_minutes=60,
        grouping_strategy="ALLGREEN",
        max_entries_to_build=5,
        max_entries_to_merge=5,
        merge_method="SQUASH",
        min_entries_to_merge=1,
        min_entries_to_merge_wait_minutes=5,
    )


def classic(**different: Any) -> dict[str, Any]:
    """Classic protection that leaves nothing open."""
    address = "https://x"
    whole: dict[str, Any] = {
        "required_status_checks": {
            "url": address,
            "contexts_url": address,
            "strict": True,
            "contexts": ["gate/decision"],
            "checks": [{"context": "gate/decision", "app_id": ACTIONS}],
        },
        "required_pull_request_reviews": {
            "url": address,
            "dismiss_stale_reviews": True,
            "require_code_owner_reviews": True,
            "required_approving_review_count": 1,
            "require_last_push_approval": True,
        },
        "enforce_admins": {"url": address, "enabled": True},
        "allow_force_pushes": {"enabled": False},
        "allow_deletions": {"enabled": False},
    }
    return {**whole, **different}


def person(login: str, id: int, role: str = "write", **more: Any) -> dict[str, Any]:
    """A collaborator."""
    rights = ("pull", "triage", "push", "maintain", "admin")
    reach = {"read": 1, "triage": 2, "write": 3, "maintain": 4, "admin": 5}.get(role, 1)
    return {
        "login": login,
        "id": id,
        "type": "User",
        "role_name": role,
        "permissions": {right: at < reach for at, right in enumerate(rights)},
        **more,
    }


def healthy(
    *, workflow: bytes | None = WORKFLOW, owners: bytes | None = OWNERS, **files: bytes | None
) -> State:
    """The state of the repository.

    Args:
        workflow: the gate's workflow; `None`: there is none.
        owners: CODEOWNERS; `None`: there is none.
        files: path -> content of further files; `None`: there is no such file.
    """
    tree = {PATH: workflow, ".github/CODEOWNERS": owners, ".gate/gate.yml": SITE, **files}
    state = make_state(
        {path: (content, content) for path, content in tree.items() if content is not None}
    )
    state.tokens["admin"] = Identity(installation=False, lacks=frozenset())
    state.tokens["member"] = Identity(installation=False)
    state.teams["acme/security"] = ["alice", "bob", "carol"]
    state.collaborators = [
        person("alice", 11, "admin"),
        person("bob", 12),
        person("carol", 13, "maintain"),
        person("rita", 14, "read"),
        person("github-actions[bot]", 41898282, type="Bot"),
    ]
    settings = state.settings
    settings.repository = {"allow_auto_merge": True, "allow_forking": True}
    settings.rules = [rule("deletion"), rule("non_fast_forward"), reviews(), checks()]
    settings.rulesets = {1: {"name": "main", "bypass_actors": []}}
    settings.workflows = [{"id": 1, "name": "Gate", "path": PATH, "state": "active"}]
    settings.owners_errors = []
    return state


@contextmanager
def serving(state: State) -> Iterator[Server]:
    """Serve a repository, and hold every answer to GitHub's description."""
    with serve(state) as server:
        yield server
        assert server.violations == []


def client(server: Server, token: str = "admin", **settings: Any) -> Forge:
    """A client that does not wait."""
    chosen = {"api_url": server.url, "write_pause": 0, "backoff": 0, "retries": 1, **settings}
    return Forge("acme/app", token, ForgeSettings(**chosen))


def ask(state: State, token: str = "admin", branch: str | None = None) -> Examination:
    """Examine a repository."""
    with serving(state) as server:
        return examine(client(server, token), branch, ACTION)


def answer(examination: Examination, id: str) -> Examined:
    """The answer to one question."""
    return next(one for one in examination.answers if one.id == id)


def changed(old: bytes, new: bytes, content: bytes = WORKFLOW) -> bytes:
    """The workflow with one part replaced."""
    assert content.count(old) == 1, old
    return content.replace(old, new)
