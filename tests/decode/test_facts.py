"""Facts: one call describes a resource by everything rules look up."""

from __future__ import annotations

import json
import time

import msgspec

from gate.decode.facts import Facts, describe
from gate.decode.value import UNKNOWN
from gate.schema.terraform import Resource, TerraformTables

TABLES = TerraformTables(
    paths={"aws_s3_bucket_policy": ("bucket",), "aws_db_instance": ("publicly_accessible",)},
    surfaces={"aws_iam_*": ("iam",), "aws_s3_*": ("data",)},
    policies={"aws_iam_policy": ("policy",), "aws_s3_bucket_policy": ("policy",)},
)


def test_describe_joins_access_attributes_and_surfaces() -> None:
    policy = {
        "Statement": {"Effect": "Allow", "Principal": "*", "Action": "s3:Get*", "Resource": "*"}
    }
    after = {"bucket": "b", "policy": json.dumps(policy)}
    found = describe("aws_s3_bucket_policy", {"bucket": "a"}, after, TABLES)
    assert (found.before, found.after) == ({"bucket": ("a",)}, {"bucket": ("b",)})
    assert found.surfaces == ("data",)
    assert [grant.anyone for grant in found.grants] == [True]


def test_describe_tells_unknown_on_both_sides() -> None:
    hidden = {"publicly_accessible": UNKNOWN}
    found = describe("aws_db_instance", hidden, hidden, TABLES)
    assert (found.unknown, found.unknown_before) == (("publicly_accessible",),) * 2


def test_describe_finds_openings() -> None:
    rule = {
        "type": "ingress",
        "protocol": "tcp",
        "from_port": 22,
        "to_port": 22,
        "cidr_blocks": ["0.0.0.0/0"],
    }
    assert [i.ports for i in describe("aws_security_group_rule", None, rule, TABLES).ingress] == [
        "22"
    ]


def test_describe_knows_types_that_run_programs() -> None:
    program = {"program": ["python3", "a.py"], "query": None}
    assert [e.stood for e in describe("external", None, program, TABLES).executions] == [False]
    assert [e.stood for e in describe("external", program, program, TABLES).executions] == [True]
    other = {**program, "program": ["python3", "b.py"]}
    assert [e.stood for e in describe("external", program, other, TABLES).executions] == [False]
    hidden = {"program": UNKNOWN}
    assert [e.stood for e in describe("external", hidden, hidden, TABLES).executions] == [False]
    assert describe("external", program, None, TABLES).executions == ()


def test_describe_of_nothing_is_empty() -> None:
    assert describe("aws_instance", None, None, TABLES) == Facts()
    assert describe("aws_instance", None, {"ami": "x"}, TABLES) == Facts()


def test_describe_speaks_of_a_deleted_resource_only_in_before() -> None:
    found = describe("aws_s3_bucket_policy", {"bucket": "a", "policy": "{"}, None, TABLES)
    assert found == Facts(before={"bucket": ("a",)}, surfaces=("data",))


def test_describe_takes_a_wholly_unknown_tree() -> None:
    found = describe("aws_iam_policy", None, UNKNOWN, TABLES)
    assert [policy.state for policy in found.policies] == ["unknown"]


def test_facts_fit_the_resource_they_describe() -> None:
    names = {field.name for field in msgspec.structs.fields(Facts)}
    assert names <= {field.name for field in msgspec.structs.fields(Resource)}


def test_describe_costs_little_where_nothing_is_known() -> None:
    tree = {f"attribute_{number}": [{"a": number}] for number in range(40)}
    start = time.perf_counter()
    for _ in range(10_000):
        describe("aws_instance", tree, tree, TABLES)
    assert time.perf_counter() - start < 2
