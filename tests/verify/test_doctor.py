"""The doctor: each question answered no by one thing taken away, and never yes without looking."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from forge.state import State
from verify.healthy import (
    ACTIONS,
    OWNERS,
    PATH,
    WORKFLOW,
    answer,
    ask,
    changed,
    checks,
    classic,
    client,
    healthy,
    person,
    queue,
    reviews,
    rule,
    serving,
)

from gate.errors import CollectError
from gate.refusal import ForgeReadError
from gate.verify.doctor import examine
from gate.verify.questions import QUESTIONS

Case = Callable[[], State]
EXAMPLES = Path(__file__).parents[2] / "docs" / "examples" / "workflows"


def test_doctor_asks_every_question_once() -> None:
    found = ask(healthy())
    assert sorted(one.id for one in found.answers) == sorted(QUESTIONS)
    assert (found.no, found.cannot_tell, found.yes) == (0, 1, len(QUESTIONS) - 1)
    assert [one.id for one in found.answers if one.answer != "yes"] == ["actions.copilot"]
    assert not found.failed
    assert found.commit == "b" * 40
    assert found.workflows == (PATH,)


def set_rules(*rules: dict[str, Any]) -> State:
    state = healthy()
    state.settings.rules = list(rules)
    return state


def with_settings(**different: Any) -> State:
    state = healthy()
    for name, value in different.items():
        setattr(state.settings, name, value)
    return state


def workflow(old: bytes, new: bytes) -> State:
    return healthy(workflow=changed(old, new))


def people(*persons: dict[str, Any]) -> State:
    state = healthy()
    state.collaborators = list(persons)
    return state


def team(*logins: str) -> State:
    state = healthy()
    state.teams["acme/security"] = list(logins)
    return state


REST = (rule("deletion"), rule("non_fast_forward"), reviews())
BYPASS = {
    1: {
        "name": "main",
        "bypass_actors": [
            {"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"},
            {"actor_id": 1234, "actor_type": "Integration", "bypass_mode": "pull_request"},
        ],
    }
}
AGENT = """\
version: 1
id: tf-bot
kind: coder
owner: {human: zoe, backup: bob}
purpose: Keeps the Terraform modules up to date
systems: [aws]
data_classes: [none]
justification: Nobody else has the time to do this by hand
identities: {logins: ["tf-bot[bot]"]}
risk_tier: low
state: proposed
review_due: 2027-01-31
"""

NO: list[tuple[str, str, Case, str]] = [
    ("decision.required", "no rule", lambda: set_rules(*REST), "no status is required"),
    (
        "decision.required",
        "another check",
        lambda: set_rules(*REST, checks("build")),
        "required are build, and not gate/decision",
    ),
    (
        "decision.required",
        "only the job",
        lambda: set_rules(*REST, checks("gate")),
        "only the job gate is required",
    ),
    (
        "decision.required",
        "a name that only looks alike",
        lambda: set_rules(*REST, checks("Gate/Decision")),
        "required are Gate/Decision",
    ),
    ("decision.source", "any", lambda: set_rules(*REST, checks(app=None)), "any source"),
    (
        "decision.bypass",
        "a role and an app",
        lambda: with_settings(rulesets=BYPASS),
        "role admin, app 1234 (in pull requests)",
    ),
    ("decision.bypass", "not required", lambda: set_rules(*REST), "everybody is let past"),
    (
        "decision.up_to_date",
        "lax",
        lambda: set_rules(*REST, checks(strict_required_status_checks_policy=False)),
        "they need not",
    ),
    (
        "decision.queue",
        "not subscribed",
        lambda: with_queue(b"  merge_group:\n    types: [checks_requested]\n", b""),
        "merge_group is not subscribed",
    ),
    (
        "decision.forks",
        "read-only events",
        lambda: workflow(b'  schedule:\n    - cron: "17 * * * *"\n', b""),
        "read-only token",
    ),
    ("decision.auto_merge", "on", lambda: set_rules(*REST), "auto-merge is on"),
    ("branch.pull_requests", "no rule", lambda: set_rules(checks()), "they are not"),
    (
        "branch.history",
        "deletion",
        lambda: set_rules(rule("non_fast_forward"), checks()),
        "not blocked: deletion",
    ),
    (
        "branch.history",
        "force-pushes",
        lambda: set_rules(rule("deletion"), checks()),
        "not blocked: force-pushes",
    ),
    (
        "branch.stale_approvals",
        "kept",
        lambda: set_rules(reviews(dismiss_stale_reviews_on_push=False)),
        "they stay",
    ),
    (
        "branch.last_push",
        "own push",
        lambda: set_rules(reviews(require_last_push_approval=False)),
        "whoever pushed last",
    ),
    ("job.present", "none", lambda: healthy(workflow=None), "none of 0 workflows does"),
    (
        "job.present",
        "broken",
        lambda: healthy(workflow=b"on: [push\n"),
        "not readable: .github/workflows/gate.yml:",
    ),
    (
        "job.present",
        "switched off",
        lambda: with_settings(
            workflows=[{"id": 1, "name": "x", "path": PATH, "state": "disabled_manually"}]
        ),
        "gate.yml is disabled_manually",
    ),
    (
        "job.present",
        "archived",
        lambda: with_settings(repository={"archived": True}),
        "archived",
    ),
    (
        "job.events",
        "no labels",
        lambda: workflow(b" labeled, unlabeled,", b""),
        "missing: pull_request: labeled, unlabeled",
    ),
    (
        "job.events",
        "default types",
        lambda: workflow(
            b"    types:\n      [opened, reopened, synchronize, edited, labeled, unlabeled,"
            b" ready_for_review, converted_to_draft]\n",
            b"",
        ),
        "pull_request: converted_to_draft, edited, labeled, ready_for_review, unlabeled",
    ),
    (
        "job.events",
        "no reviews",
        lambda: workflow(
            b"  pull_request_review:\n    types: [submitted, edited, dismissed]\n", b""
        ),
        "pull_request_review: dismissed, edited, submitted",
    ),
    (
        "job.events",
        "no comments",
        lambda: workflow(b"  issue_comment:\n    types: [created, edited, deleted]\n", b""),
        "issue_comment: created, deleted, edited",
    ),
    (
        "job.events",
        "votes grow too old and no clock",
        lambda: healthy(
            workflow=changed(b'  schedule:\n    - cron: "17 * * * *"\n', b""),
            **{".gate/gate.yml": b"version: 1\nmatrix:\n  - {min: 1, max_age_days: 7}\n"},
        ),
        "missing: schedule",
    ),
    (
        "job.unfiltered",
        "paths",
        lambda: workflow(b"  pull_request:\n", b"  pull_request:\n    paths: ['infra/**']\n"),
        "gate.yml (gate) has pull_request.paths",
    ),
    (
        "job.unfiltered",
        "paths-ignore",
        lambda: workflow(b"  pull_request:\n", b"  pull_request:\n    paths-ignore: [docs]\n"),
        "pull_request.paths-ignore",
    ),
    (
        "job.unfiltered",
        "another branch",
        lambda: workflow(b"  pull_request:\n", b"  pull_request:\n    branches: [release/**]\n"),
        "pull_request.branches",
    ),
    (
        "job.unfiltered",
        "taken out again",
        lambda: workflow(b"  pull_request:\n", b"  pull_request:\n    branches: ['**', '!main']\n"),
        "pull_request.branches",
    ),
    (
        "job.unfiltered",
        "this branch ignored",
        lambda: workflow(b"  pull_request:\n", b"  pull_request:\n    branches-ignore: [ma*]\n"),
        "pull_request.branches-ignore",
    ),
    (
        "job.unconditional",
        "if of the job",
        lambda: workflow(
            b"    runs-on:", b"    if: github.actor != 'dependabot[bot]'\n    runs-on:"
        ),
        "has if: github.actor != 'dependabot[bot]'",
    ),
    (
        "job.unconditional",
        "if of the step",
        lambda: workflow(b"      - id: gate\n", b"      - id: gate\n        if: success()\n"),
        "has if: success()",
    ),
    (
        "job.unconditional",
        "continue-on-error",
        lambda: workflow(b"    runs-on:", b"    continue-on-error: true\n    runs-on:"),
        "has continue-on-error",
    ),
    (
        "job.unconditional",
        "continue-on-error by expression",
        lambda: workflow(
            b"      - id: gate\n", b"      - id: gate\n        continue-on-error: ${{ true }}\n"
        ),
        "has continue-on-error",
    ),
    (
        "job.unconditional",
        "needs",
        lambda: workflow(b"    runs-on:", b"    needs: plan\n    runs-on:"),
        "is skipped when plan fails",
    ),
    (
        "job.pinned",
        "tag",
        lambda: workflow(b"@0123456789012345678901234567890123456789", b"@v1"),
        "not pinned: acme/agent-pr-gate@v1",
    ),
    (
        "job.pinned",
        "another action of the job",
        lambda: workflow(b"@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", b"@v7"),
        "actions/upload-artifact@v7",
    ),
    (
        "job.pinned",
        "own copy",
        lambda: workflow(b"      - id: gate\n", b"      - uses: ./gate\n      - id: gate\n"),
        "./gate is the checked-out code's own copy",
    ),
    (
        "job.permissions",
        "contents",
        lambda: workflow(b"contents: read", b"contents: write"),
        "has contents: write",
    ),
    (
        "job.permissions",
        "all",
        lambda: workflow(
            b"    permissions:\n      contents: read\n      pull-requests: write\n"
            b"      statuses: write\n      checks: read\n",
            b"    permissions: write-all\n",
        ),
        "has write-all",
    ),
    ("job.permissions", "absent", lambda: healthy(workflow=ABSENT), "repository's default"),
    ("job.may_post", "absent", lambda: healthy(workflow=ABSENT), "missing: pull-requests"),
    (
        "job.may_post",
        "statuses",
        lambda: workflow(b"      statuses: write\n", b""),
        "missing: statuses: write",
    ),
    (
        "job.protected",
        "no owners",
        lambda: healthy(owners=b"* @alice\n/.github/\n"),
        "nobody owns .github/workflows/gate.yml",
    ),
    (
        "job.protected",
        "review not required",
        lambda: set_rules(reviews(require_code_owner_review=False), checks()),
        "the review of code owners is not required",
    ),
    (
        "job.ledger",
        "lost",
        lambda: workflow(b"/gate/ledger.jsonl", b"/report.json"),
        "it ends with the job",
    ),
    (
        "job.ledger",
        "only green",
        lambda: workflow(b"      - if: always()\n        uses:", b"      - uses:"),
        "only of green runs",
    ),
    (
        "job.ledger",
        "cache",
        lambda: workflow(b"actions/upload-artifact@", b"actions/cache@"),
        "in the cache",
    ),
    (
        "actions.approve",
        "on",
        lambda: with_settings(token={**TOKEN, "can_approve_pull_request_reviews": True}),
        "a workflow may approve",
    ),
    (
        "actions.token",
        "write",
        lambda: with_settings(token={**TOKEN, "default_workflow_permissions": "write"}),
        "it may write",
    ),
    ("owners.valid", "none", lambda: no_owners(), "there is no CODEOWNERS"),
    (
        "owners.valid",
        "errors",
        lambda: with_settings(owners_errors=[OWNERS_ERROR]),
        ".github/CODEOWNERS: line 3: Unknown owner",
    ),
    (
        "owners.valid",
        "a line that GitHub skips",
        lambda: healthy(owners=b"!docs @alice\n* @alice\n"),
        "CODEOWNERS:1",
    ),
    (
        "owners.cover",
        "ownerless",
        lambda: healthy(owners=b"* @alice\n/.gate/\n"),
        "nobody owns .gate/gate.yml, .gate/policies/",
    ),
    (
        "owners.cover",
        "itself",
        lambda: healthy(owners=b"/.gate/ @alice\n/.github/workflows/ @alice\n"),
        "nobody owns .github/CODEOWNERS",
    ),
    (
        "owners.people",
        "a bot",
        lambda: healthy(owners=b"* @renovate[bot]\n"),
        "@renovate[bot]",
    ),
    (
        "owners.people",
        "an agent in a team",
        lambda: team("alice", "bob", "carol", "devin-ai-integration[bot]"),
        "@devin-ai-integration[bot] in acme/security",
    ),
    ("people.enough", "nobody", lambda: people(person("rita", 14, "read")), "nobody may"),
    (
        "people.enough",
        "one person, one bot, one agent",
        lambda: people(
            person("alice", 11, "admin"),
            person("github-actions[bot]", 41898282, type="Bot"),
            person("Copilot", 198982749),
        ),
        "only alice has write access",
    ),
    (
        "people.enough",
        "two, where two must approve",
        lambda: people(person("alice", 11), person("bob", 12)),
        "2 people have write access (alice, bob), and",
    ),
    (
        "people.enough",
        "a machine account",
        lambda: healthy(
            **{".gate/gate.yml": b"version: 1\nvoting: {machine_accounts: [Bob, carol]}\n"}
        ),
        "only alice has write access",
    ),
    ("people.teams", "empty", lambda: team(), "acme/security has 0 people, 2 needed"),
    ("people.teams", "too few", lambda: team("alice"), "acme/security has 1 person, 2 needed"),
    (
        "people.teams",
        "only bots",
        lambda: team("github-actions[bot]", "renovate[bot]"),
        "acme/security has 0 people",
    ),
    (
        "people.team_members",
        "a bot",
        lambda: team("alice", "bob", "renovate[bot]"),
        "renovate[bot] in acme/security",
    ),
    (
        "people.agent_owners",
        "gone",
        lambda: healthy(**{".gate/agents/tf-bot.yml": AGENT.encode()}),
        "no longer here: zoe (owner of tf-bot)",
    ),
    (
        "site.valid",
        "unknown key",
        lambda: healthy(**{".gate/gate.yml": b"version: 1\nrulez: {}\n"}),
        ".gate/gate.yml:2: key rulez",
    ),
    (
        "site.valid",
        "unknown rule",
        lambda: healthy(
            **{".gate/gate.yml": b"version: 1\nrules: {terraform.open_ingres: warn}\n"}
        ),
        ".gate/gate.yml:2: key rules.terraform.open_ingres: no such rule",
    ),
    (
        "site.valid",
        "broken agent",
        lambda: healthy(**{".gate/agents/tf-bot.yml": b"version: 1\n"}),
        ".gate/agents/tf-bot.yml",
    ),
    (
        "site.enforces",
        "observing",
        lambda: healthy(**{".gate/gate.yml": b"version: 1\nobserve: true\n"}),
        "observe is on",
    ),
]

ABSENT = WORKFLOW.replace(b"permissions: {}\n", b"").replace(
    b"    permissions:\n      contents: read\n      pull-requests: write\n"
    b"      statuses: write\n      checks: read\n",
    b"",
)
TOKEN = {"default_workflow_permissions": "read", "can_approve_pull_request_reviews": False}
OWNERS_ERROR = {
    "line": 3,
    "column": 1,
    "source": "x @nobody",
    "kind": "Unknown owner",
    "suggestion": None,
    "message": "Unknown owner on line 3",
    "path": ".github/CODEOWNERS",
}


def with_queue(old: bytes, new: bytes) -> State:
    state = workflow(old, new)
    state.settings.rules.append(queue())
    return state


def no_owners() -> State:
    state = healthy(owners=None)
    state.settings.owners_errors = None
    return state


@pytest.mark.parametrize(
    ("id", "case", "found"),
    [(id, case, found) for id, _, case, found in NO],
    ids=[f"{id}: {name}" for id, name, _, _ in NO],
)
def test_doctor_says_no(id: str, case: Case, found: str) -> None:
    one = answer(ask(case()), id)
    assert (one.answer, one.fix != "") == ("no", True), one
    assert found in one.found, one.found


def test_every_question_can_be_answered_no() -> None:
    assert {id for id, *_ in NO} == set(QUESTIONS) - {"actions.copilot"}


YES: list[tuple[str, str, Case, str]] = [
    (
        "decision.required",
        "required workflow",
        lambda: set_rules(*REST, required_workflow(PATH)),
        "requires the workflow .github/workflows/gate.yml",
    ),
    (
        "decision.source",
        "required workflow",
        lambda: set_rules(*REST, required_workflow(PATH)),
        "no other run",
    ),
    ("decision.source", "own app", lambda: set_rules(*REST, checks(app=777)), "app 777"),
    (
        "job.present",
        "a required workflow of another repository",
        lambda: elsewhere(),
        "a ruleset requires .github/workflows/gate.yml",
    ),
    ("job.protected", "required", lambda: elsewhere(), "which no branch can change"),
    (
        "decision.up_to_date",
        "merge queue",
        lambda: set_rules(*REST, queue(), checks(strict_required_status_checks_policy=False)),
        "merge queue",
    ),
    ("decision.queue", "subscribed", lambda: with_queue(b"name: Gate", b"name: G"), "subscribed"),
    (
        "decision.forks",
        "may not be forked",
        lambda: with_settings(repository={"private": True, "allow_forking": False}),
        "may not be forked",
    ),
    (
        "decision.auto_merge",
        "off",
        lambda: with_settings(repository={"allow_auto_merge": False}, rules=list(REST)),
        "auto-merge is off",
    ),
    (
        "branch.stale_approvals",
        "GitHub counts none",
        lambda: set_rules(
            reviews(required_approving_review_count=0, dismiss_stale_reviews_on_push=False)
        ),
        "no approval",
    ),
    (
        "decision.bypass",
        "two layers, one without a bypass",
        lambda: two_layers(),
        "the branch protection binds everybody",
    ),
    (
        "job.unconditional",
        "needs under always()",
        lambda: workflow(b"    runs-on:", b"    needs: plan\n    if: always()\n    runs-on:"),
        "nothing skips it",
    ),
    (
        "job.unconditional",
        "only comments on plain issues are left out",
        lambda: workflow(
            b"    runs-on:",
            b"    if: ${{ github.event_name != 'issue_comment' ||"
            b" github.event.issue.pull_request }}\n    runs-on:",
        ),
        "nothing skips it",
    ),
    (
        "job.unfiltered",
        "this branch named",
        lambda: workflow(b"  pull_request:\n", b"  pull_request:\n    branches: [dev, 'm*']\n"),
        "no filter",
    ),
    (
        "job.events",
        "comments do not vote here",
        lambda: healthy(
            workflow=changed(b"  issue_comment:\n    types: [created, edited, deleted]\n", b""),
            **{".gate/gate.yml": b"version: 1\nvoting: {comments: false}\n"},
        ),
        "are subscribed",
    ),
    (
        "job.ledger",
        "shared",
        lambda: workflow(
            b"      - if: always()",
            b"        with: {ledger: 'postgres://ledger'}\n      - if: always()",
        ),
        "in a shared ledger",
    ),
    (
        "people.agent_owners",
        "here, with read access",
        lambda: healthy(**{".gate/agents/tf-bot.yml": AGENT.replace("zoe", "rita").encode()}),
        "owners of 1 agents",
    ),
    ("site.valid", "none", lambda: healthy(**{".gate/gate.yml": None}), "the defaults apply"),
    ("branch.history", "classic", lambda: only_classic(), "both are"),
    ("decision.required", "classic", lambda: only_classic(), "the branch protection requires"),
    ("owners.cover", "classic", lambda: only_classic(), "must review all three"),
]


def required_workflow(path: str) -> dict[str, Any]:
    return rule("workflows", workflows=[{"path": path, "repository_id": 9}])


def elsewhere() -> State:
    state = healthy(workflow=None)
    state.settings.rules = [*REST, required_workflow(".github/workflows/gate.yml")]
    return state


def only_classic(**different: Any) -> State:
    state = healthy()
    state.settings.rules, state.settings.rulesets = [], {}
    state.settings.protection = classic(**different)
    demanded = state.settings.protection["required_status_checks"]
    state.settings.branch = {
        "protection": {
            "enabled": True,
            "required_status_checks": {
                "enforcement_level": "everyone",
                "contexts": demanded["contexts"],
                "checks": demanded["checks"],
            },
        }
    }
    return state


def two_layers() -> State:
    state = only_classic()
    state.settings.rules, state.settings.rulesets = [*REST, checks()], dict(BYPASS)
    return state


@pytest.mark.parametrize(
    ("id", "case", "found"),
    [(id, case, found) for id, _, case, found in YES],
    ids=[f"{id}: {name}" for id, name, _, _ in YES],
)
def test_doctor_says_yes(id: str, case: Case, found: str) -> None:
    one = answer(ask(case()), id)
    assert one.answer == "yes", one
    assert found in one.found, one.found
    assert (one.fix, one.command, one.permission) == ("", "", "")


def test_events_are_heard_through_the_run_of_another_workflow() -> None:
    """The semantic B7-82: reviews of forks arrive by a relay."""
    relay = b"name: Relay\non:\n  pull_request_review:\n    types: [submitted, edited, dismissed]\n"
    state = healthy(
        workflow=changed(
            b"  pull_request_review:\n    types: [submitted, edited, dismissed]\n",
            b"  workflow_run:\n    workflows: [Relay]\n    types: [completed]\n",
        ),
        **{".github/workflows/relay.yml": relay + b"jobs: {}\n"},
    )
    assert answer(ask(state), "job.events").answer == "yes"
    assert answer(ask(state), "decision.forks").found == "workflow_run is subscribed"


def test_bypass_of_classic_protection_names_who_is_let_past() -> None:
    address = "https://x"
    exempt = {"users": [{"login": "eve"}], "teams": [], "apps": [{"slug": "auto-merger"}]}
    state = only_classic(
        enforce_admins={"url": address, "enabled": False},
        required_pull_request_reviews={
            **classic()["required_pull_request_reviews"],
            "bypass_pull_request_allowances": exempt,
        },
    )
    one = answer(ask(state), "decision.bypass")
    assert one.answer == "no"
    assert "administrators, user eve (for reviews), app auto-merger (for reviews)" in one.found


def test_classic_protection_may_have_a_queue_that_nobody_can_see() -> None:
    state = only_classic()
    state.tip[PATH] = (
        "100644",
        changed(b"  merge_group:\n    types: [checks_requested]\n", b""),
    )
    state.index()
    one = answer(ask(state), "decision.queue")
    assert (one.answer, one.permission) == ("cannot-tell", "")


def test_gate_is_known_by_its_name_without_being_told() -> None:
    with serving(healthy()) as server:
        assert examine(client(server)).workflows == (PATH,)
    with serving(healthy()) as server:
        assert examine(client(server), action="other/gate").workflows == ()


def test_gate_run_as_a_module_is_known() -> None:
    state = workflow(
        b"        uses: acme/agent-pr-gate@0123456789012345678901234567890123456789\n",
        b"        run: |\n          python3 -I -m gate check --post review\n",
    )
    found = ask(state)
    assert found.workflows == (PATH,)
    assert answer(found, "job.pinned").answer == "cannot-tell"


def test_gate_token_of_an_app_has_rights_of_its_own() -> None:
    token = b"        with: {github-token: '${{ steps.app.outputs.token }}'}\n"
    state = workflow(b"      - if: always()", token + b"      - if: always()")
    assert answer(ask(state), "job.may_post").answer == "cannot-tell"
    own = b"        with: {github-token: '${{ secrets.GITHUB_TOKEN }}'}\n"
    state = workflow(b"      - if: always()", own + b"      - if: always()")
    assert answer(ask(state), "job.may_post").answer == "yes"


def test_pull_request_target_in_a_public_repository_is_not_taken_for_granted() -> None:
    content = changed(b"  pull_request:\n", b"  pull_request_target:\n").replace(
        b'  schedule:\n    - cron: "17 * * * *"\n', b""
    )
    found = ask(healthy(workflow=content))
    assert answer(found, "decision.forks").answer == "cannot-tell"
    assert answer(found, "job.events").answer == "cannot-tell"
    state = healthy(workflow=content)
    state.settings.repository = {"private": True}
    assert answer(ask(state), "decision.forks").answer == "yes"
    assert answer(ask(state), "job.events").answer == "yes"


@pytest.mark.parametrize(
    ("names", "no"),
    [
        (("gate.yml", "gate-again.yml", "gate-review.yml"), set()),
        (("pull-request.yml",), {"decision.forks", "job.events"}),
    ],
    ids=["trusted workflow", "pull_request"],
)
def test_workflows_of_the_documentation_do_what_it_says(
    names: tuple[str, ...], no: set[str]
) -> None:
    files = {
        f".github/workflows/{name}": (EXAMPLES / name)
        .read_bytes()
        .replace(b"OWNER/REPO", b"acme/agent-pr-gate")
        for name in names
    }
    state = healthy(workflow=None, owners=OWNERS, **files)
    state.settings.repository = {"private": True}
    state.settings.workflows = []
    assert {one.id for one in ask(state).answers if one.answer == "no"} == no


def test_another_branch_is_asked_for_by_its_name() -> None:
    state = healthy()
    state.pull["base"]["ref"] = "release/1"
    found = ask(state, branch="release/1")
    assert found.branch == "release/1"
    assert (
        "a ruleset for release/1"
        in answer(ask(set_base(), branch="release/1"), "branch.history").fix
    )


def set_base() -> State:
    state = set_rules(checks())
    state.pull["base"]["ref"] = "release/1"
    return state


def test_every_event_of_another_branch_runs_the_copy_that_github_would_run() -> None:
    """`pull_request` the branch's own, `issue_comment` and the like the default branch's."""
    own = changed(b"  pull_request_review:\n", b"  workflow_dispatch:\n  pull_request_review:\n")
    default = set_base()
    default.pull["base"]["ref"] = "main"
    default.pull["number"] = 8
    default.tip_sha = "c" * 40
    default.tip[PATH] = (
        "100644",
        changed(b"  issue_comment:\n    types: [created, edited, deleted]\n", b""),
    )
    default.index()
    state = healthy(workflow=own)
    state.pull["base"]["ref"] = "release/1"
    state.settings.repository = {"default_branch": "main"}
    state.others = [default]
    one = answer(ask(state, branch="release/1"), "job.events")
    assert one.found == "missing: issue_comment: created, deleted, edited"


def test_branch_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ForgeReadError, match="acme/app has no branch nowhere"):
        ask(healthy(), branch="nowhere")


def test_worst_stands_first() -> None:
    order = [one.answer for one in ask(set_rules(), "writer").answers]
    assert order == sorted(order, key=["no", "cannot-tell", "yes"].index)
    assert len(set(order)) == 3


def test_calls_are_few_and_do_not_grow_with_the_answers() -> None:
    """16 for one ruleset, one workflow, one file of `.gate` and one team."""
    with serving(healthy()) as server:
        found = examine(client(server), action="acme/agent-pr-gate")
        assert (len(server.calls), found.calls) == (16, 16)
        paths = [call.path for call in server.calls]
        assert len(set(paths)) == len(paths), "something is asked twice"
    state = healthy(
        **{f".github/workflows/w{at}.yml": b"on: push\njobs: {}\n# %d" % at for at in range(5)}
    )
    with serving(state) as server:
        examine(client(server), action="acme/agent-pr-gate")
        assert len(server.calls) == 21, "one more for each workflow"
    state = two_layers()
    with serving(state) as server:
        examine(client(server), action="acme/agent-pr-gate")
        assert len(server.calls) == 17, "one more for classic protection"


def test_people_are_read_through_every_page() -> None:
    crowd = [person(f"reader{at}", 1000 + at, "read") for at in range(250)]
    state = people(*crowd, person("alice", 11), person("bob", 12), person("carol", 13))
    with serving(state) as server:
        found = examine(client(server), action="acme/agent-pr-gate")
        assert server.count("GET", "/collaborators$") == 3
    assert answer(found, "people.enough").found == "3: alice, bob, carol"


def test_hostile_names_are_neutralised() -> None:
    nasty = "x\x1b[31m\n::error::pwned\u202e"
    state = with_settings(
        rulesets={1: {**BYPASS[1], "name": nasty}},
        owners_errors=[{**OWNERS_ERROR, "kind": nasty}],
    )
    state.settings.rules = [*REST, checks(), checks(nasty)]
    state.collaborators = [person(nasty, 11)]
    document = msgspec.json.encode(ask(state)).decode()
    for raw in ("\\u001b", "\\n", "\u202e", "\x1b"):
        assert raw not in document


def test_branch_name_is_no_shell_code_in_the_command() -> None:
    name = "$(touch${IFS}x)`id`;{repository}"
    state = set_rules()
    state.pull["base"]["ref"] = name
    command = answer(ask(state, branch=name), "decision.required").command
    assert not set("$`;(){} '\"") & set(command.removeprefix("gh api "))


def test_only_the_error_of_the_repository_itself_is_raised() -> None:
    with serving(healthy()) as server:
        server.fail("GET", "/repos/acme/app$", 404, message="Not Found")
        with pytest.raises(CollectError, match="could not read the repository"):
            examine(client(server))


def test_source_app_of_actions_is_named() -> None:
    assert ACTIONS == 15368
    assert (
        "a workflow on any branch could set it" in answer(ask(healthy()), "decision.source").found
    )
