"""Which environment: by path, workspace, provider account and tag, one criterion being enough."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from gate.decode.environment_plan import locate_resources
from gate.decode.environments import NOWHERE, Atlas, accounts_in, strings_in
from gate.decode.whereabouts import MAX_ROOTS, Evidence, Whereabouts, find_whereabouts
from gate.errors import DecodeError
from gate.schema.changes import Changes, FileChange
from gate.schema.collected import Content, PlanFile, Side
from gate.schema.finding import Location
from gate.schema.section import Absent, Unreadable
from gate.schema.site import UNMAPPED, Environment
from gate.schema.terraform import PlanInfo, Resource, RootInfo, TerraformInput

PRODUCTION, STAGING = "111111111111", "222222222222"
MAPPING = {
    "production": Environment(
        paths=("infra/prod/**",),
        workspaces=("*-prod", "live"),
        accounts=(PRODUCTION, "acme-prod", "AAAAAAAA-0000-0000-0000-000000000001"),
        tags={"Environment": ("prod", "production"), "acme.io/stage": ("live",)},
    ),
    "staging": Environment(
        paths=("infra/staging/**",),
        workspaces=("*-staging",),
        accounts=(STAGING, "acme-staging"),
        tags={"Environment": ("staging",)},
    ),
}
ATLAS = Atlas(MAPPING)


def unmapped(seen: Whereabouts) -> list[str]:
    """Roots that could not be looked at wholly."""
    return sorted(root for root, found in seen.workspaces.items() if UNMAPPED in found)


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("infra/prod/main.tf", {"production"}),
        ("infra/prod/net/a/b.tf", {"production"}),
        ("infra/prod/a\nb.tf", {"production"}),
        ("infra/production/main.tf", set()),
        ("other/infra/prod/main.tf", set()),
        ("infra/staging/main.tf", {"staging"}),
        ("infra/main.tf", set()),
        ("", set()),
    ],
)
def test_of_path_fits_globs(path: str, found: set[str]) -> None:
    assert ATLAS.of_path(path) == found


@pytest.mark.parametrize(
    ("glob", "root", "fits"),
    [
        ("infra/prod/**", "infra/prod", True),
        ("infra/prod/*", "infra/prod", True),
        ("infra/prod", "infra/prod", True),
        ("infra/prod/*.tf", "infra/prod", False),
        ("infra/*/prod/**", "infra/eu/prod", True),
        ("**", "", True),
        ("*", "", True),
        ("infra/**", "", False),
        ("infra/prod/**", "infra/prod/net", True),
        ("infra/prod/**", "infra/prod2", False),
    ],
)
def test_of_directory_takes_a_glob_for_all_within(glob: str, root: str, fits: bool) -> None:
    assert bool(Atlas({"one": Environment(paths=(glob,))}).of_directory(root)) is fits


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (PRODUCTION, {"production"}),
        (f"arn:aws:iam::{PRODUCTION}:role/deploy", {"production"}),
        (f"arn:aws-us-gov:rds:eu-west-1:{STAGING}:db:x", {"staging"}),
        (f"arn:aws:iam::{PRODUCTION}0:role/deploy", set()),
        (f"s3-{PRODUCTION}-logs", set()),
        ("acme-prod", {"production"}),
        ("projects/acme-prod/global/networks/x", {"production"}),
        ("https://www.googleapis.com/compute/v1/projects/acme-staging/zones/z", {"staging"}),
        ("deploy@acme-prod.iam.gserviceaccount.com", {"production"}),
        ("/subscriptions/aaaaaaaa-0000-0000-0000-000000000001/resourceGroups/x", {"production"}),
        ("AAAAAAAA-0000-0000-0000-000000000001", {"production"}),
        ("", set()),
    ],
)
def test_of_texts_finds_the_account_in_a_name(text: str, found: set[str]) -> None:
    assert ATLAS.of_texts([text]) == found


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"Environment": "prod"}, {"production"}),
        ({"Environment": "Prod"}, set()),
        ({"environment": "prod"}, set()),
        ({"acme.io/stage": "live"}, {"production"}),
        ({"Environment": "staging", "acme.io/stage": "live"}, {"production", "staging"}),
        ({"Environment": None}, set()),
        ({"Environment": ["prod"]}, set()),
        ("prod", set()),
        (None, set()),
    ],
)
def test_of_tags_fits_name_and_value(tags: Any, found: set[str]) -> None:
    assert ATLAS.of_tags(tags) == found


@pytest.mark.parametrize(
    ("prefix", "found"),
    [("app-", {"production", "staging"}), ("liv", {"production", "staging"}), ("", None)],
)
def test_of_workspace_prefix_takes_every_workspace_that_may_begin_so(
    prefix: str, found: set[str] | None
) -> None:
    assert ATLAS.of_workspace_prefix(prefix) == (found or {"production", "staging"})
    assert Atlas({"one": Environment(workspaces=("db-one",))}).of_workspace_prefix("app-") == set()


def test_name_says_unmapped_where_nothing_fits() -> None:
    assert ATLAS.name(frozenset()) == ("unmapped",)
    assert ATLAS.name(frozenset({"staging", "production"})) == ("production", "staging")
    assert Atlas({}).name(frozenset()) == ("",)


def test_strings_in_needs_no_stack() -> None:
    tree: Any = "deep"
    for _ in range(5000):
        tree = [tree]
    assert list(strings_in(tree)) == ["deep"]
    assert set(strings_in({"a": 1, "b": True, "c": None, "skip": "x"}, frozenset({"skip"}))) == {
        "1"
    }
    assert accounts_in("X") == {"x"}


def plan(
    *changes: tuple[str, dict[str, Any] | None, dict[str, Any] | None],
    providers: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    root_module: Any = None,
    actions: Sequence[str] = ("create",),
    root: str | None = "infra/staging",
) -> PlanFile:
    document: dict[str, Any] = {
        "format_version": "1.2",
        "variables": {name: {"value": value} for name, value in (variables or {}).items()},
        "resource_changes": [
            {
                "address": address,
                "mode": "managed",
                "type": address.split(".")[-2],
                "name": "x",
                "change": {"actions": list(actions), "before": before, "after": after},
            }
            for address, before, after in changes
        ],
        "configuration": {
            "provider_config": {
                name: {"name": name, "expressions": expressions}
                for name, expressions in (providers or {}).items()
            },
            "root_module": root_module or {},
        },
    }
    return PlanFile(root=root, name="plan.json", data=json.dumps(document).encode())


def constant(value: Any) -> dict[str, Any]:
    return {"constant_value": value}


def refers(*names: str) -> dict[str, Any]:
    return {"references": list(names)}


@pytest.mark.parametrize(
    ("name", "file", "found"),
    [
        (
            "the provider may work in one account only",
            plan(
                ("aws_iam_role.x", None, {"name": "a"}),
                providers={"aws": {"allowed_account_ids": constant([PRODUCTION])}},
            ),
            {"production"},
        ),
        (
            "the provider assumes a role there",
            plan(
                ("aws_iam_role.x", None, {}),
                providers={
                    "aws": {
                        "assume_role": [
                            {"role_arn": constant(f"arn:aws:iam::{PRODUCTION}:role/deploy")}
                        ]
                    }
                },
            ),
            {"production"},
        ),
        (
            "the account comes from a variable",
            plan(
                ("aws_iam_role.x", None, {}),
                providers={"aws": {"allowed_account_ids": refers("var.account")}},
                variables={"account": PRODUCTION},
            ),
            {"production"},
        ),
        (
            "the account is built from an attribute of a variable",
            plan(
                ("aws_iam_role.x", None, {}),
                providers={
                    "aws": {"assume_role": [{"role_arn": refers("var.account.id", "var.account")}]}
                },
                variables={"account": {"id": PRODUCTION}},
            ),
            {"production"},
        ),
        (
            "a forbidden account is none it works in",
            plan(
                ("aws_iam_role.x", None, {}),
                providers={"aws": {"forbidden_account_ids": constant([PRODUCTION])}},
            ),
            set(),
        ),
        (
            "its own name, before",
            plan(("aws_iam_role.x", {"arn": f"arn:aws:iam::{PRODUCTION}:role/a"}, None)),
            {"production"},
        ),
        (
            "its own name, after",
            plan(("google_storage_bucket.x", None, {"project": "acme-staging"})),
            {"staging"},
        ),
        (
            "another's name is not its own",
            plan(
                (
                    "aws_lambda_permission.x",
                    None,
                    {"principal": f"arn:aws:iam::{PRODUCTION}:root"},
                )
            ),
            set(),
        ),
        (
            "a role assignment acts in its scope",
            plan(
                (
                    "azurerm_role_assignment.x",
                    None,
                    {"scope": "/subscriptions/aaaaaaaa-0000-0000-0000-000000000001"},
                )
            ),
            {"production"},
        ),
        (
            "a tag, by the provider's default",
            plan(("aws_sqs_queue.x", None, {"tags_all": {"Environment": "prod"}})),
            {"production"},
        ),
        (
            "a tag, before and after",
            plan(
                (
                    "aws_sqs_queue.x",
                    {"tags": {"Environment": "staging"}},
                    {"tags": {"Environment": "prod"}},
                )
            ),
            {"production", "staging"},
        ),
        (
            "a label in Kubernetes",
            plan(
                (
                    "kubernetes_deployment.x",
                    None,
                    {"metadata": [{"labels": {"acme.io/stage": "live"}}, None]},
                )
            ),
            {"production"},
        ),
        (
            "conflict: account and tag disagree",
            plan(
                ("aws_sqs_queue.x", None, {"tags": {"Environment": "staging"}}),
                providers={"aws": {"allowed_account_ids": constant([PRODUCTION])}},
            ),
            {"production", "staging"},
        ),
        ("nothing tells", plan(("aws_sqs_queue.x", None, {"tags": None, "id": 3})), set()),
        ("no configuration", plan(("aws_sqs_queue.x", None, {"arn": 1, "metadata": "x"})), set()),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)
def test_locate_resources_reads_account_and_tags(
    name: str, file: PlanFile, found: set[str]
) -> None:
    (located,) = locate_resources(file, ATLAS).resources.values()
    assert located == found, name


def test_locate_resources_tells_providers_of_one_root_apart() -> None:
    file = plan(
        ("aws_iam_role.x", None, {}),
        ("module.dns.aws_route53_record.x[0]", None, {}),
        ('module.dns["a]b"].aws_route53_record.x["k"]', None, {}),
        ("random_id.x", None, {}),
        providers={
            "aws": {"region": constant("eu-west-1")},
            "aws.dns": {"allowed_account_ids": constant([PRODUCTION])},
        },
        root_module={
            "resources": [{"address": "aws_iam_role.x", "provider_config_key": "aws"}],
            "module_calls": {
                "dns": {
                    "module": {
                        "resources": [
                            {
                                "address": "aws_route53_record.x",
                                "provider_config_key": "aws.dns",
                            }
                        ]
                    }
                }
            },
        },
    )
    located = locate_resources(file, ATLAS)
    assert located.has_providers
    assert [sorted(found) for found in located.resources.values()] == [
        [],
        ["production"],
        ["production"],
        ["production"],  # NOTE: nobody knows its provider, so it may be either
    ]


def test_locate_resources_leaves_out_what_nothing_happens_to() -> None:
    file = plan(("aws_iam_role.x", {}, {}), actions=("no-op",))
    assert locate_resources(file, ATLAS).resources == {}


def test_locate_resources_reads_what_the_decoder_reads() -> None:
    file = plan(("aws_sqs_queue.x", None, {"tags": {"Environment": "prod"}}))
    for data in (
        b"\xef\xbb\xbf" + file.data,
        b"[command]/usr/bin/terraform show\n" + file.data + b"\n::debug::stdout: {}\n",
        file.data.decode().encode("utf-16"),
    ):
        wrapped = PlanFile(root="", name="plan.json", data=data)
        assert locate_resources(wrapped, ATLAS).resources == {"aws_sqs_queue.x": {"production"}}


@pytest.mark.parametrize(
    "data",
    [b"{", b'{"configuration": 3}', b"[" * 100_000, b'{"resource_changes": [{"change": 1}]}'],
)
def test_locate_resources_refuses_what_it_cannot_read(data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^plan\.json: "):
        locate_resources(PlanFile(root="", name="plan.json", data=data), ATLAS)


class Folder:
    """Files that can be read, and how often they were asked for."""

    def __init__(self, **files: str | None) -> None:
        self.files = {
            name.replace("__", "/").replace("_tf", ".tf"): text for name, text in files.items()
        }
        self.asked: list[str] = []

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        self.asked += paths
        found: dict[str, Content] = {}
        for path in paths:
            text = self.files.get(path)
            found[path] = Unreadable(reason="no") if text is None else text.encode()
        return found

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        if path == "infra/closed":
            return Unreadable(reason="no")
        names = [name for name in self.files if name.rpartition("/")[0] == path]
        return tuple(sorted(name.rpartition("/")[2] for name in names))


def evidence(
    changed: Mapping[str, tuple[str | None, str | None]],
    *,
    plans: Sequence[PlanFile] = (),
    resources: Sequence[Resource] = (),
) -> Evidence:
    contents: dict[tuple[str, str], Content] = {}
    files = []
    for path, (before, after) in changed.items():
        files.append(FileChange(path=path, status="modified"))
        contents[path, "before"] = Absent() if before is None else before.encode()
        contents[path, "after"] = Absent() if after is None else after.encode()
    roots = sorted({path.rpartition("/")[0] for path in changed if path.endswith(".tf")})
    by_type: dict[str, tuple[Resource, ...]] = {}
    for resource in resources:
        by_type[resource.type] = (*by_type.get(resource.type, ()), resource)
    return Evidence(
        changes=Changes(files=tuple(files)),
        contents=contents,
        plans=plans,
        terraform=TerraformInput(
            plans=tuple(
                PlanInfo(root=item.root or "", name=item.name, digest="", format_version="1.2")
                for item in plans
            ),
            roots=tuple(RootInfo(root=root, planned=False, path=root) for root in roots),
            by_type=by_type,
        ),
    )


PROVIDER = f'provider "aws" {{\n  allowed_account_ids = ["{PRODUCTION}"]\n}}\n'


@pytest.mark.parametrize(
    ("name", "changed", "beside", "where", "found"),
    [
        ("S1-17 an unchanged provider says production", "", PROVIDER, "providers", {"production"}),
        ("a changed provider", PROVIDER, "", "providers", {"production"}),
        (
            "an account from a local",
            "",
            f'locals {{\n  id = "{PRODUCTION}"\n}}\nprovider "aws" {{\n  assume_role {{\n'
            '    role_arn = "arn:aws:iam::${local.id}:role/deploy"\n  }\n}\n',
            "providers",
            {"production"},
        ),
        (
            "a project from the default of a variable",
            "",
            'variable "p" {\n  default = "acme-prod"\n}\nprovider "google" {\n'
            "  project = var.p\n}\n",
            "providers",
            {"production"},
        ),
        (
            "default tags",
            "",
            'provider "aws" {\n  default_tags {\n    tags = { Environment = "prod" }\n  }\n}\n',
            "providers",
            {"production"},
        ),
        (
            "a forbidden account",
            "",
            f'provider "aws" {{\n  forbidden_account_ids = ["{PRODUCTION}"]\n}}\n',
            "providers",
            set(),
        ),
        (
            "a workspace by name",
            "",
            'terraform {\n  cloud {\n    workspaces {\n      name = "app-prod"\n    }\n  }\n}\n',
            "workspaces",
            {"production"},
        ),
        (
            "workspaces by prefix",
            "",
            'terraform {\n  backend "remote" {\n    workspaces {\n      prefix = "app-"\n    }\n'
            "  }\n}\n",
            "workspaces",
            {"production", "staging"},
        ),
        (
            "a backend without workspaces",
            "",
            'terraform {\n  backend "s3" {\n    bucket = "b"\n  }\n}\n',
            "workspaces",
            set(),
        ),
        ("code that nobody can read", "", "provider {{{", "providers", None),
    ],
)
def test_find_whereabouts_reads_the_code_of_a_root(
    name: str, changed: str, beside: str, where: str, found: set[str] | None
) -> None:
    folder = Folder(infra__staging__other_tf=beside)
    seen = find_whereabouts(
        MAPPING, evidence({"infra/staging/main.tf": ("", changed or "# new\n")}), folder
    )
    assert getattr(seen, where).get("infra/staging") == found, name
    assert unmapped(seen) == []


def test_find_whereabouts_counts_both_sides_of_a_root_that_moves() -> None:
    old = PROVIDER
    new = PROVIDER.replace(PRODUCTION, STAGING)
    seen = find_whereabouts(MAPPING, evidence({"infra/app/main.tf": (old, new)}), Folder())
    assert seen.providers["infra/app"] == {"production", "staging"}


def test_find_whereabouts_reads_tags_of_changed_blocks() -> None:
    text = 'resource "aws_sqs_queue" "x" {\n  tags = { Environment = "prod" }\n}\n'
    at = Location(path="infra/staging/main.tf", line=1)
    queue = Resource(
        source="hcl",
        root="infra/staging",
        address="aws_sqs_queue.x",
        type="aws_sqs_queue",
        action="update",
        at=at,
    )
    seen = find_whereabouts(
        MAPPING,
        evidence({"infra/staging/main.tf": ("", text)}, resources=[queue]),
        Folder(),
    )
    assert seen.resources == {("hcl", "infra/staging", "aws_sqs_queue.x"): {"production"}}


def test_find_whereabouts_reads_plans_by_their_root() -> None:
    file = plan(
        ("aws_sqs_queue.x", None, {}),
        providers={"aws": {"allowed_account_ids": constant([PRODUCTION])}},
    )
    seen = find_whereabouts(MAPPING, evidence({}, plans=[file]), Folder())
    assert seen.planned == {"infra/staging"}
    assert seen.resources == {("plan", "infra/staging", "aws_sqs_queue.x"): {"production"}}


def test_find_whereabouts_calls_what_it_could_not_see_unmapped() -> None:
    changed = {
        "infra/closed/main.tf": ("", "# a\n"),
        "infra/torn/main.tf": ("", "# a\n"),
        "infra/open/main.tf": ("", "# a\n"),
    }
    folder = Folder(infra__torn__other_tf=None, infra__open__other_tf=PROVIDER)
    seen = find_whereabouts(MAPPING, evidence(changed), folder)
    assert unmapped(seen) == ["infra/closed", "infra/torn"]
    assert seen.providers["infra/open"] == {"production"}


def test_find_whereabouts_is_bounded() -> None:
    changed = {f"r{number:03}/main.tf": ("", "# a\n") for number in range(MAX_ROOTS + 3)}
    seen = find_whereabouts(MAPPING, evidence(changed), Folder())
    assert len(unmapped(seen)) == 3


@pytest.mark.parametrize("mapping", [{}, {"production": Environment(paths=("**",))}])
def test_find_whereabouts_costs_nothing_without_need(mapping: dict[str, Environment]) -> None:
    folder = Folder(infra__prod__other_tf=PROVIDER)
    seen = find_whereabouts(mapping, evidence({"infra/prod/main.tf": ("", "# a\n")}), folder)
    assert seen is NOWHERE
    assert folder.asked == []
