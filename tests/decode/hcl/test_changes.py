"""Terraform files compared block by block: values, lines, what counts as a change."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gate.decode.hcl.blocks import read_blocks
from gate.decode.hcl.changes import FileVersions, HclChange, decode_hcl
from gate.decode.hcl.functions import reveal
from gate.decode.hcl.names import Names, evaluate
from gate.decode.value import UNKNOWN
from gate.errors import DecodeError
from gate.schema.terraform import TerraformTables

TABLES = TerraformTables(
    paths={"aws_db_instance": ("publicly_accessible", "size"), "*": ("lifecycle.prevent_destroy",)},
    surfaces={"aws_db_instance": ("data",)},
    policies={"aws_iam_policy": ("policy",)},
)
DB = 'resource "aws_db_instance" "a" {\n  publicly_accessible = false\n}\n'


def change(
    before: str | None, after: str | None, others: dict[str, tuple[Any, Any]] | None = None
) -> HclChange:
    """The change of `main.tf`, and of other files."""
    files = {"main.tf": (before, after), **(others or {})}
    return decode_hcl(
        {
            name: FileVersions(*(None if side is None else side.encode() for side in sides))
            for name, sides in files.items()
        },
        TABLES,
    )


def tree(body: str, *, before: str = "", path: str = "main.tf") -> Any:
    """The value of a block's body, with `UNKNOWN` leaves."""
    text = f'{before}\nresource "t" "n" {{\n{body}\n}}\n'
    blocks = read_blocks(text.encode(), path, path)
    block = next(block for block in blocks if block.kind == "resource")
    return reveal(evaluate(block, Names(blocks)))


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1", 1),
        ("-2", -2),
        ("1.5e3", 1500.0),
        ("true", True),
        ("!true", False),
        ("null", None),
        ('"x"', "x"),
        (r'"a\n\"b\" \u00e9 $${c} %%{d}"', 'a\n"b" é ${c} %{d}'),
        ('["a", 1,]', ["a", 1]),
        ('{ a = 1, "b" : 2, in = 3, (c) = 4 }', {"a": 1, "b": 2, "in": 3, "( c )": 4}),
        ("(((1)))", 1),
        ("toset([1, 2])", [1, 2]),
        ('concat(["a"], ["b"], var.x)', ["a", "b", UNKNOWN]),
        ('join(",", ["a", "b"])', "a,b"),
        ('jsonencode({ Action = "*", Resource = x.arn })', {"Action": "*", "Resource": UNKNOWN}),
        ('file("x")', UNKNOWN),
        ('templatefile("x", {})', UNKNOWN),
        ('a ? "x" : "y"', UNKNOWN),
        ("1 + 2", UNKNOWN),
        ("[for x in y : x]", UNKNOWN),
        ("{for x in y : x => x}", UNKNOWN),
        ("aws_x.y[0].z.*.w", UNKNOWN),
        ('"${var.x}"', UNKNOWN),
        ('"${"x"}"', "x"),
        ('"a-${1}-${true}"', "a-1-true"),
        ('"%{ if x }a%{ endif }"', UNKNOWN),
        ("provider::aws::f(1)", UNKNOWN),
    ],
)
def test_expression_gives_value(source: str, value: Any) -> None:
    assert tree(f"  v = {source}") == {"v": value}


def test_heredoc_keeps_its_text() -> None:
    assert tree("  a = <<EOT\n x\n\n  y\nEOT") == {"a": " x\n\n  y\n"}
    assert tree("  a = <<-EOT\n    x\n      y\n  EOT") == {"a": "x\n  y\n"}


def test_heredoc_policy_with_interpolation_is_seen() -> None:
    body = (
        "  policy = <<EOF\n"
        '{"Statement": [{"Action": "*", "Resource": "${b.arn}/*", "Not": ${jsonencode([1])}}]}\n'
        "EOF"
    )
    statement = {"Action": "*", "Resource": UNKNOWN, "Not": [1]}
    assert tree(body) == {"policy": {"Statement": [statement]}}


def test_crlf_and_bom_change_nothing() -> None:
    text = "\ufeff" + DB.replace("false\n", "false\n  note = <<E\n x\nE\n").replace("\n", "\r\n")
    found = change(None, text).resources[0]
    assert found.after == {"publicly_accessible": (False,)}
    assert (found.at.line, found.at.end_line) == (1, 6) if found.at else False


