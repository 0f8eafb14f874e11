"""The wheel holds what the gate needs, nothing else, and works where it is unpacked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from gate.evaluate.catalogue import bundled_rules

ROOT = Path(__file__).parents[1]
NEEDED = (
    "gate/rego/gate.rego",
    "gate/rego/lib/table.rego",
    "gate/rego/rules/terraform/wildcard_iam.rego",
    "gate/rego/data/terraform/surfaces.json",
    "gate/detect/agents.json",
    "gate/evaluate/native/secrets/tokens.json",
    "gate/evaluate/capabilities.json",
    "gate/evaluate/opa_releases.json",
    "gate/schema/v1/report.schema.json",
    "gate/schema/v1/gate-input.schema.json",
    "gate/schema/v1/gate-yml.schema.json",
    "gate/schema/v1/waivers.schema.json",
)
PLANTED = ("gate/.env", "rego/.env", "rego/rules/terraform/.secret.rego", "rego/x_test.rego")
"""Files that must stay out."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the project without network or isolation."""
    source = tmp_path_factory.mktemp("source") / "project"
    source.mkdir()
    made = shutil.ignore_patterns("__pycache__", "*.pyc")
    for folder in ("gate", "rego"):
        shutil.copytree(ROOT / folder, source / folder, ignore=made)
    for name in ("pyproject.toml", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, source)
    # NOTE: the README is the description of the project only, not a part of what is tested here
    (source / "README.md").write_text("# gate\n")
    for name in PLANTED:
        (source / name).write_text("planted\n")
    out = tmp_path_factory.mktemp("out")
    answer = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)],
        capture_output=True,
        text=True,
        cwd=source,
        timeout=120,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's contents."""
    folder = tmp_path_factory.mktemp("unpacked")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def names(wheel: Path) -> list[str]:
    """Files in the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def run(unpacked: Path, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """`python -I -m gate` from the unpacked wheel, outside of the checkout."""
    start = (
        f"import sys, runpy; sys.path.insert(0, {str(unpacked)!r}); "
        f"sys.argv = ['gate', *{list(words)!r}]; "
        "runpy.run_module('gate', run_name='__main__', alter_sys=True)"
    )
    env = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-I", "-c", start],
        capture_output=True,
        text=True,
        cwd=folder,
        env=env,
        timeout=60,
        check=False,
    )


def test_wheel_is_pure_and_named_as_the_distribution(wheel: Path) -> None:
    assert wheel.name.startswith("agent_pr_gate-")
    assert wheel.name.endswith("-py3-none-any.whl")


def test_wheel_holds_every_module_policy_and_table(wheel: Path) -> None:
    inside = set(names(wheel))
    assert set(NEEDED) <= inside
    for folder, prefix in (("gate", ""), ("rego", "gate/")):
        for path in (ROOT / folder).rglob("*"):
            place = path.relative_to(ROOT).as_posix()
            is_left_out = (
                path.is_dir()
                or "__pycache__" in place
                or path.name.endswith("_test.rego")
                or path.name.startswith(".")
            )
            assert is_left_out or prefix + place in inside, place


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    inside = names(wheel)
    assert [name for name in inside if name.endswith("_test.rego")] == []
    assert [name for name in inside if any(part.startswith(".") for part in name.split("/"))] == []
    assert {name.split("/")[0] for name in inside if ".dist-info/" not in name} == {"gate"}
    assert [name for name in inside if "__pycache__" in name] == []
    assert len(inside) == len(set(inside))


def test_rules_are_listed_from_the_unpacked_wheel(unpacked: Path, tmp_path: Path) -> None:
    answer = run(unpacked, tmp_path, "rules", "list")
    assert (answer.returncode, answer.stderr) == (0, "")
    listed = {line.split()[0] for line in answer.stdout.splitlines()[1:]}
    assert listed == {rule.id for rule in bundled_rules()}


def test_pull_is_judged_from_the_unpacked_wheel(unpacked: Path, tmp_path: Path) -> None:
    scenario = str(ROOT / "fixtures" / "pulls" / "agent-widens-ci-role")
    words = ("--engine", "embedded", "--ledger", str(tmp_path / "ledger.jsonl"))
    answer = run(unpacked, tmp_path, "check", scenario, *words)
    assert (answer.returncode, answer.stderr) == (1, "")
    assert answer.stdout.startswith("BLOCK")


def test_rule_cannot_be_scaffolded_into_an_installed_package(
    unpacked: Path, tmp_path: Path
) -> None:
    answer = run(unpacked, tmp_path, "rules", "new", "terraform.my_rule")
    assert answer.returncode == 2
    assert "installed package" in answer.stderr
    assert not (unpacked / "gate" / "rego" / "rules" / "terraform" / "my_rule.rego").exists()


def test_metadata_names_license_command_and_dependencies(unpacked: Path) -> None:
    [info] = unpacked.glob("agent_pr_gate-*.dist-info")
    metadata = (info / "METADATA").read_text()
    assert "License-Expression: Apache-2.0\n" in metadata
    assert "Requires-Python: >=3.11\n" in metadata
    assert "Requires-Dist: msgspec" in metadata
    assert "gate = gate.__main__:run" in (info / "entry_points.txt").read_text()
    assert (info / "licenses" / "LICENSE").is_file()
