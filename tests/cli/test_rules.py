"""gate rules: the catalogue printed, one rule explained, a triple that fails."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import yaml

from gate.cli import main
from gate.cli import rules as module
from gate.cli.scaffold import scaffold
from gate.errors import UsageError
from gate.evaluate.catalogue import bundled_rules
from gate.evaluate.metadata import find_block, read_metadata
from gate.evaluate.opa import find_opa
from gate.process import run


def test_list_names_every_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules"]) == 0
    plain = capsys.readouterr().out
    assert main(["rules", "list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [item["id"] for item in listed] == [rule.id for rule in bundled_rules()]
    assert all(f"\n{item['id']} " in plain for item in listed)
    assert {"title", "severity", "enforcement", "remediation", "controls", "needs"} <= set(
        listed[0]
    )


def test_markdown_is_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "list", "--format", "markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "| rule | enforcement | severity | surface | title |"
    assert lines[1] == "| --- | --- | --- | --- | --- |"
    assert len(lines) == len(bundled_rules()) + 2


def test_explain_says_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "terraform.wildcard_iam"]) == 0
    text = capsys.readouterr().out
    rule = module.find_rule("terraform.wildcard_iam")
    assert rule.metadata.title in text
    assert rule.metadata.custom.remediation[:40] in text
    assert "declared in  rego/rules/terraform/wildcard_iam.rego" in text
    assert main(["rules", "explain", "terraform.wildcard_iam", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["id"] == "terraform.wildcard_iam"


def test_unknown_rule_is_bad_usage_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rules", "explain", "terraform.wildcrd_iam"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Did you mean terraform.wildcard_iam" in captured.err


def test_scaffold_is_a_failing_triple(tmp_path: Path) -> None:
    (tmp_path / "fixtures" / "rules").mkdir(parents=True)
    paths = scaffold("terraform.new_thing", str(tmp_path))
    assert [os.path.relpath(path, tmp_path) for path in paths] == [
        "rego/rules/terraform/new_thing.rego",
        "rego/rules/terraform/new_thing_test.rego",
        "fixtures/rules/terraform/new_thing.yaml",
    ]
    block = find_block(Path(paths[0]).read_text())
    assert block.package == "gate.rules.terraform.new_thing"
    assert read_metadata(block, "new_thing.rego").custom.needs == ("changes",)
    assert set(yaml.safe_load(Path(paths[2]).read_text())) == {"bad", "good"}
    opa = find_opa()
    assert opa is not None
    folder = str(tmp_path / "rego")
    assert run([opa.path, "fmt", "--fail", "-l", folder], timeout=20).code == 0
    assert run([opa.path, "check", "--strict", folder], timeout=20).code == 0
    assert run([opa.path, "test", folder], timeout=20).code == 2


@pytest.mark.parametrize("identifier", ["new", "a.b.c", "A.b", "a.B", "../a.b", "a.b\n"])
def test_id_that_is_none_is_bad_usage(tmp_path: Path, identifier: str) -> None:
    (tmp_path / "fixtures" / "rules").mkdir(parents=True)
    with pytest.raises(UsageError, match="no rule id"):
        scaffold(identifier, str(tmp_path))


def test_existing_rule_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "fixtures" / "rules").mkdir(parents=True)
    scaffold("a.b", str(tmp_path))
    with pytest.raises(UsageError, match="is there already"):
        scaffold("a.b", str(tmp_path))


def test_installed_package_is_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="installed package"):
        scaffold("a.b", str(tmp_path))
