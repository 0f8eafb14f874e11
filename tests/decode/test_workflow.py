"""Workflows before and after: triggers, permissions, actions, injections, each on its line."""

from __future__ import annotations

from textwrap import dedent

import pytest

from gate.decode.workflow import decode_workflow
from gate.decode.workflow_expression import TOO_LARGE, expressions, untrusted
from gate.errors import DecodeError
from gate.schema.workflow import ActionUse, Injection, Permission, Trigger, Workflow

PATH = ".github/workflows/ci.yml"


def decode(after: str | None, before: str | None = None, path: str = PATH) -> Workflow:
    """The change of one file."""
    sides = [
        None if text is None else dedent(text).lstrip("\n").encode() for text in (before, after)
    ]
    return decode_workflow(path, sides[0], sides[1], repository="acme/infra")


def contexts(body: str, **tainted: str) -> list[str]:
    """Untrusted contexts of an expression."""
    return list(untrusted(body, tainted))


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        (PATH, "workflow"),
        (".github/workflows/x.YAML", "workflow"),
        ("action.yml", "action"),
        ("tools/setup/action.yaml", "action"),
        (".gitlab-ci.yml", "other"),
        (".github/dependabot.yml", "other"),
    ],
)
def test_kind_follows_from_the_path(path: str, kind: str) -> None:
    assert decode("a: 1\n", path=path).kind == kind


def test_change_follows_from_the_sides() -> None:
    text = "on: push\n"
    assert decode(text).change == "added"
    assert decode(None, text).change == "removed"
    assert decode(text, text).change == "changed"
    assert decode(None, None, "Jenkinsfile").change == "changed"


@pytest.mark.parametrize(
    "text",
    [
        "on: pull_request_target\n",
        "on: [pull_request_target]\n",
        "on: {pull_request_target: }\n",
        '"on": pull_request_target\n',
        "true: pull_request_target\n",
        "On: Pull_Request_Target\n",
    ],
)
def test_trigger_is_read_in_every_form(text: str) -> None:
    assert decode(text).triggers == (Trigger(event="pull_request_target", line=1, dangerous=True),)


def test_trigger_lines_are_exact() -> None:
    text = "name: x\non:\n  push:\n    branches: [main]\n  workflow_run:\n    types: [completed]\n"
    assert [(item.event, item.line, item.dangerous) for item in decode(text).triggers] == [
        ("push", 3, False),
        ("workflow_run", 5, True),
    ]
    listed = "on:\n  - push\n  - issue_comment\n"
    assert [item.line for item in decode(listed).triggers] == [2, 3]


STEPS = """
    on: pull_request_target
    jobs:
      a:
        steps:
          - {step}
"""


@pytest.mark.parametrize(
    "step",
    [
        "{uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}",
        "{uses: Actions/Checkout@v4, with: {ref: \"${{github.event['pull_request'].head.ref}}\"}}",
        "{uses: actions/checkout@v4, with: {ref: 'refs/pull/${{ github.event.number }}/merge'}}",
        "{uses: actions/checkout@v4, with: {repository: '${{ x.pull_request.head.repo.name }}'}}",
        "{run: 'gh pr checkout 1'}",
        "{run: 'git fetch origin pull/1/head'}",
        "{run: 'git checkout ${{ github.event.pull_request.head.sha }}'}",
        "{run: git checkout $SHA, env: {SHA: '${{ github.event.pull_request.head.sha }}'}}",
    ],
)
def test_checkout_of_the_head_is_seen(step: str) -> None:
    safe = STEPS.replace("{step}", "{uses: actions/checkout@v4}")
    assert not decode(safe).triggers[0].checks_out_head
    found = decode(STEPS.replace("{step}", step), safe).triggers[0]
    assert found.checks_out_head
    assert not found.stood
    assert decode(STEPS.replace("{step}", step), STEPS.replace("{step}", step)).triggers[0].stood


def test_permissions_are_listed_with_their_lines() -> None:
    text = """
        on: push
        permissions:
          contents: read
        jobs:
          a:
            permissions:
              contents: write
              id-token: write
          b:
            permissions: read-all
    """
    assert decode(text).permissions == (
        Permission(scope="contents", access="read", line=3),
        Permission(job="a", scope="contents", access="write", line=7, raised=True),
        Permission(job="a", scope="id-token", access="write", line=8, raised=True),
        Permission(job="b", scope="*", access="read", line=10),
    )


