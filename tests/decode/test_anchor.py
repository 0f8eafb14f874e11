"""Lines of Terraform addresses: blocks, attributes, modules, removed lines."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from gate.decode.anchor import MAX_FILES, locate, refine
from gate.decode.diff import decode_diff
from gate.decode.hcl.address import Target, parse_address
from gate.schema.changes import Changes
from gate.schema.collected import Content, Side
from gate.schema.finding import Anchor, Location
from gate.schema.section import Absent, Unreadable

PLANS = Path(__file__).parents[2] / "fixtures" / "terraform-plans"
CASES = sorted(path.parent.name for path in PLANS.glob("*/plan.json"))


class Files:
    """A reader over two dictionaries that counts what is asked of it."""

    def __init__(self, before: Mapping[str, bytes], after: Mapping[str, bytes]) -> None:
        self.sides: dict[str, Mapping[str, bytes]] = {"before": before, "after": after}
        self.count = 0

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        self.count += len(paths)
        return {path: self.sides[side].get(path, Absent()) for path in paths}

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        prefix = f"{path}/" if path else ""
        names = [name[len(prefix) :] for name in self.sides[side] if name.startswith(prefix)]
        return tuple(sorted(name for name in names if "/" not in name))


def changes_of(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Changes:
    """The decoded diff between two trees."""
    text = ""
    for path in sorted(before.keys() | after.keys()):
        old, new = (side.get(path, b"").decode().splitlines(True) for side in (before, after))
        if old == new:
            continue
        text += f"diff --git a/{path} b/{path}\n"
        text += "" if path in before else "new file mode 100644\n"
        text += "" if path in after else "deleted file mode 100644\n"
        names = (
            f"a/{path}" if path in before else "/dev/null",
            f"b/{path}" if path in after else "/dev/null",
        )
        for line in difflib.unified_diff(old, new, *names):
            text += line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
    return decode_diff(text.encode())


def find(
    address: str, after: str, *, before: str | None = None, attribute: str = "", root: str = ""
) -> Location | None:
    """The location of one address in `main.tf` of the root."""
    path = f"{root}/main.tf" if root else "main.tf"
    old = {} if before is None else {path: before.encode()}
    new = {path: after.encode()}
    anchor = Anchor(root=root, address=address, attribute=attribute)
    return locate([anchor], Files(old, new), changes_of(old, new)).get(anchor)


def tree(folder: Path) -> dict[str, bytes]:
    """Configuration files of a folder by path."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.name.endswith((".tf", ".tf.json"))
    }


SG = """# front
resource "aws_security_group" "a" {
  name = "a"
  ingress {
    from_port   = 22
    cidr_blocks = ["10.0.0.0/8"]
  }
  ingress {
    from_port   = 80
    cidr_blocks = ["0.0.0.0/0"]
  }
  dynamic "egress" {
    for_each = [1]
    content {
      to_port = 1
    }
  }
  policy = jsonencode({
    Statement = [{
      Action = "*"
    }]
  })
}
"""


@pytest.mark.parametrize(
    ("attribute", "line", "end_line"),
    [
        ("", 2, 23),
        ("nothing", 2, 23),
        ("name", 3, 3),
        ("ingress", 4, 4),
        ("ingress.cidr_blocks", 6, 6),
        ("egress.to_port", 15, 15),
        ("policy", 18, 18),
        ("policy.Statement.Action", 20, 20),
        ("policy.nothing", 18, 18),
    ],
)
def test_attribute_is_found(attribute: str, line: int, end_line: int) -> None:
    found = find("aws_security_group.a", SG, attribute=attribute)
    assert found == Location(path="main.tf", line=line, end_line=end_line)


def test_changed_one_of_several_blocks_is_taken() -> None:
    found = find(
        "aws_security_group.a[0]",
        SG,
        before=SG.replace("0.0.0.0/0", "10.0.0.0/8"),
        attribute="ingress.cidr_blocks",
    )
    assert found == Location(path="main.tf", line=10, end_line=10)


def test_block_of_hcl_is_refined_to_its_attribute() -> None:
    files = {"net/main.tf": SG.encode()}
    block = Location(path="net/main.tf", line=2, end_line=23)
    places = [(block, "ingress.cidr_blocks"), (block, "nothing"), (block, "")]
    line = Location(path="net/main.tf", line=6, end_line=6)
    assert refine(places, Files({}, files), Changes()) == {places[0]: line}
    anchor = Anchor(root="net", address="aws_security_group.a", attribute="ingress.cidr_blocks")
    assert locate([anchor], Files({}, files), Changes()) == {anchor: line}
    other = Location(path="net/other.tf", line=2, end_line=23)
    gone = Location(path="net/main.tf", line=2, end_line=23, side="LEFT")
    assert refine([(other, "name"), (gone, "name")], Files({}, files), Changes()) == {}


def test_deleted_resource_is_found_on_its_removed_lines() -> None:
    found = find("aws_security_group.a", "# front\n", before=SG, attribute="name")
    assert found == Location(path="main.tf", line=2, end_line=23, side="LEFT")


