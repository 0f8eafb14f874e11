"""What a target and the options of `gate check` stand for."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import msgspec
import pytest
from scenarios.running import PULLS

from gate.cli import main, sources
from gate.cli.sources import open_source, read_policies, with_config
from gate.collect.files import FolderSource
from gate.collect.git import GitSource
from gate.collect.github import GithubSource
from gate.errors import UsageError
from gate.schema.report import Report


@pytest.fixture
def opened(quiet_surroundings: Path) -> Any:
    """The source of a target."""

    def open_target(target: str | None, *plans: str, post: str = "none") -> Any:
        return open_source(argparse.Namespace(target=target, plan=list(plans), post=post))

    return open_target


def test_folder_is_a_scenario(opened: Any) -> None:
    assert isinstance(opened(str(PULLS / "agent-fixes-docs")), FolderSource)


@pytest.mark.parametrize("target", [None, "main...topic", "...topic", "main..."])
def test_range_and_nothing_are_local(opened: Any, target: str | None) -> None:
    assert isinstance(opened(target), GitSource)


def test_pull_request_needs_a_token(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="no GitHub token"):
        opened("acme/infra#7")
    for name in ("GITHUB_TOKEN", "GH_TOKEN"):
        with monkeypatch.context() as patch:
            patch.setenv(name, "t")
            source = opened("acme/infra#7", post="review")
        assert isinstance(source, GithubSource)
        assert source.number == 7


def test_folder_named_like_a_pull_request_is_a_folder(
    opened: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme" / "infra#7").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert isinstance(opened("acme/infra#7"), FolderSource)


@pytest.mark.parametrize(
    "target", ["nowhere", "a/b/c#1", "acme/infra#", "acme/infra#x", "acme/infra#1234567890", ""]
)
def test_target_that_is_none_of_them_is_bad_usage(opened: Any, target: str) -> None:
    with pytest.raises(UsageError, match="neither a folder"):
        opened(target)


def test_review_of_a_local_change_is_bad_usage(opened: Any) -> None:
    for target in (None, "main...topic", str(PULLS / "agent-fixes-docs")):
        with pytest.raises(UsageError, match="only a pull request on GitHub"):
            opened(target, post="review")


def test_plan_is_bound_to_its_root() -> None:
    plans = sources._plans(["whole.json", "infra/=a.json", "./apps/web=b.json", ".=c.json"])
    assert plans == {
        None: "whole.json",
        "infra": "a.json",
        "apps/web": "b.json",
        "": "c.json",
    }


@pytest.mark.parametrize("words", [["a.json", "b.json"], ["x=a", "x/=b"], [".=a", "=b"]])
def test_second_plan_of_a_root_is_bad_usage(words: list[str]) -> None:
    with pytest.raises(UsageError, match="has a plan already"):
        sources._plans(words)


def test_policies_are_read_from_every_folder(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "deep").mkdir(parents=True)
        (tmp_path / name / "deep" / f"{name}.rego").write_text(f"package {name}\n")
    found = read_policies([str(tmp_path / "two"), str(tmp_path / "one")])
    assert [(item.path, item.data) for item in found] == [
        ("deep/two.rego", b"package two\n"),
        ("deep/one.rego", b"package one\n"),
    ]


def test_link_in_a_folder_of_policies_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.rego").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="not a regular file"):
        read_policies([str(tmp_path / "p")])


def test_huge_policy_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "_MAX_POLICY", 10)
    (tmp_path / "a.rego").write_text("package a\n\n")
    with pytest.raises(UsageError, match="larger than 10 bytes"):
        read_policies([str(tmp_path)])


def test_missing_folder_is_bad_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        read_policies([str(tmp_path / "none")])


def test_config_stands_in_for_the_base_branch(tmp_path: Path) -> None:
    (tmp_path / "gate.yml").write_text("version: 1\n")
    inner = FolderSource(str(PULLS / "agent-opens-ssh-waived"), {})
    collected = with_config(inner, str(tmp_path)).collect()
    assert collected.site is not None
    assert dict(collected.site.files) == {"gate.yml": b"version: 1\n"}
    assert collected.diff == inner.collect().diff


@pytest.mark.parametrize(
    ("target", "advice"),
    [
        ("main..topic", "A range has three dots: main...topic"),
        ("topic", "A branch is judged against the default branch as ...topic"),
        ("a b", "`gate check --help` shows examples."),
        ("a/b#c", "`gate check --help` shows examples."),
    ],
)
def test_target_that_is_none_is_told_what_it_may_have_meant(
    quiet_surroundings: Path, target: str, advice: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", target, "--format", "json"]) == 2
    report = msgspec.json.decode(capsys.readouterr().out, type=Report)
    assert report.reasons[0].text.endswith(advice)
