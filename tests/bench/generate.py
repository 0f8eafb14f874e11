"""Generate Terraform plans of any size, with planted violations and the truth about them.

The shape follows real plans: `prior_state`, `planned_values` and `configuration` beside
`resource_changes`, nested modules, 25 resource types of three clouds, 90 % no-op, 6 to 7 KB a
resource. The file is streamed, so 100,000 resources need no memory.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

PROVIDERS = {
    "aws": "registry.terraform.io/hashicorp/aws",
    "google": "registry.terraform.io/hashicorp/google",
    "azurerm": "registry.terraform.io/hashicorp/azurerm",
    "kubernetes": "registry.terraform.io/hashicorp/kubernetes",
}

NEUTRAL = ("aws_sqs_queue", "aws_sns_topic", "aws_cloudwatch_metric_alarm", "aws_ecs_cluster")
"""Types whose tags may change without anybody minding."""


class Planted(NamedTuple):
    """A violation: the rule that must find it, and the attributes that make it."""

    rule: str
    type: str
    actions: tuple[str, ...]
    worse: dict[str, Any]


def _policy(action: object, resource: object) -> str:
    statement = {"Sid": "A", "Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


PLANTED = (
    Planted(
        "terraform.wildcard_iam", "aws_iam_role_policy", ("create",), {"policy": _policy("*", "*")}
    ),
    Planted(
        "terraform.admin_attached",
        "aws_iam_role_policy_attachment",
        ("create",),
        {"policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    ),
    Planted(
        "terraform.admin_attached",
        "google_project_iam_member",
        ("create",),
        {"role": "roles/owner"},
    ),
    Planted(
        "terraform.open_ingress",
        "aws_security_group_rule",
        ("create",),
        {"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22},
    ),
    Planted(
        "terraform.public_database", "aws_db_instance", ("update",), {"publicly_accessible": True}
    ),
    Planted("terraform.stateful_destroyed", "aws_dynamodb_table", ("delete",), {}),
    Planted("terraform.encryption_disabled", "aws_ebs_volume", ("create",), {"encrypted": False}),
)

_TYPES: dict[str, dict[str, Any]] = {
    "aws_sqs_queue": {"name": "q", "sqs_managed_sse_enabled": True, "delay_seconds": 0},
    "aws_sns_topic": {"name": "t", "kms_master_key_id": "alias/aws/sns"},
    "aws_cloudwatch_metric_alarm": {"alarm_name": "a", "actions_enabled": True, "threshold": 5},
    "aws_ecs_cluster": {
        "name": "c",
        "setting": [{"name": "containerInsights", "value": "enabled"}],
    },
    "aws_iam_role": {"name": "r", "assume_role_policy": "{}", "managed_policy_arns": []},
    "aws_iam_role_policy": {
        "name": "p",
        "role": "r",
        "policy": _policy(["s3:GetObject"], ["arn:aws:s3:::logs/*"]),
    },
    "aws_iam_role_policy_attachment": {
        "role": "r",
        "policy_arn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    },
    "aws_security_group_rule": {
        "type": "ingress",
        "protocol": "tcp",
        "cidr_blocks": ["10.0.0.0/8"],
        "from_port": 443,
        "to_port": 443,
    },
    "aws_security_group": {"name": "sg", "ingress": [], "egress": []},
    "aws_instance": {"ami": "ami-1", "instance_type": "t3.micro", "monitoring": True},
    "aws_db_instance": {
        "identifier": "db",
        "publicly_accessible": False,
        "storage_encrypted": True,
        "deletion_protection": True,
    },
    "aws_dynamodb_table": {"name": "t", "billing_mode": "PAY_PER_REQUEST", "hash_key": "id"},
    "aws_ebs_volume": {"availability_zone": "eu-west-1a", "size": 20, "encrypted": True},
    "aws_lambda_function": {"function_name": "f", "handler": "m.h", "runtime": "python3.12"},
    "aws_kms_key": {"description": "k", "enable_key_rotation": True},
    "aws_s3_bucket": {"bucket": "b", "force_destroy": False},
    "aws_cloudwatch_log_group": {"name": "/g", "retention_in_days": 365},
    "aws_route53_record": {
        "name": "x.example.test",
        "type": "A",
        "ttl": 60,
        "records": ["10.0.0.1"],
    },
    "aws_subnet": {"cidr_block": "10.0.1.0/24", "map_public_ip_on_launch": False},
    "google_project_iam_member": {
        "project": "p",
        "role": "roles/logging.viewer",
        "member": "group:ops@example.test",
    },
    "google_storage_bucket": {"name": "b", "location": "EU", "uniform_bucket_level_access": True},
    "google_compute_firewall": {
        "name": "f",
        "direction": "INGRESS",
        "source_ranges": ["10.0.0.0/8"],
    },
    "azurerm_storage_account": {
        "name": "a",
        "https_traffic_only_enabled": True,
        "min_tls_version": "TLS1_2",
    },
    "azurerm_network_security_rule": {
        "name": "n",
        "access": "Allow",
        "direction": "Inbound",
        "source_address_prefix": "10.0.0.0/8",
    },
    "kubernetes_deployment": {"metadata": [{"name": "d"}], "spec": [{"replicas": 2}]},
}


def _values(kind: str, index: int, source: random.Random) -> dict[str, Any]:
    """Attributes of one instance, padded to the size of real ones."""
    values = dict(_TYPES[kind])
    values["id"] = f"{kind}-{index:07d}"
    values["arn"] = f"arn:aws:service:eu-west-1:123456789012:{kind}/{index:07d}"
    values["description"] = " ".join(source.choice(_WORDS) for _ in range(6))
    values["tags"] = {f"{_WORDS[n]}": f"v{source.randrange(10**4)}" for n in range(6)}
    values["tags_all"] = dict(values["tags"])
    values["timeouts"] = None
    values.update(_COMPUTED)
    values["created_at"] = 1_700_000_000 + index
    return values


_COMPUTED: dict[str, Any] = {
    "owner_id": "123456789012",
    "region": "eu-west-1",
    "hosted_zone_id": None,
    "enabled": True,
    "allocated": 20,
    "iops": 0,
    "throughput": 0,
    "replicas": 1,
    "public_ip": None,
    "private": True,
    "name_prefix": "",
    "force": False,
    "path": "/",
    "unique_id": "AROA0000",
    "max_session": 3600,
    "window": None,
    "snapshot": None,
    "parameter_group": "default",
    "port": 443,
    "weight": None,
    "options": [{"name": "a", "value": 1, "kind": None}, {"name": "b", "value": 2, "kind": None}],
    "network": [
        {"subnets": ["subnet-1", "subnet-2", "subnet-3"], "groups": ["sg-1"], "ipv6": False}
    ],
    "ports": [80, 443, 8080, 8443],
    "backup_window": "",
    "maintenance_window": "sun:03:00-sun:04:00",
    "license": None,
    "zone": None,
    "engine_version": "16.3",
    "auto_minor": True,
    "timezone": "",
    "ca_identifier": "rds-ca-2019",
    "domain": None,
    "domain_role": None,
    "replicate_source": None,
    "max_allocated": 0,
    "kms": "",
    "rules": [
        {"id": n, "priority": n, "enabled": True, "prefix": "", "days": None} for n in range(3)
    ],
}
"""What a provider adds: the many small, null and repeated attributes of a real resource."""


_MARKS: dict[str, Any] = {"network": [{"groups": [False], "subnets": [False] * 3}], "tags": {}}

_WORDS = (
    "service",
    "primary",
    "region",
    "owner",
    "billing",
    "internal",
    "platform",
    "orders",
    "stage",
)


def _address(kind: str, index: int) -> tuple[str, str | None]:
    name = f"r{index}"
    if index % 3 == 0:
        return f"{kind}.{name}", None
    module = (
        f"module.area{index % 7}"
        if index % 3 == 1
        else f'module.area{index % 7}.module.leaf["k{index % 5}"]'
    )
    return f"{module}.{kind}.{name}", module


def _change(
    index: int, count: int, dirty: bool, source: random.Random
) -> tuple[dict[str, Any], dict[str, Any], Planted | None]:
    """One resource_changes entry, its values, and what was planted there."""
    planted: Planted | None = None
    is_changed = index % 10 == 0
    if dirty and is_changed and (index // 10) % 4 == 0:
        planted = PLANTED[(index // 40) % len(PLANTED)]
    if planted:
        kind, actions = planted.type, planted.actions
    elif is_changed:
        kind, actions = NEUTRAL[(index // 10) % len(NEUTRAL)], ("update",)
    else:
        kind, actions = list(_TYPES)[index % len(_TYPES)], ("no-op",)
    values = _values(kind, index, source)
    before: dict[str, Any] | None = values
    after: dict[str, Any] | None = values
    if actions == ("create",):
        before, after = None, {**values, **(planted.worse if planted else {})}
    elif actions == ("delete",):
        after = None
    elif actions == ("update",):
        worse = planted.worse if planted else {"tags": {**values["tags"], "key-0": "changed"}}
        after = {**values, **worse}
    address, module = _address(kind, index)
    entry: dict[str, Any] = {
        "address": address,
        **({"module_address": module} if module else {}),
        "mode": "managed",
        "type": kind,
        "name": f"r{index}",
        "provider_name": PROVIDERS[kind.split("_")[0]],
        "change": {
            "actions": list(actions),
            "before": before,
            "after": after,
            "after_unknown": {},
            "before_sensitive": _MARKS if before else False,
            "after_sensitive": _MARKS if after else False,
        },
    }
    return entry, values, planted


def _entries(
    count: int, dirty: bool
) -> Iterator[tuple[dict[str, Any], dict[str, Any], Planted | None]]:
    source = random.Random(20_26)
    for index in range(1, count + 1):
        yield _change(index, count, dirty, source)


def _compact(document: dict[str, Any]) -> str:
    """JSON as `terraform show -json` writes it: on one line, without spaces."""
    return json.dumps(document, separators=(",", ":"))


def _state_row(entry: dict[str, Any], values: dict[str, Any]) -> str:
    row = {key: entry[key] for key in ("address", "mode", "type", "name", "provider_name")}
    return _compact({**row, "schema_version": 0, "values": values, "sensitive_values": {}})


def generate(path: Path, count: int, *, dirty: bool) -> dict[str, list[str]]:
    """Write a plan of `count` resources.

    Args:
        path: where.
        count: resource instances, of which one in ten changes.
        dirty: plant a violation in every fortieth resource.

    Returns:
        The truth: rule -> sorted addresses that it must find, and no others.
    """
    truth: dict[str, list[str]] = {}
    with path.open("w") as out:
        out.write('{"format_version":"1.2","terraform_version":"1.11.4",')
        for section, tail in (("planned_values", "}},"), ("prior_state", "}}},")):
            head = '{"root_module":{"resources":['
            if section == "prior_state":
                head = '{"format_version":"1.0","terraform_version":"1.11.4","values":' + head
            out.write(f'"{section}":{head}')
            for number, (entry, values, _) in enumerate(_entries(count, dirty)):
                out.write(("," if number else "") + _state_row(entry, values))
            out.write("]" + tail)
        out.write('"resource_changes":[')
        for number, (entry, _, planted) in enumerate(_entries(count, dirty)):
            out.write(("," if number else "") + _compact(entry))
            if planted:
                truth.setdefault(planted.rule, []).append(entry["address"])
        out.write('],"configuration":{"root_module":{"resources":[')
        for number, (entry, _, _) in enumerate(_entries(count, dirty)):
            block = {key: entry[key] for key in ("mode", "type", "name")}
            block["address"] = f"{entry['type']}.{entry['name']}"
            block["expressions"] = {
                "description": {"references": ["var.text", "var"]},
                "tags": {"references": ["local.tags"]},
            }
            out.write(("," if number else "") + _compact(block))
        out.write(
            ']}},"timestamp":"2026-11-20T10:05:00Z","applyable":true,"complete":true,"errored":false}'
        )
    return {rule: sorted(addresses) for rule, addresses in truth.items()}
