"""Plans become resources and flags, exactly, and nothing else passes for a plan."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from gate.decode.plan import decode_plan
from gate.errors import DecodeError
from gate.schema.collected import PlanFile
from gate.schema.terraform import Execution, PlanInfo, Resource, TerraformTables

PLANS = Path(__file__).parents[2] / "fixtures" / "terraform-plans"
CASES = sorted(path.parent.name for path in PLANS.glob("*/plan.json"))

TABLES = TerraformTables(
    paths={
        "terraform_data": (
            "input",
            "input.size",
            "input.password",
            "input.token",
            "output",
            "input.Statement.Resource",
        ),
        "aws_db_instance": ("publicly_accessible", "port", "password", "ingress.cidr"),
    },
    surfaces={"aws_iam_*": ("iam",)},
    policies={"aws_iam_policy": ("policy",)},
)

FLAGS: dict[str, dict[str, Any]] = {
    "deferred_data": {},
    "destroy_mode": {"destroy_mode": True},
    "errored": {
        "errored": True,
        "applyable": False,
        "complete": False,
        "failed_checks": ("terraform_data.bad",),
    },
    "failed_check": {"failed_checks": ("check.size",)},
    "modules": {"local_modules": ("infra/modules/db", "infra/modules/db/inner")},
    "noop": {"applyable": False},
    "refresh_only": {"applyable": False, "refresh_only": True},
    "replace_flag": {"targeted": True},
    "target": {"complete": False, "targeted": True},
}
"""What a case says that an ordinary plan does not."""

DB = ("terraform_data.db",)
ACTIONS: dict[str, dict[str, str]] = {
    "count_to_for_each": {
        **{f"terraform_data.n[{i}]": "delete" for i in range(3)},
        **{f'terraform_data.n["{key}"]': "create" for key in "xyz"},
    },
    "create": {"terraform_data.db": "create"},
    "deferred_data": {"data.terraform_remote_state.r": "read", "terraform_data.a": "create"},
    "delete": {"terraform_data.db": "delete"},
    "destroy_mode": {"terraform_data.db": "delete"},
    "dynamic_large": {f'terraform_data.many["{i}"]': "create" for i in range(200)},
    "errored": {"terraform_data.db": "create"},
    "failed_check": {"terraform_data.db": "create"},
    "forget": {"terraform_data.db": "forget"},
    "import": {"terraform_data.db": "update"},
    "json_syntax": {"terraform_data.db": "create"},
    "jsonencode": {"terraform_data.policy": "create"},
    "modules": {
        **{
            f'module.db["{key}"].terraform_data.this[{i}]': action
            for key, action in (("a", "update"), ("b.c", "update"), ('d\\"e', "delete"))
            for i in range(2)
        },
        'module.db["a"].module.inner.terraform_data.leaf': "update",
        'module.db["b.c"].module.inner.terraform_data.leaf': "update",
        'module.db["d\\"e"].module.inner.terraform_data.leaf': "delete",
    },
    "moved": {"terraform_data.database": "no-op"},
    "noop": {},
    "provisioner": {"terraform_data.p": "create"},
    "refresh_only": {},
    "rename_without_moved": {"terraform_data.db": "delete", "terraform_data.database": "create"},
    "replace": {"terraform_data.db": "replace"},
    "replace_cbd": {"terraform_data.db": "replace"},
    "replace_flag": {"terraform_data.db": "replace"},
    "sensitive": {"terraform_data.s": "create"},
    "target": {"terraform_data.db": "create"},
    "unknown": {"terraform_data.key": "create", "terraform_data.policy": "create"},
    "update": {"terraform_data.db": "update"},
}


def decode(data: bytes, *, whole: bool = False) -> tuple[PlanInfo, tuple[Resource, ...]]:
    file = PlanFile(root="infra", name="plan.json", data=data)
    return decode_plan(file, "infra", TABLES, whole=whole)


def case(name: str) -> tuple[PlanInfo, tuple[Resource, ...]]:
    return decode((PLANS / name / "plan.json").read_bytes())


def entry(actions: list[str] | None = None, /, **fields: Any) -> dict[str, Any]:
    change = {
        "actions": actions or ["create"],
        "before": None,
        "after": {},
        "after_unknown": {},
        "before_sensitive": False,
        "after_sensitive": {},
    }
    change.update(fields.pop("change", {}))
    return {
        "address": "aws_db_instance.a",
        "mode": "managed",
        "type": "aws_db_instance",
        "name": "a",
        "provider_name": "example.com/hashicorp/aws",
        "change": change,
        **fields,
    }


def plan_of(*entries: dict[str, Any], **top: Any) -> bytes:
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {},
        "resource_changes": list(entries),
        **top,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def one(*args: Any, **fields: Any) -> Resource:
    _, (resource,) = decode(plan_of(entry(*args, **fields)))
    return resource


def test_every_case_is_expected() -> None:
    assert sorted(ACTIONS) == CASES
    assert len(CASES) == 25


@pytest.mark.parametrize("name", CASES)
def test_real_plan_gives_its_actions(name: str) -> None:
    _, resources = case(name)
    assert {resource.address: resource.action for resource in resources} == ACTIONS[name]
    assert all(resource.source == "plan" and resource.root == "infra" for resource in resources)
    assert all(resource.provider == "terraform" for resource in resources)


@pytest.mark.parametrize("name", CASES)
def test_real_plan_gives_its_flags(name: str) -> None:
    info, resources = case(name)
    data = (PLANS / name / "plan.json").read_bytes()
    entries = json.loads(data).get("resource_changes", [])
    expected = PlanInfo(
        root="infra",
        name="plan.json",
        digest=hashlib.sha256(data).hexdigest(),
        format_version="1.2",
        terraform_version="1.11.4",
        resources=len(entries),
        changed=sum(item["change"]["actions"] != ["no-op"] for item in entries),
        **FLAGS.get(name, {}),
    )
    assert info == expected
    assert info.changed == sum(resource.action != "no-op" for resource in resources)


def test_binary_plan_is_refused_with_the_command() -> None:
    for path in PLANS.glob("*/plan.tfplan"):
        with pytest.raises(DecodeError, match="binary plan file") as caught:
            decode(path.read_bytes())
        assert "terraform show -json" in caught.value.hint


def test_moved_resource_is_returned_bare() -> None:
    _, (resource,) = case("moved")
    assert (resource.action, resource.previous_address) == ("no-op", "terraform_data.db")
    assert not resource.before
    assert not resource.after


def test_imported_resource_keeps_its_action() -> None:
    _, (resource,) = case("import")
    assert resource.imported
    assert resource.after["input.size"] == (10,)


def test_imported_no_op_is_returned() -> None:
    assert one(["no-op"], change={"importing": {"id": "x"}}).imported


def test_unchanged_resources_are_counted_only() -> None:
    info, resources = decode(
        plan_of(entry(["no-op"]), entry(["no-op"], address="aws_db_instance.b"))
    )
    assert (info.resources, info.changed, resources) == (2, 0, ())


def test_replacement_names_what_forces_it() -> None:
    for name in ("replace", "replace_cbd"):
        _, (resource,) = case(name)
        assert resource.replace_paths == ("triggers_replace",)
        assert resource.action_reason == "replace_because_cannot_update"
    nested = one(["delete", "create"], change={"replace_paths": [["disk", 0, "size"], ["name"]]})
    assert nested.replace_paths == ("disk.size", "name")


def test_provisioner_of_a_changed_resource_is_executed() -> None:
    _, (resource,) = case("provisioner")
    assert resource.executions == (Execution(attribute="provisioner", kind="local-exec"),)


def test_sensitive_string_is_hidden_and_others_stay() -> None:
    info, resources = decode((PLANS / "sensitive" / "plan.json").read_bytes(), whole=True)
    (resource,) = resources
    assert resource.after["input.password"] == ("(sensitive)",)
    assert resource.after["input.token"] == ("plain-canary-91bc",)
    assert resource.change is not None
    assert resource.change["after"]["input"]["password"] == "(sensitive)"
    assert "hunter2-canary" not in repr((info, resources))


def test_sensitive_number_and_boolean_stay() -> None:
    resource = one(
        change={
            "after": {"publicly_accessible": True, "port": 5432, "password": "p"},
            "after_sensitive": True,
        }
    )
    assert resource.after == {
        "publicly_accessible": (True,),
        "port": (5432,),
        "password": ("(sensitive)",),
    }


def test_sensitive_mark_in_a_list_hides_the_path() -> None:
    resource = one(
        ["update"],
        change={
            "before": {"ingress": [{"cidr": "secret"}]},
            "before_sensitive": {"ingress": [{"cidr": True}]},
            "after": {"ingress": [{"cidr": "open"}]},
            "after_sensitive": {"ingress": [{}]},
        },
    )
    assert resource.before["ingress.cidr"] == ("(sensitive)",)
    assert resource.after["ingress.cidr"] == ("open",)


def test_unknown_value_is_told_by_path() -> None:
    _, resources = case("unknown")
    policy = next(item for item in resources if item.address == "terraform_data.policy")
    assert policy.unknown == ("input.Statement.Resource",)


def test_value_left_to_the_provider_is_not_unknown() -> None:
    created = entry(change={"after_unknown": {"password": True, "port": True}})
    configured = {
        "root_module": {
            "resources": [
                {
                    "address": "aws_db_instance.a",
                    "mode": "managed",
                    "type": "aws_db_instance",
                    "name": "a",
                    "expressions": {"password": {"references": ["random_password.p.result"]}},
                }
            ]
        }
    }
    _, (resource,) = decode(plan_of(created, configuration=configured))
    assert resource.unknown == ("password",)
    _, (resource,) = decode(plan_of(created))
    assert set(resource.unknown) == {"password", "port"}


def test_whole_fills_the_change() -> None:
    data = (PLANS / "update" / "plan.json").read_bytes()
    _, (resource,) = decode(data, whole=True)
    assert resource.change is not None
    assert resource.change["before"]["input"] == {"name": "main", "size": 10}
    assert resource.change["after"]["input"] == {"name": "main", "size": 20}
    assert set(resource.change) == {"before", "after", "after_unknown"}
    _, (bare,) = decode(data)
    assert bare.change is None


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["create"], "create"),
        (["update"], "update"),
        (["delete"], "delete"),
        (["read"], "read"),
        (["delete", "create"], "replace"),
        (["create", "delete"], "replace"),
        (["forget"], "forget"),
        (["create", "forget"], "forget"),
        (["forget", "create"], "forget"),
        (["open"], "unclear"),
        (["delete", "update"], "unclear"),
        ([], "create"),
    ],
)
def test_actions_are_normalised(actions: list[str], action: str) -> None:
    assert one(actions).action == action


def test_empty_actions_are_unclear() -> None:
    assert one(change={"actions": []}).action == "unclear"


def test_entry_without_change_is_refused() -> None:
    bare = entry()
    del bare["change"]
    with pytest.raises(DecodeError, match="without `change`"):
        decode(plan_of(bare))


@pytest.mark.parametrize("side", ["before", "after"])
@pytest.mark.parametrize("value", [[1], "x", 5])
def test_side_that_is_no_object_is_refused(side: str, value: Any) -> None:
    with pytest.raises(DecodeError, match="no object"):
        one(change={"actions": ["update"], side: value})


@pytest.mark.parametrize(
    "state",
    [
        {"version": 4, "terraform_version": "1.11.4", "resources": []},
        {"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "x", "outputs": {}},
    ],
)
def test_raw_state_is_refused(state: dict[str, Any]) -> None:
    with pytest.raises(DecodeError, match="a state, not a plan"):
        decode(json.dumps(state).encode())


def test_object_that_only_names_a_version_is_no_plan() -> None:
    with pytest.raises(DecodeError, match="not a Terraform or OpenTofu plan"):
        decode(b'{"format_version": "1.2", "terraform_version": "1.11.4"}')


def test_missing_marks_and_mode_are_accepted() -> None:
    bare = entry(change={"after": {"port": 1}})
    for key in ("after_unknown", "before_sensitive", "after_sensitive"):
        del bare["change"][key]
    del bare["mode"], bare["provider_name"]
    _, (resource,) = decode(plan_of(bare))
    assert (resource.mode, resource.provider, resource.after) == ("managed", "", {"port": (1,)})


def test_missing_mode_is_told_from_the_address() -> None:
    for address in ("data.aws_db_instance.a", 'module.m["data.x"].data.aws_db_instance.a[0]'):
        bare = entry(["read"], address=address)
        del bare["mode"]
        _, (resource,) = decode(plan_of(bare))
        assert resource.mode == "data"


@pytest.mark.parametrize("index", [0, 12, "key", 'a"b', None])
def test_index_of_any_type_is_accepted(index: Any) -> None:
    assert one(index=index).action == "create"


def test_deposed_object_is_marked() -> None:
    assert one(["delete"], deposed="a1b2c3d4").deposed


def test_deposed_deletion_alone_is_not_destroy_mode() -> None:
    info, _ = decode(plan_of(entry(["delete"], deposed="a1b2c3d4")))
    assert not info.destroy_mode


def test_deletions_with_a_reason_are_not_destroy_mode() -> None:
    info, _ = decode(
        plan_of(
            entry(["delete"]),
            entry(
                ["delete"],
                address="aws_db_instance.b",
                action_reason="delete_because_no_resource_config",
            ),
        )
    )
    assert not info.destroy_mode


def test_old_plan_with_an_untouched_resource_is_not_destroy_mode() -> None:
    entries = entry(["delete"]), entry(["no-op"], address="aws_db_instance.b")
    assert not decode(plan_of(*entries, format_version="0.2"))[0].destroy_mode
    assert decode(plan_of(*entries, format_version="1.2"))[0].destroy_mode


def test_deferred_changes_are_counted_and_not_taken_for_a_target() -> None:
    info, _ = decode(
        plan_of(
            complete=False, deferred_changes=[{"reason": "unknown", "resource_change": entry()}]
        )
    )
    assert (info.deferred, info.complete, info.targeted) == (1, False, False)


def test_opentofu_says_neither_complete_nor_applyable() -> None:
    info, _ = decode(plan_of(entry()))
    assert info.complete
    assert info.applyable


def test_plan_with_outputs_only_is_a_plan() -> None:
    document = {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {},
        "output_changes": {"o": {"actions": ["create"], "before": None, "after": 1}},
    }
    info, resources = decode(json.dumps(document).encode())
    assert (info.resources, info.refresh_only, resources) == (0, False, ())


def test_drift_alone_is_refresh_only() -> None:
    document = {
        "format_version": "1.2",
        "planned_values": {},
        "resource_drift": [entry(["update"])],
    }
    assert decode(json.dumps(document).encode())[0].refresh_only


def test_invoked_action_is_an_execution() -> None:
    _, (resource,) = decode(
        plan_of(
            action_invocations=[
                {"address": "action.aws_lambda_invoke.x", "type": "aws_lambda_invoke", "name": "x"},
                {"address": "action.aws_lambda_invoke.x", "type": "aws_lambda_invoke", "name": "x"},
            ]
        )
    )
    assert resource.address == "action.aws_lambda_invoke.x"
    assert resource.executions == (Execution(attribute="action", kind="aws_lambda_invoke"),)


def test_large_integer_travels_as_text() -> None:
    exact = one(change={"after": {"port": 2**53}})
    assert exact.after["port"] == (2**53,)
    assert one(change={"after": {"port": 2**64 + 1}}).after["port"] == (str(2**64 + 1),)


def test_unreadable_policy_is_told_unless_it_stood() -> None:
    fields = {"address": "aws_iam_policy.p", "type": "aws_iam_policy", "name": "p"}
    new = one(change={"after": {"policy": "{not json"}}, **fields)
    assert [policy.state for policy in new.policies] == ["unparsable"]
    stood = one(
        ["update"], change={"before": {"policy": "{no"}, "after": {"policy": "{no"}}, **fields
    )
    assert stood.policies == ()


def test_resource_without_type_is_refused() -> None:
    with pytest.raises(DecodeError, match="without type or address"):
        decode(plan_of(entry(type="")))


def test_digest_of_a_large_plan_is_that_of_the_file() -> None:
    data = plan_of(entry(change={"after": {"password": "x" * (2 << 20)}}))
    assert decode(data)[0].digest == hashlib.sha256(data).hexdigest()


def _without_digest(data: bytes) -> tuple[Any, ...]:
    info, resources = decode(data)
    fields = {name: getattr(info, name) for name in PlanInfo.__struct_fields__ if name != "digest"}
    return fields, {(item.address, item.deposed): item for item in resources}


def _shuffled(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _shuffled(value[key]) for key in sorted(value, reverse=True)}
    return [_shuffled(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("indent", [None, 2])
def test_order_and_layout_change_nothing(name: str, indent: int | None) -> None:
    data = (PLANS / name / "plan.json").read_bytes()
    document = _shuffled(json.loads(data))
    if "resource_changes" in document:
        document["resource_changes"].reverse()
    assert _without_digest(json.dumps(document, indent=indent).encode()) == _without_digest(data)


@pytest.mark.parametrize("name", CASES)
def test_opentofu_provider_address_changes_nothing(name: str) -> None:
    data = (PLANS / name / "plan.json").read_bytes()
    tofu = data.replace(b"terraform.io/builtin/terraform", b"registry.opentofu.org/x/terraform")
    assert _without_digest(tofu) == _without_digest(data)


def test_wrapping_in_a_module_shifts_the_address_only() -> None:
    plain = json.loads((PLANS / "provisioner" / "plan.json").read_bytes())
    wrapped = json.loads((PLANS / "provisioner" / "plan.json").read_bytes())
    (item,) = wrapped["resource_changes"]
    item["module_address"] = 'module.x["k.module.y"]'
    item["address"] = f"{item['module_address']}.{item['address']}"
    wrapped["configuration"]["root_module"] = {
        "module_calls": {"x": {"source": "./x", "module": plain["configuration"]["root_module"]}}
    }
    _, (outer,) = decode(json.dumps(wrapped).encode())
    _, (inner,) = decode(json.dumps(plain).encode())
    assert outer.address == f'module.x["k.module.y"].{inner.address}'
    assert (outer.executions, outer.unknown, outer.after) == (
        inner.executions,
        inner.unknown,
        inner.after,
    )


CONFIGURATION = {
    "root_module": {
        "resources": [{"mode": "managed", "type": "aws_db_instance", "name": "a"}],
        "module_calls": {
            "m": {
                "source": "./m",
                "module": {"resources": [{"mode": "data", "type": "aws_ami", "name": "b"}]},
            }
        },
    }
}


@pytest.mark.parametrize(
    ("expected", "foreign"),
    [
        ((), False),
        ((("managed", "aws_db_instance", "a"),), False),
        ((("managed", "aws_db_instance", "other"), ("data", "aws_ami", "b")), False),
        ((("managed", "aws_db_instance", "other"),), True),
        ((("data", "aws_db_instance", "a"),), True),
    ],
)
def test_plan_that_knows_none_of_the_changed_blocks_is_foreign(
    expected: tuple[tuple[str, str, str], ...], foreign: bool
) -> None:
    file = PlanFile(root="", name="plan.json", data=plan_of(entry(), configuration=CONFIGURATION))
    info, _ = decode_plan(file, "", TABLES, expected=frozenset(expected))
    assert info.foreign_root is foreign


def test_plan_without_configuration_is_never_foreign() -> None:
    file = PlanFile(root="", name="plan.json", data=plan_of(entry()))
    expected = frozenset({("managed", "aws_db_instance", "other")})
    assert not decode_plan(file, "", TABLES, expected=expected)[0].foreign_root
