"""The approval matrix: which row decides, what is asked for, and what its author should know."""

from __future__ import annotations

from typing import Any

import pytest

from gate.errors import ConfigError
from gate.evaluate.catalogue import native_checks, rego_rules
from gate.evaluate.policies import load_bundled
from gate.judge.matrix import (
    DEFAULT_APPROVALS,
    Case,
    applies_to,
    check_floor,
    requirements_for,
    resolve,
)
from gate.judge.matrix_lint import lint_matrix, write_out
from gate.judge.places import Places, block_of
from gate.judge.votes.ballot import Ballot
from gate.judge.votes.tally import tally
from gate.schema.facts import Pull, PullFacts, PullRef
from gate.schema.finding import SURFACES, Finding, Location
from gate.schema.gate_input import Touch
from gate.schema.site import ACTIONS, ApprovalRule, Environment, MatrixRow, Site, SiteConfig
from gate.schema.votes import CountedVote, Requirement

PULL = Pull(base=PullRef(ref="main", sha="b" * 40), head=PullRef(ref="x", sha="a" * 40))
MAPPING = {
    "production": Environment(paths=("infra/prod/**",)),
    "staging": Environment(paths=("infra/staging/**",)),
}


def finding(surface: str | None = "iam", subject: str = "", path: str = "") -> Finding:
    return Finding(
        id="0" * 16,
        rule="a.b",
        severity="high",
        enforcement="approve",
        surface=surface,
        message="m",
        subject=subject,
        at=Location(path=path) if path else None,
        values={},
        evidence="",
    )


def touch(
    surface: str = "iam",
    environment: str = "production",
    action: str = "update",
    subject: str = "",
    path: str = "infra/prod",
) -> Touch:
    return Touch(
        surface=surface, environment=environment, action=action, path=path, subject=subject
    )


def config(*rows: MatrixRow, **more: Any) -> SiteConfig:
    return SiteConfig(**{"matrix": rows, "environments": MAPPING, **more})


def asked(
    findings: list[Finding],
    touches: list[Touch],
    settings: SiteConfig,
    *,
    own_change: bool = False,
) -> list[str]:
    needs = requirements_for(findings, touches, settings, own_change=own_change)
    return [short(need) for need in needs]


def short(need: Requirement) -> str:
    where = f" in {need.environment}" if need.environment else ""
    what = f" {need.action}" if need.action else ""
    whom = f" of {','.join(need.teams)}" if need.teams else ""
    return f"{need.surface}{where}{what}: {need.min}{whom} by {need.source}"


EXAMPLE = config(
    MatrixRow(
        surfaces=("data",),
        environments=("production",),
        actions=("delete", "replace"),
        over=5,
        min=3,
    ),
    MatrixRow(
        surfaces=("data", "iam"),
        environments=("production",),
        actions=("delete", "replace"),
        min=2,
        teams=("acme/dba",),
    ),
    MatrixRow(environments=("production",), min=2),
    MatrixRow(surfaces=("data",), environments=("staging",), actions=("create", "update"), min=0),
    approvals={"network": ApprovalRule(min=3)},
)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (("data", "production", "delete", 6), "data in production delete: 3 by matrix 1"),
        (
            ("data", "production", "delete", 5),
            "data in production delete: 2 of acme/dba by matrix 2",
        ),
        (
            ("iam", "production", "replace", 9),
            "iam in production replace: 2 of acme/dba by matrix 2",
        ),
        (("iam", "production", "create", 1), "iam in production: 2 by matrix 3"),
        (("network", "production", "update", 1), "network in production: 2 by matrix 3"),
        (("network", "staging", "update", 1), "network: 3 by approvals.network"),
        (("network", "unmapped", "update", 1), "network: 3 by approvals.network"),
        (("data", "staging", "update", 1), "data in staging update: 0 by matrix 4"),
        (("data", "staging", "delete", 1), "data: 1 by default"),
        (("iam", "unmapped", "create", 1), "iam: 2 by default"),
        (("moon", "unmapped", "create", 1), "moon: 1 by default"),
    ],
)
def test_resolve_takes_the_first_row_that_fits_then_approvals_then_the_default(
    case: tuple[str, str, str, int], expected: str
) -> None:
    assert [short(need) for need in resolve(Case(*case), EXAMPLE)] == [expected]


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("environment", ["production", "staging", "unmapped"])
@pytest.mark.parametrize("action", ACTIONS)
def test_control_s2_12_every_combination_has_an_answer(
    surface: str, environment: str, action: str
) -> None:
    for number in (1, 5, 6, 1000):
        assert resolve(Case(surface, environment, action, number), EXAMPLE)