@pytest.mark.parametrize(
    ("before", "after", "raised"),
    [
        ("permissions: {contents: read}", "permissions: {contents: write}", ["contents"]),
        ("permissions: {contents: write}", "permissions: {contents: write}", []),
        ("permissions: write-all", "permissions: {contents: write}", []),
        ("permissions: {contents: write}", "permissions: write-all", ["*"]),
        ("permissions: {contents: read}", "", ["*"]),
        ("permissions: {}", "", ["*"]),
        ("permissions: write-all", "", []),
        ("", "", []),
        ("", "permissions: {contents: read}", []),
        ("", "permissions: {issues: write}", ["issues"]),
        ("permissions: read-all", "permissions: {id-token: write}", ["id-token"]),
        ("permissions: read-all", "permissions: {contents: Write}", ["contents"]),
        ("permissions: read-all", "permissions: {contents: wriet}", ["contents"]),
        ("permissions: read-all", "permissions: {contents: none}", []),
    ],
)
def test_raised_permission_is_told(before: str, after: str, raised: list[str]) -> None:
    body = "\non: push\njobs:\n  a:\n    steps: []\n"
    found = decode(after + body, before + body).permissions
    assert [item.scope for item in found if item.raised] == raised


def test_job_is_compared_with_what_it_had() -> None:
    own = (
        "on: push\npermissions: {contents: write}\njobs:\n  a:\n    name: a\n    permissions: {}\n"
    )
    bare = own.replace("    permissions: {}\n", "")
    assert [(p.job, p.scope, p.line) for p in decode(bare, own).permissions if p.raised] == [
        ("a", "contents", 4)
    ]
    assert not any(p.raised for p in decode(own, bare).permissions)
    new_job = bare + "  b:\n    permissions: {contents: write}\n"
    assert not any(p.raised for p in decode(new_job, bare).permissions)


def test_new_workflow_without_a_block_is_not_raised() -> None:
    assert decode("on: push\njobs: {}\n").permissions == (
        Permission(scope="*", access="default", line=1),
    )


SHA = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("uses", "pinned", "first_party"),
    [
        (f"vendor/tool@{SHA}", True, False),
        (f"vendor/tool/sub@{SHA}", True, False),
        (f"vendor/tool@{SHA}{SHA[:24]}", True, False),
        (f"vendor/tool@{SHA[:12]}", False, False),
        ("vendor/tool@v1.2.3", False, False),
        ("vendor/tool", False, False),
        ("actions/checkout@v4", False, True),
        ("GitHub/codeql-action/init@v3", False, True),
        ("ACME/tool@main", False, True),
        ("./tools/x", True, True),
        ("docker://alpine:3", False, False),
        ("docker://alpine@sha256:" + "a" * 64, True, False),
        ("docker://alpine@sha256:" + "a" * 63, False, False),
    ],
)
def test_pin_and_owner_are_told(uses: str, pinned: bool, first_party: bool) -> None:
    found = decode(f"on: push\njobs:\n  a:\n    steps:\n      - uses: {uses}\n").uses[0]
    assert (found.line, found.pinned, found.first_party) == (5, pinned, first_party)


def test_reusable_workflows_and_composite_actions_are_uses() -> None:
    call = "on: push\njobs:\n  a:\n    uses: vendor/ci/.github/workflows/x.yml@main\n"
    assert decode(call).uses == (
        ActionUse(job="a", action="vendor/ci/.github/workflows/x.yml", ref="main", line=4),
    )
    action = "runs:\n  using: composite\n  steps:\n    - uses: vendor/tool@v1\n"
    assert decode(action, path="action.yml").uses == (
        ActionUse(job="", action="vendor/tool", ref="v1", line=4),
    )
    image = "runs:\n  using: docker\n  image: docker://alpine:3\n"
    assert decode(image, path="action.yml").uses[0].line == 3


def test_use_that_stood_is_told_across_jobs() -> None:
    before = "on: push\njobs:\n  a:\n    steps:\n      - uses: vendor/tool@v1\n"
    after = before.replace("  a:", "  b:") + "      - uses: vendor/tool@v2\n"
    assert [use.stood for use in decode(after, before).uses] == [True, False]


def test_injection_lines_are_exact() -> None:
    text = """
        on: issues
        env:
          TITLE: ${{ github.event.issue.title }}
        jobs:
          a:
            steps:
              - run: echo ${{ github.head_ref }}
              - run: |
                  echo start
                  echo "${{ github.event.comment.body }}"
                  echo "R=${{ github.event.pull_request.head.ref }}" >> $GITHUB_ENV
              - run: >-
                  echo
                  ${{ env.TITLE }}
              - uses: actions/github-script@v7
                with:
                  script: |
                    f(`${{ github.event.review.body }}`)
              - uses: anthropics/claude-code-action@v1
                with:
                  prompt: ${{ github.event.issue.body }}
              - uses: vendor/tool@v1
                with:
                  script: ${{ github.event.issue.body }}
    """
    assert [(hit.context, hit.sink, hit.line) for hit in decode(text).injections] == [
        ("github.head_ref", "run", 7),
        ("github.event.comment.body", "run", 10),
        ("github.event.pull_request.head.ref", "env-file", 11),
        ("github.event.issue.title", "run", 14),
        ("github.event.review.body", "script", 18),
        ("github.event.issue.body", "prompt", 21),
    ]


