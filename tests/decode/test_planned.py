"""A planned change is the same only where every attribute of it is."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from gate.decode.diff import decode_diff
from gate.decode.planned import digest_planned, identify_plans, unplanned
from gate.errors import DecodeError
from gate.schema.changes import Changes
from gate.schema.collected import PlanFile
from gate.schema.terraform import PlanInfo, Resource, TerraformInput

DIFF = b"""diff --git a/ci/a.yml b/ci/a.yml
--- a/ci/a.yml
+++ b/ci/a.yml
@@ -1,2 +1,2 @@
 resource "x" "y" {
-  a = 1
+  a = 2
"""


def plan(
    *entries: dict[str, Any], root: str | None = None, separators: tuple[str, str] = (",", ":")
) -> PlanFile:
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "resource_changes": list(entries),
    }
    text = json.dumps(document, separators=separators)
    return PlanFile(root=root, name="plan.json", data=text.encode())


def entry(address: str = "x.y", **after: Any) -> dict[str, Any]:
    change = {"actions": ["update"], "before": {"a": 1}, "after": after, "after_unknown": {}}
    return {"address": address, "type": "x", "change": change}


def test_same_change_has_the_same_digest() -> None:
    assert digest_planned([plan(entry(a=2))], Changes()) == digest_planned(
        [plan(entry(a=2))], Changes()
    )


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_each_changed_address_has_a_digest(separators: tuple[str, str]) -> None:
    assert list(digest_planned([plan(entry(a=2), separators=separators)], Changes())) == ["x.y"]


@pytest.mark.parametrize(
    "other",
    [
        plan(entry(a=3)),
        plan(entry(a=2, b=True)),
        plan(entry(a=2), root="infra"),
        plan({**entry(a=2), "previous_address": "x.z"}),
        plan(entry(a=2), {**entry(a=2), "deposed": "00000001"}),
    ],
    ids=["value", "new attribute", "root", "moved", "deposed"],
)
def test_any_difference_changes_the_digest(other: PlanFile) -> None:
    before = digest_planned([plan(entry(a=2))], Changes())
    assert digest_planned([other], Changes())["x.y"] != before["x.y"]


def test_path_is_digested_by_its_hunks_and_not_by_their_place() -> None:
    first = digest_planned([], decode_diff(DIFF))
    moved = digest_planned([], decode_diff(DIFF.replace(b"@@ -1,2 +1,2 @@", b"@@ -9,2 +9,2 @@")))
    other = digest_planned([], decode_diff(DIFF.replace(b"+  a = 2", b"+  a = 3")))
    assert first == moved
    assert first["ci/a.yml"] != other["ci/a.yml"]


def test_unreadable_plan_is_refused() -> None:
    with pytest.raises(DecodeError):
        digest_planned([PlanFile(root=None, name="p", data=b"{")], Changes())


CODE = DIFF.replace(b"ci/a.yml", b"infra/a.tf")


def configured(change: dict[str, Any], **configuration: Any) -> PlanFile:
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "variables": {"account": {"value": configuration.pop("account", "1")}},
        "resource_changes": [{**change, "name": "y", "mode": "managed", "provider_name": "p/x"}],
        "configuration": configuration,
    }
    return PlanFile(root=None, name="plan.json", data=json.dumps(document).encode())


def test_terraform_text_without_a_plan_has_no_digest() -> None:
    assert digest_planned([], decode_diff(CODE)) == {}


def test_plan_that_is_handed_in_again_does_not_cover_other_code() -> None:
    changed = decode_diff(CODE.replace(b"+  a = 2", b"+  a = 3"))
    assert (
        digest_planned([plan(entry(a=2))], decode_diff(CODE))["x.y"]
        != digest_planned([plan(entry(a=2))], changed)["x.y"]
    )
    docs = decode_diff(CODE + DIFF)
    assert (
        digest_planned([plan(entry(a=2))], decode_diff(CODE))["x.y"]
        == digest_planned([plan(entry(a=2))], docs)["x.y"]
    )


@pytest.mark.parametrize(
    ("unknown", "shown"),
    [
        ({"id": True}, True),
        ({"tags": {}, "rule": [{}]}, True),
        ({"policy": True}, False),
        ({"rule": [{"cidr": True}]}, False),
    ],
)
def test_value_that_the_code_sets_and_the_plan_hides_has_no_digest(
    unknown: dict[str, Any], shown: bool
) -> None:
    change = entry(a=2)
    change["change"]["after_unknown"] = unknown
    resource = {
        "mode": "managed",
        "type": "x",
        "name": "y",
        "expressions": {"policy": {"references": ["x.z"]}, "rule": [{}], "tags": {}},
    }
    found = digest_planned([configured(change, root_module={"resources": [resource]})], Changes())
    assert ("x.y" in found) is shown


@pytest.mark.parametrize("account", ["1", "2"])
@pytest.mark.parametrize("region", ["eu", "us"])
def test_other_account_is_another_change(account: str, region: str) -> None:
    def planned(account: str, region: str) -> str:
        provider = {
            "name": "x",
            "full_name": "p/x",
            "expressions": {
                "region": {"constant_value": region},
                "account": {"references": ["var.account"]},
            },
        }
        plan = configured(entry(a=2), account=account, provider_config={"x": provider})
        return digest_planned([plan], Changes())["x.y"]

    same = (account, region) == ("1", "eu")
    assert (planned(account, region) == planned("1", "eu")) is same


def test_root_without_a_plan_is_not_covered_by_the_plan_of_another() -> None:
    code = Resource(source="hcl", root="b", address="x.y", type="x", action="update")
    other = msgspec.structs.replace(code, root="a", address="x.z")
    info = PlanInfo(root="a", name="plan.json", digest="d", format_version="1.2")
    terraform = TerraformInput(plans=(info,), by_type={"x": (code, other)})
    assert unplanned(terraform) == {"x.y"}


def test_plan_made_again_is_known_by_what_it_changes() -> None:
    first = plan(entry(a=1))
    again = msgspec.structs.replace(
        first, data=first.data.replace(b'"1.11.4"', b'"1.11.4","timestamp":"2026-01-02T00:00:00Z"')
    )
    assert again.data != first.data
    assert identify_plans([first]) == identify_plans([again])
    assert identify_plans([first]) != identify_plans([plan(entry(a=2))])
    assert identify_plans([]) == ()