def test_nested_blocks_are_lists() -> None:
    body = (
        "  a {\n    x = 1\n  }\n  a {\n    x = 2\n  }\n  lifecycle {\n"
        "    prevent_destroy = true\n  }"
    )
    assert tree(body) == {"a": [{"x": 1}, {"x": 2}], "lifecycle": [{"prevent_destroy": True}]}


def test_dynamic_block_is_written_out() -> None:
    body = (
        '  dynamic "ingress" {\n    for_each = ["0.0.0.0/0"]\n    iterator = it\n'
        "    content {\n      cidr = [it.value]\n      port = 22\n    }\n  }\n"
        "  ingress {\n    port = 1\n  }"
    )
    assert tree(body) == {"ingress": [{"cidr": ["0.0.0.0/0"], "port": 22}, {"port": 1}]}


def test_dynamic_block_over_unknown_keeps_literals() -> None:
    body = (
        '  dynamic "ingress" {\n    for_each = var.x\n    content {\n'
        "      cidr = ingress.value\n      port = 22\n    }\n  }"
    )
    assert tree(body) == {"ingress": [{"cidr": UNKNOWN, "port": 22}]}


def test_names_are_resolved() -> None:
    names = (
        'locals {\n  a = var.w\n  b = { c = ["x", local.a] }\n}\nvariable "w" {\n'
        '  default = "*"\n}\n'
        'variable "bare" {\n  type = string\n}'
    )
    body = '  p = local.b.c[1]\n  q = "${local.a}:${var.w}"\n  r = var.bare\n  s = local.none'
    assert tree(body, before=names) == {"p": "*", "q": "*:*", "r": UNKNOWN, "s": UNKNOWN}


def test_cycles_and_bombs_are_unknown() -> None:
    cycle = "locals {\n  a = local.b\n  b = local.a\n}"
    assert tree("  v = local.a", before=cycle) == {"v": UNKNOWN}
    lines = [f"  a{i + 1} = [{', '.join([f'local.a{i}'] * 8)}]" for i in range(40)]
    bomb = "\n".join(["locals {", '  a0 = ["x"]', *lines, "}"])
    body = "\n".join(f"  v{i} = local.a{i}" for i in range(40))
    assert tree(body, before=bomb)["v39"] is not None


def test_json_syntax_gives_the_same_tree() -> None:
    text = """{
  "variable": {"y": {"default": 7}},
  "resource": {
    "t": {
      "n": {
        "//": "a comment",
        "v": "${var.y}",
        "w": "${jsonencode({a = 1})}",
        "provisioner": [{"local-exec": {"command": "x"}}],
        "dynamic": {"ingress": {"for_each": [1], "content": {"port": 22}}}
      }
    }
  }
}
"""
    blocks = read_blocks(text.encode(), "main.tf.json", "main.tf.json")
    block = next(block for block in blocks if block.kind == "resource")
    assert (block.line, block.end_line) == (5, 11)
    assert reveal(evaluate(block, Names(blocks))) == {
        "v": 7,
        "w": {"a": 1},
        "provisioner": [{"command": "x", "type": "local-exec"}],
        "ingress": [{"port": 22}],
    }


def test_resource_created_updated_deleted() -> None:
    worse = DB.replace("false", "true")
    created = change(None, "# a\n\n" + DB).resources[0]
    assert (created.action, created.address, created.root) == ("create", "aws_db_instance.a", "")
    assert (created.at.line, created.at.end_line, created.at.side) == (3, 5, "RIGHT")  # type: ignore[union-attr]
    updated = change(DB, worse).resources[0]
    assert (updated.action, updated.before, updated.after) == (
        "update",
        {"publicly_accessible": (False,)},
        {"publicly_accessible": (True,)},
    )
    deleted = change("\n" + DB, "").resources[0]
    assert (deleted.action, deleted.at.line, deleted.at.side) == ("delete", 2, "LEFT")  # type: ignore[union-attr]
    assert deleted.surfaces == ("data",)