def test_resolve_holds_what_nobody_can_tell_to_every_action() -> None:
    for action in ("unclear", ""):
        answers = resolve(Case("data", "production", action, 9), EXAMPLE)
        assert {need.min for need in answers} == {2, 3}
    needs = requirements_for(
        [finding("data", "aws_x.y")],
        [touch("data", action="unclear", subject="aws_x.y")],
        EXAMPLE,
        own_change=False,
    )
    assert sorted((need.min, need.teams) for need in needs) == [(2, ("acme/dba",))]


@pytest.mark.parametrize(
    ("name", "findings", "touches", "expected"),
    [
        (
            "S1-18 production asks for more",
            [finding("iam", "aws_iam_role.x")],
            [touch(subject="aws_iam_role.x")],
            ["iam in production: 2 by matrix 3"],
        ),
        (
            "the touch of the finding decides, not another's",
            [finding("network", "aws_sg.x")],
            [
                touch("network", "staging", subject="aws_sg.x", path="infra/staging"),
                touch("iam", "production", subject="aws_iam_role.x"),
            ],
            ["network: 3 by approvals.network"],
        ),
        (
            "an address in two roots, told apart by where it stands",
            [finding("network", "aws_sg.x", "infra/staging/main.tf")],
            [
                touch("network", "staging", subject="aws_sg.x", path="infra/staging"),
                touch("network", "production", subject="aws_sg.x"),
            ],
            ["network: 3 by approvals.network"],
        ),
        (
            "an address in two roots that nobody can tell apart",
            [finding("network", "aws_sg.x", "modules/net/main.tf")],
            [
                touch("network", "staging", subject="aws_sg.x", path="infra/staging"),
                touch("network", "production", subject="aws_sg.x"),
            ],
            ["network: 3 by approvals.network", "network in production: 2 by matrix 3"],
        ),
        (
            "two environments of one resource ask both",
            [finding("iam", "aws_iam_role.x")],
            [
                touch(subject="aws_iam_role.x"),
                touch(environment="staging", subject="aws_iam_role.x"),
            ],
            ["iam: 2 by default", "iam in production: 2 by matrix 3"],
        ),
        (
            "an instance takes the word of the code on its block",
            [finding("iam", "aws_iam_role.x[0]")],
            [
                touch(environment="staging", subject="aws_iam_role.x[0]", path="infra/staging"),
                touch(subject="aws_iam_role.x", path="infra/staging/main.tf"),
            ],
            ["iam: 2 by default", "iam in production: 2 by matrix 3"],
        ),
        (
            "a block takes the word of the plan on its instances",
            [finding("iam", "aws_iam_role.x")],
            [touch(subject='aws_iam_role.x["a]"]')],
            ["iam in production: 2 by matrix 3"],
        ),
        (
            "a file",
            [finding("pipeline", "ci", ".github/workflows/ci.yml")],
            [touch("pipeline", "staging", path=".github/workflows/ci.yml")],
            ["pipeline: 1 by default"],
        ),
        (
            "another surface of the same file",
            [finding("state", "infra/prod", "infra/prod/main.tf")],
            [touch("iam", "production", "create", "aws_iam_role.x", "infra/prod/main.tf")],
            ["state in production: 2 by matrix 3"],
        ),
        (
            "no touch of its own: wherever the change is",
            [finding("agent", "pull request")],
            [touch(environment="staging"), touch(environment="production")],
            ["agent: 1 by default", "agent in production: 2 by matrix 3"],
        ),
        ("no touch at all", [finding("agent")], [], ["agent: 1 by default"]),
        ("no surface", [finding(None)], [], ["state: 1 by default"]),
        (
            "distinct findings with one answer",
            [finding("iam", "aws_x.a"), finding("iam", "aws_x.b")],
            [touch(subject="aws_x.a"), touch(subject="aws_x.b", action="create")],
            ["iam in production: 2 by matrix 3"],
        ),
        (
            "S2-80 the lane without people",
            [finding("data", "aws_sqs_queue.x")],
            [touch("data", "staging", "update", "aws_sqs_queue.x")],
            ["data in staging update: 0 by matrix 4"],
        ),
        (
            "S2-80 and what leaves it",
            [finding("data", "aws_sqs_queue.x")],
            [touch("data", "staging", "delete", "aws_sqs_queue.x")],
            ["data: 1 by default"],
        ),
        (
            "S1-20 over five at once",
            [finding("data", "aws_db_instance.x[0]")],
            [touch("data", action="replace", subject=f"aws_db_instance.x[{n}]") for n in range(6)],
            ["data in production replace: 3 by matrix 1"],
        ),
        (
            "S1-20 five at once",
            [finding("data", "aws_db_instance.x[0]")],
            [touch("data", action="replace", subject=f"aws_db_instance.x[{n}]") for n in range(5)],
            ["data in production replace: 2 of acme/dba by matrix 2"],
        ),
        ("nothing asks", [], [touch()], []),
    ],
)
def test_requirements_for_asks_what_the_touches_ask(
    name: str, findings: list[Finding], touches: list[Touch], expected: list[str]
) -> None:
    assert sorted(asked(findings, touches, EXAMPLE)) == sorted(expected), name


