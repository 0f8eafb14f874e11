"""Calls of local modules whose arguments change show what they change inside."""

from __future__ import annotations

from gate.decode.hcl import modules as hcl_modules
from gate.decode.hcl.changes import FileVersions, HclChange, decode_hcl, decode_hcl_among
from gate.schema.terraform import TerraformTables

TABLES = TerraformTables(paths={"db": ("public",)}, surfaces={}, policies={})
MODULE = 'variable "open" {}\nresource "db" "a" {\n  public = var.open\n}\n'


def call(argument: str, more: str = "") -> str:
    return f'module "m" {{\n  source = "./m"\n  open = {argument}\n{more}}}\n'


def change(before: str | None, after: str | None, **modules: str) -> HclChange:
    files = {f"{name}/main.tf": text.encode() for name, text in (modules or {"m": MODULE}).items()}
    sides = (None if side is None else side.encode() for side in (before, after))
    return decode_hcl_among({"main.tf": FileVersions(*sides)}, files, TABLES)


def test_changed_argument_changes_the_resource_inside() -> None:
    (resource,) = change(call("false"), call("true")).resources
    assert (resource.address, resource.root, resource.action) == ("module.m.db.a", "", "update")
    assert (resource.before, resource.after) == ({"public": (False,)}, {"public": (True,)})
    assert resource.at is not None
    assert (resource.at.path, resource.at.line) == ("m/main.tf", 2)


def test_new_call_creates_what_is_inside() -> None:
    (resource,) = change(None, call("true")).resources
    assert (resource.address, resource.action) == ("module.m.db.a", "create")


def test_ended_call_deletes_what_was_inside_and_stands_at_the_call() -> None:
    (resource,) = change(call("true"), None).resources
    assert resource.action == "delete"
    assert resource.at is not None
    assert (resource.at.path, resource.at.line, resource.at.side) == ("main.tf", 1, "LEFT")
    (resource,) = change(call("true"), call("true", "  count = 0\n")).resources
    assert (resource.action, resource.at and resource.at.side) == ("delete", "RIGHT")


def test_argument_that_nothing_uses_changes_nothing() -> None:
    assert change(call("true"), call("true", "  other = 1\n")).resources == ()


def test_remote_module_is_not_followed() -> None:
    text = 'module "m" {\n  source = "example/m/aws"\n}\n'
    assert change(None, text).resources == ()


def test_module_that_calls_itself_ends() -> None:
    found = change(
        None, call("true"), m=MODULE + 'module "m" {\n  source = "."\n  open = true\n}\n'
    )
    assert 1 <= len(found.resources) <= hcl_modules.MAX_CALLS


def test_what_a_module_shows_by_itself_is_not_said_again() -> None:
    new = 'resource "db" "b" {\n  public = true\n}\n'
    found = decode_hcl(
        {
            "main.tf": FileVersions(None, call("true").encode()),
            "m/main.tf": FileVersions(MODULE.encode(), (MODULE + new).encode()),
        },
        TABLES,
    )
    assert sorted(item.address for item in found.resources) == ["db.b", "module.m.db.a"]


def test_broken_neighbour_costs_only_what_it_would_tell() -> None:
    (resource,) = change(None, 'resource "db" "c" {\n  public = true\n}\n', m="}{").resources
    assert resource.address == "db.c"