@pytest.mark.parametrize(
    "after",
    [
        DB + "# a comment\n",
        DB.replace("= false", "  =  false # off"),
        DB.replace("false", "(false)"),
        "locals {\n  x = 1\n}\n" + DB,
    ],
)
def test_layout_is_no_change(after: str) -> None:
    assert change(DB, after).resources == ()


def test_unknown_expressions_are_compared_by_source() -> None:
    before = DB.replace("false", "var.a")
    assert change(before, before.replace("var.a", "var . a")).resources == ()
    assert len(change(before, before.replace("var.a", "var.b")).resources) == 1


def test_block_that_moves_within_its_directory_is_no_change() -> None:
    assert change(DB, None, {"b.tf": (None, DB)}).resources == ()
    renamed = {"db.tf": FileVersions(DB.encode(), DB.encode(), "main.tf")}
    assert decode_hcl(renamed, TABLES).resources == ()


def test_block_that_moves_to_another_directory_goes_and_comes() -> None:
    moved = {"b/main.tf": FileVersions(DB.encode(), DB.encode(), "a/main.tf")}
    found = decode_hcl(moved, TABLES).resources
    assert [(item.root, item.action) for item in found] == [("a", "delete"), ("b", "create")]


def test_changed_local_reaches_an_unchanged_block() -> None:
    body = DB.replace("false", "local.open")
    found = change(
        "locals {\n  open = false\n}\n", "locals {\n  open = true\n}\n", {"db.tf": (body, body)}
    )
    assert [(item.at.path, item.after) for item in found.resources if item.at] == [
        ("db.tf", {"publicly_accessible": (True,)})
    ]


def test_override_file_is_merged() -> None:
    over = DB.replace("false", "true")
    found = change(DB, DB, {"main_override.tf": (None, over)}).resources
    assert [(item.action, item.after, item.at.path) for item in found if item.at] == [
        ("update", {"publicly_accessible": (True,)}, "main_override.tf")
    ]


def test_count_zero_is_a_deletion() -> None:
    found = change(DB, DB.replace("{\n", "{\n  count = 0\n", 1)).resources[0]
    assert (found.action, found.after) == ("delete", {})
    assert found.at is not None
    assert found.at.side == "RIGHT"


def test_moved_removed_and_import_blocks_are_honoured() -> None:
    moved = (
        DB.replace('"a"', '"b"').replace("false", "true")
        + "moved {\n  from = aws_db_instance.a\n  to   = aws_db_instance.b\n}\n"
    )
    found = change(DB, moved)
    assert [(item.action, item.previous_address) for item in found.resources] == [
        ("update", "aws_db_instance.a")
    ]
    assert [(block.kind, block.name, block.at.line) for block in found.blocks] == [
        ("moved", "aws_db_instance.a -> aws_db_instance.b", 4)
    ]
    assert change(DB, moved.replace("true", "false")).resources == ()
    removed = "removed {\n  from = aws_db_instance.a\n  lifecycle {\n    destroy = false\n  }\n}\n"
    assert [item.action for item in change(DB, removed).resources] == ["forget"]
    brought = change(None, DB + 'import {\n  to = aws_db_instance.a\n  id = "x"\n}\n').resources
    assert [(item.action, item.imported) for item in brought] == [("create", True)]


def test_provisioner_is_an_execution() -> None:
    text = (
        'resource "null_resource" "a" {\n  provisioner "local-exec" {\n'
        '    command = "make"\n  }\n}\n'
    )
    more = text.replace('"make"\n  }\n', '"make"\n  }\n  provisioner "remote-exec" {\n  }\n')
    assert [(run.kind, run.stood) for run in change(None, text).resources[0].executions] == [
        ("local-exec", False)
    ]
    assert [(run.kind, run.stood) for run in change(text, more).resources[0].executions] == [
        ("local-exec", True),
        ("remote-exec", False),
    ]
    elsewhere = text.replace(
        "  provisioner", "  connection {\n    host = var.h\n  }\n  provisioner"
    )
    assert not change(text, elsewhere).resources[0].executions[0].stood