def test_requirements_for_names_hostile_addresses_as_findings_do() -> None:
    needs = asked([finding("iam", "aws_x.\\u{202e}y")], [touch(subject="aws_x.\u202ey")], EXAMPLE)
    assert needs == ["iam in production: 2 by matrix 3"]


def test_requirements_for_leaves_out_what_asks_no_more() -> None:
    rows = (
        MatrixRow(actions=("delete",), min=2, max_age_days=7),
        MatrixRow(actions=("replace",), min=2),
        MatrixRow(actions=("update",), min=1, code_owners=True),
        MatrixRow(actions=("forget",), min=2, teams=("a/b", "a/b")),
        MatrixRow(min=1),
    )
    every = [touch("data", action=action, subject=f"aws_x.{action}") for action in ACTIONS[:5]]
    findings = [finding("data", f"aws_x.{action}") for action in ACTIONS[:5]]
    kept = asked(findings, every, config(*rows, environments={}))
    assert kept == [
        "data delete: 2 by matrix 1",
        "data forget: 2 of a/b,a/b by matrix 4",
        "data update: 1 by matrix 3",
    ]


def test_requirements_for_keeps_one_of_two_that_ask_the_same() -> None:
    rows = (MatrixRow(actions=("delete",), min=1), MatrixRow(actions=("replace",), min=1))
    every = [touch("data", action=action, subject=f"aws_x.{action}") for action in ACTIONS[:5]]
    findings = [finding("data", f"aws_x.{action}") for action in ACTIONS[:5]]
    assert asked(findings, every, config(*rows)) == ["data: 1 by default"]


OWN = config(
    MatrixRow(surfaces=("iam",), environments=("production",), min=2, applies_to="everyone"),
    MatrixRow(surfaces=("network",), min=2),
    MatrixRow(surfaces=("gate",), environments=("production",), min=3),
    approvals={"data": ApprovalRule(min=1, applies_to="everyone")},
)


