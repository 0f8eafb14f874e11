"""Every rule has its triple, and declares itself as the catalogue demands."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest
import yaml

from gate.evaluate.catalogue import message_fields, native_checks, rego_rules
from gate.evaluate.embedded import ALLOWED_BUILTINS, builtins_used
from gate.evaluate.metadata import find_block, parse_plain
from gate.evaluate.policies import load_bundled
from gate.schema.rule import Rule, RuleMetadata
from gate.yamldoc import parse_yaml

REGO = rego_rules(load_bundled().modules)
NATIVE = tuple(check.rule for check in native_checks())
MODULES = {module.path: module for module in load_bundled().modules}


def by_id(rules: tuple[Rule, ...]) -> list[object]:
    return [pytest.param(rule, id=rule.id) for rule in rules]


@pytest.mark.parametrize("rule", by_id(REGO))
def test_rego_rule_has_test_and_fixture(rule: Rule, repository: Path) -> None:
    family, name = rule.id.split(".")
    assert (repository / "rego" / "rules" / family / f"{name}_test.rego").is_file()
    assert (repository / "fixtures" / "rules" / family / f"{name}.yaml").is_file()


@pytest.mark.parametrize("rule", by_id(NATIVE))
def test_native_rule_has_test_and_fixture(rule: Rule, repository: Path) -> None:
    family, name = rule.id.split(".")
    folder = repository / "tests" / "evaluate" / "native" / family
    assert (folder / f"test_{name}.py").is_file() or (folder.parent / f"test_{name}.py").is_file()
    assert (repository / "fixtures" / "rules" / family / f"{name}.yaml").is_file()


@pytest.mark.parametrize("rule", by_id(REGO + NATIVE))
def test_fixture_has_bad_and_good_cases(rule: Rule, repository: Path) -> None:
    path = repository / "fixtures" / "rules" / f"{rule.id.replace('.', '/')}.yaml"
    document = yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    assert set(document) == {"bad", "good"}
    for side, cases in document.items():
        assert len(cases) >= 3, f"{side}: {len(cases)} cases"
        names = [case["name"] for case in cases]
        assert len(names) == len(set(names))
        assert all(bool(case.get("expect")) == (side == "bad") for case in cases)


def test_every_fixture_belongs_to_a_rule(repository: Path) -> None:
    folder = repository / "fixtures" / "rules"
    known = {rule.id for rule in REGO + NATIVE}
    found = {f"{path.parent.name}.{path.stem}" for path in folder.glob("*/*.yaml")}
    assert found <= known


@pytest.mark.parametrize("rule", by_id(REGO))
def test_metadata_reads_alike_with_a_real_parser(rule: Rule) -> None:
    block = find_block(MODULES[rule.path].text)
    plain = parse_plain(block.text)
    assert plain == parse_yaml(block.text.encode(), rule.path), "the plain reader is wrong"
    assert msgspec.convert(plain, RuleMetadata) == rule.metadata


@pytest.mark.parametrize("rule", by_id(REGO))
def test_message_names_values_that_the_rule_gives(rule: Rule) -> None:
    source = MODULES[rule.path].text
    for field in message_fields(rule) - {"subject"}:
        given = re.search(rf'"{field}":', source) or "of_hit" in source
        assert given, f"no value {field}"


def test_rego_uses_only_builtins_on_which_the_engines_agree() -> None:
    modules = [module for module in MODULES.values() if module.path != "gate.rego"]
    assert builtins_used(modules) <= ALLOWED_BUILTINS


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rule in REGO + NATIVE]
    assert len(ids) == len(set(ids))
