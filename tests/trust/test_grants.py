"""What an agent did is compared with what it was granted (S1-14, S1-17, S2-55)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from trust.samples import record, touch

from gate.schema.agents import AgentGrant, Sandbox
from gate.schema.gate_input import Touch
from gate.trust.grants import covers, grant_for, missing_grants, outside_sandbox


@pytest.mark.parametrize(
    ("grant", "touched", "covered"),
    [
        ({}, {}, True),
        ({"surfaces": ["iam"]}, {}, False),
        ({"surfaces": ["*"]}, {"surface": "other"}, True),
        ({"environments": ["staging"]}, {}, True),
        ({"environments": ["staging"]}, {"environment": "production"}, False),
        ({"environments": ["staging"]}, {"environment": "unmapped"}, False),
        ({"environments": ["staging"]}, {"environment": ""}, True),
        ({"environments": ["*"]}, {"environment": "unmapped"}, True),
        ({}, {"action": "delete"}, False),
        ({"actions": ["*"]}, {"action": "delete"}, True),
        ({"actions": ["create", "delete"]}, {"action": "replace"}, False),
        ({"actions": ["update"]}, {"action": "read"}, True),
        ({"actions": ["update"]}, {"action": "unclear"}, False),
        ({"actions": ["create", "update", "replace", "delete"]}, {"action": "unclear"}, True),
        ({"paths": ["infra/**"]}, {}, True),
        ({"paths": ["infra/net"]}, {}, True),
        ({"paths": ["infra/net/**"]}, {}, True),
        ({"paths": ["infra/net/*.tf"]}, {}, False),
        ({"paths": ["docs/**"]}, {}, False),
        ({"paths": ["infra/**"]}, {"path": "infrastructure/net"}, False),
        ({"paths": ["docs/**"]}, {"path": "docs/a/b.md", "subject": ""}, True),
        ({"paths": ["docs/*"]}, {"path": "docs/a/b.md", "subject": ""}, False),
        ({"paths": ["infra/**"]}, {"path": ""}, False),
        ({"paths": ["**"]}, {"path": ""}, True),
    ],
)
def test_grant_covers(grant: dict[str, Any], touched: dict[str, str], covered: bool) -> None:
    whole = {"surfaces": ["network"], "why": "w", **grant}
    one = AgentGrant(**{k: tuple(v) if isinstance(v, list) else v for k, v in whole.items()})
    assert covers(one, touch(**touched)) is covered


def test_one_grant_has_to_cover_it_whole() -> None:
    grants = [
        {"surfaces": ["network"], "environments": ["production"], "why": "w"},
        {"surfaces": ["*"], "environments": ["staging"], "paths": ["docs/**"], "why": "w"},
    ]
    missing = missing_grants(record(grants=grants), [touch()])
    assert [item.subject for item in missing] == ["aws_subnet.a"]


@pytest.mark.parametrize(
    "touched",
    [
        touch(),
        touch(action="delete", environment=""),
        touch(action="unclear", path=""),
        touch(action="read"),
        touch(path="infra/net/main.tf"),
        touch(path="main.tf"),
        touch(surface="other", path='a b/"x": [#].md', subject="", action="create"),
        touch(environment="unmapped", path="docs/übung.md", subject=""),
    ],
)
def test_s1_14_grant_that_is_named_allows_it_once_it_stands_in_the_record(touched: Touch) -> None:
    missing = missing_grants(record(grants=[]), [touched])
    assert [item.grant for item in missing] == [grant_for(touched)]
    written = yaml.safe_load(missing[0].grant)
    assert missing_grants(record(grants=written), [touched]) == ()


def test_grant_that_is_named_is_the_narrowest() -> None:
    line = grant_for(touch())
    assert line == (
        "- {surfaces: [network], environments: [staging], actions: [update], "
        'paths: ["infra/net/**"], why: say why}'
    )


def test_resource_that_plan_and_code_show_is_missing_once() -> None:
    missing = missing_grants(record(grants=[]), [touch(), touch(path="infra/net/main.tf")])
    assert [item.path for item in missing] == ["infra/net"]


def test_missing_grants_are_sorted_and_cut() -> None:
    touches = [touch(subject=f"aws_subnet.s{at:03}") for at in reversed(range(70))]
    missing = missing_grants(record(grants=[]), touches)
    assert len(missing) == 50
    assert [item.subject for item in missing] == sorted(item.subject for item in missing)
    assert missing == missing_grants(record(grants=[]), touches[::-1])


SANDBOX = Sandbox(environments=("sandbox",), paths=("infra/**",), max_files=2, max_resources=2)


@pytest.mark.parametrize(
    ("touches", "changed", "outside"),
    [
        ([touch(environment="sandbox")], 0, []),
        ([touch(environment="")], 0, []),
        ([touch(environment="staging")], 0, ["aws_subnet.a"]),
        ([touch(environment="unmapped")], 0, ["aws_subnet.a"]),
        ([touch(environment="sandbox", path="prod")], 0, ["aws_subnet.a"]),
        ([touch(environment="sandbox")], 3, ["3 changed files"]),
        (
            [touch(environment="", path=f"infra/{at}", subject="") for at in range(3)],
            0,
            ["3 changed files"],
        ),
        ([touch(environment="", subject=f"a.{at}") for at in range(3)], 0, ["3 changed resources"]),
        ([touch(environment="", subject=f"a.{at}") for at in range(2)], 2, []),
        (
            [
                touch(environment="", subject=f"a.{at}", path=path)
                for at in range(2)
                for path in ("infra", "infra/main.tf")
            ],
            0,
            [],
        ),
        ([touch(environment="", subject=f"a.{at}", action="read") for at in range(9)], 0, []),
    ],
)
def test_s2_55_sandbox(touches: list[Touch], changed: int, outside: list[str]) -> None:
    found = outside_sandbox(SANDBOX, touches, changed)
    assert [item.subject for item in found] == outside


def test_agent_without_a_sandbox_may_nothing_while_observed() -> None:
    assert len(outside_sandbox(None, [touch()], 0)) == 1