@pytest.mark.parametrize(
    ("surface", "environment", "agents", "own"),
    [
        (
            "iam",
            "production",
            ["iam in production: 2 by matrix 1"],
            ["iam in production: 2 by matrix 1"],
        ),
        ("iam", "staging", ["iam: 2 by default"], []),
        ("network", "production", ["network: 2 by matrix 2"], []),
        ("data", "staging", ["data: 1 by approvals.data"], ["data: 1 by approvals.data"]),
        ("gate", "production", ["gate in production: 3 by matrix 3"], ["gate: 1 by default"]),
        ("gate", "staging", ["gate: 2 by default"], ["gate: 1 by default"]),
        ("secrets", "staging", ["secrets: 2 by default"], []),
    ],
)
def test_requirements_for_a_persons_own_change_are_those_that_apply_to_everyone(
    surface: str, environment: str, agents: list[str], own: list[str]
) -> None:
    findings, touches = [finding(surface, "a.b")], [touch(surface, environment, subject="a.b")]
    assert asked(findings, touches, OWN) == agents
    assert asked(findings, touches, OWN, own_change=True) == own
    said = applies_to(surface, touches, OWN, subject="a.b")
    assert said == ("everyone" if own else "agents")


def test_approvals_of_the_gate_hold_for_everyone_whatever_they_say() -> None:
    settings = SiteConfig(approvals={"gate": ApprovalRule(min=3, applies_to="agents")})
    assert asked([finding("gate")], [], settings, own_change=True) == ["gate: 3 by approvals.gate"]


def test_applies_to_counts_all_that_changes() -> None:
    settings = config(MatrixRow(over=2, min=1, applies_to="everyone"))
    three = [touch(subject=f"aws_x.y[{n}]") for n in range(3)]
    assert applies_to("iam", three, settings, subject="aws_x.y[0]") == "everyone"
    assert applies_to("iam", three[:2], settings, subject="aws_x.y[0]") == "agents"
    assert applies_to("iam", Places(three), settings) == "everyone"
    assert applies_to(None, [], settings) == "agents"
    assert applies_to("gate", [], SiteConfig()) == "everyone"


def test_places_count_a_block_that_plan_and_code_show_once() -> None:
    places = Places(
        [
            touch(subject="aws_x.y[0]"),
            touch(subject="aws_x.y[1]", action="create"),
            touch(subject="aws_x.y", path="infra/prod/main.tf"),
            touch(subject="aws_x.z", path="infra/prod/main.tf"),
            touch(subject="aws_x.y", path="infra/prod2/main.tf"),
            touch(subject="data.aws_x.y", action="read"),
            touch(path="a.json"),
            touch("network", subject="aws_x.y[0]"),
            touch(environment="staging", subject="aws_x.y[0]"),
        ]
    )
    assert places.count("iam", "production") == 5
    assert places.count("iam", "staging") == 1
    assert places.count("state", "production") == 1


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("aws_x.y", "aws_x.y"),
        ("aws_x.y[0]", "aws_x.y"),
        ('module.a["x.y"].aws_x.y["a]\\"b"]', "module.a.aws_x.y"),
        ("aws_x.y[", "aws_x.y["),
    ],
)
def test_block_of_drops_instance_keys(address: str, block: str) -> None:
    assert block_of(address) == block


def test_requirements_for_many_findings_takes_little_work() -> None:
    many = [touch("iam", subject=f"aws_x.y[{n}]") for n in range(5000)]
    findings = [finding("iam", item.subject) for item in many]
    assert asked(findings, many, EXAMPLE) == ["iam in production: 2 by matrix 3"]


@pytest.mark.parametrize("surface", ["gate", "pipeline"])
@pytest.mark.parametrize(
    "settings",
    [
        SiteConfig(matrix=(MatrixRow(surfaces=("pipeline", "gate"), min=0),)),
        SiteConfig(matrix=(MatrixRow(min=0),)),
        SiteConfig(approvals={"gate": ApprovalRule(min=0), "pipeline": ApprovalRule(min=0)}),
    ],
)
def test_check_floor_refuses_nobody_for_the_surface_of_an_integrity_rule(
    surface: str, settings: SiteConfig
) -> None:
    rules = [*rego_rules(load_bundled().modules), *(check.rule for check in native_checks())]
    guarded = {
        rule.metadata.custom.surface
        for rule in rules
        if rule.metadata.custom.integrity and rule.metadata.custom.enforcement == "approve"
    } - {None}
    assert guarded == {"gate"}, "another surface is guarded: gate.sitecheck should know it"
    lines = {"gate.yml matrix 0": 7, "gate.yml approvals gate": 7, "gate.yml approvals pipeline": 7}
    site = Site(present=True, config=settings, lines=lines)
    if surface == "gate":
        with pytest.raises(ConfigError, match=r"gate\.yml:7: key \S+\.min: 0 people.*integrity"):
            check_floor(site, rules)
    else:
        check_floor(site, [rule for rule in rules if rule.metadata.custom.surface != "gate"])


