"""Row tables name attributes that providers really have.

`provider_attributes.txt` holds, per line, a resource type and the names of its attributes and
nested blocks, as the Python bindings of the providers list them (cdktf-cdktf-provider-aws 21.22,
-google 16.12, -azurerm 14.23, -azuread 14.3, -kubernetes 12.1, -github 15.3, -vault 15.6).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gate.decode.projection import TableIndex
from gate.schema.finding import SURFACES
from gate.schema.terraform import TerraformTables

TABLES = Path(__file__).parents[2] / "rego" / "data" / "terraform"
NAMES = {
    line.split()[0]: frozenset(line.split()[1:])
    for line in (Path(__file__).parent / "provider_attributes.txt").read_text().splitlines()
}
MAPS = frozenset(("metadata", "data", "labels", "annotations", "tags", "permissions"))
"""Attributes that are maps: what follows may be a key instead of an attribute."""
OTHER_VERSIONS = frozenset(
    (
        ("aws_redshift_cluster", "logging"),
        ("aws_redshift_cluster", "enable"),
        ("azurerm_monitor_diagnostic_setting", "log"),
        ("azurerm_redis_cache", "enable_non_ssl_port"),
        ("azurerm_storage_account", "allow_blob_public_access"),
        ("azurerm_storage_account", "enable_https_traffic_only"),
        ("google_alloydb_cluster", "deletion_protection"),
        ("google_sql_database_instance", "require_ssl"),
    )
)
"""Attributes of older or newer provider versions that are in use: aws 5, azurerm 2 and 3, google 5
and 7."""


def read_table(stem: str) -> dict[str, Any]:
    """One table."""
    table: dict[str, Any] = json.loads((TABLES / f"{stem}.json").read_text())[stem]
    return table


def paths_of(stem: str) -> list[tuple[str, str]]:
    """(type, path) pairs of a table of rows or of policy attributes."""
    table = read_table(stem)
    found: list[tuple[str, str]] = []
    for kind, rows in table.items() if isinstance(table, dict) else ():
        for row in rows if isinstance(rows, list) else ():
            path = row.get("path") if isinstance(row, dict) else row
            if isinstance(path, str) and (isinstance(row, dict) or stem == "policies"):
                found.append((kind, path))
    return found


STEMS = sorted(path.stem for path in TABLES.glob("*.json"))


@pytest.mark.parametrize("stem", STEMS)
def test_every_path_names_attributes_of_its_type(stem: str) -> None:
    wrong = []
    for kind, path in paths_of(stem):
        names = NAMES.get(kind)
        if names is None:
            continue
        segments = path.split(".")
        if segments[0] in MAPS and "." in path and segments[1] not in names:
            segments = segments[:1]
        wrong.extend(
            (kind, path, part)
            for part in segments
            if part not in names and part != "*" and (kind, part) not in OTHER_VERSIONS
        )
    assert wrong == []


def test_every_table_has_one_key_named_like_its_file() -> None:
    for stem in STEMS:
        assert list(json.loads((TABLES / f"{stem}.json").read_text())) == [stem]


def test_most_types_of_the_tables_are_known_to_the_list() -> None:
    kinds = {kind for stem in STEMS for kind, _ in paths_of(stem) if "*" not in kind}
    assert len(kinds & set(NAMES)) > 0.9 * len(kinds)


def test_every_type_with_a_policy_document_has_a_surface() -> None:
    tables = TerraformTables(
        paths={},
        surfaces={key: tuple(found) for key, found in read_table("surfaces").items()},
        policies={},
    )
    index = TableIndex(tables)
    bare = [kind for kind in read_table("policies") if not index.surfaces(kind)]
    assert bare == []


def test_every_surface_is_one_that_can_be_approved() -> None:
    assert {name for names in read_table("surfaces").values() for name in names} <= set(SURFACES)
