"""gate.evaluate.site_policies: every file of a site has a place, or is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.errors import EvaluateError
from gate.evaluate.site_policies import SitePolicies, sort_policies, write_files
from gate.schema.site import PackSettings, PolicyFile

HEAD = "# METADATA\n# title: t\n"


def sort(files: dict[str, str], **packs: PackSettings) -> SitePolicies:
    made = [PolicyFile(path=path, data=text.encode()) for path, text in files.items()]
    return sort_policies(made, packs)


def test_files_are_sorted_by_package_and_folder() -> None:
    found = sort(
        {
            "own/rule.rego": f"{HEAD}package site.rules.a.b\n",
            "own/words.rego": "package site.lib.words\n",
            "own/words.json": "{}",
            "old/main.rego": "package main\n",
            "old/lib/x.rego": "package lib.x\n",
            "old/main_test.rego": "package main_test\n",
            "old/limits/data.yaml": "a: 1\n",
            "README.md": "words",
        },
        old=PackSettings(input="plan"),
    )
    assert [module.path for module in found.rules] == ["own/rule.rego"]
    assert [module.path for module in found.libraries] == ["own/words.rego"]
    assert [document.path for document in found.documents] == ["own/words.json"]
    assert [pack.name for pack in found.packs] == ["old"]
    assert [module.path for module in found.packs[0].modules] == ["lib/x.rego", "main.rego"]
    assert [document.path for document in found.packs[0].documents] == ["limits/data.yaml"]
    assert found.packs[0].settings.input == "plan"


@pytest.mark.parametrize(
    ("path", "text", "reason"),
    [
        ("p/a.rego", "package gate.rules.terraform.wildcard_iam\n", "package gate is the gate's"),
        ("p/a.rego", "package gate\n", "package gate is the gate's"),
        ("p/a.rego", "# c\npackage gate . lib\n", "package gate is the gate's"),
        ("p/a.rego", "deny { true }\n", "does not begin with a package"),
        ("a.rego", "package main\n", "belongs to no pack"),
        ("p/a.rego", "package site.rules.a\n", "not a rule"),
        ("p/a.rego", "package site.rules.a.b.c\n", "not a rule"),
        ("p/a.rego", 'package site.rules.a["b"]\n', "not a rule"),
        ("../a.rego", "package main\n", "is not accepted"),
        ("p//a.rego", "package main\n", "is not accepted"),
        ("p/a\x1b.rego", "package main\n", "is not accepted"),
    ],
)
def test_file_without_a_place_is_refused(path: str, text: str, reason: str) -> None:
    with pytest.raises(EvaluateError, match=reason):
        sort({path: text})


def test_refusal_names_the_accepted_form() -> None:
    with pytest.raises(EvaluateError) as caught:
        sort({"p/a.rego": "package gate.x\n"})
    assert "site.rules.<family>.<rule>" in caught.value.hint


def test_settings_without_a_pack_are_an_error() -> None:
    with pytest.raises(EvaluateError, match=r"gate\.yml: packs: lost: there is no such pack"):
        sort({"old/a.rego": "package main\n"}, lost=PackSettings())


def test_policy_that_is_not_utf8_is_an_error() -> None:
    with pytest.raises(EvaluateError, match="not UTF-8 at byte 8"):
        sort_policies([PolicyFile(path="p/a.rego", data=b"package \xff")], {})


def test_bom_is_accepted() -> None:
    assert sort({"p/a.rego": "\ufeffpackage main\n"}).packs[0].modules[0].text == "package main\n"


def test_written_files_stay_below_the_folder(tmp_path: Path) -> None:
    write_files(str(tmp_path), [("a/b.rego", b"1")])
    assert (tmp_path / "a" / "b.rego").read_bytes() == b"1"
    with pytest.raises(EvaluateError, match="is not accepted"):
        write_files(str(tmp_path), [("../c", b"1")])
