"""The JSON report."""

from __future__ import annotations

import json as stdlib_json
import unicodedata

import jsonschema
import msgspec
import pytest
from report import golden
from report.samples import SAMPLES

from gate.report import json
from gate.schema.publish import publish
from gate.schema.report import Report

SCHEMA = jsonschema.Draft202012Validator(stdlib_json.loads(publish()["report.schema.json"]))


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_render_equals_the_golden_file(name: str) -> None:
    with open(golden.path(name, "json"), "rb") as file:
        assert golden.render(SAMPLES[name], "json") == file.read()


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_render_follows_the_published_schema(name: str) -> None:
    SCHEMA.validate(stdlib_json.loads(json.render(SAMPLES[name])))


def test_render_has_sorted_keys_and_ends_in_a_newline() -> None:
    rendered = json.render(SAMPLES["block"])
    document = stdlib_json.loads(rendered)
    assert list(document) == sorted(document)
    assert rendered.endswith(b"}\n")


def test_render_keeps_every_value_and_shows_none_raw(poisoned: Report, canary: str) -> None:
    rendered = json.render(poisoned)
    text = rendered.decode()
    assert not any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp")
        for char in text.replace("\n", "")
    )
    assert "\u3164" not in text
    for mark in ("##[", "##vso[", "<!--", "-->"):
        assert mark not in text
    assert not any(line.lstrip().startswith("::") for line in text.split("\n"))
    if canary.encode("utf-8", "replace").decode() == canary:
        assert msgspec.json.decode(rendered, type=Report) == poisoned
    else:
        assert "\\\\u{d800}" in text
    SCHEMA.validate(stdlib_json.loads(rendered))
