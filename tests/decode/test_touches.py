"""What a change touches: surface, environment and action, of files, blocks and resources."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gate.decode.environments import NOWHERE, Whereabouts
from gate.decode.sections import SectionSettings, change_inputs, decode_sections
from gate.decode.touches import condense, touches
from gate.decode.whereabouts import Evidence, find_whereabouts
from gate.evaluate.policies import load_bundled, terraform_tables
from gate.schema.changes import Changes, FileChange
from gate.schema.collected import Content, PlanFile
from gate.schema.finding import SURFACES, Location
from gate.schema.gate_input import ChangeInput, Touch
from gate.schema.section import Unreadable
from gate.schema.site import Environment
from gate.schema.terraform import HclBlock, Resource, TerraformInput

MAPPING = {
    "production": Environment(
        paths=("infra/prod/**", "deploy/prod/**"), accounts=("111111111111",)
    ),
    "staging": Environment(paths=("infra/staging/**",)),
}
BY_PATH = {name: Environment(paths=item.paths) for name, item in MAPPING.items()}


def change(path: str, **more: Any) -> ChangeInput:
    facts: dict[str, Any] = {
        "previous_path": None,
        "status": "modified",
        "mode": "",
        "added": 1,
        "removed": 0,
        "binary": False,
        "kind": "other",
        "surfaces": (),
    }
    return ChangeInput(path=path, **{**facts, **more})


def resource(address: str, action: Any = "update", **more: Any) -> Resource:
    facts: dict[str, Any] = {"source": "plan", "root": "infra/prod", "surfaces": ("iam",)}
    kind = address.split("[")[0].split(".")[-2]
    return Resource(address=address, type=kind, action=action, **{**facts, **more})


def short(found: tuple[Touch, ...]) -> list[str]:
    return [
        " ".join(part for part in (t.surface, t.environment or "-", t.action, t.subject or t.path))
        for t in found
    ]


def of(
    *changes: ChangeInput,
    resources: tuple[Resource, ...] = (),
    hcl: tuple[HclBlock, ...] = (),
    environments: dict[str, Environment] = BY_PATH,
    whereabouts: Whereabouts = NOWHERE,
    inert: tuple[Resource, ...] = (),
) -> list[str]:
    by_type: dict[str, tuple[Resource, ...]] = {}
    for item in resources:
        by_type[item.type] = (*by_type.get(item.type, ()), item)
    return short(
        touches(
            changes,
            TerraformInput(by_type=by_type),
            hcl,
            environments,
            whereabouts=whereabouts,
            inert=inert,
        )
    )


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (change("docs/a.md"), ["other unmapped update docs/a.md"]),
        (change("docs/a.md", status="added"), ["other unmapped create docs/a.md"]),
        (change("docs/a.md", status="copied"), ["other unmapped create docs/a.md"]),
        (change("docs/a.md", status="removed"), ["other unmapped delete docs/a.md"]),
        (change("docs/a.md", status="mode"), ["other unmapped update docs/a.md"]),
        (
            change("docs/a.md", status="renamed", previous_path="deploy/prod/a.md"),
            ["other production delete deploy/prod/a.md", "other unmapped create docs/a.md"],
        ),
        (
            change(".github/workflows/gate.yml", surfaces=("gate", "pipeline")),
            [
                "gate unmapped update .github/workflows/gate.yml",
                "pipeline unmapped update .github/workflows/gate.yml",
            ],
        ),
        (change("deploy/prod/app.yml"), ["other production update deploy/prod/app.yml"]),
    ],
)
def test_touches_of_a_file(edit: ChangeInput, expected: list[str]) -> None:
    assert of(edit) == expected


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (resource("aws_iam_role.x", "create"), ["iam production create aws_iam_role.x"]),
        (resource("aws_iam_role.x", "unclear"), ["iam production unclear aws_iam_role.x"]),
        (
            resource("aws_iam_access_key.x", "replace", surfaces=("iam", "secrets")),
            [
                "iam production replace aws_iam_access_key.x",
                "secrets production replace aws_iam_access_key.x",
            ],
        ),
        (resource("null_resource.x", surfaces=()), ["other production update null_resource.x"]),
        (
            resource("aws_iam_role.x", "forget"),
            ["iam production forget aws_iam_role.x", "state production forget aws_iam_role.x"],
        ),
        (
            resource("aws_iam_role.x", "create", imported=True),
            ["iam production create aws_iam_role.x", "state production update aws_iam_role.x"],
        ),
        (
            resource("aws_iam_role.x", "no-op", previous_address="aws_iam_role.y", surfaces=()),
            ["state production update aws_iam_role.x"],
        ),
        (
            resource("aws_iam_role.x", root="infra/other"),
            ["iam unmapped update aws_iam_role.x"],
        ),
        (
            resource("module.utils.aws_iam_role.x", root=""),
            ["iam unmapped update module.utils.aws_iam_role.x"],
        ),
    ],
)
def test_touches_of_a_resource(item: Resource, expected: list[str]) -> None:
    assert of(resources=(item,)) == expected


def test_touches_of_a_resource_take_the_environments_of_changed_files_beside_it() -> None:
    item = resource("aws_iam_role.x", root="infra/app")
    mapping = {"production": Environment(paths=("infra/app/prod.tfvars",))}
    assert of(change("infra/app/prod.tfvars"), resources=(item,), environments=mapping) == [
        "other production update infra/app/prod.tfvars",
        "iam production update aws_iam_role.x",
    ]


def test_touches_of_a_terraform_file_are_those_of_what_it_declares() -> None:
    at = Location(path="infra/prod/main.tf", line=1)
    item = resource("aws_iam_role.x", source="hcl", at=at)
    files = (
        change("infra/prod/main.tf", kind="terraform"),
        change("infra/prod/variables.tf", kind="terraform"),
    )
    assert of(*files, resources=(item,)) == [
        "other production update infra/prod/variables.tf",
        "iam production update aws_iam_role.x",
    ]


def test_touches_of_a_resource_of_a_called_module_are_those_of_the_caller() -> None:
    item = resource(
        "module.db.aws_iam_role.x", source="hcl", at=Location(path="modules/db/main.tf", line=1)
    )
    (touch,) = touches((), TerraformInput(by_type={"aws_iam_role": (item,)}), (), BY_PATH)
    assert (touch.environment, touch.path) == ("production", "infra/prod")


@pytest.mark.parametrize(
    ("kind", "done", "expected"),
    [
        ("backend", "changed", "state production update infra/prod/main.tf"),
        ("cloud", "added", "state production create infra/prod/main.tf"),
        ("moved", "added", "state production create infra/prod/main.tf"),
        ("import", "removed", "state production delete infra/prod/main.tf"),
        ("removed", "added", "state production create infra/prod/main.tf"),
        ("variable", "changed", "other production update infra/prod/main.tf"),
    ],
)
def test_touches_of_a_block(kind: str, done: Any, expected: str) -> None:
    at = Location(path="infra/prod/main.tf", line=3)
    assert of(hcl=(HclBlock(kind=kind, change=done, root="infra/prod", at=at),)) == [expected]


def test_touches_take_every_environment_that_anything_tells() -> None:
    known = Whereabouts(
        workspaces={"infra/staging": frozenset({"preview"})},
        providers={"infra/staging": frozenset({"production"})},
        planned=frozenset(),
        resources={("plan", "infra/staging", "aws_iam_role.x"): frozenset({"sandbox"})},
    )
    item = resource("aws_iam_role.x", root="infra/staging")
    assert of(resources=(item,), whereabouts=known) == [
        "iam preview update aws_iam_role.x",
        "iam production update aws_iam_role.x",
        "iam sandbox update aws_iam_role.x",
        "iam staging update aws_iam_role.x",
    ]


def test_touches_of_a_plan_take_its_word_on_providers_and_not_the_code() -> None:
    known = Whereabouts(
        workspaces={},
        providers={"infra/staging": frozenset({"production"})},
        planned=frozenset({"infra/staging"}),
        resources={},
    )
    item = resource("aws_iam_role.x", root="infra/staging")
    code = resource(
        "aws_iam_role.x",
        root="infra/staging",
        source="hcl",
        at=Location(path="infra/staging/a.tf", line=1),
    )
    assert of(resources=(item, code), whereabouts=known) == [
        "iam staging update aws_iam_role.x",
        "iam production update aws_iam_role.x",
        "iam staging update aws_iam_role.x",
    ]


def test_touches_without_a_mapping_have_no_environment() -> None:
    found = of(change("docs/a.md"), resources=(resource("aws_iam_role.x"),), environments={})
    assert found == ["other - update docs/a.md", "iam - update aws_iam_role.x"]


def test_touches_count_what_rules_do_not_see() -> None:
    tagged = resource("aws_sqs_queue.x", surfaces=("data",))
    assert of(inert=(tagged,)) == ["data production update aws_sqs_queue.x"]


def test_condense_shows_each_place_once_when_there_are_many() -> None:
    every = tuple(
        Touch(surface="iam", environment="", action="create", path="infra", subject=f"aws_x.y[{n}]")
        for n in range(201)
    )
    assert condense(every[:200]) == every[:200]
    assert condense(every) == (Touch(surface="iam", environment="", action="create", path="infra"),)
    files = tuple(
        Touch(surface="other", environment="", action="update", path=f"docs/{n}.md")
        for n in range(201)
    )
    assert [touch.path for touch in condense(files)] == ["docs"]


class Nothing:
    """No further file."""

    def read(self, paths: Any, side: Any) -> dict[str, Content]:
        return {path: Unreadable(reason="no") for path in paths}

    def list_directory(self, path: str, side: Any) -> tuple[str, ...]:
        return ()


def decided(path: str, text: str, **plan: Any) -> list[str]:
    """Touches by the whole way from a file and a plan."""
    edits = Changes(files=(FileChange(path=path, status="modified"),))
    contents: dict[tuple[str, str], Content] = {
        (path, "before"): b"",
        (path, "after"): text.encode(),
    }
    plans = []
    if plan:
        document = {
            "format_version": "1.2",
            "terraform_version": "1.9.0",
            "resource_changes": [
                {
                    "address": plan["address"],
                    "mode": "managed",
                    "type": plan["address"].split(".")[-2],
                    "name": "x",
                    "provider_name": "registry.terraform.io/hashicorp/aws",
                    "change": {
                        "actions": ["update"],
                        "before": plan["before"],
                        "after": plan["after"],
                        "after_unknown": {},
                        "before_sensitive": {},
                        "after_sensitive": {},
                    },
                }
            ],
            "configuration": {
                "provider_config": {"aws": {"name": "aws", "expressions": plan["provider"]}},
                "root_module": {},
            },
        }
        root = path.rpartition("/")[0]
        plans = [PlanFile(root=root, name="plan.json", data=json.dumps(document).encode())]
    decoded = decode_sections(
        edits,
        plans,
        contents,
        terraform_tables(load_bundled().tables),
        SectionSettings(repository="acme/infra"),
    )
    assert decoded.sections["terraform"] is None
    evidence = Evidence(changes=edits, contents=contents, plans=plans, terraform=decoded.terraform)
    return short(
        touches(
            change_inputs(edits),
            decoded.terraform,
            decoded.hcl,
            MAPPING,
            whereabouts=find_whereabouts(MAPPING, evidence, Nothing()),
            inert=decoded.inert,
        )
    )


def test_control_s1_17_account_of_production_counts_although_the_path_says_staging() -> None:
    found = decided(
        "infra/staging/main.tf",
        "# a comment\n",
        address="aws_iam_role.x",
        before={"name": "a"},
        after={"name": "b"},
        provider={"allowed_account_ids": {"constant_value": ["111111111111"]}},
    )
    assert found == [
        "other staging update infra/staging/main.tf",
        "iam production update aws_iam_role.x",
        "iam staging update aws_iam_role.x",
    ]


def test_control_s1_17_account_of_production_counts_in_code_without_a_plan() -> None:
    found = decided(
        "infra/staging/main.tf",
        'provider "aws" {\n  allowed_account_ids = ["111111111111"]\n}\n'
        'resource "aws_iam_role" "x" {\n  name = "x"\n}\n',
    )
    assert "iam production create aws_iam_role.x" in found
    assert "iam staging create aws_iam_role.x" in found


def test_control_s2_13_surface_is_that_of_the_type_wherever_it_hides() -> None:
    found = decided(
        "modules/utils/main.tf",
        "# helpers\n",
        address="module.utils.aws_iam_role.x",
        before={"name": "a"},
        after={"name": "b"},
        provider={},
    )
    assert "iam unmapped update module.utils.aws_iam_role.x" in found


def test_control_s2_13_tag_of_a_queue_is_no_matter_of_access() -> None:
    found = decided(
        "infra/staging/main.tf",
        "# helpers\n",
        address="aws_sqs_queue.x",
        before={"name": "a", "tags": {"a": "1"}},
        after={"name": "a", "tags": {"a": "2"}},
        provider={},
    )
    assert found[1:] == ["data staging update aws_sqs_queue.x"]


@pytest.mark.parametrize("surface", SURFACES)
def test_every_surface_can_be_touched(surface: str) -> None:
    tables = terraform_tables(load_bundled().tables)
    of_types = {name for names in tables.surfaces.values() for name in names}
    paths = {
        name
        for path in (".gate/gate.yml", ".github/workflows/ci.yml", "CLAUDE.md", "terraform.tfstate")
        for item in change_inputs(Changes(files=(FileChange(path=path, status="modified"),)))
        for name in item.surfaces
    }
    assert surface in of_types | paths