def test_lint_names_gaps_and_who_decides_there() -> None:
    assert lint_matrix(SiteConfig()) == ()
    notes = lint_matrix(EXAMPLE, {"gate.yml matrix 3": 19})
    assert notes == (
        "no row for iam, secrets, gate in staging, unmapped: the default decides (2 people)",
        "no row for network in staging, unmapped: approvals.network decides (3 people)",
        "no row for data in staging (replace, delete, forget, read, unclear); in unmapped: "
        "the default decides (1 person)",
        "no row for state, execution, pipeline, agent in staging, unmapped: the default decides "
        "(1 person)",
        "row 4 (line 19) asks for 0 people, fewer than the default: data 1",
    )


def test_lint_says_any_environment_where_all_are_open() -> None:
    rows = (MatrixRow(surfaces=("iam",), min=2), MatrixRow(surfaces=("gate",), min=2))
    assert lint_matrix(config(*rows))[0].startswith("no row for network, data, state")
    assert "in any environment: the default" in lint_matrix(config(*rows))[0]
    assert lint_matrix(SiteConfig(matrix=rows))[1] == (
        "no row for secrets: the default decides (2 people)"
    )


def test_lint_is_silent_on_a_matrix_without_gaps() -> None:
    assert lint_matrix(SiteConfig(matrix=(MatrixRow(min=2),))) == ()
    assert lint_matrix(SiteConfig(matrix=(MatrixRow(min=1),))) == (
        "row 1 asks for 1 person, fewer than the default: iam 2, secrets 2, gate 2",
    )


def test_lint_names_criteria_that_two_environments_share() -> None:
    shared = {
        "one": Environment(paths=("a/**",), accounts=("1",), tags={"env": ("x", "y")}),
        "two": Environment(workspaces=("w",), accounts=("1",), tags={"env": ("y",)}),
    }
    assert lint_matrix(SiteConfig(environments=shared)) == (
        "one and two share the account 1: whatever is known by it touches both",
        "one and two share the tag env=y: whatever is known by it touches both",
    )


def test_write_out_gives_one_answer_for_each_step() -> None:
    answers = [
        (answer.over, answer.need.min if answer.need else None)
        for answer in write_out(EXAMPLE)
        if (answer.surface, answer.environment, answer.action) == ("data", "production", "delete")
    ]
    assert answers == [(0, 2), (5, 3)]
    own = {answer.surface for answer in write_out(SiteConfig(), own_change=True) if answer.need}
    assert own == {"gate"}


def test_default_approvals_have_every_surface() -> None:
    assert set(DEFAULT_APPROVALS) == set(SURFACES)


@pytest.mark.parametrize(("voters", "missing"), [(0, 2), (1, 1), (2, 0)])
def test_control_s1_18_production_takes_two_where_staging_takes_one(
    voters: int, missing: int
) -> None:
    settings = config(
        MatrixRow(surfaces=("data",), environments=("production",), min=2),
        MatrixRow(surfaces=("data",), min=1),
    )
    counted = tuple(
        CountedVote(login=f"p{n}", id=n + 1, via="review", at="2026-11-24T09:00:00Z", sha="a" * 40)
        for n in range(voters)
    )
    for environment, expected in (("production", missing), ("staging", max(0, missing - 1))):
        needs = requirements_for(
            [finding("data", "aws_db_instance.x")],
            [touch("data", environment, "replace", "aws_db_instance.x")],
            settings,
            own_change=False,
        )
        assert tally(Ballot(counted=counted), needs, PullFacts(pull=PULL, commits=())).missing == (
            expected
        )