def test_injection_that_stood_is_told() -> None:
    before = "on: push\njobs:\n  a:\n    steps:\n      - run: echo ${{ github.head_ref }}\n"
    after = before + "      - run: echo ${{ github.event.issue.title }}\n"
    assert decode(after, before).injections == (
        Injection(job="a", context="github.head_ref", sink="run", line=5, stood=True),
        Injection(job="a", context="github.event.issue.title", sink="run", line=6),
    )


def test_environment_that_is_overwritten_is_clean() -> None:
    text = (
        "on: push\nenv: {T: '${{ github.head_ref }}'}\njobs:\n  a:\n    env: {t: fixed}\n"
        "    steps:\n      - run: echo ${{ env.T }}\n"
    )
    assert decode(text).injections == ()


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("github.event.issue.title", ["github.event.issue.title"]),
        ("GITHUB.Event.Issue.TITLE", ["github.event.issue.title"]),
        ("github['event']['issue']['title']", ["github.event.issue.title"]),
        ("github . event [ 'issue' ] . body", ["github.event.issue.body"]),
        ("github.event.commits[0].message", ["github.event.commits.*.message"]),
        ("github.event.commits.*.author.name", ["github.event.commits.*.author.name"]),
        ("github.event[inputs.x].body", ["github.event.issue.body"]),
        ("toJSON(github)", ["github"]),
        ("tojson(github.event)", ["github.event"]),
        ("toJSON(github.event.issue)", ["github.event.issue"]),
        ("format('{0}', github.head_ref)", ["github.head_ref"]),
        ("join(github.event.commits.*.message, ' ')", ["github.event.commits.*.message"]),
        ("x && github.head_ref", ["github.head_ref"]),
        ("github.head_ref || github.ref", ["github.head_ref"]),
        ("a == b && github.head_ref || c", ["github.head_ref"]),
        ("github.event.client_payload.any.thing", ["github.event.client_payload.any.thing"]),
        ("x[github.head_ref]", ["github.head_ref"]),
        ("github.event.issue.number", []),
        ("github.event.issue.title.x", []),
        ("github", []),
        ("github.event", []),
        ("github.sha", []),
        ("toJSON(github.event.pull_request.number)", []),
        ("'github.event.issue.title'", []),
        ("github.event.issue.title == 'x'", []),
        ("'x' != github.event.issue.title", []),
        ("!github.event.issue.title", []),
        ("contains(github.event.issue.title, 'x')", []),
        ("github.head_ref && 'yes' || 'no'", []),
        ("inputs.title", []),
        ("steps.x.outputs.y", []),
        ("env.other", []),
        ("", []),
        ("(((", []),
        ("'", []),
        ("a[", []),
        ("(" * 60 + "github.head_ref", [TOO_LARGE]),
        ("x" * 30_000, [TOO_LARGE]),
    ],
)
def test_untrusted_context_is_found(body: str, found: list[str]) -> None:
    assert contexts(body) == found


def test_tainted_environment_is_followed() -> None:
    assert contexts("env.T", t="github.head_ref") == ["github.head_ref"]
    assert contexts("env['T']", t="github.head_ref") == ["github.head_ref"]


@pytest.mark.parametrize(
    ("text", "bodies"),
    [
        ("a ${{ b }} c ${{d}}", [" b ", "d"]),
        ("${{ '}}' }}x", [" '}}' "]),
        ("${{ 'it''s }}' }}", [" 'it''s }}' "]),
        ("${{ open", [" open"]),
        ("${ x }", []),
    ],
)
def test_expressions_are_cut_out(text: str, bodies: list[str]) -> None:
    assert [part.body for part in expressions(text)] == bodies


def test_anchors_are_followed() -> None:
    text = (
        "on: push\njobs:\n  a:\n    steps: &s\n      - run: echo ${{ github.head_ref }}\n"
        "  b:\n    steps: *s\n"
    )
    assert [(hit.job, hit.line) for hit in decode(text).injections] == [("a", 5), ("b", 5)]


@pytest.mark.parametrize(
    "text", ["- a\n", "a: [\n", "a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "a: !!python/x 1\n"]
)
def test_broken_workflow_is_refused(text: str) -> None:
    with pytest.raises(DecodeError, match=r"ci\.yml"):
        decode(text)


def test_broken_file_before_means_that_nothing_stood() -> None:
    text = "on: push\njobs:\n  a:\n    steps:\n      - uses: vendor/tool@v1\n"
    assert not decode(text, "a: [\n").uses[0].stood


def test_empty_and_odd_workflows_hold_nothing() -> None:
    for text in ("", "jobs: 1\n", "jobs: {a: 1}\n", "jobs: {a: {steps: {b: 1}}}\n", "on: 7\n"):
        found = decode(text)
        assert (found.triggers, found.uses, found.injections) == ((), (), ())
