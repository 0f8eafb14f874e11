"""The example folders fit the published schemas and are taken by the gate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from docs.blocks import ROOT, documents

from gate.schema.collected import SiteFolder
from gate.site import load_site
from gate.yamldoc import parse_yaml

EXAMPLES = ROOT / "docs" / "examples"
SCHEMAS = ROOT / "gate" / "schema" / "v1"
PAIRS = [
    (path, f"{path.stem.replace('gate', 'gate-yml')}.schema.json")
    for path in sorted(EXAMPLES.glob("gate*/*.yml"))
]
PUFFERY = ("seamless", "powerful", "robust", "effortless", "blazing", "cutting-edge", "world-class")
"""Words that sell and say nothing."""


def schema(name: str) -> dict[str, Any]:
    """A published schema."""
    document: dict[str, Any] = json.loads((SCHEMAS / name).read_text())
    return document


@pytest.mark.parametrize(
    ("path", "name"), PAIRS, ids=[f"{path.parent.name}/{path.name}" for path, _ in PAIRS]
)
def test_example_fits_the_schema_for_editors(path: Path, name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))
    jsonschema.validate(parse_yaml(path.read_bytes(), path.name), schema(name))


def test_whole_example_is_taken_with_every_file() -> None:
    folder = EXAMPLES / "gate"
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }
    site = load_site(SiteFolder(files=files, ref="main"))
    assert site.present
    assert [waiver.id for waiver in site.waivers] == ["W-1"]
    assert site.config.packs["legacy"].input == "plan"
    assert {policy.path for policy in site.policies} == {"legacy/tags.rego", "tags/owner.rego"}


def test_whole_example_shows_every_key() -> None:
    shown = parse_yaml((EXAMPLES / "gate" / "gate.yml").read_bytes(), "gate.yml")
    keys = schema("gate-yml.schema.json")["$defs"]["SiteConfig"]["properties"]
    assert set(shown) == set(keys)


@pytest.mark.parametrize(
    "document", documents(), ids=lambda path: path.relative_to(ROOT).as_posix()
)
def test_document_does_not_sell(document: Path) -> None:
    text = document.read_text().lower()
    assert [word for word in PUFFERY if word in text] == []
