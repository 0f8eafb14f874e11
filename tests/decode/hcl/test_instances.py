"""Instances of count and for_each are judged each for itself, under the address of their block."""

from __future__ import annotations

from typing import Any

from gate.decode.hcl.changes import FileVersions, decode_hcl
from gate.schema.terraform import Resource, TerraformTables

TABLES = TerraformTables(paths={"db": ("public", "size")}, surfaces={}, policies={})


def changed(before: str | None, after: str | None) -> tuple[Resource, ...]:
    sides = (None if side is None else side.encode() for side in (before, after))
    return decode_hcl({"main.tf": FileVersions(*sides)}, TABLES).resources


def db(body: str) -> str:
    return f'resource "db" "a" {{\n{body}\n}}\n'


def after(body: str) -> dict[str, tuple[Any, ...]]:
    (resource,) = changed(None, db(body))
    return resource.after


def test_each_value_stands_for_every_element() -> None:
    assert after("for_each = { x = true, y = false }\npublic = each.value") == {
        "public": (True, False)
    }
    assert after('for_each = toset(["a", "b"])\nsize = each.key') == {"size": ("a", "b")}


def test_each_value_reaches_into_objects_and_templates() -> None:
    assert after('for_each = { x = { s = 5 } }\nsize = "${each.value.s}-${each.key}"') == {
        "size": ("5-x",)
    }


def test_count_index_runs_through_the_count() -> None:
    assert after("count = 3\nsize = count.index") == {"size": (0, 1, 2)}


def test_collection_that_is_not_known_leaves_one_unknown_value() -> None:
    (resource,) = changed(None, db("for_each = var.x\nsize = each.value"))
    assert (resource.after, resource.unknown) == ({}, ("size",))


def test_instances_are_compared_with_their_own_past() -> None:
    (resource,) = changed(
        db("for_each = { x = 1 }\nsize = each.value"),
        db("for_each = { x = 1, y = 2 }\nsize = each.value"),
    )
    assert (resource.action, resource.address) == ("update", "db.a")
    assert (resource.before, resource.after) == ({"size": (1,)}, {"size": (1, 2)})


def test_large_collection_is_not_written_out() -> None:
    (resource,) = changed(None, db("count = 100000\nsize = count.index"))
    assert resource.unknown == ("size",)
