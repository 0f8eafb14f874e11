"""Projection: known scalars of named paths, unknown paths, surfaces by type and glob."""

from __future__ import annotations

import time

from gate.decode.projection import TableIndex, index_of, project
from gate.decode.value import UNKNOWN
from gate.schema.terraform import TerraformTables

TABLES = TerraformTables(
    paths={
        "db": ("public", "port", "rules.cidr", "tags", "labels.*"),
        "*": ("lifecycle.prevent_destroy",),
    },
    surfaces={"db": ("data",), "cloud_*_iam_member": ("iam",), "cloud_store_*": ("data",)},
    policies={"db": ("policy",)},
)


def test_project_keeps_scalars_of_named_paths() -> None:
    tree = {"public": True, "port": 5432, "other": "x", "tags": {"a": "b"}}
    assert project("db", tree, TABLES).known == {"public": (True,), "port": (5432,)}


def test_project_sees_through_lists_and_maps() -> None:
    tree = {"rules": [{"cidr": ["10.0.0.0/8", "0.0.0.0/0"]}, {"cidr": "::/0"}], "labels": {"a": 1}}
    assert project("db", tree, TABLES).known == {
        "rules.cidr": ("10.0.0.0/8", "0.0.0.0/0", "::/0"),
        "labels.*": (1,),
    }


def test_project_takes_a_block_for_a_list_of_one() -> None:
    listed = project("db", {"rules": [{"cidr": "::/0"}]}, TABLES)
    assert project("db", {"rules": {"cidr": "::/0"}}, TABLES) == listed


def test_project_tells_unknown_leaves_and_containers() -> None:
    assert project("db", {"public": UNKNOWN}, TABLES).unknown == ("public",)
    found = project("db", {"rules": [UNKNOWN, {"cidr": "::/0"}]}, TABLES)
    assert (found.known, found.unknown) == ({"rules.cidr": ("::/0",)}, ("rules.cidr",))


def test_project_of_a_wholly_unknown_tree_knows_nothing() -> None:
    found = project("db", UNKNOWN, TABLES)
    assert found.known == {}
    assert set(found.unknown) == {*TABLES.paths["db"], *TABLES.paths["*"]}


def test_project_of_null_and_missing_is_empty() -> None:
    assert project("db", None, TABLES) == ({}, ())
    assert project("db", {"public": None, "rules": None}, TABLES) == ({}, ())


def test_project_applies_paths_of_every_type() -> None:
    tree = {"lifecycle": [{"prevent_destroy": False}]}
    assert project("anything", tree, TABLES).known == {"lifecycle.prevent_destroy": (False,)}


def test_surfaces_join_globs_and_prefer_an_exact_name() -> None:
    index = TableIndex(TABLES)
    assert index.surfaces("cloud_store_iam_member") == ("data", "iam")
    assert index.surfaces("db") == ("data",)
    assert index.surfaces("cloud_iam_member") == ()


def test_index_is_kept_per_tables() -> None:
    other = TerraformTables(paths={}, surfaces={}, policies={})
    assert index_of(TABLES) is index_of(TABLES)
    assert index_of(other) is not index_of(TABLES)


def test_project_is_quick_on_types_without_paths() -> None:
    tree = {f"attribute_{number}": [{"a": {"b": number}}] for number in range(50)}
    start = time.perf_counter()
    for _ in range(20_000):
        project("unnamed", tree, TABLES)
    assert time.perf_counter() - start < 2
