"""gate.evaluate.policies: where Rego lies, tables by path, a digest that tells sets apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.errors import EvaluateError
from gate.evaluate import policies
from gate.evaluate.policies import digest_of, load_policies, terraform_tables


def write(root: Path, files: dict[str, str]) -> str:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    return str(root)


def test_bundled_policies_have_rules_tables_and_no_tests() -> None:
    bundled = policies.load_bundled()
    paths = [module.path for module in bundled.modules]
    assert "gate.rego" in paths
    assert sum(path.startswith("rules/") for path in paths) >= 20
    assert not [path for path in paths if path.endswith("_test.rego")]
    assert len(bundled.digest) == 64


def test_wheel_layout_is_found_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"gate/rego/gate.rego": "package gate\n", "rego/gate.rego": "package gate\n"})
    monkeypatch.setattr(policies, "__file__", str(tmp_path / "gate" / "evaluate" / "policies.py"))
    assert policies.bundled_root() == str(tmp_path / "gate" / "rego")
    (tmp_path / "gate" / "rego" / "gate.rego").unlink()
    assert policies.bundled_root() == str(tmp_path / "rego")


def test_missing_policies_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policies, "__file__", str(tmp_path / "gate" / "evaluate" / "policies.py"))
    with pytest.raises(EvaluateError, match="bundled policies are missing"):
        policies.bundled_root()


def test_hidden_files_stay_out(tmp_path: Path) -> None:
    root = write(tmp_path, {"gate.rego": "package gate\n", ".env": "x", "lib/.secret.rego": "x"})
    assert [module.path for module in load_policies(root).modules] == ["gate.rego"]


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("data/t/a.json", "{", "not JSON"),
        ("data/t/a.json", '{"b": 1}', "top-level key must be 'a'"),
        ("data/t/a.json", '{"a": 1, "b": 1}', "top-level key must be 'a'"),
        ("data/a.json", '{"a": 1}', "a table is data/<family>/<stem>.json"),
        ("data/t/a.yaml", "a: 1", "a table is data/<family>/<stem>.json"),
    ],
)
def test_table_that_is_not_what_its_path_says_is_an_error(
    tmp_path: Path, path: str, text: str, reason: str
) -> None:
    with pytest.raises(EvaluateError, match=reason):
        load_policies(write(tmp_path, {path: text}))


def test_digest_depends_on_names_contents_and_boundaries() -> None:
    base = digest_of([("a", b"1"), ("b", b"2")])
    assert base == digest_of([("b", b"2"), ("a", b"1")])
    assert base != digest_of([("a", b"12"), ("b", b"")])
    assert base != digest_of([("a", b"1"), ("c", b"2")])


def test_paths_of_row_tables_are_collected_by_type() -> None:
    tables = {
        "terraform": {
            "one": {"aws_a": [{"path": "x"}, {"created": True}], "*": [{"path": "life"}]},
            "two": {"aws_a": [{"path": "y.z"}, {"path": "x"}]},
            "stateful": {"aws_a": True},
            "surfaces": {"aws_a": ["iam"]},
            "policies": {"aws_a": ["policy"]},
        }
    }
    found = terraform_tables(tables)
    assert found.paths == {"*": ("life",), "aws_a": ("x", "y.z")}
    assert found.surfaces == {"aws_a": ("iam",)}
    assert found.policies == {"aws_a": ("policy",)}


def test_surfaces_of_the_wrong_shape_are_an_error() -> None:
    with pytest.raises(EvaluateError, match="surfaces or policies"):
        terraform_tables({"terraform": {"surfaces": {"a": "iam"}}})
