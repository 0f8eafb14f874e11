"""`gate doctor` as a person and a pipeline meet it: exit codes, table, JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import pytest
from forge.server import Server
from forge.state import State
from rich.cells import cell_len
from verify.healthy import ACTION, classic, healthy, person, serving

from gate.cli import main
from gate.schema.publish import schema_folder

SCHEMA = json.loads((Path(schema_folder()) / "doctor.schema.json").read_text())


@pytest.fixture(autouse=True)
def alone(quiet_surroundings: Path) -> None:
    """No token and no address of anybody."""


@contextmanager
def at(state: State, monkeypatch: pytest.MonkeyPatch, token: str = "admin") -> Iterator[Server]:
    """GitHub as this state, for the command."""
    with serving(state) as server:
        monkeypatch.setenv("GITHUB_TOKEN", token)
        monkeypatch.setenv("GITHUB_API_URL", server.url)
        yield server


def bare() -> State:
    """A repository in which nothing is set up."""
    state = healthy(workflow=None, owners=None, **{".gate/gate.yml": None})
    state.settings.rules, state.settings.owners_errors = [], None
    state.settings.protected = False
    state.collaborators = [person("alice", 11, "admin")]
    return state


@pytest.mark.parametrize(
    ("case", "token", "code"),
    [(healthy, "admin", 0), (healthy, "writer", 0), (bare, "admin", 1), (bare, "writer", 1)],
    ids=["all yes", "some cannot tell", "some no", "some no, some cannot tell"],
)
@pytest.mark.parametrize("format", ["console", "json"])
def test_exit_code_does_not_depend_on_the_format(
    case: object, token: str, code: int, format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with at(case(), monkeypatch, token):  # type: ignore[operator]
        assert main(["doctor", "acme/app", "--action", ACTION, "--format", format]) == code


def test_what_is_no_repository_is_told_before_a_token_is_asked_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["doctor", "acme"]) == 2
    assert capsys.readouterr().err == "gate: not a repository: acme\nWrite it as owner/name.\n"


def test_repository_that_cannot_be_read_is_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with at(healthy(), monkeypatch) as server:
        server.fail("GET", "/repos/acme/app$", 404, message="Not Found", times=9)
        assert main(["doctor", "acme/app"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "could not read the repository: 404 Not Found" in err


def test_failure_on_the_way_is_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with at(healthy(), monkeypatch) as server:
        server.fail("GET", "/codeowners/errors$", 200, page="<html>", times=9)
        assert main(["doctor", "acme/app", "--action", ACTION]) == 2
    assert "GitHub failed while it was asked: run again." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["acme"], "not a repository"),
        (["acme/app", "--action", "gate"], "not OWNER/NAME"),
        (["acme/app#7"], "not a repository"),
    ],
)
def test_usage_is_explained(
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "admin")
    assert main(["doctor", *words]) == 2
    assert said in capsys.readouterr().err


def test_without_a_token_nothing_is_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "acme/app"]) == 2
    assert "no GitHub token" in capsys.readouterr().err


@pytest.mark.parametrize("token", ["admin", "writer"])
@pytest.mark.parametrize("case", [healthy, bare])
def test_json_fits_the_published_schema(
    case: object, token: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with at(case(), monkeypatch, token):  # type: ignore[operator]
        main(["doctor", "acme/app", "--format", "json"])
    document = json.loads(capsys.readouterr().out)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert document["no"] + document["cannot_tell"] + document["yes"] == len(document["answers"])


def test_json_always_answers_the_same_questions(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []
    for case, token in ((healthy, "admin"), (bare, "writer")):
        with at(case(), monkeypatch, token):
            main(["doctor", "acme/app", "--format", "json"])
        asked.append({one["id"] for one in json.loads(capsys.readouterr().out)["answers"]})
    assert asked[0] == asked[1]


def test_table_fits_a_hundred_columns_and_shows_the_worst_first(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with at(bare(), monkeypatch, "writer"):
        main(["doctor", "acme/app"])
    out = capsys.readouterr().out
    assert max(cell_len(line) for line in out.splitlines()) <= 100
    places = [out.index(f"\n{title}  ") for title in ("NO", "CANNOT TELL", "YES")]
    assert places == sorted(places)
    assert "only alice has write access" in out
    assert "A second maintainer" in out
    assert "The token would need administration=read." in out
    assert "\x1b" not in out


def test_table_cannot_be_broken_by_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = healthy()
    state.settings.rulesets = {1: {"name": "[red]寬寬寬\x1b[2J\n::error::x", "bypass_actors": []}}
    with at(state, monkeypatch):
        main(["doctor", "acme/app", "--action", ACTION])
    out = capsys.readouterr().out
    assert "[red]寬寬寬" in out
    assert "\x1b" not in out
    assert not any(line.lstrip().startswith("::") for line in out.splitlines())


def test_token_is_never_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "ghs_verysecretverysecretverysecret1234"
    with at(healthy(), monkeypatch, secret):
        assert main(["doctor", "acme/app"]) == 2
    out, err = capsys.readouterr()
    assert secret not in out + err
    assert "401" in err


def test_classic_protection_without_administration_is_told_honestly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = healthy()
    state.settings.rules, state.settings.protection = [], classic()
    state.settings.branch = {"protection": {"enabled": True}}
    with at(state, monkeypatch, "writer"):
        assert main(["doctor", "acme/app", "--action", ACTION]) == 1
    assert "the branch protection: 403 Resource not accessible" in capsys.readouterr().out
