"""Sections: what belongs to a pipeline or a root on either side of a rename, and what a plan is for."""

from __future__ import annotations

import pytest

from gate.decode.sections import Decoded, SectionSettings, decode_sections
from gate.schema.changes import Changes, FileChange
from gate.schema.collected import PlanFile
from gate.schema.section import Absent
from gate.schema.terraform import TerraformTables

TABLES = TerraformTables(paths={}, surfaces={}, policies={})
SETTINGS = SectionSettings(repository="acme/infra")
WORKFLOW = b"on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - uses: some/action@v1\n"
HERE = ".github/workflows/ci.yml"


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("docs/ci.yml", HERE, "added"),
        (HERE, "docs/ci.yml", "removed"),
        (".github/workflows/old.yml", HERE, "changed"),
    ],
)
def test_renamed_workflow_is_judged_by_where_it_lay(old: str, new: str, change: str) -> None:
    edit = FileChange(path=new, previous_path=old, status="renamed")
    contents = {(old, "before"): WORKFLOW, (new, "after"): WORKFLOW}
    decoded = decode_sections(Changes(files=(edit,)), (), contents, TABLES, SETTINGS)
    assert [found.change for found in decoded.workflows] == [change]
    assert [use.stood for use in decoded.workflows[0].uses] == {
        "added": [False],
        "removed": [],
        "changed": [True],
    }[change]


@pytest.mark.parametrize("path", ["infra/terraform.tfvars", "infra/x.auto.tfvars.json"])
def test_values_that_terraform_loads_are_decoded(path: str) -> None:
    text = b'{"open": true}' if path.endswith("json") else b"open = true\n"
    changes = Changes(files=(FileChange(path=path, status="added"),))
    decoded = decode_sections(changes, (), {(path, "after"): text}, TABLES, SETTINGS)
    assert decoded.sections["hcl"] is None
    assert [root.root for root in decoded.terraform.roots] == ["infra"]


def test_other_values_are_not_decoded() -> None:
    changes = Changes(files=(FileChange(path="infra/prod.tfvars", status="added"),))
    decoded = decode_sections(changes, (), {}, TABLES, SETTINGS)
    assert isinstance(decoded.sections["hcl"], Absent)


@pytest.mark.parametrize(("root", "foreign"), [("infra", True), ("other", False)])
def test_plan_is_compared_with_the_code_of_its_root(root: str, foreign: bool) -> None:
    assert with_other_plan(root).terraform.plans[0].foreign_root is foreign


def test_plan_for_no_root_in_particular_covers_none_that_it_does_not_know() -> None:
    decoded = with_other_plan(None)
    (plan,) = decoded.terraform.plans
    assert not plan.foreign_root
    assert "covers no changed root" in plan.notes[0]
    assert [root.planned for root in decoded.terraform.roots] == [False]


def with_other_plan(root: str | None) -> Decoded:
    text = b'resource "aws_sqs_queue" "q" {\n}\n'
    changes = Changes(files=(FileChange(path="infra/main.tf", status="added"),))
    plan = (
        b'{"format_version":"1.2","resource_changes":[],"configuration":{"root_module":{"resources":'
        b'[{"mode":"managed","type":"aws_sqs_queue","name":"other"}]}}}'
    )
    return decode_sections(
        changes,
        (PlanFile(root=root, name="plan.json", data=plan),),
        {("infra/main.tf", "after"): text},
        TABLES,
        SETTINGS,
    )
