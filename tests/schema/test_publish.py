"""The published schemas are those of the types, and hold for real documents."""

from __future__ import annotations

import json
import os

import jsonschema
import pytest

from gate.schema.publish import DOCUMENTS, publish, schema_folder


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_publish_equals_the_committed_file(name: str) -> None:
    with open(os.path.join(schema_folder(), name), "rb") as file:
        assert file.read() == publish()[name], "run: python -m gate.schema.publish"


def test_publish_folder_holds_nothing_else() -> None:
    assert sorted(os.listdir(schema_folder())) == sorted(DOCUMENTS)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_publish_is_a_valid_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(publish()[name]))


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_publish_describes_every_field(name: str) -> None:
    for definition in json.loads(publish()[name])["$defs"].values():
        assert definition["description"]
        for field in definition.get("properties", {}).values():
            assert field["description"]


@pytest.mark.parametrize(
    ("name", "document", "fits"),
    [
        (
            "gate-yml.schema.json",
            {
                "rules": {"terraform.open_ingress": "warn"},
                "version": 1,
                "approvals": {"iam": {"min": 2, "teams": ["a/b"]}},
            },
            True,
        ),
        ("gate-yml.schema.json", {"version": 1, "rulez": {}}, False),
        ("gate-yml.schema.json", {"rules": {"a.b": "off"}}, False),
        (
            "waivers.schema.json",
            {
                "waivers": [
                    {
                        "id": "W-1",
                        "rule": "a.b",
                        "paths": ["x/**"],
                        "reason": "r",
                        "owner": "ann",
                        "expires": "2027-01-31",
                    }
                ]
            },
            True,
        ),
        ("waivers.schema.json", {"waivers": [{"id": "W-1"}]}, False),
        (
            "facts.schema.json",
            {
                "pull": {
                    "base": {"ref": "m", "sha": "a"},
                    "unknown": 1,
                    "head": {"ref": "x", "sha": "b"},
                },
                "commits": [],
            },
            True,
        ),
        ("facts.schema.json", {"pull": {}}, False),
    ],
)
def test_publish_schema_judges_documents(name: str, document: object, fits: bool) -> None:
    schema = json.loads(publish()[name])
    assert jsonschema.Draft202012Validator(schema).is_valid(document) is fits
