"""Approvals carry over only to the same or less, of identical changes, in one pull request."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from gate.errors import RecordError
from gate.record.scope import covered_heads, scope_of
from gate.schema.entry import Entry
from gate.schema.finding import Finding, Location
from gate.store.ledger import link

PULL = ("acme/infra", 7)


def finding(number: int, subject: str = "x.y", **more: Any) -> Finding:
    fields: dict[str, Any] = {
        "id": f"{number:016x}",
        "rule": "terraform.iam_changed",
        "severity": "high",
        "enforcement": "approve",
        "surface": "iam",
        "message": "m",
        "subject": subject,
        "at": None,
        "values": {},
        "evidence": "",
        **more,
    }
    return Finding(**fields)


def decided(head: str, scope: dict[str, str] | None, number: int = 7) -> tuple[int, Entry]:
    body: dict[str, Any] = {"pull": {"repo": "acme/infra", "number": number, "head": head}}
    if scope is not None:
        body["scope"] = scope
    return 1, link(None, "decision", "", body)


def covered(*entries: tuple[int, Entry], digest: str = "d1") -> frozenset[str]:
    asking = [finding(1), finding(2, "x.z")]
    scope = scope_of(asking, {"x.y": digest, "x.z": "d2"})
    return covered_heads(entries, PULL, asking, scope)


SAME = {f"{1:016x}": "d1", f"{2:016x}": "d2"}


def test_same_changes_carry_over() -> None:
    assert covered(decided("old", SAME)) == {"old"}


def test_more_was_asked_for_then_carries_over() -> None:
    assert covered(decided("old", {**SAME, f"{3:016x}": "d3"})) == {"old"}


@pytest.mark.parametrize(
    "entry",
    [
        decided("old", {f"{1:016x}": "d1"}),
        decided("old", {**SAME, f"{1:016x}": "other"}),
        decided("old", None),
        decided("old", SAME, number=8),
    ],
    ids=["new finding", "other change", "no scope recorded", "other pull request"],
)
def test_anything_else_does_not(entry: tuple[int, Entry]) -> None:
    assert covered(entry) == frozenset()


def test_change_without_a_digest_never_carries_over() -> None:
    asking = [finding(1, "unknown.address")]
    assert scope_of(asking, {"x.y": "d1"}) == {}
    assert covered_heads([decided("old", SAME)], PULL, asking, {}) == frozenset()


def test_path_stands_in_where_the_subject_is_no_resource() -> None:
    one = finding(1, "job build", at=Location(path=".github/workflows/ci.yml", line=3))
    assert scope_of([one], {".github/workflows/ci.yml": "d"}) == {one.id: "d"}


def test_waived_and_blocking_findings_are_not_in_scope() -> None:
    ones = [finding(1, waived_by="W-1"), finding(2, enforcement="block")]
    assert scope_of(ones, {"x.y": "d"}) == {}


def test_program_that_runs_never_carries_over() -> None:
    one = finding(1, surface="execution")
    assert scope_of([one], {"x.y": "d"}) == {}


def test_rewritten_entry_carries_nothing_over() -> None:
    number, entry = decided("old", SAME)
    body = {**entry.body, "pull": {**entry.body["pull"], "head": "other"}}
    with pytest.raises(RecordError, match="hash does not fit"):
        covered((number, msgspec.structs.replace(entry, body=body)))


def test_entry_that_was_put_in_carries_nothing_over() -> None:
    with pytest.raises(RecordError, match="does not follow"):
        covered(decided("old", SAME), decided("older", SAME))


@pytest.mark.parametrize("scope", ["abc", ["x"], 1, True])
def test_scope_of_another_shape_is_none(scope: Any) -> None:
    assert covered(decided("old", scope)) == frozenset()
