"""Provisioners, attributes and local modules are read from the configuration."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from msgspec import Raw

from gate.decode.plan_configuration import Configuration, place_of, read_configuration
from gate.decode.plan_format import ResourceChange
from gate.errors import DecodeError


def read(root_module: Any, root: str = "infra/prod") -> Configuration:
    text = json.dumps({"root_module": root_module}, separators=(",", ":"))
    return read_configuration({"configuration": Raw(text.encode())}, root, "plan")


def module(*provisioners: str, **calls: Any) -> dict[str, Any]:
    resource = {
        "mode": "managed",
        "type": "t",
        "name": "n",
        "expressions": {"input": {}},
        "provisioners": [{"type": kind} for kind in provisioners],
    }
    return {"resources": [resource], "module_calls": calls}


def test_provisioners_are_found_in_nested_modules() -> None:
    inner = module("file", "local-exec")
    found = read(module("remote-exec", a={"source": "x/y", "module": module(b={"module": inner})}))
    assert found.provisioners == {
        ((), "managed", "t", "n"): ("remote-exec",),
        (("a", "b"), "managed", "t", "n"): ("file", "local-exec"),
    }


def test_attributes_are_those_the_configuration_sets() -> None:
    place = ((), "managed", "t", "n")
    assert read(module()).attributes_of(place, "plan") == frozenset({"input"})
    assert read(module()).attributes_of(((), "managed", "t", "m"), "plan") is None


@pytest.mark.parametrize(
    ("root", "source", "directory"),
    [
        ("infra/prod", "./modules/db", "infra/prod/modules/db"),
        ("infra/prod", "../shared", "infra/shared"),
        ("infra/prod", "../../", ""),
        ("", "./m", "m"),
        ("", "./", ""),
    ],
)
def test_local_module_is_placed_against_the_root(root: str, source: str, directory: str) -> None:
    found = read({"module_calls": {"m": {"source": source, "module": {}}}}, root)
    assert found.local_modules == (directory,)


@pytest.mark.parametrize(
    "source", ["../../../x", "hashicorp/consul/aws", "git::ssh://h/r", "/abs", ""]
)
def test_module_from_elsewhere_has_no_directory(source: str) -> None:
    inner = {"module_calls": {"n": {"source": "./inner", "module": {}}}}
    assert read({"module_calls": {"m": {"source": source, "module": inner}}}).local_modules == ()


def test_nesting_of_modules_is_bounded() -> None:
    nested: dict[str, Any] = {}
    for _ in range(70):
        nested = {"module_calls": {"m": {"source": "./m", "module": nested}}}
    with pytest.raises(DecodeError, match="nested"):
        read(nested)


def test_missing_configuration_is_empty() -> None:
    assert read_configuration({}, "", "plan") == Configuration({}, {}, ())
    assert read_configuration({"configuration": Raw(b"null")}, "", "plan") == Configuration(
        {}, {}, ()
    )


@pytest.mark.parametrize(
    ("address", "names"),
    [
        (None, ()),
        ("module.a", ("a",)),
        ("module.a[0].module.b", ("a", "b")),
        ('module.a["x.module.z"].module.b["q\\"]"]', ("a", "b")),
    ],
)
def test_place_leaves_instance_keys_out(address: str | None, names: tuple[str, ...]) -> None:
    change = msgspec.structs.replace(
        ResourceChange(address="t.n", type="t", name="n"), module_address=address
    )
    assert place_of(change, "managed") == (names, "managed", "t", "n")
