"""Unchanged files are read where a changed one depends on them, bounded, and never required."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from gate.decode import neighbours
from gate.decode.neighbours import read_neighbours
from gate.schema.changes import Changes, FileChange
from gate.schema.collected import Content, Side
from gate.schema.section import Unreadable


class Tree:
    """Files at the head."""

    def __init__(self, files: Mapping[str, Content]) -> None:
        self.files = files

    def read(self, paths: Sequence[str], side: Side) -> Mapping[str, Content]:
        assert side == "after"
        return {path: self.files[path] for path in paths}

    def list_directory(self, path: str, side: Side) -> tuple[str, ...] | Unreadable:
        start = f"{path}/" if path else ""
        names = [name[len(start) :] for name in self.files if name.startswith(start)]
        here = tuple(sorted(name for name in names if "/" not in name))
        return here or Unreadable("no such directory")


def read(files: Mapping[str, Content], **changed: str) -> dict[str, bytes]:
    texts = {path.replace("__", "/").replace("_", "."): text for path, text in changed.items()}
    changes = Changes(files=tuple(FileChange(path=path, status="modified") for path in texts))
    contents = {(path, "after"): text.encode() for path, text in texts.items()}
    held = {path: text.encode() for path, text in texts.items()}
    return read_neighbours(changes, contents, Tree({**held, **files}))


@pytest.mark.parametrize(
    "text", ["locals {\n}\n", 'variable "a" {\n}\n', "x = var.a", "x = local.a", "x = each.value"]
)
def test_names_bring_in_the_directory(text: str) -> None:
    files = {"a/other.tf": b"1", "a/x.auto.tfvars": b"2", "a/notes.md": b"3", "b/far.tf": b"4"}
    assert read(files, a__main_tf=text) == {"a/other.tf": b"1", "a/x.auto.tfvars": b"2"}


def test_file_without_names_brings_in_nothing() -> None:
    assert read({"other.tf": b"1"}, main_tf='resource "a" "b" {\n  c = 1\n}\n') == {}


def test_override_and_values_bring_in_the_directory() -> None:
    assert read({"main.tf": b"1"}, override_tf="x") == {"main.tf": b"1"}
    assert read({"main.tf": b"1"}, terraform_tfvars="x") == {"main.tf": b"1"}


def test_called_modules_are_followed_inside_the_repository() -> None:
    files = {
        "m/a/main.tf": b'module "b" {\n  source = "../b"\n}\n',
        "m/b/main.tf": b"b",
        "up/main.tf": b"never",
    }
    call = 'module "a" {\n  source = "./m/a"\n}\nmodule "u" {\n  source = "../up"\n}\n'
    assert sorted(read(files, main_tf=call)) == ["m/a/main.tf", "m/b/main.tf"]


def test_json_syntax_calls_modules_too() -> None:
    call = '{"module": {"a": {"source": "./m"}}}'
    assert read({"m/main.tf": b"m"}, main_tf_json=call) == {"m/main.tf": b"m"}


def test_unreadable_neighbour_is_left_out() -> None:
    assert read({"other.tf": Unreadable("gone")}, main_tf="local.x") == {}


def test_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"f{number:03}.tf": b"x" * 10 for number in range(100)}
    assert len(read(files, main_tf="local.x")) == neighbours.MAX_FILES
    monkeypatch.setattr(neighbours, "MAX_BYTES", 35)
    assert len(read(files, main_tf="local.x")) == 3
