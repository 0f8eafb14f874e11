"""gate approvals: the matrix written out, its gaps, and one answer of it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from gate.cli import main
from gate.judge.matrix import Case, resolve
from gate.schema.collected import SiteFolder
from gate.schema.finding import SURFACES
from gate.schema.site import ACTIONS
from gate.site import load_site

EXAMPLE = "docs/examples/gate"
ROOT = Path(__file__).parents[2]


def said(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["approvals", *words]) == 0
    return capsys.readouterr().out


def listed(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(said(capsys, *words, "--format", "json"))
    return found


@pytest.fixture(autouse=True)
def _at_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            "--surface data --environment production --action delete --count 12",
            "data in production, delete, more than 5 resources: 3 people of acme/platform"
            " (matrix 1, line 15)\n",
        ),
        (
            "--surface data --environment production --action delete --count 5",
            "data in production, delete: 2 people of acme/platform, approval no older than 7 days"
            " (matrix 2, line 21)\n",
        ),
        (
            "--surface network --environment unmapped --action create",
            "network in unmapped, create: 2 people of acme/security, and a code owner of each path"
            " (matrix 3, line 27)\n",
        ),
        (
            "--surface data --environment staging --action update",
            "data in staging, update: 0 people (matrix 4, line 33)\n",
        ),
        (
            "--surface iam --environment staging --action update",
            "iam in staging, update: 2 people of acme/security (approvals.iam, line 38)\n",
        ),
        (
            "--surface state --environment staging --action update",
            "state in staging, update: 1 person (default)\n",
        ),
        (
            "--surface secrets --environment staging --action update --author person",
            "secrets in staging, update: nobody, on a person's own change\n",
        ),
        (
            "--surface gate --environment staging --action update --author person",
            "gate in staging, update: 1 person (default)\n",
        ),
    ],
)
def test_one_answer_says_where_it_comes_from(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, EXAMPLE, *words.split()) == sentence


def test_control_s2_12_table_has_every_combination(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys, EXAMPLE)
    site = load_site(
        SiteFolder(files={"gate.yml": (ROOT / EXAMPLE / "gate.yml").read_bytes()}, ref="x")
    )
    assert found["environments"] == ["production", "staging", "unmapped"]
    assert {
        (item["surface"], item["environment"], item["action"]) for item in found["answers"]
    } == {
        (surface, environment, action)
        for surface in SURFACES
        for environment in found["environments"]
        for action in ACTIONS
    }
    for item in found["answers"]:
        case = Case(item["surface"], item["environment"], item["action"], item["over"] + 1)
        assert item["min"] == max(need.min for need in resolve(case, site.config))
        assert (item["line"] is None) is (item["source"] == "default")
    assert len(found["notes"]) == 7


def test_table_names_gaps_and_rows_below_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, EXAMPLE)
    assert page.startswith("approvals asked for on an agent's change\n\nsurface ")
    assert "no row for iam in staging: approvals.iam decides (2 people)" in page
    assert "row 4 (line 33) asks for 0 people, fewer than the default: data 1" in page


def test_table_is_wrapped_on_a_terminal_that_is_too_narrow(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setattr("sys.stdout.fileno", lambda: 1)
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((90, 40)))
    table = said(capsys, EXAMPLE).split("\nnotes\n")[0]
    assert max(map(len, table.splitlines())) <= 90
    assert table.count("anyone") == said(capsys, EXAMPLE).count("anyone")
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((160, 40)))
    assert "anyone eligible" in said(capsys, EXAMPLE)


def test_filters_leave_a_part_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    page = said(capsys, EXAMPLE, "--surface", "data", "--environment", "production")
    assert [line.split("  ")[0] for line in page.splitlines()[3:]] == ["data"] * 3
    assert "notes" not in page
    found = listed(capsys, EXAMPLE, "--action", "delete", "--count", "6", "--surface", "data")
    assert [item["over"] for item in found["answers"]] == [5, 0, 0]


def test_table_of_a_persons_own_change(capsys: pytest.CaptureFixture[str]) -> None:
    found = listed(capsys, EXAMPLE, "--author", "person")
    asked = {(item["surface"], item["environment"]) for item in found["answers"] if item["asked"]}
    assert asked == {("gate", name) for name in found["environments"]} | {
        (surface, name)
        for surface in ("iam", "secrets", "network")
        for name in ("production", "unmapped")
    }
    assert "not asked" in said(capsys, EXAMPLE, "--author", "person")


def test_repository_without_a_folder_has_the_defaults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = said(capsys, str(tmp_path))
    assert page.startswith("no .gate folder: the defaults apply\n")
    assert "notes" not in page
    found = listed(capsys, str(tmp_path))
    assert (found["present"], found["environments"], found["notes"]) == (False, [], [])
    sentence = said(capsys, str(tmp_path), "--surface", "iam", "--action", "create")
    assert sentence == "iam, create: 2 people (default)\n"


@pytest.mark.parametrize("at", ["", ".gate"])
def test_folder_is_found_in_a_repository_or_given(
    at: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".gate").mkdir()
    (tmp_path / ".gate" / "gate.yml").write_text("version: 1\nmatrix: [{min: 4}]\n")
    found = listed(capsys, str(tmp_path / at))
    assert {(item["min"], item["line"]) for item in found["answers"]} == {(4, 2)}


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("nowhere", "'nowhere': no such folder"),
        (f"{EXAMPLE} --surface moon", "--surface moon: no such surface\nKnown: iam, network"),
        (f"{EXAMPLE} --environment moon", "no such environment\nKnown: production, staging, unmap"),
        (f"{EXAMPLE} --action moon", "no such action\nKnown: create, update"),
        (f"{EXAMPLE} --count 0", "--count 0: at least 1"),
        ("docs/examples/gate-open --environment x", "Known: none: the site maps none"),
        ("docs/examples/gate-matrix-broken", "gate.yml:"),
        ("docs/examples/gate-broken", "gate.yml:3: key rules.terraform.open_ingres: no such rule"),
    ],
)
def test_bad_usage_says_what_there_is(
    words: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["approvals", *words.split()]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err


def test_rules_of_the_site_itself_are_left_to_the_engine(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gate.yml").write_text("version: 1\nrules: {site.tags.owner: warn}\n")
    (tmp_path / "waivers.yml").write_text(
        "version: 1\nwaivers:\n"
        "  - {id: W-1, rule: site.tags.owner, paths: [a], reason: It is only for the first week,"
        " owner: alice, expires: 2026-12-01}\n"
        "  - {id: W-2, rule: terraform.nothing, paths: [a], reason: It is only for the first week,"
        " owner: alice, expires: 2026-12-01}\n"
    )
    assert main(["approvals", str(tmp_path)]) == 2
    assert ".gate/waivers.yml:4: key rule: no such rule" in capsys.readouterr().err


def test_gate_without_a_person_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gate.yml").write_text("version: 1\nmatrix:\n  - {min: 0}\n")
    assert main(["approvals", str(tmp_path)]) == 2
    assert "gate.yml:3: key matrix[0].min: 0 people for the surface gate" in (
        capsys.readouterr().err
    )


def test_link_in_the_folder_is_not_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".gate").mkdir()
    (tmp_path / ".gate" / "gate.yml").symlink_to(ROOT / EXAMPLE / "gate.yml")
    assert main(["approvals", str(tmp_path)]) == 2
    assert "link" in capsys.readouterr().err
