"""Splitting a plan in one pass, and refusing to where not every byte is accounted for."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.decode.plan_format import PlanChange, ResourceChange
from gate.decode.plan_split import CHANGE_KEYS, ENTRY_KEYS, PLAN_KEYS, split

NOTHING: dict[str, Any] = {
    "address": "t.n",
    "type": "t",
    "change": {"actions": ["no-op"], "before": {"a": "<&>"}, "after": {"a": "é"}},
}
CREATED: dict[str, Any] = {**NOTHING, "change": {"actions": ["create"], "before": None}}


def compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def plan(*entries: object, **parts: object) -> bytes:
    return compact({"format_version": "1.2", "resource_changes": entries, **parts}).encode()


def test_keys_are_those_that_are_read() -> None:
    assert ResourceChange.__struct_fields__ == ENTRY_KEYS
    assert PlanChange.__struct_fields__ == CHANGE_KEYS


@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 513])
def test_split_counts_entries_and_keeps_those_that_change(count: int) -> None:
    found = split(plan(CREATED, *[NOTHING] * count, CREATED, configuration={"x": [1]}))
    assert found is not None
    assert found.total == count + 2
    assert json.loads(found.entries) == [CREATED, CREATED]
    assert {key: bytes(raw) for key, raw in found.parts.items()} == {
        "format_version": b'"1.2"',
        "configuration": b'{"x":[1]}',
    }


def test_split_of_no_entries() -> None:
    found = split(plan())
    assert found is not None
    assert (found.total, found.entries) == (0, b"[]")


@pytest.mark.parametrize(
    "entry",
    [
        {**NOTHING, "previous_address": "t.m"},
        {**NOTHING, "change": {**NOTHING["change"], "importing": {"id": "i"}}},
        {**NOTHING, "change": {"actions": ["no-op", "create"]}},
        {**NOTHING, "change": {"actions": []}},
        {**NOTHING, "change": {}},
        {"address": "t.n"},
    ],
)
def test_split_keeps_what_is_not_settled(entry: dict[str, Any]) -> None:
    found = split(plan(NOTHING, entry))
    assert found is not None
    assert json.loads(found.entries) == [entry]


@pytest.mark.parametrize("tail", ["", "\n", "\r\n \t"])
def test_split_steps_over_space_after_the_plan(tail: str) -> None:
    assert split(plan(NOTHING) + tail.encode()) is not None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"format_version"', '"format_version":"1.1","format_version"'),
        ('"resource_changes"', '"resource_changes":[],"resource_changes"'),
        ('"address"', '"address":"t.m","address"'),
        ('"change"', '"change":{"actions":["delete"]},"change"'),
        ('"actions"', '"actions":["delete"],"actions"'),
        ('"actions":["no-op"]', '"actions":["delete"],"\\u0061ctions":["no-op"]'),
        ('"change"', '"ch\\u0061nge"'),
        ('"change"', '"later":1,"change"'),
        ('"actions"', '"later":1,"actions"'),
        ('"format_version"', '"later":1,"format_version"'),
        ('"change"', ' "change"'),
        ('"actions":', '"actions" :'),
        ('"format_version":', '"format_version": '),
        ('"format_version"', ' "format_version"'),
    ],
)
def test_split_leaves_what_it_cannot_account_for(old: str, new: str) -> None:
    text = plan(NOTHING).decode()
    assert split(text.encode()) is not None
    assert split(text.replace(old, new, 1).encode()) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{}",
        b"[]",
        b'{"resource_changes":null}',
        b'{"resource_changes":[1]}',
        b'{"resource_changes":[{"change":null}]}',
        b'{"resource_changes":[{"change":[]}]}',
        b'{"resource_changes":[]',
        b'{"resource_changes":[]}}',
        b'{"resource_changes":[],}',
        b'{"resource_changes":[],"checks":NaN}',
        b'{"resource_changes":[],"checks":' + b"[" * 100_000,
        b'{"format_version":"1.2"}',
    ],
)
def test_split_leaves_other_shapes_to_the_reader(text: bytes) -> None:
    assert split(text) is None


VALUES = st.sampled_from(["1", "null", '"x"', '["no-op"]', '["create"]', '{"actions":["no-op"]}'])


def objects(keys: tuple[str, ...], **inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Texts of objects, in which a key may stand twice."""
    members = st.sampled_from(keys).flatmap(
        lambda key: inner.get(key, VALUES).map(lambda value: f'"{key}":{value}')
    )
    return st.lists(members, max_size=4).map(lambda found: "{" + ",".join(found) + "}")


CHANGES = objects(("actions", "after", "importing", "later"))
ENTRIES = objects(("address", "change", "type", "previous_address"), change=CHANGES)
LISTS = st.lists(ENTRIES, max_size=3).map(lambda found: "[" + ",".join(found) + "]")
PLANS = objects(("resource_changes", *PLAN_KEYS[:2]), resource_changes=LISTS)


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@given(PLANS)
def test_split_takes_no_key_that_stands_twice(text: str) -> None:
    found = split(text.encode())
    if found is None:
        return
    document = json.loads(text, object_pairs_hook=unique)
    entries = document["resource_changes"]
    assert found.total == len(entries)
    assert json.loads(found.entries) == [
        entry
        for entry in entries
        if entry.get("change", {}).get("actions") != ["no-op"]
        or "previous_address" in entry
        or "importing" in entry["change"]
    ]