def test_deleted_file_is_found_on_its_removed_lines() -> None:
    before = {"net/sg.tf": SG.encode()}
    anchor = Anchor(root="net", address="aws_security_group.a")
    found = locate([anchor], Files(before, {}), changes_of(before, {}))
    assert found == {anchor: Location(path="net/sg.tf", line=2, end_line=23, side="LEFT")}


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ('"./db"', ("envs/prod/db/main.tf", 1)),
        ('"../shared"', ("envs/shared/main.tf", 1)),
        ('"../../../outside"', ("envs/prod/main.tf", 2)),
        ('"/etc"', ("envs/prod/main.tf", 2)),
        ('"acme/db/aws"', ("envs/prod/main.tf", 2)),
        ('"git::https://example.com/db.git"', ("envs/prod/main.tf", 2)),
        ('"./${var.x}"', ("envs/prod/main.tf", 2)),
        ("var.source", ("envs/prod/main.tf", 2)),
        ('"./missing"', ("envs/prod/main.tf", 2)),
    ],
)
def test_module_is_followed_or_its_call_is_taken(source: str, place: tuple[str, int]) -> None:
    block = b'resource "t" "n" {\n}\n'
    files = {
        "envs/prod/main.tf": f'\nmodule "db" {{\n  source = {source}\n}}\n'.encode(),
        "envs/prod/db/main.tf": block,
        "envs/shared/main.tf": block,
        "outside/main.tf": block,
    }
    anchor = Anchor(root="envs/prod", address='module.db["a.b"].t.n["k"]')
    found = locate([anchor], Files({}, files), Changes())[anchor]
    assert (found.path, found.line) == place


def test_module_itself_is_found() -> None:
    text = 'module "a" {\n  source = "x/y/z"\n}\n'
    assert find("module.a", text) == Location(path="main.tf", line=1, end_line=3)


def test_json_syntax_is_found_by_its_keys() -> None:
    text = (
        '{\n  "resource": {\n    "t": {\n      "n": {\n        "a": [\n          1\n'
        "        ]\n      }\n    }\n  }\n}\n"
    )
    files = {"x.tf.json": text.encode()}
    for attribute, line, end_line in (("", 4, 8), ("a", 5, 5), ("a.b", 5, 5)):
        anchor = Anchor(root="", address="t.n", attribute=attribute)
        found = locate([anchor], Files({}, files), Changes())
        assert found == {anchor: Location(path="x.tf.json", line=line, end_line=end_line)}


def test_nothing_is_found_where_nothing_is() -> None:
    for address in ("t.other", "data.t.n", "", "x", "module.none.t.n", "t.n.o.p", 't.n["'):
        assert find(address, 'resource "t" "n" {\n}\n') is None
    anchor = Anchor(root="../up", address="t.n")
    assert locate([anchor], Files({}, {"../up/main.tf": b""}), Changes()) == {}


def test_broken_file_gives_no_line_and_hides_no_other() -> None:
    files = {"a.tf": b'resource "t" "n" {\n', "b.tf": b'resource "t" "n" {\n}\n'}
    anchor = Anchor(root="", address="t.n")
    assert locate([anchor], Files({}, files), Changes())[anchor].path == "b.tf"


def test_directories_are_read_once_and_files_bounded() -> None:
    files = {f"{i:04}.tf": b'resource "t" "n%d" {\n}\n' % i for i in range(2 * MAX_FILES)}
    reader = Files({}, files)
    anchors = [Anchor(root="", address=f"t.n{i}") for i in range(2 * MAX_FILES)]
    found = locate(anchors, reader, Changes())
    assert reader.count == MAX_FILES
    assert len(found) == MAX_FILES


def test_address_is_taken_apart() -> None:
    assert parse_address('module.a["x.y[0]"].module.b[0].data.t.n["\\"]"]') == Target(
        ("a", "b"), ("data", "t", "n")
    )
    assert parse_address("check.size") == Target((), ("check", "size"))
    assert parse_address("a..b") is None


@pytest.mark.parametrize("case", CASES)
def test_every_address_of_a_real_plan_is_found(case: str) -> None:
    folder = PLANS / case
    before, after = tree(folder / "before"), tree(folder / "after")
    plan = json.loads((folder / "plan.json").read_bytes())
    addresses = [change["address"] for change in plan.get("resource_changes", ())]
    anchors = [Anchor(root="", address=address) for address in addresses]
    found = locate(anchors, Files(before, after), changes_of(before, after))
    for change, anchor in zip(plan.get("resource_changes", ()), anchors, strict=True):
        location = found[anchor]
        side = before if location.side == "LEFT" else after
        assert location.line is not None
        line = side[location.path].decode().split("\n")[location.line - 1]
        if location.path.endswith(".json"):
            assert f'"{change["name"]}":' in line
        else:
            kind = "data" if change["mode"] == "data" else "resource"
            assert line == f'{kind} "{change["type"]}" "{change["name"]}" {{'


def test_real_plans_are_there() -> None:
    assert len(CASES) >= 20