def test_program_data_source_and_exec_plugin_are_executions() -> None:
    program = 'data "external" "x" {\n  program = ["sh", "-c", "id"]\n}\n'
    found = change(None, program).resources[0]
    assert (found.mode, found.address) == ("data", "data.external.x")
    assert [(run.kind, run.attribute, run.stood) for run in found.executions] == [
        ("external", "program", False)
    ]
    plugin = 'provider "helm" {\n  kubernetes {\n    exec {\n      command = "aws"\n    }\n  }\n}\n'
    found = change(None, plugin).resources[0]
    assert (found.type, found.address, found.executions[0].kind) == (
        "provider",
        "provider.helm",
        "provider_exec",
    )
    assert change(plugin, plugin.replace("{\n  kub", '{\n  version = "1"\n  kub')).resources == ()


def test_other_blocks_are_compared_without_position() -> None:
    before = (
        'terraform {\n  backend "s3" {\n    bucket = "a"\n  }\n}\nvariable "v" {}\n'
        'output "o" {\n  value = 1\n}\n'
    )
    after = 'variable "v" {}\n\nterraform {\n  backend "s3" {\n    bucket = "b"\n  }\n}\n'
    assert [
        (b.kind, b.name, b.change, b.at.line, b.at.side) for b in change(before, after).blocks
    ] == [
        ("backend", "s3", "changed", 4, "RIGHT"),
        ("output", "o", "removed", 7, "LEFT"),
    ]


def test_module_changes_by_source_and_version_alone() -> None:
    call = 'module "m" {\n  source = "./m"\n  size = 1\n}\n'
    assert change(call, call.replace("1", "2")).blocks == ()
    assert [b.change for b in change(call, call.replace("./m", "./n")).blocks] == ["changed"]


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b'resource "a" "b" {\n  x = "y\n}', "main.tf:2: "),
        (b'resource "a" "b" {\n  x = <<E\n}\n', "main.tf:2: "),
        (b"/* never", "main.tf:1: "),
        (b'resource "a" "b" {\n  x =\n}', "main.tf:2: "),
        (b'resource "a" "b" {\n  x = ]\n}', "main.tf:2: "),
        (b"x = 1\n", "main.tf:1: "),
        (b'resource "a" {\n}', "main.tf:1: "),
        (b"\n\n}\n", "main.tf:3: "),
        (b"{}", "main.tf:1: "),
        (b'resource "a" "b" {\n x="\0"\n}', "main.tf: "),
        ('resource "a" "b" {}'.encode("utf-16"), "main.tf: "),
        (b'resource "\xe9" "b" {}', "main.tf: "),
    ],
)
def test_broken_file_is_refused_with_its_line(content: bytes, where: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_hcl({"main.tf": FileVersions(None, content)}, TABLES)
    assert caught.value.message.startswith(where)
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "[" * 1000 + "]" * 1000,
        "(" * 1000 + "1" + ")" * 1000,
        "[" * 100_000,
        '"${' * 100 + "1" + '}"' * 100,
    ],
)
def test_hostile_nesting_is_refused(text: str) -> None:
    with pytest.raises(DecodeError, match="nested more than"):
        change(None, f'resource "a" "b" {{\n  x = {text}\n}}\n')
    with pytest.raises(DecodeError, match="nested more than"):
        change(None, "b {\n" * 1000 + "}\n" * 1000)


def test_long_chains_are_harmless() -> None:
    for text in (
        "x" + ".y" * 3000,
        "1" + " + 1" * 3000,
        "a ? b : " * 500 + "c",
        "x" + "[0]" * 3000,
    ):
        assert tree(f"  v = {text}") == {"v": UNKNOWN}


def test_nested_comprehensions_do_not_multiply() -> None:
    text = '"x"'
    for level in range(8):
        text = f"[for i{level} in local.many : {text}]"
    many = ", ".join(map(str, range(50)))
    after = f'locals {{\n  many = [{many}]\n}}\nresource "db" "a" {{\n  v = {text}\n}}\n'
    started = time.monotonic()
    assert change(None, after).resources
    assert time.monotonic() - started < 5


def test_file_that_is_no_terraform_on_one_side_is_read_on_the_other() -> None:
    files = {"notes.txt": FileVersions(DB.encode(), b"anything }{", "main.tf")}
    assert [item.action for item in decode_hcl(files, TABLES).resources] == ["delete"]
