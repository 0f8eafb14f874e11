"""A planned change is the same only where every attribute of it is."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gate.decode.diff import decode_diff
from gate.decode.planned import digest_planned
from gate.errors import DecodeError
from gate.schema.changes import Changes
from gate.schema.collected import PlanFile

DIFF = b"""diff --git a/infra/a.tf b/infra/a.tf
--- a/infra/a.tf
+++ b/infra/a.tf
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
    assert first["infra/a.tf"] != other["infra/a.tf"]


def test_unreadable_plan_is_refused() -> None:
    with pytest.raises(DecodeError):
        digest_planned([PlanFile(root=None, name="p", data=b"{")], Changes())
