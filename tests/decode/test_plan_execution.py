"""Provisioners and invoked actions become executions."""

from __future__ import annotations

import json

import pytest
from msgspec import Raw

from gate.decode.plan_execution import provisioners_of, read_invocations
from gate.decode.plan_format import ResourceChange
from gate.errors import DecodeError
from gate.schema.terraform import Execution

CHANGE = ResourceChange(address="t.n", type="t", name="n")


def test_provisioners_belong_to_their_resource() -> None:
    kinds = {((), "managed", "t", "n"): ("local-exec", "file", "local-exec")}
    assert provisioners_of(CHANGE, "managed", kinds) == (
        Execution(attribute="provisioner", kind="local-exec"),
        Execution(attribute="provisioner", kind="file"),
    )
    assert provisioners_of(CHANGE, "data", kinds) == ()
    assert provisioners_of(CHANGE, "managed", {}) == ()


def test_invocations_are_read_once_each_with_deferred_ones() -> None:
    action = {"address": "action.x.a", "type": "x", "name": "a"}
    parts = {
        "action_invocations": Raw(json.dumps([action, action]).encode()),
        "deferred_action_invocations": Raw(
            json.dumps(
                [{"reason": "unknown", "action_invocation": {**action, "address": "action.x.b"}}]
            ).encode()
        ),
    }
    found = list(read_invocations(parts, "infra", "plan"))
    assert [item.address for item in found] == ["action.x.a", "action.x.b"]
    assert {item.root for item in found} == {"infra"}
    assert all(item.surfaces == ("execution",) for item in found)


@pytest.mark.parametrize("text", [b"5", b'["x"]', b'[{"address":1}]'])
def test_invocations_of_another_shape_are_refused(text: bytes) -> None:
    with pytest.raises(DecodeError):
        list(read_invocations({"action_invocations": Raw(text)}, "", "plan"))
